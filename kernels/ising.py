"""Spins +-1 under pair couplings: Glauber dynamics, one spin after another or all at once.

The field on spin i is h_i = sum_j J_ij s_j + b_i; it becomes +1 with probability
(1 + tanh(beta h_i)) / 2, and at beta = inf it takes the sign of h_i, or stays where h_i is 0.
A sweep visits spins 0, 1, ... N - 1 in turn, or in parallel all of them from the state before.
The number that decides spin i in sweep k is philox(seed, obj, k, i): both versions, any machine,
and a run that is continued later give the same spins. This is the naive version.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .elementary import NUMPY
from .philox import uniform

Spins = NDArray[np.int8]
Reals = NDArray[np.float64]


def sweep(coupling: Reals, bias: Reals, state: Spins, beta: float, seed: int, obj: int,
          first: int = 0, count: int = 1, parallel: bool = False) -> int:
    """Sweeps `first` to `first + count` of `state` (N,), in place; flips of the last one.

    `coupling` (N, N) need not be symmetric; its diagonal counts. Stops early at beta = inf when a
    sweep changes nothing.
    """
    flips = 0
    for k in range(first, first + count):
        before = state.copy()
        for i in range(state.size):
            field = bias[i]
            for j in range(state.size):  # in this order, so that both versions round alike
                field += coupling[i, j] * (before if parallel else state)[j]
            state[i] = decide(field, state[i], beta, seed, obj, k, i)
        flips = int((state != before).sum())
        if flips == 0 and beta == math.inf:
            break
    return flips


def decide(field: float, old: int, beta: float, seed: int, obj: int, step: int, index: int) -> int:
    """The new spin."""
    if beta == math.inf:
        return int(np.sign(field)) or int(old)
    up = 0.5 * (1.0 + float(NUMPY["tanh"](np.float64(beta * field))))
    return 1 if uniform(seed, obj, step, index) <= up else -1
