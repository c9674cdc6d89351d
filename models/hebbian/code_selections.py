"""How a macrocolumn turns V and G into the chances of its cells: what is called the CSA.

Published texts and programs of Sparsey agree on V and G and differ in mu. What each is good for
shows in the chance that an input takes up the cells of a stored one it overlaps with:
`kept_after_one`, in closed form.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...kernels.code_selection import Law, weight_of
from ...simulator.errors import DescriptionError


@dataclass(frozen=True)
class CodeSelection:
    """mu = max(base + height / (1 + exp(-slope (V^power - middle))), least), of height
    offset + max(0, (G - floor) / (1 - floor))^exponent factor, times K if `by_cells`.

    `middle` rises in steps of 1/100 of the way to `middle_to`, by one with every learnt item whose
    mean V over all cells is above `watch` and above that of all items before.
    """

    slope: float = 10.0
    middle: float = 0.5
    factor: float = 10.0
    exponent: float = 3.0
    floor: float = 0.1
    base: float = 1.0
    offset: float = 0.0
    least: float = 0.0
    power: float = 1.0
    by_cells: bool = True
    middle_to: float | None = None
    watch: float = 0.3

    def __post_init__(self) -> None:
        if not (0.0 <= self.floor < 1.0 and self.exponent > 0.0 and self.factor >= 0.0
                and self.power > 0.0):
            raise DescriptionError(f"CodeSelection: floor {self.floor}, exponent {self.exponent}, "
                                   f"factor {self.factor}, power {self.power}; a floor in 0 ... 1, "
                                   "the others positive")
        if not max(self.base, self.least) > 0.0 or self.offset < 0.0 or self.base < 0.0:
            raise DescriptionError(f"CodeSelection: base {self.base}, least {self.least}, offset "
                                   f"{self.offset}; none below 0, and a base or a least above 0: "
                                   "a cell needs some chance when nothing is familiar")

    def law(self, cells: int) -> Law:
        """For modules of `cells` cells."""
        moving = self.middle_to is not None
        limit = self.middle if self.middle_to is None else self.middle_to
        gain = self.factor * (cells if self.by_cells else 1)
        return Law(self.floor, self.exponent, gain, self.offset, self.base, self.slope, self.least,
                   self.power, limit, (limit - self.middle) / 100.0,
                   self.watch if moving else math.inf)

    def expansion(self, familiarity: float, cells: int) -> float:
        """How far the most familiar cell's mu can rise, eta of the texts: offset + base + what G
        adds."""
        law = self.law(cells)
        share = max(0.0, (familiarity - law.floor) / (1.0 - law.floor))
        return float(law.offset + law.base + share**law.exponent * law.gain)

    def chances(self, v: Any, familiarity: float) -> Any:
        """rho of the cells of a module, the last axis of `v`, for an input of that G."""
        mu = weight_of(v, familiarity, self.law(np.shape(v)[-1]), self.middle)
        return mu / mu.sum(axis=-1, keepdims=True)

    def kept_after_one(self, overlap: float, cells: int) -> float:
        """The chance that a module answers with the cell of the only stored input, to an input of
        that share of its ones: the mean share of the code that both have in common."""
        v = np.zeros(cells)
        v[0] = overlap
        return float(self.chances(v, overlap)[0])


SELECTIONS: dict[str, CodeSelection] = {
    "graded": CodeSelection(),
    "steep": CodeSelection(factor=100.0, exponent=2.0),
    "steeper": CodeSelection(slope=28.0, factor=100.0, exponent=2.0),
    "core": CodeSelection(slope=4.0, factor=100.0, exponent=2.0, base=0.0, offset=1.0, least=1.0,
                          middle_to=0.9),
    # (0.1 exp(-4 (V - 1)))^8 = exp(-32 (V - 1 + ln(10) / 4))
    "tenth-power": CodeSelection(slope=32.0, middle=1.0 - math.log(10.0) / 4.0, factor=100.0,
                                 exponent=2.0, power=10.0),
    # exp(-lambda V + phi) = exp(-lambda (V - phi / lambda)), lambda 28 and phi 5
    "floored": CodeSelection(slope=28.0, middle=5.0 / 28.0, factor=2.5, exponent=1.0, floor=0.2,
                             base=1e-6, by_cells=False),
    # a G^7 / (1 + exp(-(26 V - 13))) + 1, a = 10000 whatever K
    "seventh-power": CodeSelection(slope=26.0, factor=1e4, exponent=7.0, floor=0.0,
                                   by_cells=False),
}
"""`graded`: overlap of codes follows overlap of inputs down to one half; the default. `steep`,
`steeper`: nearly the stored code down to three quarters, or to one half. `core`: SparseyCore.
`tenth-power`: Sparsey_Alt, a step between overlaps of 0.92 and 0.83. `floored`: sparseypy, in
which G multiplies all cells alike: it cancels but for 1e-6, and does not grade the noise.
`seventh-power`: csa.py, of G^7."""
