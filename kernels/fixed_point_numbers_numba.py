"""Compiled: the low bits of a sum, products of accums, and decayed traces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

inlined: Callable[[Any], Any] = numba.njit(nogil=True, error_model="numpy", forceinline=True)


@inlined
def wrap(x: Any) -> Any:
    """The low 32 bits of an int64, with sign."""
    return np.int64(np.int32(x))


@inlined
def times(x: Any, y: Any) -> Any:
    """Product of two accums, cut off."""
    return wrap((x * y) >> 15)


@inlined
def short(x: Any) -> Any:
    """The low 16 bits of an int64, with sign."""
    return np.int64(np.int16(x))


@inlined
def looked_up(trace: Any, table: Any, steps: Any) -> Any:
    """A trace after `steps` steps."""
    factor = table[steps] if 0 <= steps < table.size else 0
    return (short(trace) * factor) >> 11
