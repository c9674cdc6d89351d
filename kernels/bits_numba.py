"""Compiled operations on 64-bit words."""

from __future__ import annotations

from typing import Any

import numpy as np

from .philox_numba import njit

_U = np.uint64
_DE_BRUIJN = _U(0x03F79D71B4CB0A89)  # any 64-bit de Bruijn word numbers the bits of a word
_BIT = np.zeros(64, np.uint8)
_BIT[[((0x03F79D71B4CB0A89 << k) % (1 << 64)) >> 58 for k in range(64)]] = np.arange(64)
_M1, _M2, _M4 = _U(0x5555555555555555), _U(0x3333333333333333), _U(0x0F0F0F0F0F0F0F0F)
_H01, _ONE, _TWO, _FOUR = _U(0x0101010101010101), _U(1), _U(2), _U(4)
_S56, _S58 = _U(56), _U(58)


@njit
def lowest(word: Any) -> Any:
    """The number of the lowest set bit of a word that is not 0, as an int64."""
    return np.int64(_BIT[((word & (~word + _ONE)) * _DE_BRUIJN) >> _S58])


@njit
def count(word: Any) -> Any:
    """How many bits are set, as an int64."""
    word = word - ((word >> _ONE) & _M1)
    word = (word & _M2) + ((word >> _TWO) & _M2)
    word = (word + (word >> _FOUR)) & _M4
    return np.int64((word * _H01) >> _S56)
