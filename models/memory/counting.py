"""Operations of a matrix product, with and without zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

from .ops import OpCount


def products(x: Any, fan_out: float, binary_weights: bool = False) -> OpCount:
    """Of every element of `x` with `fan_out` weights each: `dense` counts them all; those of zeros
    are skipped in the other views.

    If every element is 0 or 1 (or every weight is: `binary_weights`) what is left are accumulates,
    if -1, 0 or 1 sign flips, else multiply-accumulates. As in NeuroBench 2.3, a call is of one kind
    as a whole; unlike there, sign flips are not called accumulates.
    """
    x = np.asarray(x)
    effective = float(np.count_nonzero(x)) * fan_out
    dense = x.size * float(fan_out)
    if binary_weights or bool(((x == 0) | (x == 1)).all()):
        return OpCount(dense=dense, ac=effective)
    if bool((np.abs(x) <= 1).all() and (x == np.rint(x)).all()):
        return OpCount(dense=dense, sign_flips=effective)
    return OpCount(dense=dense, mac=effective)
