"""Sparsey's macrocolumn as a memory: keys become codes, one-bit synapses from codes to values.

Its cells are binary units that compete in one step; they send no spikes over time, so no backend is
asked for. Writing draws a code by the code selection of `models.hebbian.sparsey`, alike for alike
keys; reading takes the most familiar one. An auto-associative memory reads again from what it
found.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ....kernels import bits, code_selection_numba, willshaw_numba
from ....models.ann.pairs import check_forget, check_steps, pairs
from ....models.hebbian.sparsey import SATURATION, Macrocolumn
from ....models.memory import NOTHING, MemorySpec, OpCount, ReadResult, check_cues
from ....models.memory.protocol import Array
from .flags import most_said

AUTO_STEPS = 4
"""Reads in turn of an auto-associative memory; most stop after two."""


class SparseyMemory:
    """`modules` of `cells`, with one-bit synapses from `key_dim` inputs and to `value_dim` outputs.

    An output, like a cell, learns no more when more than `saturation` of its synapses are on.
    """

    def __init__(self, key_dim: int, value_dim: int, active: int, value_active: int | None = None,
                 modules: int = 24, cells: int = 8, auto: bool = False,
                 selection: str = "graded", saturation: float = SATURATION) -> None:
        self.spec = MemorySpec(key_dim, value_dim, "ksparse", auto=auto, active=active,
                               value_active=value_active, iterative=auto, stochastic=True)
        self.column = Macrocolumn(key_dim, modules, cells, selection, saturation)
        self.units = modules * cells
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """No synapse on; with a seed, other draws."""
        column = self.column
        column.seed = column.seed if seed is None else seed
        column.learnt, column.rows[:] = 0, 0
        column.state[:] = column.selection.middle, 0.0
        self.outputs = np.zeros((self.spec.value_dim, bits.words_for(self.units)), np.uint64)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Give each key a code, and switch on the synapses from the code to the value."""
        k, v, _ = pairs(self.spec, keys, values, strength, gains=False)
        codes = self.column.learn(k)
        code_selection_numba.associate(self.outputs, self.column.ones(codes.cells), v.astype(bool),
                                       self.column.saturation)
        many, modules = float(len(k)), self.column.modules
        set_now = float((k.sum(axis=1) + v.sum(axis=1)).sum() * modules)
        chance = OpCount(exp=2.0 * many * self.units)  # of the sigmoid, and its division
        return self._selection(k) + chance + OpCount(
            dense=many * self.units * self.spec.value_dim, ac=set_now, weight_updates=set_now,
            bytes_rw=set_now / 8.0)

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """The `value_active` outputs that most winners reach, the first of equals; `steps` reads.

        `graded` holds how many, `codes` the winners for the query. The score is its familiarity G.
        """
        q = check_cues(queries, self.spec.key_dim, "ksparse")
        codes, graded, ops = self._recalled(q)
        values, used = self._said(graded), np.ones(len(q), np.int64)
        moving, cue = np.ones(len(q), bool), q
        for _ in range(check_steps(steps, AUTO_STEPS) - 1 if self.spec.auto else 0):
            moving = moving & (values != cue).any(axis=1)
            if not moving.any():
                break
            cue = values.copy()
            _, graded[moving], more = self._recalled(cue[moving])
            values[moving] = self._said(graded[moving])
            used[moving] += 1
            ops = ops + more
        return ReadResult(values, codes.familiarity, ops, {
            "graded": graded, "iterations": used, "codes": codes.cells})

    def _said(self, graded: Array) -> Array:
        return most_said(graded, self.spec.ones_of_a_value())

    def _recalled(self, cues: Array) -> tuple[Any, Array, OpCount]:
        codes = self.column.recognise(cues)
        sums = willshaw_numba.sums(self.outputs, self.column.ones(codes.cells))
        fan_out = float(self.spec.value_dim)
        awake = float((codes.cells >= 0).sum())
        spread = OpCount(dense=len(cues) * self.units * fan_out, ac=awake * fan_out,
                         bytes_rw=awake * fan_out / 8.0)
        return codes, sums.astype(np.float64), self._selection(cues) + spread

    def _selection(self, cues: Array) -> OpCount:
        """V of all cells, and their competition: the same however much is in store."""
        if not len(cues):
            return NOTHING
        read = float(cues.sum()) * self.units
        return OpCount(dense=float(cues.size * self.units), ac=read, bytes_rw=read / 8.0,
                       neuron_updates=float(len(cues) * self.units), timesteps=float(len(cues)))

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """DescriptionError: codes superpose, and a synapse does not know for which it is on."""
        check_forget(self.spec, keys, rate, steps)
        return NOTHING

    def state_bits(self) -> int:
        """One a synapse."""
        return self.units * (self.spec.key_dim + self.spec.value_dim)

    def codings(self) -> dict[str, int]:
        """The entropy of the synapses as they stand, of both sides (an ideal code's least)."""
        both = ((self.column.rows, self.spec.key_dim), (self.outputs, self.units))
        return {"entropy": sum(_entropy(bits.unpack(rows, n)) for rows, n in both)}

    def snapshot(self) -> dict[str, Any]:
        """Both sides' synapses, packed 64 to a word; the selection's state; seed and draws."""
        column = self.column
        return {"cells": column.rows.copy(), "outputs": self.outputs.copy(),
                "middle": float(column.state[0]), "largest": float(column.state[1]),
                "seed": column.seed, "learnt": column.learnt}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        column = self.column
        column.rows = np.array(state["cells"], np.uint64)
        self.outputs = np.array(state["outputs"], np.uint64)
        column.state[:] = state["middle"], state["largest"]
        column.seed, column.learnt = int(state["seed"]), int(state["learnt"])


def _entropy(synapses: Any) -> int:
    on = float(synapses.mean())
    each = 0.0 if on in (0.0, 1.0) else -on * math.log2(on) - (1 - on) * math.log2(1 - on)
    return math.ceil(each * synapses.size)
