"""Hopfield's network (1982) as a memory: Hebb's sum, or the same clipped, which forgets the oldest.

J <- J + x x^T without its diagonal; clipped: entries stay within +-L (Parisi 1986), so that the
network goes on learning and keeps the last patterns. Recall is `attractor`. Up to 0.138 N random
patterns have an attractor each (Amit, Gutfreund and Sompolinsky 1985).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory import MemorySpec, OpCount, ReadResult, check_cues, check_patterns, to_domain
from ..memory.protocol import Array
from .attractor import Block, blocks_of, info_of, settle
from .pairs import check_forget, check_steps, pairs, put_back, taken

STATE = ("couplings", "seed")
BLOCKS = 20
SWEEPS = 50


class HopfieldMemory:
    """J (N, N): int8 where a `limit` L up to 127 is given, else float32, exact up to 2^24 patterns.

    `blocks` random groups of units update in turn, 1 for the synchronous update; the seed of the
    last `reset` says which.
    """

    def __init__(self, size: int, limit: int | None = None, blocks: int = BLOCKS,
                 sweeps: int = SWEEPS) -> None:
        if limit is not None and not 1 <= limit <= 127:
            raise DescriptionError(f"HopfieldMemory: limit {limit}; it is 1 ... 127, or None")
        if blocks < 1:
            raise DescriptionError(f"HopfieldMemory: {blocks} blocks; there is at least 1")
        self.spec = MemorySpec(size, size, "bipolar", auto=True, iterative=True,
                               order_free=limit is None, supports_forget=frozenset(
                                   {"key" if limit is None else "overwrite"}))
        self.limit, self.blocks, self.sweeps = limit, blocks, check_steps(sweeps, 1)
        self.seed = 0
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """No couplings; with a seed, other blocks."""
        size = self.spec.key_dim
        self.couplings = np.zeros((size, size), np.float32 if self.limit is None else np.int8)
        if seed is not None:
            self.seed = seed

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Add x x^T of each pattern, in order."""
        x, _, _ = pairs(self.spec, keys, values, strength, gains=False)
        return self._add(x, 1)

    def _add(self, x: Array, sign: int) -> OpCount:
        size = self.spec.key_dim
        if self.limit is None:
            self.couplings += (sign * (x.T @ x)).astype(np.float32)  # integers: any order is exact
            np.fill_diagonal(self.couplings, 0.0)
        else:
            for row in x.astype(np.int16):
                new = self.couplings + sign * np.outer(row, row)
                np.fill_diagonal(new, 0)
                self.couplings = np.clip(new, -self.limit, self.limit).astype(np.int8)
        writes = float(len(x) * size * (size - 1))
        return OpCount(dense=writes, sign_flips=writes, weight_updates=writes, timesteps=len(x),
                       bytes_rw=2.0 * self.couplings.itemsize * writes)

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """Where each cue settles within `steps` sweeps (50).

        The score is the familiarity of the cue, q J q over the square of its known units: about 1
        for one stored pattern, with noise that grows with their number.
        """
        q = check_cues(queries, self.spec.key_dim, "bipolar")
        j = self.couplings.astype(np.float64)

        def fields(states: Array, block: Block) -> Array:
            return np.asarray(states @ j[block].T)  # symmetric: rows lie together

        blocks = blocks_of(len(j), self.blocks, np.random.default_rng(self.seed))
        settled = settle(fields, q, blocks, check_steps(steps, self.sweeps),
                         float(self.couplings.itemsize))
        known = np.maximum((q != 0.0).sum(axis=1), 1.0)
        score = ((q @ j) * q).sum(axis=1) / known**2
        return ReadResult(to_domain(settled.states, "bipolar"), score, settled.ops,
                          info_of(settled))

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Subtract x x^T of each pattern: stored once, it is as if it had never been. Clipped
        couplings refuse: what they lost cannot be subtracted."""
        check_forget(self.spec, keys, rate, steps)
        return self._add(check_patterns(keys, self.spec.key_dim, "bipolar", "keys"), -1)

    def state_bits(self) -> int:
        """32 a coupling (8 where clipped), both directions."""
        return 8 * self.couplings.itemsize * self.couplings.size

    def codings(self) -> dict[str, int]:
        """Each pair of units once, as an integer up to the largest there is; without a limit all
        are of one parity."""
        size = self.spec.key_dim
        most = int(np.abs(self.couplings).max())
        levels = most + 1 if self.limit is None else 2 * most + 1
        return {"integers": size * (size - 1) // 2 * math.ceil(math.log2(max(levels, 2)))}

    def snapshot(self) -> dict[str, Any]:
        """The couplings, copied."""
        return taken(self, STATE)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        put_back(self, STATE, state)
