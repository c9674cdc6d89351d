"""Hopfield's network at finite load and T = 0: the retrieval state of replica symmetry.

Amit, Gutfreund and Sompolinsky 1985 (Phys. Rev. Lett. 55:1530): m = erf(y), y = m / sqrt(2 a r),
C = sqrt(2 / (pi a r)) exp(-y^2), r = 1 / (1 - C)^2, a = P / N. Put together, the load is a function
of y: sqrt(2 a) = erf(y) / y - 2 / sqrt(pi) exp(-y^2). Its top is the capacity.
"""

from __future__ import annotations

import math
from functools import cache

from ...simulator.errors import DescriptionError


@cache
def capacity_edge() -> tuple[float, float]:
    """(a_c, overlap there): the largest load at which a retrieval state exists, about 0.138."""
    y = _top()
    return _load_of(y), math.erf(y)


def overlap_at(load: float) -> float:
    """Overlap of the retrieval state with its pattern; nan above the edge, where there is none."""
    if not load >= 0.0:
        raise DescriptionError(f"load {load!r}; it is patterns per spin, 0 or more")
    if load == 0.0:
        return 1.0
    low, high = _top(), 40.0
    if load > _load_of(low):
        return math.nan
    while high - low > 1e-12 * high:
        middle = 0.5 * (low + high)
        if _load_of(middle) > load:
            low = middle
        else:
            high = middle
    return math.erf(low)


@cache
def _top() -> float:
    from scipy.optimize import minimize_scalar
    found = minimize_scalar(lambda y: -_load_of(y), bounds=(0.5, 3.0), method="bounded",
                            options={"xatol": 1e-10})
    return float(found.x)


def _load_of(y: float) -> float:
    root = math.erf(y) / y - 2.0 / math.sqrt(math.pi) * math.exp(-y * y)
    return 0.5 * root * root
