"""Stored pairs read by similarity: attention as a memory, and the modern Hopfield network.

    q <- sum_i w_i k_i (steps - 1 times),  y = sum_i w_i v_i,  w = sep(beta (K q - margin))

With softmax, keys alone (`auto`) and steps until rest this is Ramsauer et al. 2021
(arXiv:2008.02217), whose capacity grows exponentially with the dimension; with values and one step
it is the attention of a key-value cache. `margin` is the similarity of a pattern of nothing, for
softmax_1. K (P, key_dim), V (P, value_dim), q (Q, key_dim).
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
    products,
    to_domain,
)
from ..memory.protocol import Array
from .pairs import check_forget, check_steps, pairs
from .separation import Separation, softmax
from .slots import Slots

SOFTMAX = Separation("softmax", softmax)
AT_REST = 1e-6
"""A state that moves less, in units of the largest entry of a key, is at rest"""


class KeyValueMemory:
    """Pairs in float32, at most `slots` of them (the oldest goes).

    A key that is written again is a second pair, and a read mixes both; with `replace` it gets its
    new value instead. A pattern of an auto-associative memory is kept once. `steps` is how many
    times a read applies the weights, unless it says otherwise. `packed` holds patterns of two
    letters (bipolar, binary, ksparse) in one bit an entry, with the same answers.
    """

    def __init__(self, key_dim: int, value_dim: int, domain: Domain = "unit", beta: float = 32.0,
                 separation: Separation = SOFTMAX, slots: int | None = None, auto: bool = False,
                 steps: int = 1, margin: float = 0.0, replace: bool = False, packed: bool = False,
                 active: int | None = None, value_active: int | None = None) -> None:
        if not beta > 0.0:
            raise DescriptionError(f"KeyValueMemory: beta {beta}; it is above 0")
        forgets = {"key"} | ({"overwrite"} if replace else set()) | ({"evict"} if slots else set())
        self.spec = MemorySpec(key_dim, value_dim, domain, auto=auto, iterative=True, active=active,
                               value_active=value_active, order_free=slots is None and not replace,
                               supports_forget=frozenset(forgets))
        self.beta, self.separation, self.margin, self.replace = beta, separation, margin, replace
        self.steps = check_steps(steps, 1)
        letters = {"bipolar": "signs", "binary": "flags", "ksparse": "flags"}
        if packed and domain not in letters:
            raise DescriptionError(f"KeyValueMemory: packed, with domain {domain!r}; one bit is "
                                   f"enough for {', '.join(letters)}")
        self.slots = Slots((key_dim,) if auto else (key_dim, value_dim), slots,
                           letters[domain] if packed else None)
        self.bytes = 4.0 if self.slots.alphabet is None else 0.125

    def reset(self, *, seed: int | None = None) -> None:
        """No pairs. Draws nothing, so a seed changes nothing."""
        self.slots.clear()

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Keep each pair. A key that is there is found by its digest, not by comparing."""
        k, v, _ = pairs(self.spec, keys, values, strength, gains=False)
        for key, value in zip(k, v, strict=True):
            rows = (key,) if self.spec.auto else (key, value)
            known = self.replace or self.spec.auto
            if not known or (found := self.slots.find(key)) is None:
                self.slots.put(*rows)
            elif not self.spec.auto:
                self.slots.replace(found, key, value)
        numbers = float(len(k) * sum(self.slots.widths))
        return OpCount(weight_updates=numbers, timesteps=len(k),
                       bytes_rw=self.bytes * numbers)

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """The weighted values; info has `weights` (Q, P), and `iterations` (Q,).

        The score is the cosine with the nearest key; where the separation rejects, the sum of the
        weights of the first step.
        """
        q = check_cues(queries, self.spec.key_dim, self.spec.domain)
        keys = self.slots[0].astype(np.float64)
        weights, first, used, ops = self._weights(q, keys, check_steps(steps, self.steps))
        stored = self.slots[len(self.slots.widths) - 1]
        graded = weights @ stored.astype(np.float64)
        ops += self._mixing(weights, stored)
        score = first.sum(axis=1) if self.separation.rejects else _nearest(q, keys)
        values = to_domain(graded, self.spec.domain, self.spec.ones_of_a_value())
        return ReadResult(values, score, ops, {"graded": graded, "weights": weights,
                                               "iterations": used})

    def _weights(self, q: Array, keys: Array, steps: int) -> tuple[Array, Array, Any, OpCount]:
        """Weights (Q, P) after the steps and after the first, steps of each query, operations."""
        weights = first = np.zeros((len(q), len(keys)))
        used, moving, state, ops = np.zeros(len(q), np.int64), np.ones(len(q), bool), q, OpCount()
        still = AT_REST * (float(np.abs(keys).max()) if keys.size else 1.0)
        for step in range(steps):
            who = state[moving]
            weights[moving] = self.separation.weigh(self.beta * (who @ keys.T - self.margin))
            first = weights.copy() if step == 0 else first
            used[moving] += 1
            scores = products(who, len(keys)) if step == 0 else OpCount(
                dense=float(len(who) * keys.size), mac=float(np.count_nonzero(who) * len(keys)))
            ops += scores + OpCount(
                exp=float(len(who) * len(keys)), timesteps=len(who),
                bytes_rw=self.bytes * len(who) * keys.size)
            if step + 1 == steps:
                break
            new = weights @ keys
            ops += self._mixing(weights[moving], keys)
            moving = moving & (np.abs(new - state) > still).any(axis=1)
            state = new
            if not moving.any():
                break
        return weights, first, used, ops

    def _mixing(self, weights: Array, rows: Any) -> OpCount:
        """Of the sum of `rows` by real weights, those of 0 skipped."""
        return OpCount(dense=float(weights.size * rows.shape[1]),
                       mac=float(np.count_nonzero(weights) * rows.shape[1]),
                       bytes_rw=self.bytes * len(weights) * rows.size)

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Drop the pairs of exactly these keys."""
        check_forget(self.spec, keys, rate, steps)
        gone = 0
        for key in check_patterns(keys, self.spec.key_dim, self.spec.domain, "keys"):
            while (found := self.slots.find(key)) is not None:
                self.slots.drop(found)
                gone += 1
        numbers = float(gone * sum(self.slots.widths))
        return OpCount(weight_updates=numbers, bytes_rw=self.bytes * numbers)

    def state_bits(self) -> int:
        """32 a number, or 1 where packed: of all slots, or of the pairs that are there where they
        are not bounded."""
        return self.slots.bits()

    def codings(self) -> dict[str, int]:
        """One bit an entry of binary or bipolar pairs; the indices of the ones of sparse pairs."""
        rows = self.slots.count if self.slots.most is None else self.slots.most
        out = {}
        if self.spec.domain in ("bipolar", "binary", "ksparse"):
            out["bits"] = rows * sum(self.slots.widths)
        if self.spec.domain == "ksparse":
            ones = (self.spec.active, self.spec.ones_of_a_value())
            out["indices"] = rows * sum((k or 0) * math.ceil(math.log2(max(width, 2)))
                                        for k, width in zip(ones, self.slots.widths, strict=False))
        return out

    def snapshot(self) -> dict[str, Any]:
        """All pairs, copied."""
        return self.slots.snapshot()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.slots.restore(state)


def _nearest(q: Array, keys: Array) -> Array:
    """The largest cosine of each query with a key; 0 without keys."""
    if not len(keys):
        return np.zeros(len(q))
    lengths = np.linalg.norm(keys, axis=1) * np.linalg.norm(q, axis=1)[:, None]
    return np.asarray((q @ keys.T / np.maximum(lengths, 1e-300)).max(axis=1))
