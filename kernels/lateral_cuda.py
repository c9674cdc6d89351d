"""CUDA twin of lateral learning: a thread a unit of a sample, an input of a sample, a weight.

Each of the three is a launch, so that no thread waits for another; a thread adds in the order of
the CPU.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .ising import Reals
from .lateral import KEPT, LIMIT, RANGE
from .launch_cuda import blocks_for, cuda, empty, kernel, lanes_for, launching, put
from .philox_numba import njit

_WHOLE = 1.5 * 2.0**52
"""Adding and subtracting it rounds to a whole number, halves to even: CUDA has no `np.rint`."""


def step(h: Reals, momentum: Reals, x: Reals, rate: float, frozen: int = 0, levels: int = 0,
         times: int = 1, lanes: int | None = None) -> None:
    """Twin of `lateral_numba.step`."""
    (rows, columns), samples = h.shape, len(x)
    if frozen >= rows or times < 1:
        return
    weights, across, speed = put(h, np.float64), put(h.T, np.float64), put(momentum, np.float64)
    given, y = put(x, np.float64), empty(samples * rows, np.float64)
    left = empty(samples * columns, np.float64)
    threads = lanes_for(samples * max(rows, columns), lanes)
    with launching():
        for _ in range(times):
            _hear[blocks_for(samples * rows, threads), threads](
                across, given, levels, rows, columns, samples, y)
            _leave[blocks_for(samples * columns, threads), threads](
                weights, given, y, rows, columns, samples, left)
            _learn[blocks_for(rows * columns, threads), threads](
                weights, across, speed, y, left, float(rate), frozen, rows, columns, samples)
    h[:] = weights.copy_to_host().reshape(h.shape)
    momentum[:] = speed.copy_to_host().reshape(h.shape)


@kernel
def _hear(across: Any, x: Any, levels: Any, rows: Any, columns: Any, samples: Any, y: Any) -> None:
    """y = H x of each sample."""
    at = cuda.grid(1)
    if at < samples * rows:
        b = at // rows
        i, total = at - b * rows, 0.0
        for j in range(columns):
            total += across[j * rows + i] * x[b * columns + j]
        y[at] = _quantised(total, levels) if levels > 0 else total


@kernel
def _leave(weights: Any, x: Any, y: Any, rows: Any, columns: Any, samples: Any,
           left: Any) -> None:
    """x - H^T y of each sample."""
    at = cuda.grid(1)
    if at < samples * columns:
        b = at // columns
        j, back = at - b * columns, 0.0
        for i in range(rows):
            back += y[b * rows + i] * weights[i * columns + j]
        left[at] = x[at] - back


@kernel
def _learn(weights: Any, across: Any, momentum: Any, y: Any, left: Any, rate: Any, frozen: Any,
           rows: Any, columns: Any, samples: Any) -> None:
    """The momentum and the weight of one unit and input."""
    at = cuda.grid(1)
    if frozen * columns <= at and at < rows * columns:
        i = at // columns
        j, change = at - i * columns, 0.0
        for b in range(samples):
            change += y[b * rows + i] * left[b * columns + j]
        momentum[at] = KEPT * momentum[at] + (1.0 - KEPT) * _clipped(change / samples, LIMIT)
        weights[at] += rate * momentum[at]
        across[j * rows + i] = weights[at]


@njit
def _clipped(x: Any, limit: Any) -> Any:
    return -limit if x < -limit else (limit if x > limit else x)


@njit
def _quantised(y: Any, levels: Any) -> Any:
    whole = (_clipped(y, RANGE) / RANGE * levels + _WHOLE) - _WHOLE
    return whole / levels * RANGE
