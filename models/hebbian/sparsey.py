"""Sparsey's macrocolumn: inputs become sparse codes that superpose, alike for alike inputs.

Rinkus 1996 (Boston University), 2010 (Frontiers in Neuroanatomy 4:17). Q modules of K binary cells
that compete, one-bit synapses from U inputs, learnt in a single trial; equations in
`kernels.code_selection`. What is new gets a random code, what is familiar its old one, and G tells
how familiar it is. Learning and recognising take as long with much in store as with nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...kernels import bits, code_selection_numba, philox
from ...simulator.errors import DescriptionError
from ...simulator.free_memory import check_memory
from .code_selections import SELECTIONS, CodeSelection

SATURATION = 0.5
"""A cell learns no more when more than that share of its synapses is on: its critical period ends.
Also where a one-bit store tells most."""

DRAWS, TIES = philox.object_id("sparsey draws"), philox.object_id("sparsey ties")


class Codes(NamedTuple):
    """`cells` (M, Q), the winner of each module, -1 where the column stayed silent; `familiarity`
    (M,), G, 0 where it stayed silent."""

    cells: NDArray[np.int64]
    familiarity: NDArray[np.float64]


class Macrocolumn:
    """`modules` (Q) of `cells` (K) over `inputs` (U).

    `selection`: a CodeSelection or the name of one. `saturation`: see SATURATION; 1.0 never ends.
    `band`: the column answers inputs whose share of ones is within, and not those without ones.
    The draws of the n-th learnt input depend on the seed and n alone.
    """

    def __init__(self, inputs: int, modules: int = 24, cells: int = 8,
                 selection: CodeSelection | str = "graded", saturation: float = SATURATION,
                 band: tuple[float, float] = (0.0, 1.0), seed: int = 0) -> None:
        if inputs < 1 or modules < 1 or cells < 2:
            raise DescriptionError(f"Macrocolumn: {inputs} inputs, {modules} modules of {cells} "
                                   "cells; at least 1, 1 and 2")
        if not 0.0 < saturation <= 1.0 or not 0.0 <= band[0] <= band[1]:
            raise DescriptionError(f"Macrocolumn: saturation {saturation}, band {band}; a "
                                   "saturation in 0 ... 1, a band from low to high")
        check_memory(8.0 * modules * cells * bits.words_for(inputs),
                     f"Macrocolumn: {inputs:,} inputs to {modules * cells:,} cells")
        self.inputs, self.modules, self.cells = inputs, modules, cells
        self.selection = find_selection(selection)
        self.saturation, self.band, self.seed = saturation, band, seed
        self.rows = np.zeros((modules * cells, bits.words_for(inputs)), np.uint64)
        self.state = np.array([self.selection.middle, 0.0])
        self.learnt = 0

    def learn(self, x: Any) -> Codes:
        """Store inputs, booleans (M, U), one after the other; the codes they were given."""
        return self._answered(x, self._learn)

    def recognise(self, x: Any) -> Codes:
        """The most familiar code for each of (M, U). Changes nothing; equals are told apart by
        numbers that belong to the seed, so the same input has the same answer."""
        return self._answered(x, self._recognise)

    def store(self, x: Any, codes: Any) -> None:
        """Store inputs (M, U) with the codes (M, Q) that are given."""
        flags, cells = self._flags(x), np.asarray(codes)
        if cells.dtype.kind not in "iu" or cells.shape != (len(flags), self.modules) or (
                (cells < 0) | (cells >= self.cells)).any():
            raise DescriptionError(f"Macrocolumn: codes of shape {cells.shape} for {len(flags)} "
                                   f"inputs; give ({len(flags)}, {self.modules}) of 0 to "
                                   f"{self.cells - 1}")
        code_selection_numba.store(self.rows, flags, cells.astype(np.int64), self.saturation)

    def matrix(self) -> bits.Flags:
        """The synapses as booleans (U, Q, K)."""
        by_cell: bits.Flags = bits.unpack(self.rows, self.inputs)
        return by_cell.T.reshape(self.inputs, self.modules, self.cells)

    def frozen(self) -> bits.Flags:
        """Which cells (Q, K) learn no more."""
        return np.asarray(self.matrix().mean(axis=0) > self.saturation)

    def ones(self, codes: Any) -> bits.Flags:
        """Codes (M, Q) as booleans (M, Q K); what is -1 has no one."""
        found = np.asarray(codes)[:, :, None] == np.arange(self.cells)
        return found.reshape(len(found), self.modules * self.cells)

    def _learn(self, x: bits.Flags) -> Any:
        items = np.arange(self.learnt, self.learnt + len(x))
        draws = philox.uniform(self.seed, DRAWS, items[:, None], np.arange(self.modules))
        self.learnt += len(x)
        return code_selection_numba.learn(self.rows, x, draws, self.selection.law(self.cells),
                                          self.state, self.saturation)

    def _recognise(self, x: bits.Flags) -> Any:
        ties = philox.uniform(self.seed, TIES, 0, np.arange(self.modules))
        return code_selection_numba.recognise(self.rows, x, ties)

    def _answered(self, x: Any, answer: Any) -> Codes:
        flags = self._flags(x)
        ones = flags.sum(axis=1)
        low, high = (share * self.inputs for share in self.band)
        wakes = (ones > 0) & (ones >= low - 1e-9) & (ones <= high + 1e-9)
        found = Codes(np.full((len(flags), self.modules), -1), np.zeros(len(flags)))
        if wakes.any():
            found.cells[wakes], found.familiarity[wakes] = answer(flags[wakes])
        return found

    def _flags(self, x: Any) -> bits.Flags:
        found = np.asarray(x)
        if found.ndim != 2 or found.shape[1] != self.inputs:
            raise DescriptionError(f"Macrocolumn: inputs of shape {found.shape}; give "
                                   f"(M, {self.inputs})")
        if found.dtype != bool and not np.isin(found, (0, 1)).all():
            raise DescriptionError(f"Macrocolumn: inputs hold {np.unique(found)[:4]}; entries are "
                                   "0 and 1")
        return found.astype(bool)


def find_selection(selection: CodeSelection | str) -> CodeSelection:
    """By name; DescriptionError lists what there is."""
    if isinstance(selection, CodeSelection):
        return selection
    if selection not in SELECTIONS:
        raise DescriptionError(f"no code selection {selection!r}; there are "
                               f"{', '.join(SELECTIONS)}")
    return SELECTIONS[selection]


def shared(a: Any, b: Any) -> NDArray[np.float64]:
    """The share of modules in which codes (M, Q) have the same winner: (M,)."""
    return np.asarray((np.asarray(a) == np.asarray(b)).mean(axis=1))
