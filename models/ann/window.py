"""A window of the last pairs as they were, and a small memory for those that leave it.

Artificial hippocampus networks (Fang et al. 2025, arXiv:2510.07318), without training: a read is
the window's softmax_1 answer, plus the compressed memory's as far as the window knows nothing:

    y = sum_i w_i v_i + (1 - sum_i w_i) inner(q),  w = softmax_1(beta (cos(k_i, q) - margin))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory import OpCount, ReadResult, check_cues, check_patterns, products, to_domain
from .pairs import check_forget, pairs
from .separation import softmax_1
from .slots import Slots


class WindowPlusCompressed:
    """The last `window` pairs in float32, and `inner` for older ones."""

    def __init__(self, inner: Any, window: int = 16, beta: float = 64.0,
                 margin: float = 0.5) -> None:
        if not beta > 0.0 or not 0.0 <= margin < 1.0:
            raise DescriptionError(f"WindowPlusCompressed: beta {beta}, margin {margin}; above 0, "
                                   "and a cosine from 0 and below 1")
        self.spec = replace(inner.spec, auto=False, order_free=False)
        self.inner, self.beta, self.margin = inner, beta, margin
        self.slots = Slots((inner.spec.key_dim, inner.spec.value_dim), window)
        self.tolerance = getattr(inner, "tolerance", 1e-4)

    def reset(self, *, seed: int | None = None) -> None:
        """Both empty."""
        self.slots.clear()
        self.inner.reset(seed=seed)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Into the window, in the place of the same key; what leaves it is written into the inner
        memory, in order."""
        k, v, _ = pairs(self.spec, keys, values, strength, gains=False)
        left = []
        for key, value in zip(k, v, strict=True):
            if (old := self.slots.find(key)) is not None:
                self.slots.drop(old)
            if (gone := self.slots.put(key, value)) is not None:
                left.append(gone)
        numbers = float(len(k) * sum(self.slots.widths))
        ops = OpCount(weight_updates=numbers, bytes_rw=4.0 * numbers, timesteps=len(k))
        if left:
            old_keys, old_values = (np.array(rows, np.float64) for rows in zip(*left, strict=True))
            ops += self.inner.write(old_keys, old_values)
        return ops

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """The mixture; the score is what the window knows, plus the rest of the inner score."""
        q = check_cues(queries, self.spec.key_dim, self.spec.domain)
        keys, values = (self.slots[j].astype(np.float64) for j in (0, 1))
        lengths = np.linalg.norm(q, axis=1)[:, None] * np.linalg.norm(keys, axis=1)
        cosines = q @ keys.T / np.maximum(lengths, 1e-300)
        weights = softmax_1(self.beta * (cosines - self.margin))
        rest = 1.0 - weights.sum(axis=1)
        found = self.inner.read(q, steps=steps)
        graded = weights @ values + rest[:, None] * found.info["graded"]
        mixed = float(weights.size * self.spec.value_dim)
        ops = found.ops + products(q, len(keys)) + OpCount(
            dense=mixed, mac=mixed, exp=float(weights.size),
            bytes_rw=4.0 * len(q) * (keys.size + values.size))
        domain, ones = self.spec.domain, self.spec.ones_of_a_value()
        return ReadResult(to_domain(graded, domain, ones), 1.0 - rest + rest * found.score, ops,
                          {"graded": graded, "in_window": 1.0 - rest})

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Drop keys from the window and from the inner memory; a rate is for the latter alone, and
        empties the window first into it."""
        by_key = check_forget(self.spec, keys, rate, steps)
        if not by_key:
            ops = self._flush()
            decayed: OpCount = self.inner.forget(rate=rate, steps=steps)
            return ops + decayed
        k = check_patterns(keys, self.spec.key_dim, self.spec.domain, "keys")
        for key in k:
            if (found := self.slots.find(key)) is not None:
                self.slots.drop(found)
        cost: OpCount = self.inner.forget(keys=k)
        return cost

    def _flush(self) -> OpCount:
        order = self.slots.order()
        keys, values = (self.slots[j][order].astype(np.float64) for j in (0, 1))
        self.slots.clear()
        ops: OpCount = self.inner.write(keys, values) if len(keys) else OpCount()
        return ops

    def state_bits(self) -> int:
        """Window and inner memory."""
        return self.slots.bits() + int(self.inner.state_bits())

    def snapshot(self) -> dict[str, Any]:
        """Both states."""
        return {"window": self.slots.snapshot(), "inner": self.inner.snapshot()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.slots.restore(state["window"])
        self.inner.restore(state["inner"])
