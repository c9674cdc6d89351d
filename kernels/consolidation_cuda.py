"""CUDA twin of noisy learning of bounded weights: a weight is a thread, for all presentations."""

from __future__ import annotations

from typing import Any

import numpy as np

from .bits import Flags
from .ising import Reals
from .launch_cuda import blocks_for, cuda, kernel, lanes_for, launching, put


def present(weights: Reals, active: Flags, rate: float, cost: float,
            lanes: int | None = None) -> None:
    """Twin of `consolidation_numba.present`."""
    there = put(weights, np.float64)
    threads = lanes_for(weights.size, lanes)
    with launching():
        _present[blocks_for(weights.size, threads), threads](
            there, put(active, np.uint8), float(rate), float(cost), len(active), len(weights))
    weights[:] = there.copy_to_host().reshape(weights.shape)


@kernel
def _present(weights: Any, active: Any, rate: Any, cost: Any, presentations: Any,
             size: Any) -> None:
    at = cuda.grid(1)
    if at < size * size:
        i = at // size
        j, w = at - i * size, weights[at]
        for m in range(presentations):
            if active[m * size + i] != 0:
                w += rate * (float(active[m * size + j]) - cost)
                w = 0.0 if w < 0.0 else (1.0 if w > 1.0 else w)
        weights[at] = w
