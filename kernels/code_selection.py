"""Code selection of a macrocolumn (Rinkus 1996, 2010), item by item: the naive version.

A macrocolumn has Q modules of K cells that compete; a code is a winner in each. A cell's V is the
share of an input's ones whose synapse onto it is on, G the mean over modules of the largest V. A
learnt item draws its winners: cell k with probability mu_k / sum_k mu, where

    mu = max(base + height / (1 + exp(-slope (V^power - middle))), least)
    height = offset + max(0, (G - floor) / (1 - floor))^exponent gain

and then switches on the synapses from its ones to its winners, but not those of a cell more than
`saturation` of whose synapses are on. `state` is (middle, largest mean V so far): `middle` goes up
by `stride` to at most `limit` when an item's mean V over all cells exceeds `watch` and all before.
A recognised item takes the largest V; of n equal ones number floor(n u).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bits import Flags
from .elementary import NUMPY as elementary

Codes = NDArray[np.int64]
Reals = NDArray[np.float64]


class Law(NamedTuple):
    """The numbers of mu; `middle` is state."""

    floor: float
    exponent: float
    gain: float
    offset: float
    base: float
    slope: float
    least: float
    power: float
    limit: float
    stride: float
    watch: float


def learn(weights: Flags, inputs: Flags, uniforms: Reals, law: Law, state: Reals,
          saturation: float) -> tuple[Codes, Reals]:
    """Codes (M, Q) and G (M,) of `inputs` (M, U), stored one after the other in `weights`
    (U, Q, K). `uniforms` (M, Q) in (0, 1] decide; every input has a one."""
    codes, g = np.empty(uniforms.shape, np.int64), np.empty(len(inputs))
    for m, x in enumerate(inputs):
        codes[m], g[m] = drawn(familiarity(weights, x), uniforms[m], law, state)
        store(weights, x[None], codes[m:m + 1], saturation)
    return codes, g


def recognise(weights: Flags, inputs: Flags, uniforms: Reals) -> tuple[Codes, Reals]:
    """Codes (M, Q) and G (M,); `uniforms` (Q,) choose among equals, the same for every input."""
    codes, g = np.empty((len(inputs), len(uniforms)), np.int64), np.empty(len(inputs))
    for m, x in enumerate(inputs):
        codes[m], g[m] = largest(familiarity(weights, x), uniforms)
    return codes, g


def drawn(v: Reals, uniforms: Reals, law: Law, state: Reals) -> tuple[Codes, float]:
    """The code (Q,) that `uniforms` (Q,) draw for an item of familiarities `v` (Q, K); its G."""
    g = _mean_of_largest(v)
    _move_middle(v, law, state)
    up_to = np.cumsum(weight_of(v, g, law, state[0]), axis=1)
    return (up_to < uniforms[:, None] * up_to[:, -1:]).sum(axis=1), g


def largest(v: Reals, uniforms: Reals) -> tuple[Codes, float]:
    """The code of the largest of `v` (Q, K), `uniforms` (Q,) choosing among equals; G."""
    code = np.empty(len(v), np.int64)
    for q, row in enumerate(v):
        equal = np.flatnonzero(row == row.max())
        code[q] = equal[min(int(uniforms[q] * len(equal)), len(equal) - 1)]
    return code, _mean_of_largest(v)


def store(weights: Flags, inputs: Flags, codes: Codes, saturation: float) -> None:
    """Switch on the synapses from each input's ones to the cells of its code."""
    for x, code in zip(inputs, codes, strict=True):
        for q, k in enumerate(code):
            if weights[:, q, k].sum() <= saturation * len(weights):
                weights[x, q, k] = True


def familiarity(weights: Flags, x: Flags) -> Reals:
    """V (Q, K) of one input (U,)."""
    v: Reals = weights[x].sum(axis=0) / x.sum()
    return v


def weight_of(v: Any, g: float, law: Law, middle: float) -> Any:
    """mu of cells of familiarity `v`, of any shape."""
    share = max(0.0, (g - law.floor) / (1.0 - law.floor))
    height = law.offset + elementary["power"](share, law.exponent) * law.gain
    raised = elementary["power"](np.asarray(v, np.float64), law.power)
    s = 1.0 + elementary["exp"](-law.slope * (raised - middle))
    return np.maximum(law.base + height / s, law.least)


def _mean_of_largest(v: Reals) -> float:
    return sum(float(row.max()) for row in v) / len(v)  # in order, as compiled


def _move_middle(v: Reals, law: Law, state: Reals) -> None:
    mean = float(np.cumsum(v)[-1]) / v.size  # cumsum adds in order
    if mean > law.watch and mean > state[1] and state[0] < law.limit:
        state[:] = min(state[0] + law.stride, law.limit), mean
