"""Compiled twin of `consolidation`."""

from __future__ import annotations

from typing import Any

from .bits import Flags
from .ising import Reals
from .philox_numba import njit


def present(weights: Reals, active: Flags, rate: float, cost: float) -> None:
    """Twin of `consolidation.present`."""
    _present(weights, active, rate, cost)


@njit
def _present(weights: Any, active: Any, rate: Any, cost: Any) -> None:
    for x in active:
        for i in range(x.size):
            if x[i]:
                row = weights[i]
                for j in range(row.size):
                    there = 1.0 if x[j] else 0.0
                    row[j] = min(max(row[j] + rate * (there - cost), 0.0), 1.0)
