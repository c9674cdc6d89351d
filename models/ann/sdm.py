"""Sparse distributed memory (Kanerva 1988): counters at random addresses.

An address is active if it differs from the cue in at most `radius` entries. A write adds the value
to the counters of the active addresses, a read adds these counters up and takes signs. Of M
addresses a share `reach` is active, by default (2 M P)^(-1/3) for P items (Kanerva's optimum).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory import (
    Domain,
    MemorySpec,
    OpCount,
    ReadResult,
    check_cues,
    check_patterns,
    to_domain,
)
from ..memory.protocol import Array
from .pairs import check_forget, check_steps, pairs, put_back, taken

STATE = ("counters", "seed")
SWEEPS = 10


def radius_for(size: int, reach: float) -> int:
    """The Hamming distance within which a share `reach` of random addresses lies, at least."""
    total, most = 0.0, reach * 2.0**size if size < 1000 else 0.0
    if size >= 1000:  # 2^N leaves float64: the normal distribution is exact enough there
        from statistics import NormalDist
        return round(size / 2 + NormalDist().inv_cdf(reach) * math.sqrt(size) / 2)
    for distance in range(size + 1):
        total += math.comb(size, distance)
        if total >= most:
            return distance
    return size


class SparseDistributedMemory:
    """Counters (locations, value_dim) in int8, cut at +-127; addresses follow from the seed."""

    def __init__(self, key_dim: int, value_dim: int, locations: int = 2000, reach: float = 0.01,
                 auto: bool = False) -> None:
        if locations < 1 or not 0.0 < reach < 1.0:
            raise DescriptionError(f"SparseDistributedMemory: {locations} locations, reach {reach};"
                                   " at least 1, and a share in 0 ... 1")
        domain: Domain = "bipolar"
        self.spec = MemorySpec(key_dim, value_dim, domain, auto=auto, iterative=auto,
                               stochastic=False, supports_forget=frozenset({"key"}))
        self.locations, self.radius = locations, radius_for(key_dim, reach)
        self.seed = 0
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """Counters at 0; with a seed, other addresses."""
        if seed is not None:
            self.seed = seed
        self.counters = np.zeros((self.locations, self.spec.value_dim), np.int8)

    def addresses(self) -> Array:
        """(locations, key_dim) of -1 and 1, the same for a seed."""
        rng = np.random.default_rng([self.seed, 0x5D3])
        return np.where(rng.integers(0, 2, (self.locations, self.spec.key_dim)), 1.0, -1.0)

    def active(self, cues: Array) -> Any:
        """Booleans (Q, locations). Of a cue that hides entries the overlap needed shrinks with the
        root of what is known, so that as many addresses are near it by chance."""
        known = np.count_nonzero(cues, axis=1)[:, None] / self.spec.key_dim
        needed = (self.spec.key_dim - 2 * self.radius) * np.sqrt(known)
        return (cues @ self.addresses().T >= needed) & (known > 0)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Add each value at the addresses near its key, in order."""
        k, v, _ = pairs(self.spec, keys, values, strength, gains=False)
        return self._add(k, v)

    def _add(self, keys: Array, values: Array) -> OpCount:
        near = self.active(keys)
        for who, value in zip(near, values.astype(np.int16), strict=True):
            self.counters[who] = np.clip(self.counters[who] + value, -127, 127)
        written = float(near.sum() * self.spec.value_dim)
        return self._search(keys) + OpCount(dense=float(near.size * self.spec.value_dim),
                                            sign_flips=written, weight_updates=written,
                                            bytes_rw=2.0 * written)

    def _search(self, cues: Array) -> OpCount:
        compared = float(cues.size * self.locations)
        known = float(np.count_nonzero(cues) * self.locations)
        return OpCount(dense=compared, sign_flips=known, bytes_rw=compared / 8,
                       timesteps=len(cues))

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """Signs of the sums; an auto-associative memory reads again from them, up to 10 times.

        The score is the mean absolute sum over the active addresses, 0 where there are none.
        """
        q = check_cues(queries, self.spec.key_dim, "bipolar")
        graded, score, cue, ops = None, np.zeros(len(q)), q, OpCount()
        used, moving = np.zeros(len(q), np.int64), np.ones(len(q), bool)
        graded = np.zeros((len(q), self.spec.value_dim))
        for step in range(check_steps(steps, SWEEPS) if self.spec.auto else 1):
            near = self.active(cue[moving])
            graded[moving] = near @ self.counters.astype(np.float64)
            used[moving] += 1
            read = float(near.sum() * self.spec.value_dim)
            ops += self._search(cue[moving]) + OpCount(
                dense=float(near.size * self.spec.value_dim), ac=read, bytes_rw=read)
            if step == 0:
                score = np.abs(graded).mean(axis=1) / np.maximum(near.sum(axis=1), 1)
            if not self.spec.auto:
                break
            new = np.where(graded == 0.0, cue, np.sign(graded))
            moving = moving & (new != cue).any(axis=1)
            cue = new
            if not moving.any():
                break
        found = cue if self.spec.auto else graded
        return ReadResult(to_domain(found, "bipolar"), score, ops,
                          {"graded": found, "iterations": used, "converged": ~moving})

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Subtract what is read at each key from the addresses near it."""
        check_forget(self.spec, keys, rate, steps)
        k = check_patterns(keys, self.spec.key_dim, "bipolar", "keys")
        ops = OpCount()
        for key in k:
            values = np.sign(self.active(key[None]) @ self.counters.astype(np.float64))
            ops += self._add(key[None], -values) + self._search(key[None])
        return ops

    def state_bits(self) -> int:
        """8 a counter; the addresses are fixed."""
        return 8 * self.counters.size

    def codings(self) -> dict[str, int]:
        """As many bits a counter as the largest one needs."""
        most = int(np.abs(self.counters.astype(np.int16)).max())
        return {"integers": math.ceil(math.log2(2 * most + 1)) * self.counters.size}

    def snapshot(self) -> dict[str, Any]:
        """Counters and seed."""
        return taken(self, STATE)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        put_back(self, STATE, state)
