"""Willshaw's matrix of one-bit synapses (1969) behind the face of a memory.

The store is `models.hebbian.Willshaw`. Keys and values are sparse flags; a read sums the active
synapses of each output. An auto-associative one reads again from what it found (Schwenker, Sommer
and Palm 1996).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..hebbian.willshaw import Willshaw
from ..memory import MemorySpec, OpCount, ReadResult, check_cues, to_domain
from ..memory.protocol import Array
from .pairs import check_forget, check_steps, pairs

AUTO_STEPS = 4
"""Reads in turn of an auto-associative memory; most stop after two"""


class WillshawMemory:
    """`key_dim` by `value_dim` synapses of one bit."""

    def __init__(self, key_dim: int, value_dim: int, active: int, value_active: int | None = None,
                 auto: bool = False) -> None:
        self.spec = MemorySpec(key_dim, value_dim, "ksparse", auto=auto, iterative=auto,
                               order_free=True, active=active, value_active=value_active)
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """All synapses off. Draws nothing, so a seed changes nothing."""
        self.matrix = Willshaw(self.spec.key_dim, self.spec.value_dim)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Turn on the synapses between the ones of each pair."""
        k, v, _ = pairs(self.spec, keys, values, strength, gains=False)
        self.matrix.learn(k.astype(bool), v.astype(bool))
        on = float((k.sum(axis=1) * v.sum(axis=1)).sum())
        dense = float(len(k) * self.spec.key_dim * self.spec.value_dim)
        return OpCount(dense=dense, ac=on, weight_updates=on, bytes_rw=on / 8, timesteps=len(k))

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """The `value_active` outputs with the largest sums, the first of equals; `steps` reads.

        `graded` holds the sums, `threshold` Willshaw's own answer: outputs that every one of the
        cue's inputs reaches. The score is the share of the cue's ones that reach the outputs found.
        """
        q = check_cues(queries, self.spec.key_dim, "ksparse")
        ones = q.sum(axis=1)
        first, ops = self._sums(q)
        sums, values = first.copy(), to_domain(first, "ksparse", self.spec.ones_of_a_value())
        score = (first * values).sum(axis=1) / np.maximum(ones * values.sum(axis=1), 1.0)
        used, moving, cue = np.ones(len(q), np.int64), np.ones(len(q), bool), q
        for _ in range(self._more(steps)):
            moving = moving & (values != cue).any(axis=1)
            if not moving.any():
                break
            cue = values.copy()
            sums[moving], cost = self._sums(cue[moving])
            values[moving] = to_domain(sums[moving], "ksparse", self.spec.ones_of_a_value())
            used[moving] += 1
            ops += cost
        return ReadResult(values, score, ops, {
            "graded": sums, "iterations": used,
            "threshold": (first >= ones[:, None]) & (ones[:, None] > 0)})

    def _more(self, steps: int | None) -> int:
        """Reads after the first."""
        return check_steps(steps, AUTO_STEPS) - 1 if self.spec.auto else 0

    def _sums(self, cues: Array) -> tuple[Array, OpCount]:
        size = float(self.state_bits() * len(cues))
        ops = OpCount(dense=size, ac=float(cues.sum() * self.spec.value_dim), bytes_rw=size / 8,
                      timesteps=len(cues))
        return self.matrix.sums(cues.astype(bool)).astype(np.float64), ops

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """DescriptionError: a synapse does not know for how many pairs it is on."""
        check_forget(self.spec, keys, rate, steps)
        return OpCount()

    def state_bits(self) -> int:
        """One a synapse."""
        return self.spec.key_dim * self.spec.value_dim

    def codings(self) -> dict[str, int]:
        """The entropy of the synapses as they stand (at least, of an ideal code); of an
        auto-associative matrix each pair of units once."""
        on = self.matrix.on()
        entropy = 0.0 if on in (0.0, 1.0) else -(on * math.log2(on)
                                                 + (1 - on) * math.log2(1 - on))
        out = {"entropy": math.ceil(entropy * self.state_bits())}
        if self.spec.auto:
            out["triangle"] = self.spec.key_dim * (self.spec.key_dim + 1) // 2
        return out

    def snapshot(self) -> dict[str, Any]:
        """The synapses, packed 64 to a word, a row an output."""
        return {"rows": self.matrix.rows.copy()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.matrix.rows = np.array(state["rows"], np.uint64)

