"""Ridge regression from keys to values, pair by pair: the best that a matrix of that size can do.

Recursive least squares (Plackett 1950): g = C k / (1 / s + k . C k), S <- S + (v - S k) g^T,
C <- C - g (C k)^T from C = I / ridge, so that S is after every pair what minimises sum s |v - S
k|^2 + ridge |S|^2, with strengths s. Up to key_dim independent keys are recalled as they were. Mesa
layers (von Oswald et al. 2023, arXiv:2309.05858) read the same optimum.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory import Domain, MemorySpec, OpCount, ReadResult, check_cues, check_patterns, products
from . import matrix
from .least_squares import update
from .pairs import check_forget, pairs, put_back, taken

STATE = ("store", "covariance")


class RidgeMemory:
    """S (value_dim, key_dim) and C (key_dim, key_dim) in float32; `ridge` in units of a key's
    square, given as `square`."""

    tolerance = 1e-3
    """Of the largest value, from order to order of writing: ridge / float32's last digit"""

    def __init__(self, key_dim: int, value_dim: int, domain: Domain = "unit", ridge: float = 1e-3,
                 square: float = 1.0, active: int | None = None,
                 value_active: int | None = None) -> None:
        if not (ridge > 0.0 and square > 0.0):
            raise DescriptionError(f"RidgeMemory: ridge {ridge}, square {square}; both are above 0")
        self.spec = MemorySpec(key_dim, value_dim, domain, active=active, value_active=value_active,
                               order_free=True, supports_forget=frozenset({"key", "decay"}))
        self.ridge, self.square = ridge, square
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """Nothing stored, C = I / ridge. Draws nothing, so a seed changes nothing."""
        self.store = np.zeros((self.spec.value_dim, self.spec.key_dim), np.float32)
        self.covariance = np.eye(self.spec.key_dim, dtype=np.float32) / np.float32(self.ridge)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Correct the optimum by the pairs whose strength is above 0."""
        k, v, gains = pairs(self.spec, keys, values, strength)
        who = gains > 0.0
        store, covariance = update(self.store.T.astype(np.float64),
                                   self.covariance.astype(np.float64),
                                   k[who] / self.square**0.5, v[who], 1.0 / gains[who])
        self.store, self.covariance = store.T.astype(np.float32), covariance.astype(np.float32)
        return self._cost(k, 2.0)

    def _cost(self, keys: Any, times: float) -> OpCount:
        size = float(self.store.size + self.covariance.size) * len(keys)
        return products(keys, self.spec.value_dim + self.spec.key_dim) + OpCount(
            dense=(times - 1) * size, mac=(times - 1) * size, weight_updates=size,
            bytes_rw=12.0 * size, timesteps=len(keys))

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """S q in the domain, `graded` as it is. One product: no `steps`.

        The score is 1 - ridge q C q / q q, the share of the cue that the stored keys explain.
        """
        found = matrix.read(self.spec, self.store / np.float32(self.square**0.5), queries)
        q = check_cues(queries, self.spec.key_dim, self.spec.domain)
        left = ((q @ self.covariance.astype(np.float64)) * q).sum(axis=1) * self.ridge
        found.score = 1.0 - left / np.maximum((q * q).sum(axis=1), 1e-300)
        found.ops += products(q, self.spec.key_dim) + OpCount(
            bytes_rw=4.0 * len(q) * self.covariance.size)
        return found

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """S <- S - (S k) (C k)^T / (k . C k): no answer to k, and next to no change for keys that
        are stored and independent; along C k, C is again as if nothing was known. Or both matrices
        go towards the empty memory: S <- (1 - rate)^steps S.
        """
        if not check_forget(self.spec, keys, rate, steps):
            return self._decay((1.0 - (rate or 0.0)) ** steps)
        k = check_patterns(keys, self.spec.key_dim, self.spec.domain, "keys")
        for key in k:
            spread = self.covariance @ key
            along = float(key @ spread)
            if along > 0.0:
                self.store -= np.outer(self.store @ key, spread / along).astype(np.float32)
                forgotten = spread / np.linalg.norm(spread)
                known = 1.0 / self.ridge - float(forgotten @ self.covariance @ forgotten)
                self.covariance += (max(known, 0.0) * np.outer(forgotten, forgotten)
                                    ).astype(np.float32)
        return self._cost(k, 2.0)

    def _decay(self, kept: float) -> OpCount:
        self.store = (kept * self.store).astype(np.float32)
        empty = np.eye(len(self.covariance)) / self.ridge
        self.covariance = (empty + kept * (self.covariance - empty)).astype(np.float32)
        size = float(self.store.size + self.covariance.size)
        return OpCount(dense=size, mac=size, weight_updates=size, bytes_rw=size * 8)

    def state_bits(self) -> int:
        """32 a number of both matrices."""
        return 32 * (self.store.size + self.covariance.size)

    def codings(self) -> dict[str, int]:
        """C is symmetric."""
        d = self.spec.key_dim
        return {"triangle": 32 * (self.store.size + d * (d + 1) // 2)}

    def snapshot(self) -> dict[str, Any]:
        """Both matrices, copied."""
        return taken(self, STATE)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        put_back(self, STATE, state)
