"""CUDA twin of k-winners-take-all: a row is a block; the k-th largest is found bit by bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from .bits import Flags
from .elementary_numba import bits
from .launch_cuda import cuda, empty, kernel, lanes_for, launching, put
from .philox_numba import njit

_TOP = np.uint64(1 << 63)
_ONE = np.uint64(1)


def winners(values: Any, k: int, lanes: int | None = None) -> Flags:
    """Twin of `winners_numba.winners`; no value may be NaN."""
    values = np.asarray(values, np.float64)
    rows, size = values.shape
    if k <= 0 or not values.size:
        return np.zeros(values.shape, bool)
    won, room = empty(values.size, np.bool_), empty(values.size, np.uint64)
    with launching():
        _winners[rows, lanes_for(size, lanes)](put(values), min(k, size), size, room, won)
    return np.asarray(won.copy_to_host()).reshape(values.shape)


@njit
def _ordered(x: Any) -> Any:
    """A uint64 that grows with x; 0.0 and -0.0 have the same."""
    b = bits(x + 0.0)
    return ~np.uint64(b) if b < 0 else np.uint64(b) | _TOP


@kernel
def _winners(values: Any, k: Any, size: Any, place: Any, won: Any) -> None:
    counter = cuda.shared.array(1, np.uint32)
    lane, lanes, here = cuda.threadIdx.x, cuda.blockDim.x, cuda.blockIdx.x * size
    for i in range(lane, size, lanes):  # a lane's values are its own
        place[here + i] = _ordered(values[here + i])
    least = np.uint64(0)  # the largest number that k values reach, from its top bit down
    for b in range(63, -1, -1):
        higher = least | (_ONE << np.uint64(b))
        number = 0
        for i in range(lane, size, lanes):
            if place[here + i] >= higher:
                number += 1
        if lane == 0:
            counter[0] = np.uint32(0)
        cuda.syncthreads()
        if number > 0:
            cuda.atomic.add(counter, 0, np.uint32(number))
        cuda.syncthreads()
        if np.int64(counter[0]) >= k:
            least = higher
        cuda.syncthreads()
    for i in range(lane, size, lanes):
        won[here + i] = place[here + i] >= least
