"""Compiled scalar functions that generated code calls; the same arithmetic as the reference's."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(inline="always")
def clip(x: Any, low: Any, high: Any) -> Any:
    """`x` limited to [low, high]."""
    return low if x < low else (high if x > high else x)


@njit(inline="always")
def whole(x: Any) -> Any:
    """`x` without its fraction; a condition counts as 0 or 1."""
    return np.trunc(x * 1.0)


@njit(inline="always")
def truth(x: Any) -> Any:
    """Whether `x` is not zero."""
    return x != 0
