"""Compiled twins of `transpose`: counting sorts, linear in the number of entries."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .philox_numba import njit

Pointers = npt.NDArray[np.int64]
Indices = npt.NDArray[np.uint32]


def transpose(indptr: Pointers, post: Indices,
              n_post: int) -> tuple[Pointers, Indices, npt.NDArray[Any]]:
    """Twin of `transpose.transpose`."""
    perm = np.empty(post.size, np.uint32 if post.size < 1 << 32 else np.int64)
    return (*_columns(indptr, post, n_post, perm), perm)


def flip(indptr: Pointers, post: Indices, n_post: int) -> tuple[Pointers, Indices]:
    """Twin of `transpose.flip`."""
    return _columns(indptr, post, n_post, np.empty(0, np.uint32))


def row_order(pre: Indices, post: Indices, by_pre: Pointers, by_post: Pointers) -> Pointers:
    """Twin of `transpose.row_order`; the pointers say where each pre and each post begins."""
    first, out = np.empty(pre.size, np.int64), np.empty(pre.size, np.int64)
    _order(post, by_post, np.arange(pre.size), first)
    _order(pre, by_pre, first, out)
    return out


def _columns(indptr: Pointers, post: Indices, n_post: int,
             perm: npt.NDArray[Any]) -> tuple[Pointers, Indices]:
    begin, pre = np.zeros(n_post + 1, np.int64), np.empty(post.size, np.uint32)
    _count(post, begin)
    np.cumsum(begin, out=begin)
    _scatter(indptr, post, begin[:-1].copy(), pre, perm)
    return begin, pre


@njit
def _count(index: Any, begin: Any) -> None:
    for c in index:
        begin[c + 1] += 1


@njit
def _scatter(indptr: Any, post: Any, at: Any, pre: Any, perm: Any) -> None:
    keep = perm.size > 0
    for row in range(indptr.size - 1):
        for s in range(indptr[row], indptr[row + 1]):
            k = at[post[s]]
            at[post[s]] = k + 1
            pre[k] = row
            if keep:
                perm[k] = s


@njit
def _order(index: Any, begin: Any, came: Any, out: Any) -> None:
    for s in came:
        out[begin[index[s]]] = s
        begin[index[s]] += 1
