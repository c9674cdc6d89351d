"""Compiled winner-take-all; see `winners`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .bits import Flags
from .philox_numba import njit


def winners(values: Any, k: int) -> Flags:
    """Twin of `winners.winners`: the k-th largest value of a row is its threshold."""
    values = np.ascontiguousarray(values, np.float64)
    won = np.zeros(values.shape, bool)
    if k > 0:
        _winners(values, min(k, values.shape[1]), won)
    return won


@njit
def _winners(values: Any, k: Any, won: Any) -> None:
    for b in range(len(values)):
        row = values[b]
        least = np.partition(row, row.size - k)[row.size - k]
        for i in range(row.size):
            won[b, i] = row[i] >= least
