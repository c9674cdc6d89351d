"""Sparse structure seen from the other side: columns of a compressed-row matrix, and row order.

All sorts are stable, so entries that share a place (multapses) keep the order they came in.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Pointers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.uint32]
Permutation = npt.NDArray[Any]  # uint32, or int64 from 2^32 entries on

COMPILE_ABOVE = 20_000  # entries; fewer are sorted by NumPy before Numba is even loaded


def transpose(indptr: Pointers, post: Indices,
              n_post: int) -> tuple[Pointers, Indices, Permutation]:
    """Columns of the matrix: `indptr` (n_post + 1), `pre` ascending in each, and `perm`.

    Entry k by columns is entry `perm[k]` by rows, so weights by columns are `weights[perm]`.
    """
    if post.size > COMPILE_ABOVE:
        from . import transpose_numba as fast

        return fast.transpose(indptr, post, n_post)
    perm = np.argsort(post, kind="stable").astype(np.uint32)
    return _pointers(post, n_post), rows_of(indptr)[perm], perm


def flip(indptr: Pointers, post: Indices, n_post: int) -> tuple[Pointers, Indices]:
    """`transpose` without the permutation, and without its memory."""
    if post.size > COMPILE_ABOVE:
        from . import transpose_numba as fast

        return fast.flip(indptr, post, n_post)
    return transpose(indptr, post, n_post)[:2]


def row_order(pre: Indices, post: Indices, n_pre: int, n_post: int) -> Pointers | None:
    """The stable order that sorts entries by (pre, post); None if they are sorted already."""
    if not (_descends(pre) | (pre[1:] == pre[:-1]) & _descends(post)).any():
        return None
    if n_pre + n_post > COMPILE_ABOVE + 4 * pre.size or pre.size <= COMPILE_ABOVE:
        return np.asarray(np.lexsort((post, pre)), np.int64)
    from . import transpose_numba as fast

    return fast.row_order(pre, post, _pointers(pre, n_pre), _pointers(post, n_post))


def rows_of(indptr: Pointers) -> Indices:
    """The row of every entry."""
    return np.repeat(np.arange(indptr.size - 1, dtype=np.uint32), np.diff(indptr))


def _descends(x: Indices) -> npt.NDArray[np.bool_]:
    return x[1:] < x[:-1]


def _pointers(index: Indices, n: int) -> Pointers:
    out = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(index, minlength=n), out=out[1:])
    return out
