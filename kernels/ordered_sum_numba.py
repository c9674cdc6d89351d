"""Compiled ordered sums for CPUs, forward and backward; see `ordered_sum`.

Functions release Python's lock. Threads divide columns (dense) or copies (sparse), never a sum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

njit: Callable[[Any], Any] = numba.njit(nogil=True, error_model="numpy", cache=True)


@njit
def by_source(spikes: Any, start: Any, who: Any) -> Any:
    """List which copies each source fires in: those of source i are `who[start[i]:start[i + 1]]`.

    `start` (height + 1,) holds zeros before. Returns the number of spikes.
    """
    copies, height = spikes.shape
    for b in range(copies):
        for i in range(height):
            start[i + 1] += spikes[b, i] != 0
    for i in range(height):
        start[i + 1] += start[i]
    total = start[height]
    for b in range(copies):  # `start[i]` moves to the end of its part, which is that of the next
        for i in range(height):
            if spikes[b, i] != 0:
                who[start[i]] = b
                start[i] += 1
    for i in range(height, 0, -1):
        start[i] = start[i - 1]
    start[0] = 0
    return total


@njit
def add_dense(out: Any, spikes: Any, start: Any, who: Any, values: Any, first: Any,
              last: Any) -> None:
    """Columns `first` to `last` of the dense sum: a row of weights is read once for all copies."""
    width = out.shape[1]
    for i in range(spikes.shape[1]):
        row = values[0, i * width + first:i * width + last]
        for e in range(start[i], start[i + 1]):
            b = who[e]
            amount = spikes[b, i]
            total = out[b, first:last]  # slices: with an index of its own no loop becomes vectors
            for j in range(len(row)):
                total[j] += amount * row[j]


@njit
def add_sparse(out: Any, spikes: Any, indptr: Any, post: Any, values: Any, first: Any,
               last: Any) -> None:
    """Copies `first` to `last` of the sum; `values` (1, nnz) or (B, nnz)."""
    for b in range(first, last):
        own = values[b if len(values) > 1 else 0]
        for i in range(spikes.shape[1]):
            amount = spikes[b, i]
            if amount != 0:
                for s in range(indptr[i], indptr[i + 1]):
                    out[b, np.int64(post[s])] += amount * own[s]


@njit
def spike_gradient(out: Any, gradient: Any, indptr: Any, post: Any, values: Any, first: Any,
                   last: Any) -> None:
    """out[b, i]: what a unit more of spike i would add to the loss, copies `first` to `last`."""
    for b in range(first, last):
        own = values[b if len(values) > 1 else 0]
        for i in range(out.shape[1]):
            total = out.dtype.type(0)
            for s in range(indptr[i], indptr[i + 1]):
                total += own[s] * gradient[b, np.int64(post[s])]
            out[b, i] = total


@njit
def value_gradient(out: Any, gradient: Any, spikes: Any, indptr: Any, post: Any, first: Any,
                   last: Any) -> None:
    """out[0, s] summed over copies, or out[b, s], for the rows `first` to `last`."""
    shared = len(out) == 1
    for b in range(len(spikes)):
        for i in range(first, last):
            amount = spikes[b, i]
            if amount != 0:
                for s in range(indptr[i], indptr[i + 1]):
                    out[0 if shared else b, s] += amount * gradient[b, np.int64(post[s])]
