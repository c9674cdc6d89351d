"""A macrocolumn that forgets: synapses fade with age unless what set them comes again in time.

As `sparsey.Macrocolumn`, with synapses that follow `permanence.Table`: what is met once fades, what
is met again soon lasts longer and in the end for good. A cell whose critical period ends keeps all
that it has, for good. On whole matrices of numbers, for models of some thousand synapses a cell.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...kernels import code_selection, philox
from ...simulator.errors import DescriptionError
from ...simulator.free_memory import check_memory
from .code_selections import CodeSelection
from .permanence import AgeingSynapses, Table
from .sparsey import DRAWS, SATURATION, TIES, Codes, find_selection


class AgeingMacrocolumn:
    """`modules` (Q) of `cells` (K) over `inputs` (U); time counts learnt inputs, and `wait`."""

    def __init__(self, inputs: int, modules: int = 24, cells: int = 8,
                 selection: CodeSelection | str = "graded", saturation: float = SATURATION,
                 table: Table | None = None, seed: int = 0) -> None:
        if modules < 1 or cells < 2 or not 0.0 < saturation <= 1.0:
            raise DescriptionError(f"AgeingMacrocolumn: {modules} modules of {cells} cells, "
                                   f"saturation {saturation}; at least 1 and 2, 0 ... 1")
        check_memory(33.0 * inputs * modules * cells,
                     f"AgeingMacrocolumn: {inputs:,} inputs to {modules * cells:,} cells")
        self.modules, self.cells, self.seed = modules, cells, seed
        self.selection, self.saturation = find_selection(selection), saturation
        self.synapses = AgeingSynapses(inputs, modules * cells, table)
        self.state = np.array([self.selection.middle, 0.0])
        self.learnt = self.now = 0

    def wait(self, steps: int) -> None:
        """Let time pass."""
        if steps < 0:
            raise DescriptionError(f"AgeingMacrocolumn: wait {steps} steps; 0 or more")
        self.now += steps

    def learn(self, x: Any) -> Codes:
        """Store inputs, booleans (M, U), one a step; each has a one."""
        flags = self._flags(x)
        found = Codes(np.empty((len(flags), self.modules), np.int64), np.empty(len(flags)))
        law = self.selection.law(self.cells)
        for m, ones in enumerate(flags):
            draws = philox.uniform(self.seed, DRAWS, self.learnt, np.arange(self.modules))
            found.cells[m], found.familiarity[m] = code_selection.drawn(
                self._familiarity(ones), draws, law, self.state)
            self._store(ones, found.cells[m])
            self.learnt, self.now = self.learnt + 1, self.now + 1
        return found

    def recognise(self, x: Any) -> Codes:
        """The most familiar code for each of (M, U) at this time. Changes nothing."""
        flags = self._flags(x)
        ties = philox.uniform(self.seed, TIES, 0, np.arange(self.modules))
        answers = [code_selection.largest(self._familiarity(ones), ties) for ones in flags]
        return Codes(np.array([code for code, _ in answers]).reshape(-1, self.modules),
                     np.array([g for _, g in answers]))

    def weights(self) -> NDArray[np.float64]:
        """(U, Q, K), 0 to 1, now."""
        table = self.synapses.table
        return (self.synapses.weights(self.now) / table.weights[0]).reshape(
            -1, self.modules, self.cells)

    def frozen(self) -> NDArray[np.bool_]:
        """Which cells (Q K,) have come to the end of their critical period."""
        return np.asarray(self.weights().mean(axis=0).ravel() > self.saturation)

    def _store(self, ones: Any, code: Any) -> None:
        winners = np.zeros((self.modules, self.cells), bool)
        winners[np.arange(self.modules), code] = True
        self.synapses.coincide(ones, winners.ravel() & ~self.frozen(), self.now)
        self.synapses.keep(self.frozen(), self.now)

    def _familiarity(self, ones: Any) -> Any:
        return self.weights()[ones].sum(axis=0) / ones.sum()

    def _flags(self, x: Any) -> Any:
        found = np.asarray(x)
        if found.ndim != 2 or found.shape[1] != len(self.synapses.step) or not (
                np.isin(found, (0, 1)).all() and found.any(axis=1).all()):
            raise DescriptionError(f"AgeingMacrocolumn: inputs of shape {found.shape}; give (M, "
                                   f"{len(self.synapses.step)}) of 0 and 1, a 1 in each row")
        return found.astype(bool)
