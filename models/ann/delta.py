"""The delta rule as an associative memory: write what is missing, not what is there.

S <- S + b s (v - S k) k^T / (k . k) for each pair in turn, with strength s and rate b (Widrow and
Hoff 1960; as fast weights Schlag, Irie and Schmidhuber 2021, arXiv:2102.11174). At b = 1 the last
pair is recalled exactly and the signal of age a decays as (1 - b / d)^a for random keys of d
dimensions; small b approaches Hebb's sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory import Domain, MemorySpec, OpCount, ReadResult, products
from ..memory.protocol import Array
from . import matrix
from .pairs import check_forget, pairs, put_back, taken

STATE = ("store",)
BLOCK = 64


class DeltaMemory:
    """S (value_dim, key_dim) in float32; `decay` multiplies it before each pair (a gated rule)."""

    def __init__(self, key_dim: int, value_dim: int, domain: Domain = "unit", rate: float = 1.0,
                 decay: float = 1.0, active: int | None = None,
                 value_active: int | None = None) -> None:
        if not 0.0 < rate < 2.0 or not 0.0 < decay <= 1.0:
            raise DescriptionError(f"DeltaMemory: rate {rate}, decay {decay}; a rate is above 0 "
                                   "and below 2 (where it diverges), a decay above 0, at most 1")
        self.spec = MemorySpec(key_dim, value_dim, domain, active=active, value_active=value_active,
                               supports_forget=frozenset({"key", "decay", "overwrite"}))
        self.rate, self.decay = rate, decay
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """An empty store. Draws nothing, so a seed changes nothing."""
        self.store = np.zeros((self.spec.value_dim, self.spec.key_dim), np.float32)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Correct each pair in order; strengths multiply the rate."""
        k, v, gains = pairs(self.spec, keys, values, strength)
        if self.decay == 1.0:
            for first in range(0, len(k), BLOCK):
                part = slice(first, first + BLOCK)
                self._correct_together(k[part], v[part], self.rate * gains[part])
        else:
            for key, value, gain in zip(k, v, gains, strict=True):
                self.store *= np.float32(self.decay)
                error = (value - self.store @ key) * (self.rate * gain)
                self.store += np.outer(error, matrix.over_square(key)).astype(np.float32)
        size = float(self.store.size)
        return products(k, 2.0 * self.spec.value_dim) + OpCount(
            weight_updates=len(k) * size, bytes_rw=len(k) * size * 12, timesteps=len(k))

    def _correct_together(self, k: Array, v: Array, rates: Array) -> None:
        """The errors e_i = b_i (v_i - S k_i - sum_{j<i} e_j (k_j . k_i) / (k_j . k_j)) of pairs in
        order are a triangular system (Yang et al. 2024, arXiv:2406.06484)."""
        scaled = np.array([matrix.over_square(key) for key in k]).reshape(k.shape)
        system = np.eye(len(k)) + rates[:, None] * np.tril(k @ scaled.T, -1)
        errors = np.linalg.solve(system, rates[:, None] * (v - k @ self.store.T))
        self.store += (errors.T @ scaled).astype(np.float32)

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """S q in the domain, `graded` as it is; the score is its gain. One product: no `steps`."""
        return matrix.read(self.spec, self.store, queries)

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Write 0 at `keys`, or S <- (1 - rate)^steps S."""
        if check_forget(self.spec, keys, rate, steps):
            self.store, ops = matrix.erased(self.spec, self.store, keys)
        else:
            self.store, ops = matrix.decayed(self.store, rate or 0.0, steps)
        return ops

    def state_bits(self) -> int:
        """32 a number."""
        return 32 * self.store.size

    def snapshot(self) -> dict[str, Any]:
        """The store, copied."""
        return taken(self, STATE)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        put_back(self, STATE, state)
