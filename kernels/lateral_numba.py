"""Compiled twin of `lateral`: sums in the order of the batch, so the same on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np

from .ising import Reals
from .lateral import KEPT, LIMIT, RANGE
from .philox_numba import njit


def step(h: Reals, momentum: Reals, x: Reals, rate: float, frozen: int = 0, levels: int = 0,
         times: int = 1) -> None:
    """Twin of `lateral.step`, `times` in a row on the same batch."""
    _steps(h, momentum, np.ascontiguousarray(x, np.float64), rate, frozen, levels, times)


@njit
def _steps(h: Any, momentum: Any, x: Any, rate: Any, frozen: Any, levels: Any, times: Any) -> None:
    across = np.empty((h.shape[1], h.shape[0]))  # loops over rows become vectors
    change, y = np.empty_like(across), np.empty(h.shape[0])
    for _ in range(times):
        across[:] = h.T
        change[:] = 0.0
        for b in range(len(x)):
            _lateral(across, x[b], levels, y)
            for j in range(len(across)):
                back = 0.0
                for i in range(y.size):
                    back += y[i] * across[j, i]
                left, row = x[b, j] - back, change[j]
                for i in range(y.size):
                    row[i] += y[i] * left
        for i in range(frozen, h.shape[0]):
            for j in range(h.shape[1]):
                mean = min(max(change[j, i] / len(x), -LIMIT), LIMIT)
                momentum[i, j] = KEPT * momentum[i, j] + (1.0 - KEPT) * mean
                h[i, j] += rate * momentum[i, j]


@njit
def _lateral(across: Any, sample: Any, levels: Any, y: Any) -> None:
    y[:] = 0.0
    for j in range(len(across)):
        row = across[j]
        for i in range(y.size):
            y[i] += row[i] * sample[j]
    if levels > 0:
        for i in range(y.size):
            y[i] = np.rint(min(max(y[i], -RANGE), RANGE) / RANGE * levels) / levels * RANGE
