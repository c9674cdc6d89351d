"""Compiled twins of `sampling`: the same matrices, bit for bit, by rows on all cores.

A Bernoulli matrix is walked twice, once to count and once to write, so that the columns go
straight to their place and nothing but the result is held: 4 bytes an entry.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from .philox import key
from .philox_numba import njit, unit_nb, words_nb
from .sampling import DRAW, EXPONENTIAL, GAUSSIAN

Matrix = tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]

_U = np.uint64
_ONE, _SIX, _S32, _S58, _LOW6 = _U(1), _U(6), _U(32), _U(58), _U(63)
_DE_BRUIJN = _U(0x03F79D71B4CB0A89)  # any 64-bit de Bruijn word numbers the bits of a word
_BIT = np.zeros(64, np.uint8)
_BIT[[((0x03F79D71B4CB0A89 << k) % (1 << 64)) >> 58 for k in range(64)]] = np.arange(64)


def bernoulli(n_rows: int, n_columns: int, skip: float, hole: int, seed: int, obj: int) -> Matrix:
    """Twin of `sampling.bernoulli`; `skip` is log(1 - p)."""
    k0, k1 = (np.uint32(k) for k in key(seed))
    return _count_then_write(n_rows, _bernoulli_rows, k0, k1, np.uint32(obj), n_columns, skip,
                             hole)


def by_distance(source: Any, target: Any, box: Any, profile: int, skip: float, length: float,
                hole: int, seed: int, obj: int) -> Matrix:
    """Twin of `sampling.by_distance`; `skip` is log(1 - p_max)."""
    k0, k1 = (np.uint32(k) for k in key(seed))
    return _count_then_write(len(source), _distance_rows, k0, k1, np.uint32(obj), source, target,
                             box, profile, skip, length, hole)


def fixed(n_rows: int, n_columns: int, n: int, hole: int, seed: int, obj: int) -> Matrix:
    """Twin of `sampling.fixed`."""
    k0, k1 = (np.uint32(k) for k in key(seed))
    out = np.empty(n_rows * n, np.uint32)
    _by_rows(n_rows, _fixed_rows, k0, k1, np.uint32(obj), n_columns, n, hole, out)
    return np.arange(n_rows + 1, dtype=np.int64) * n, out


def _count_then_write(n_rows: int, rows: Callable[..., None], *args: Any) -> Matrix:
    indptr = np.zeros(n_rows + 1, np.int64)
    _by_rows(n_rows, rows, *args, indptr, np.empty(0, np.uint32), False)
    np.cumsum(indptr, out=indptr)
    out = np.empty(indptr[-1], np.uint32)
    _by_rows(n_rows, rows, *args, indptr, out, True)
    return indptr, out


def _by_rows(n_rows: int, rows: Callable[..., None], *args: Any) -> None:
    """Call rows(low, high, *args) over all rows. Python threads, since the kernels drop the GIL.

    Numba's own parallel loops would take seconds to compile and abort when called from two threads.
    """
    workers = int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    edges = np.linspace(0, n_rows, min(8 * workers, n_rows) + 1).astype(np.int64).tolist()
    rows(0, 0, *args)  # compiles, or loads, once
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda low, high: rows(low, high, *args), edges[:-1], edges[1:]))


@njit
def _gap(row: Any, hole: Any, n_columns: Any) -> Any:
    """The column that a row lacks; n_columns if it lacks none."""
    return row + hole if 0 <= row + hole < n_columns else n_columns


@njit
def _bernoulli_rows(low: Any, high: Any, k0: Any, k1: Any, obj: Any, n_columns: Any, skip: Any,
                    hole: Any, indptr: Any, out: Any, write: Any) -> None:
    for row in range(low, high):
        at, column, step, more = indptr[row] if write else 0, -1, 0, True
        gap = _gap(row, hole, n_columns)
        columns = n_columns - (gap < n_columns)
        while more:
            w0, w1, w2, w3 = words_nb(k0, k1, obj, step, row, DRAW)
            step += 1
            for half in range(2):
                failures = math.log(unit_nb(w0, w1) if half == 0 else unit_nb(w2, w3)) / skip
                if failures >= columns - column - 1:
                    more = False
                    break
                column += 1 + int(failures)
                if write:
                    out[at] = column + (column >= gap)
                at += 1
        if not write:
            indptr[row + 1] = at


@njit
def _distance_rows(low: Any, high: Any, k0: Any, k1: Any, obj: Any, source: Any, target: Any,
                   box: Any, profile: Any, skip: Any, length: Any, hole: Any, indptr: Any,
                   out: Any, write: Any) -> None:
    n_columns = target.shape[0]
    for row in range(low, high):
        at, column, step = indptr[row] if write else 0, -1, 0
        gap = _gap(row, hole, n_columns)
        columns = n_columns - (gap < n_columns)
        while True:
            w0, w1, w2, w3 = words_nb(k0, k1, obj, step, row, DRAW)
            step += 1
            failures = math.log(unit_nb(w0, w1)) / skip
            if failures >= columns - column - 1:
                break
            column += 1 + int(failures)
            other = column + (column >= gap)
            x = _distance(source, row, target, other, box) / length
            if unit_nb(w2, w3) <= _share(profile, x):
                if write:
                    out[at] = other
                at += 1
        if not write:
            indptr[row + 1] = at


@njit
def _distance(source: Any, a: Any, target: Any, b: Any, box: Any) -> Any:
    total = 0.0
    for k in range(box.size):
        d = abs(source[a, k] - target[b, k])
        if box[k] > 0.0:
            d = d % box[k]
            d = min(d, box[k] - d)
        total += d * d
    return math.sqrt(total)


@njit
def _share(profile: Any, x: Any) -> Any:
    if profile == GAUSSIAN:
        return math.exp(-0.5 * x * x)
    if profile == EXPONENTIAL:
        return math.exp(-x)
    return 1.0 if x <= 1.0 else 0.0


@njit
def _fixed_rows(low: Any, high: Any, k0: Any, k1: Any, obj: Any, n_columns: Any, n: Any, hole: Any,
                out: Any) -> None:
    used = np.zeros((n_columns >> 6) + 1, np.uint64)  # one bit a column
    # reading the sorted columns off the bits costs a step per word, sorting a step per comparison
    scan = used.size < 16 * n
    for row in range(low, high):
        mine = out[row * n:(row + 1) * n]
        gap = _gap(row, hole, n_columns)
        _floyd(k0, k1, obj, row, n_columns - (gap < n_columns), used, mine)
        if scan:
            _read_bits(used, mine)
        else:
            for column in mine:
                used[column >> 6] = _U(0)
            mine.sort()
        if gap < n_columns:
            for k in range(n):
                mine[k] += mine[k] >= gap


@njit
def _floyd(k0: Any, k1: Any, obj: Any, row: Any, columns: Any, used: Any, mine: Any) -> None:
    n = mine.size
    w0, w1, w2, w3 = _U(0), _U(0), _U(0), _U(0)
    for d in range(n):
        if d & 1 == 0:
            w0, w1, w2, w3 = words_nb(k0, k1, obj, d >> 1, row, DRAW)
        else:
            w0, w1 = w2, w3
        m = _U(columns - n + d + 1)
        column = (w0 * m + ((w1 * m) >> _S32)) >> _S32
        if used[column >> _SIX] >> (column & _LOW6) & _ONE:
            column = m - _ONE
        used[column >> _SIX] |= _ONE << (column & _LOW6)
        mine[d] = column


@njit
def _read_bits(used: Any, mine: Any) -> None:
    """Write the numbers of the set bits in ascending order, and clear them."""
    at = 0
    for k in range(used.size):
        word = used[k]
        while word:
            lowest = word & (~word + _ONE)
            mine[at] = (k << 6) + _BIT[(lowest * _DE_BRUIJN) >> _S58]
            at += 1
            word ^= lowest
        used[k] = _U(0)
