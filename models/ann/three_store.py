"""Three stores with consolidation by use (XMem, Cheng and Schwing 2022, arXiv:2207.07115).

The last pair is in the sensory store; the next one moves it to working memory. Every new pair looks
itself up in working and long-term memory, and what it finds is used by that much. When working
memory is full, all but its first and its last `keep` pairs go: the `prototypes` most used of them
(per pair since they came) enter long-term memory, each with the value that a read of all candidates
gives at its key, and the least used of long-term memory make room. Affinity is softmax(-beta |k -
q|^2 / 2); a read takes it over all three stores. Nothing is trained.
"""

from __future__ import annotations

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
    products,
    to_domain,
)
from ..memory.protocol import Array
from .pairs import check_forget, pairs, put_back, taken
from .separation import softmax

STATE = ("keys", "values", "used", "life", "sizes")


class ThreeStoreMemory:
    """Rows of float32: 1 sensory, `working`, `long` long-term; of each its use and its age."""

    def __init__(self, key_dim: int, value_dim: int, domain: Domain = "unit", working: int = 32,
                 keep: int = 8, prototypes: int = 8, long: int = 64, beta: float = 32.0,
                 active: int | None = None, value_active: int | None = None) -> None:
        if not (keep >= 1 and working >= keep + 2 and 1 <= prototypes <= working - keep - 1
                and long >= prototypes and beta > 0.0):
            raise DescriptionError(
                f"ThreeStoreMemory: working {working}, keep {keep}, prototypes {prototypes}, long "
                f"{long}, beta {beta}; working is at least keep + 2, prototypes at most working - "
                "keep - 1 and at most long, all are at least 1 and beta above 0")
        self.spec = MemorySpec(key_dim, value_dim, domain, active=active, value_active=value_active,
                               supports_forget=frozenset({"evict"}))
        self.working, self.keep, self.prototypes, self.long = working, keep, prototypes, long
        self.beta = beta
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """All stores empty. Draws nothing, so a seed changes nothing."""
        rows = 1 + self.working + self.long
        self.keys = np.zeros((rows, self.spec.key_dim), np.float32)
        self.values = np.zeros((rows, self.spec.value_dim), np.float32)
        self.used, self.life = np.zeros(rows, np.float32), np.zeros(rows, np.float32)
        self.sizes = np.zeros(3, np.int32)

    def _rows(self, store: int) -> slice:
        """Where the pairs of a store are: 0 sensory, 1 working, 2 long-term; the oldest first."""
        first = (0, 1, 1 + self.working)[store]
        return slice(first, first + int(self.sizes[store]))

    def _all(self) -> Any:
        return np.concatenate([np.arange(self.keys.shape[0])[self._rows(s)] for s in range(3)])

    def _affinity(self, q: Array, rows: Any) -> Array:
        k = self.keys[rows].astype(np.float64)
        return softmax(self.beta * (q @ k.T - 0.5 * (k * k).sum(axis=1)))

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Look up, move on, perhaps consolidate: pair by pair."""
        k, v, _ = pairs(self.spec, keys, values, strength, gains=False)
        ops, width = OpCount(), float(self.spec.key_dim + self.spec.value_dim)
        for key, value in zip(k, v, strict=True):
            old = self._all()
            old = old[old > 0]  # without the sensory store
            if len(old):
                self.used[old] += self._affinity(key[None], old)[0].astype(np.float32)
                self.life[old] += 1
            ops += products(key[None], len(old)) + OpCount(
                exp=float(len(old)), weight_updates=width, timesteps=1,
                bytes_rw=4.0 * (len(old) * self.spec.key_dim + 2 * width))
            if self.sizes[0]:
                self._append(1, self.keys[0], self.values[0])
            self.sizes[0] = 0
            self._append(0, key, value)
            if self.sizes[1] == self.working:
                ops += self._consolidate()
        return ops

    def _append(self, store: int, key: Any, value: Any, used: float = 0.0,
                life: float = 0.0) -> None:
        at = self._rows(store).stop
        self.keys[at], self.values[at], self.used[at], self.life[at] = key, value, used, life
        self.sizes[store] += 1

    def _consolidate(self) -> OpCount:
        """Candidates are read at their most used keys; they go, the answers stay."""
        work = np.arange(self.keys.shape[0])[self._rows(1)]
        candidates = work[1:len(work) - self.keep]
        rate = self.used[candidates] / np.maximum(self.life[candidates], 1.0)
        best = np.sort(candidates[np.argsort(-rate, kind="stable")[:self.prototypes]])
        chosen = self.keys[best].astype(np.float64)
        answers = self._affinity(chosen, candidates) @ self.values[candidates].astype(np.float64)
        kept = [(self.keys[at].copy(), answer, self.used[at], self.life[at])
                for at, answer in zip(best, answers, strict=True)]
        self._retain(1, np.concatenate([work[:1], work[len(work) - self.keep:]]))
        long = np.arange(self.keys.shape[0])[self._rows(2)]
        surplus = len(long) + len(kept) - self.long
        if surplus > 0:
            worth = self.used[long] / np.maximum(self.life[long], 1.0)
            self._retain(2, np.sort(long[np.argsort(worth, kind="stable")[surplus:]]))
        for row in kept:
            self._append(2, *row)
        numbers = float(len(best) * len(candidates))
        width = self.spec.key_dim + self.spec.value_dim
        return OpCount(dense=numbers * width, mac=numbers * width, exp=numbers,
                       weight_updates=float(len(best) * width),
                       bytes_rw=4.0 * width * (len(candidates) + 2 * len(best)))

    def _retain(self, store: int, rows: Any) -> None:
        first = self._rows(store).start
        for held in (self.keys, self.values, self.used, self.life):
            moved = held[rows].copy()
            held[self._rows(store)] = 0.0
            held[first:first + len(rows)] = moved
        self.sizes[store] = len(rows)

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """Affinity over all pairs and prototypes; the score is exp(-|k - q|^2 / |q|^2) of the
        nearest. It counts as no use, so that a read changes nothing. One product: no `steps`."""
        q = check_cues(queries, self.spec.key_dim, self.spec.domain)
        rows = self._all()
        weights = self._affinity(q, rows)
        graded = weights @ self.values[rows].astype(np.float64)
        score = np.zeros(len(q))
        if len(rows):
            k = self.keys[rows].astype(np.float64)
            apart = ((q * q).sum(axis=1)[:, None] - 2 * q @ k.T + (k * k).sum(axis=1)).min(axis=1)
            score = np.exp(-np.maximum(apart, 0.0) / np.maximum((q * q).sum(axis=1), 1e-300))
        mixed = float(weights.size * self.spec.value_dim)
        ops = products(q, len(rows)) + OpCount(
            dense=mixed, mac=mixed, exp=float(weights.size), timesteps=len(q),
            bytes_rw=4.0 * weights.size * (self.spec.key_dim + self.spec.value_dim))
        values = to_domain(graded, self.spec.domain, self.spec.ones_of_a_value())
        return ReadResult(values, score, ops, {"graded": graded})

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """DescriptionError: pairs leave when others need the room."""
        check_forget(self.spec, keys, rate, steps)
        return OpCount()

    def state_bits(self) -> int:
        """32 a number of all rows, with their use and age, and of the three sizes: constant."""
        return 32 * (self.keys.size + self.values.size + 2 * len(self.keys) + 3)

    def snapshot(self) -> dict[str, Any]:
        """All stores, copied."""
        return taken(self, STATE)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        put_back(self, STATE, state)
