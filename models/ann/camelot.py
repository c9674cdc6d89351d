"""CAMELoT's consolidated memory (He et al. 2024, arXiv:2402.13449; equations second-hand).

`slots` modes, each the mean of the pairs that fell to it. A pair whose key has cosine `threshold`
or more with the nearest mode's joins it: mu <- (c mu + x) / (c + 1), c <- c + 1; otherwise it takes
the mode that was least recently written. A read gives the value of the nearest mode.
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
    check_patterns,
    products,
    to_domain,
)
from ..memory.protocol import Array
from .pairs import check_forget, pairs, put_back, taken

STATE = ("keys", "values", "counts", "ages")


class ConsolidatedMemory:
    """Modes in float32, their counts and ages in int32 (an empty mode has count 0)."""

    def __init__(self, key_dim: int, value_dim: int, domain: Domain = "unit", slots: int = 64,
                 threshold: float = 0.9, active: int | None = None,
                 value_active: int | None = None) -> None:
        if slots < 1 or not -1.0 <= threshold <= 1.0:
            raise DescriptionError(f"ConsolidatedMemory: {slots} slots, threshold {threshold}; at "
                                   "least 1, and a cosine")
        self.spec = MemorySpec(key_dim, value_dim, domain, active=active, value_active=value_active,
                               supports_forget=frozenset({"key", "evict"}))
        self.slots, self.threshold = slots, threshold
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """All modes empty. Draws nothing, so a seed changes nothing."""
        self.keys = np.zeros((self.slots, self.spec.key_dim), np.float32)
        self.values = np.zeros((self.slots, self.spec.value_dim), np.float32)
        self.counts = np.zeros(self.slots, np.int32)
        self.ages = np.zeros(self.slots, np.int32)

    def _cosines(self, q: Array) -> Array:
        """(Q, slots), -2 for empty modes."""
        keys = self.keys.astype(np.float64)
        lengths = np.linalg.norm(q, axis=1)[:, None] * np.linalg.norm(keys, axis=1)
        return np.where(self.counts > 0, q @ keys.T / np.maximum(lengths, 1e-300), -2.0)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Join or replace, pair by pair."""
        k, v, _ = pairs(self.spec, keys, values, strength, gains=False)
        for key, value in zip(k, v, strict=True):
            near = self._cosines(key[None])[0]
            slot = int(near.argmax())
            if near[slot] < self.threshold:
                empty = np.flatnonzero(self.counts == 0)
                slot = int(empty[0] if len(empty) else self.ages.argmax())
                self.counts[slot] = 0
            count = np.float32(self.counts[slot])
            for held, new in ((self.keys, key), (self.values, value)):
                held[slot] = (count * held[slot] + new) / (count + 1)
            self.counts[slot] += 1
            self.ages[self.counts > 0] += 1
            self.ages[slot] = 0
        width = float(self.spec.key_dim + self.spec.value_dim)
        return products(k, self.slots) + OpCount(
            dense=2 * len(k) * width, mac=2 * len(k) * width, weight_updates=len(k) * width,
            timesteps=len(k), bytes_rw=len(k) * (4.0 * self.keys.size + 8.0 * width))

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """The nearest mode's value, 0 of an empty memory; the score is its cosine. No `steps`."""
        q = check_cues(queries, self.spec.key_dim, self.spec.domain)
        near = self._cosines(q)
        slot = near.argmax(axis=1)
        graded = self.values[slot].astype(np.float64)
        ops = products(q, self.slots) + OpCount(
            bytes_rw=4.0 * len(q) * (self.keys.size + self.spec.value_dim), timesteps=len(q))
        values = to_domain(graded, self.spec.domain, self.spec.ones_of_a_value())
        return ReadResult(values, np.maximum(near.max(axis=1), -1.0), ops,
                          {"graded": graded, "slot": slot})

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Empty the modes that these keys would join."""
        check_forget(self.spec, keys, rate, steps)
        k = check_patterns(keys, self.spec.key_dim, self.spec.domain, "keys")
        emptied = 0
        for key in k:
            near = self._cosines(key[None])[0]
            slot = int(near.argmax())
            if near[slot] >= self.threshold:
                emptied += 1
                for held in (self.keys, self.values, self.counts, self.ages):
                    held[slot] = 0
        width = float(self.spec.key_dim + self.spec.value_dim)
        return products(k, self.slots) + OpCount(
            weight_updates=emptied * width,
            bytes_rw=4.0 * (len(k) * self.keys.size + emptied * width))

    def state_bits(self) -> int:
        """32 a number of keys, values, counts and ages."""
        return 32 * (self.keys.size + self.values.size + 2 * self.slots)

    def snapshot(self) -> dict[str, Any]:
        """All modes, copied."""
        return taken(self, STATE)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        put_back(self, STATE, state)
