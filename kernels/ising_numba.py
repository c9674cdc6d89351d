"""Compiled twin of `ising`: the same spins. `rule` is shared with the P-body sweeps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .elementary_numba import tanh
from .ising import Reals, Spins
from .philox import key
from .philox_numba import njit, uniform_nb


def sweep(coupling: Reals, bias: Reals, state: Spins, beta: float, seed: int, obj: int,
          first: int = 0, count: int = 1, parallel: bool = False) -> int:
    """Twin of `ising.sweep`: fields are made anew at each sweep and updated at each flip."""
    k0, k1 = key(seed)
    by_source = np.ascontiguousarray(coupling.T)  # row j is what spin j does to the others
    loop = _parallel if parallel else _in_turn
    return int(loop(by_source, bias, state, float(beta), np.uint64(k0), np.uint64(k1),
                    np.uint64(obj), first, count))


@njit
def rule(field: Any, old: Any, beta: Any, k0: Any, k1: Any, obj: Any, step: Any,
         index: Any) -> Any:
    """The new spin, as an int64."""
    if beta == math.inf:
        if field > 0.0:
            return 1
        return -1 if field < 0.0 else np.int64(old)
    up = 0.5 * (1.0 + tanh(beta * field))
    return 1 if uniform_nb(k0, k1, obj, step, index, 0) <= up else -1


@njit
def _fields(by_source: Any, bias: Any, state: Any, field: Any) -> None:
    field[:] = bias
    for j in range(state.size):
        row, s = by_source[j], float(state[j])
        for i in range(row.size):
            field[i] += s * row[i]


@njit
def _parallel(by_source: Any, bias: Any, state: Any, beta: Any, k0: Any, k1: Any, obj: Any,
              first: Any, count: Any) -> Any:
    field, flips = np.empty(state.size), 0
    for k in range(first, first + count):
        _fields(by_source, bias, state, field)
        flips = 0
        for i in range(state.size):
            new = rule(field[i], state[i], beta, k0, k1, obj, k, i)
            flips += new != state[i]
            state[i] = new
        if flips == 0 and beta == math.inf:
            break
    return flips


@njit
def _in_turn(by_source: Any, bias: Any, state: Any, beta: Any, k0: Any, k1: Any, obj: Any,
             first: Any, count: Any) -> Any:
    field, flips = np.empty(state.size), 0
    for k in range(first, first + count):
        _fields(by_source, bias, state, field)
        flips = 0
        for i in range(state.size):
            new = rule(field[i], state[i], beta, k0, k1, obj, k, i)
            if new != state[i]:
                flips += 1
                state[i] = new
                row = by_source[i]
                for j in range(row.size):
                    field[j] += 2.0 * new * row[j]
        if flips == 0 and beta == math.inf:
            break
    return flips
