"""Compiled scalar twins of `philox`: the same numbers, bit for bit, one counter at a time.

Everything stays in uint64: Numba turns a mix of int64 and uint64 into float64. Functions here are
cached by this file's date, so a change here needs the caches of its callers removed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from .elementary_numba import cos_turns, log

_U = np.uint64
_MASK = _U(0xFFFFFFFF)
_M0, _M1 = _U(0xD2511F53), _U(0xCD9E8D57)
_W0, _W1 = _U(0x9E3779B9), _U(0xBB67AE85)
_S5, _S6, _S16, _S32 = _U(5), _U(6), _U(16), _U(32)

njit: Callable[[Any], Any] = numba.njit(nogil=True, error_model="numpy", cache=True)


@njit
def philox_nb(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """Ten rounds of Philox over uint64 values below 2^32; the four words stay in registers."""
    for _ in range(10):
        a, b = c0 * _M0, c2 * _M1
        c0, c1, c2, c3 = (b >> _S32) ^ c1 ^ k0, b & _MASK, (a >> _S32) ^ c3 ^ k1, a & _MASK
        k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@njit
def words_nb(k0: Any, k1: Any, obj: Any, step: Any, index: Any, draw: Any) -> Any:
    """The four words, as uint64, of one counter; the counter is laid out in `philox`."""
    s = _U(step)
    return philox_nb(_U(index), s & _MASK, _U(obj), _U(draw) | ((s >> _S32) << _S16),
                     _U(k0), _U(k1))


@njit
def unit_nb(high: Any, low: Any) -> Any:
    """53 bits of two words as a float64 in (0, 1]."""
    return (float(high >> _S5) * 67108864.0 + float(low >> _S6) + 0.5) * 2.0**-53


@njit
def uniform_nb(k0: Any, k1: Any, obj: Any, step: Any, index: Any, draw: Any) -> Any:
    """One uniform number in (0, 1]."""
    w0, w1, _, _ = words_nb(k0, k1, obj, step, index, draw)
    return unit_nb(w0, w1)


@njit
def normal_nb(k0: Any, k1: Any, obj: Any, step: Any, index: Any, draw: Any) -> Any:
    """One standard normal number."""
    w0, w1, w2, w3 = words_nb(k0, k1, obj, step, index, draw)
    return math.sqrt(-2.0 * log(unit_nb(w0, w1))) * cos_turns(unit_nb(w2, w3))
