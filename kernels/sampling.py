"""Random sparse matrices in compressed rows, each row a function of (seed, object, row) alone.

Every function here returns the same arrays whether Python or Numba draws them, at any number of
threads. A matrix is `indptr` (int64, rows + 1) and `column` (uint32, ascending within a row).
`hole` leaves out a diagonal: row r is drawn without column r + hole, if there is such a column.
Draws of a row are the 64-bit halves of the counters step = 0, 1, 2, ... at index = row.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from .philox import key, philox4x32, unit

Pointers = npt.NDArray[np.int64]
Columns = npt.NDArray[np.uint32]
Positions = npt.NDArray[np.float64]

DRAW = 0xFFFF  # the counter's draw word of structure; draws inside a run count from zero
COMPILE_ABOVE = 20_000  # expected draws; fewer are made in Python before Numba is even loaded
NO_HOLE = -1 << 40  # a diagonal outside every matrix
GAUSSIAN, EXPONENTIAL, STEP = range(3)  # distance profiles


def bernoulli(n_rows: int, n_columns: int, p: float, hole: int, seed: int,
              obj: int) -> tuple[Pointers, Columns]:
    """Each entry present with probability p: geometric skips from one entry to the next."""
    if p <= 0.0:
        return np.zeros(n_rows + 1, np.int64), np.zeros(0, np.uint32)
    if p >= 1.0:
        return complete(n_rows, n_columns, hole)
    skip = math.log1p(-p)
    if n_rows * (1 + p * n_columns) > COMPILE_ABOVE:
        from . import sampling_numba as fast

        return fast.bernoulli(n_rows, n_columns, skip, hole, seed, obj)
    return _stack(bernoulli_row(seed, obj, row, n_columns, skip, row + hole)
                  for row in range(n_rows))


def fixed(n_rows: int, n_columns: int, n: int, hole: int, seed: int,
          obj: int) -> tuple[Pointers, Columns]:
    """Exactly n distinct columns in each row, every set of n equally likely (Floyd's sampling)."""
    if n_rows * n > COMPILE_ABOVE:
        from . import sampling_numba as fast

        return fast.fixed(n_rows, n_columns, n, hole, seed, obj)
    return _stack(fixed_row(seed, obj, row, n_columns, n, row + hole) for row in range(n_rows))


def by_distance(source: Positions, target: Positions, box: Positions, profile: int, p_max: float,
                length: float, hole: int, seed: int, obj: int) -> tuple[Pointers, Columns]:
    """Each entry present with probability p_max * profile(distance / length).

    `source` and `target` are (n, dimensions); `box` is the period of each dimension, 0 for none.
    Candidates are skipped to with p_max and then thinned, so the cost is that of p_max throughout.
    """
    n_rows = len(source)
    if p_max <= 0.0:
        return np.zeros(n_rows + 1, np.int64), np.zeros(0, np.uint32)
    skip = math.log1p(-p_max) if p_max < 1.0 else -math.inf
    if n_rows * (1 + p_max * len(target)) > COMPILE_ABOVE:
        from . import sampling_numba as fast

        return fast.by_distance(source, target, box, profile, skip, length, hole, seed, obj)
    return _stack(distance_row(seed, obj, row, source, target, box, profile, skip, length,
                               row + hole) for row in range(n_rows))


def complete(n_rows: int, n_columns: int, hole: int) -> tuple[Pointers, Columns]:
    """Every entry that is not in the hole."""
    gap = np.arange(n_rows) + hole
    inside = (gap >= 0) & (gap < n_columns)
    indptr = np.zeros(n_rows + 1, np.int64)
    np.cumsum(n_columns - inside, out=indptr[1:])
    out = np.tile(np.arange(n_columns, dtype=np.uint32), n_rows)
    if inside.any():
        out = np.delete(out, np.flatnonzero(inside) * n_columns + gap[inside])
    return indptr, out


def bernoulli_row(seed: int, obj: int, row: int, n_columns: int, skip: float,
                  gap: int) -> Iterator[int]:
    """Columns of one row but `gap`; `skip` is log(1 - p)."""
    columns = n_columns - (0 <= gap < n_columns)
    column = -1
    for w in draws(seed, obj, row):
        failures = math.log(unit(w >> 32, w & 0xFFFFFFFF)) / skip
        if failures >= columns - column - 1:
            return
        column += 1 + int(failures)
        yield column + (columns < n_columns and column >= gap)


def fixed_row(seed: int, obj: int, row: int, n_columns: int, n: int, gap: int) -> list[int]:
    """Columns of one row but `gap`.

    An integer below m is w * m / 2^64 of a 64-bit draw w: its bias is below m / 2^64.
    """
    columns = n_columns - (0 <= gap < n_columns)
    chosen: set[int] = set()
    for m, w in zip(range(columns - n + 1, columns + 1), draws(seed, obj, row), strict=False):
        column = (w * m) >> 64
        chosen.add(m - 1 if column in chosen else column)
    return sorted(c + (columns < n_columns and c >= gap) for c in chosen)


def distance_row(seed: int, obj: int, row: int, source: Positions, target: Positions,
                 box: Positions, profile: int, skip: float, length: float,
                 gap: int) -> Iterator[int]:
    """Columns of one row but `gap`: draws 2k and 2k + 1 find and accept the k-th candidate."""
    here, periods = source[row].tolist(), box.tolist()
    columns = len(target) - (0 <= gap < len(target))
    column, stream = -1, draws(seed, obj, row)
    for w in stream:
        accept = next(stream)
        failures = math.log(unit(w >> 32, w & 0xFFFFFFFF)) / skip
        if failures >= columns - column - 1:
            return
        column += 1 + int(failures)
        other = column + (columns < len(target) and column >= gap)
        d = distance(here, target[other].tolist(), periods)
        if unit(accept >> 32, accept & 0xFFFFFFFF) <= share(profile, d / length):
            yield other


def distance(a: list[float], b: list[float], box: list[float]) -> float:
    """Euclidean distance, the shortest way round in dimensions whose period is not 0."""
    total = 0.0
    for x, y, period in zip(a, b, box, strict=True):
        d = abs(x - y)
        if period > 0.0:
            d = d % period
            d = min(d, period - d)
        total += d * d
    return math.sqrt(total)


def share(profile: int, x: float) -> float:
    """The profile's value in [0, 1] at distance x, in units of its length."""
    if profile == GAUSSIAN:
        return math.exp(-0.5 * x * x)
    if profile == EXPONENTIAL:
        return math.exp(-x)
    return 1.0 if x <= 1.0 else 0.0


def draws(seed: int, obj: int, row: int) -> Iterator[int]:
    """The row's 64-bit numbers, two from each counter."""
    k0, k1 = key(seed)
    step = 0
    while True:
        w0, w1, w2, w3 = philox4x32(row, step & 0xFFFFFFFF, obj, DRAW | ((step >> 32) << 16),
                                    k0, k1)
        yield (w0 << 32) | w1
        yield (w2 << 32) | w3
        step += 1


def _stack(rows: Iterable[Iterable[int]]) -> tuple[Pointers, Columns]:
    lists = [list(row) for row in rows]
    indptr = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(row) for row in lists], out=indptr[1:])
    return indptr, np.array([c for row in lists for c in row], np.uint32)
