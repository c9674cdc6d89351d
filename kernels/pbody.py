"""Spins +-1 under P-body Hebbian couplings, without the tensor of couplings.

H = -scale sum_mu w_mu sum_{i1<...<iP} x^mu_i1 ... x^mu_iP s_i1 ... s_iP. The inner sum is the
elementary symmetric polynomial e_P of a^mu_i = x^mu_i s_i, so the field on spin i is

    h_i = scale sum_mu w_mu x^mu_i e_{P-1}(a^mu without a^mu_i),

which sees other spins only through a few sums of each pattern. All tuples are of distinct spins: no
diagonal terms. Dynamics and random numbers as in `ising`. This is the naive version, for patterns
of any numbers: N P K operations a field.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .ising import Reals, Spins, decide


def symmetric(values: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """e_0 ... e_order of each column of `values` (n, K): float64 (order + 1, K)."""
    e = np.zeros((order + 1, values.shape[1]))
    e[0] = 1.0
    for row in values:
        for k in range(order, 0, -1):
            e[k] += row * e[k - 1]
    return e


def energy(patterns: Reals, weights: Reals, state: Spins, order: int, scale: float) -> float:
    """H of `state` (N,); `patterns` is (N, K), `weights` (K,)."""
    return -scale * float(weights @ symmetric(patterns * state[:, None], order)[order])


def field(patterns: Reals, weights: Reals, state: Spins, order: int, scale: float,
          spin: int) -> float:
    """h of one spin; flipping it changes H by 2 s h."""
    aligned = np.delete(patterns * state[:, None], spin, axis=0)
    return scale * float((weights * patterns[spin]) @ symmetric(aligned, order - 1)[order - 1])


def sweep(patterns: Reals, weights: Reals, state: Spins, order: int, scale: float, beta: float,
          seed: int, obj: int, first: int = 0, count: int = 1, parallel: bool = False) -> int:
    """Sweeps `first` to `first + count` of `state`, in place; flips of the last one."""
    flips = 0
    for k in range(first, first + count):
        before = state.copy()
        for i in range(state.size):
            h = field(patterns, weights, before if parallel else state, order, scale, i)
            state[i] = decide(h, state[i], beta, seed, obj, k, i)
        flips = int((state != before).sum())
        if flips == 0 and beta == math.inf:
            break
    return flips
