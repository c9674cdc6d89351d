"""Linear associative memories: Hebb's outer products, with or without decay.

S <- g S + strength * v k^T for each pair in turn; a read is S q. Stored keys of norm 1 and d random
dimensions come back with cosine 1 / sqrt(1 + (P - 1) / d) after P pairs (Kohonen 1972; Anderson
1972); the signal of age a is g^a.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory import Domain, MemorySpec, OpCount, ReadResult, products
from . import matrix
from .pairs import check_forget, pairs, put_back, taken

STATE = ("store",)


class LinearMemory:
    """S (value_dim, key_dim) in float32. `decay` g multiplies S before each pair is written."""

    def __init__(self, key_dim: int, value_dim: int, domain: Domain = "unit", decay: float = 1.0,
                 active: int | None = None, value_active: int | None = None) -> None:
        if not 0.0 < decay <= 1.0:
            raise DescriptionError(f"LinearMemory: decay {decay}; it is above 0 and at most 1")
        self.spec = MemorySpec(key_dim, value_dim, domain, active=active, value_active=value_active,
                               order_free=decay == 1.0,
                               supports_forget=frozenset({"key", "decay"}))
        self.decay = decay
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """An empty store. Draws nothing, so a seed changes nothing."""
        self.store = np.zeros((self.spec.value_dim, self.spec.key_dim), np.float32)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Add v k^T of each pair, in order; `strength` (P,) or one number, 1 by default."""
        k, v, gains = pairs(self.spec, keys, values, strength)
        if self.decay == 1.0:  # one product: the sum of the outer products, rounded once
            self.store += ((v.T * gains) @ k).astype(np.float32)
        else:
            for key, value, gain in zip(k, v, gains, strict=True):
                self.store *= np.float32(self.decay)
                self.store += (gain * np.outer(value, key)).astype(np.float32)
        size = float(self.store.size)
        return products(k, self.spec.value_dim) + OpCount(
            weight_updates=len(k) * size, bytes_rw=len(k) * size * 8, timesteps=len(k))

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """S q in the domain, `graded` as it is; the score is its gain. One product: no `steps`."""
        return matrix.read(self.spec, self.store, queries)

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Subtract what is read at `keys` along them (delta rule), or S <- (1 - rate)^steps S."""
        if check_forget(self.spec, keys, rate, steps):
            self.store, ops = matrix.erased(self.spec, self.store, keys)
        else:
            self.store, ops = matrix.decayed(self.store, rate or 0.0, steps)
        return ops

    def state_bits(self) -> int:
        """32 a number."""
        return 32 * self.store.size

    def codings(self) -> dict[str, int]:
        """Integers from the least to the largest there is where all are whole, as sums of flags
        are; in steps of 2 where all are of one parity, as sums of signs are."""
        if self.spec.domain not in ("bipolar", "binary", "ksparse"):
            return {}
        above = self.store - self.store.min()
        if not (above == np.round(above)).all():
            return {}
        levels = int(above.max()) // (1 if (above % 2).any() else 2) + 1
        return {"integers": self.store.size * math.ceil(math.log2(max(levels, 2)))}

    def snapshot(self) -> dict[str, Any]:
        """The store, copied."""
        return taken(self, STATE)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        put_back(self, STATE, state)
