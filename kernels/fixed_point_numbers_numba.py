"""Compiled: the low bits of a sum, products of accums, decayed traces, units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from .fixed_point_tables import LANES

inlined: Callable[[Any], Any] = numba.njit(nogil=True, error_model="numpy", forceinline=True)

ONE, LANE, BLOCK = np.uint64(1), np.uint64(LANES - 1), np.uint64(2 * LANES - 1)


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


@inlined
def unit_of(place: Any) -> Any:
    """The unit of a column of the ring buffer, a uint64.

    Without sign, since a signed index might count from the end, and to rule that out took as long
    as all else that is done to a synapse.
    """
    x = np.uint64(place)
    return (x & ~BLOCK) >> ONE | x & LANE
