"""Linear and delta memories whose weights have few bits: the quantised artificial baseline.

A weight takes 2^bits values, evenly from -span to span. An update is rounded to one of the two
nearest values at random, so that it is right on average (stochastic rounding, Gupta et al. 2015,
arXiv:1502.02551); what leaves the span is cut. Updates are those of `linear` (over k . k) and of
`delta`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory import Domain, MemorySpec, OpCount, ReadResult, products
from . import matrix
from .pairs import check_forget, pairs, put_back, taken

STATE = ("levels", "seed", "draws")


class QuantisedMemory:
    """S (value_dim, key_dim) of `bits` bits a weight, 1 ... 8; `levels` are in bytes.

    The random numbers of the n-th pair depend on the seed of `reset` and n alone.
    """

    def __init__(self, key_dim: int, value_dim: int, domain: Domain = "unit", bits: int = 8,
                 span: float = 1.0, delta: bool = True, rate: float = 1.0,
                 active: int | None = None, value_active: int | None = None) -> None:
        if not 1 <= bits <= 8 or not span > 0.0 or not 0.0 < rate < 2.0:
            raise DescriptionError(f"QuantisedMemory: {bits} bits, span {span}, rate {rate}; 1 ... "
                                   "8 bits, a span above 0, a rate above 0 and below 2")
        forgets = {"key", "overwrite"} if delta and bits > 1 else {"key"} if bits > 1 else set()
        self.spec = MemorySpec(key_dim, value_dim, domain, active=active, value_active=value_active,
                               stochastic=True, supports_forget=frozenset(forgets))
        self.bits, self.span, self.delta, self.rate = bits, span, delta, rate
        self.top = 2**bits - 1
        self.seed = 0
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """Weights next to 0, half of them on each side of it (an even number of values has no 0);
        with a seed, random numbers anew."""
        if seed is not None:
            self.seed = seed
        self.draws = 0
        shape = (self.spec.value_dim, self.spec.key_dim)
        self.levels = np.zeros(shape, np.uint8)
        self._set(np.zeros(shape))

    def weights(self) -> Any:
        """float64 (value_dim, key_dim)."""
        return (2.0 * self.levels.astype(np.float64) / self.top - 1.0) * self.span

    def _set(self, wanted: Any) -> None:
        rng = np.random.default_rng([self.seed, self.draws])
        self.draws += 1
        exact = (wanted / self.span + 1.0) * (0.5 * self.top)
        self.levels = np.clip(np.floor(exact + rng.random(exact.shape)), 0,
                              self.top).astype(np.uint8)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Update and round, pair by pair."""
        k, v, gains = pairs(self.spec, keys, values, strength)
        for key, value, gain in zip(k, v, gains, strict=True):
            weights = self.weights()
            error = value - weights @ key if self.delta else value
            self._set(weights + np.outer(self.rate * gain * error, matrix.over_square(key)))
        size = float(self.levels.size)
        return products(k, (2.0 if self.delta else 1.0) * self.spec.value_dim) + OpCount(
            weight_updates=len(k) * size, timesteps=len(k),
            bytes_rw=len(k) * size * self.bits / 8 * (3 if self.delta else 2))

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """S q in the domain, `graded` as it is; the score is its gain. One product: no `steps`."""
        return matrix.read(self.spec, self.weights(), queries, self.bits)

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Write 0 at `keys`; one bit a weight is too coarse for it and refuses."""
        check_forget(self.spec, keys, rate, steps)
        found, ops = matrix.erased(self.spec, self.weights(), keys)
        self._set(found)
        return ops

    def state_bits(self) -> int:
        """`bits` a weight."""
        return self.bits * self.levels.size

    def snapshot(self) -> dict[str, Any]:
        """Levels, seed, and how often numbers were drawn."""
        return taken(self, STATE)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        put_back(self, STATE, state)
