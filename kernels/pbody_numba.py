"""Compiled P-body sweeps; see `pbody`. `sweep_signs` for patterns of +-1, `sweep_reals` for any.

With x = +-1 a pattern enters the field through its overlap S = sum_j x_j s_j alone. Taking spin i
out of e_k one power at a time gives

    x_i e_{P-1}(without i) = x_i (e_{P-1} + e_{P-3} + ...) - s_i (e_{P-2} + e_{P-4} + ...),

so with g(S) and c(S) the two brackets, h_i = sum_mu x^mu_i g(S_mu) - s_i sum_mu c(S_mu): a sum of
signed integers a visit, and new overlaps a flip. g and c are tables over S. Integers are exact, so
the order of summation, which the compiler chooses, does not matter.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .ising import Reals, Spins
from .ising_numba import rule
from .philox import key
from .philox_numba import njit

Integers = NDArray[np.int64]


def tables(spins: int, patterns: int, order: int) -> tuple[Integers, Integers]:
    """g and c at S = -N ... N (index S + N); OverflowError where a sum would leave 63 bits."""
    most = patterns * sum(math.comb(spins, k) for k in range(order))
    if most >= 1 << 63:
        raise OverflowError(f"{spins} spins and {patterns} patterns at P = {order} give fields up "
                            f"to {most:.2g}, above 2**63; use fewer, or a smaller P")
    overlaps = range(-spins, spins + 1)
    e = [[1] * len(overlaps), list(overlaps)]  # Python integers: products pass 64 bits on the way
    for k in range(2, order):  # k e_k = S e_{k-1} - (N - k + 2) e_{k-2}
        e.append([(s * a - (spins - k + 2) * b) // k
                  for s, a, b in zip(overlaps, e[k - 1], e[k - 2], strict=True)])
    both = [[sum(e[k][n] for k in range(top, -1, -2)) for n in range(len(overlaps))]
            for top in (order - 1, order - 2)]
    return np.array(both[0], np.int64), np.array(both[1], np.int64)


def sweep_signs(patterns: Spins, state: Spins, order: int, scale: float, beta: float, seed: int,
                obj: int, first: int = 0, count: int = 1, parallel: bool = False) -> int:
    """Twin of `pbody.sweep` for `patterns` int8 (N, K) of +-1, all of weight 1."""
    g, c = tables(patterns.shape[0], patterns.shape[1], order)
    k0, k1 = key(seed)
    return int(_signs(np.ascontiguousarray(patterns), state, g, c, scale, float(beta),
                      np.uint64(k0), np.uint64(k1), np.uint64(obj), first, count, parallel))


def fields_signs(patterns: Spins, state: Spins, order: int, scale: float) -> Reals:
    """The field on every spin, float64 (N,)."""
    g, c = tables(patterns.shape[0], patterns.shape[1], order)
    out = np.empty(state.size)
    _all_fields(np.ascontiguousarray(patterns), state, g, c, scale, out)
    return out


def sweep_reals(patterns: Reals, weights: Reals, state: Spins, order: int, scale: float,
                beta: float, seed: int, obj: int, first: int = 0, count: int = 1,
                parallel: bool = False) -> int:
    """Twin of `pbody.sweep`: e_0 ... e_{P-1} of each pattern, made anew at each sweep."""
    k0, k1 = key(seed)
    return int(_reals(np.ascontiguousarray(patterns), weights, state, order, scale, float(beta),
                      np.uint64(k0), np.uint64(k1), np.uint64(obj), first, count, parallel))


@njit
def _signed_sum(row: Any, g: Any) -> Any:
    total = np.int64(0)
    for mu in range(row.size):
        mask = np.int64(row[mu]) >> np.int64(1)  # 0 for 1, all ones for -1
        total += (g[mu] ^ mask) - mask
    return total


@njit
def _overlaps(patterns: Any, state: Any, g_of: Any, c_of: Any, place: Any, g: Any) -> Any:
    """Fill `place` (S + N) and g of each pattern; the sum of c."""
    place[:] = state.size
    for i in range(state.size):
        row, s = patterns[i], np.int32(state[i])
        for mu in range(row.size):
            place[mu] += s * np.int32(row[mu])
    return _look_up(g_of, c_of, place, g)


@njit
def _look_up(g_of: Any, c_of: Any, place: Any, g: Any) -> Any:
    total = np.int64(0)
    for mu in range(place.size):
        at = place[mu]
        g[mu] = g_of[at]
        total += c_of[at]
    return total


@njit
def _all_fields(patterns: Any, state: Any, g_of: Any, c_of: Any, scale: Any, out: Any) -> None:
    place, g = np.empty(patterns.shape[1], np.int32), np.empty(patterns.shape[1], np.int64)
    total = _overlaps(patterns, state, g_of, c_of, place, g)
    for i in range(state.size):
        out[i] = scale * float(_signed_sum(patterns[i], g) - state[i] * total)


@njit
def _signs(patterns: Any, state: Any, g_of: Any, c_of: Any, scale: Any, beta: Any, k0: Any,
           k1: Any, obj: Any, first: Any, count: Any, parallel: Any) -> Any:
    place, g = np.empty(patterns.shape[1], np.int32), np.empty(patterns.shape[1], np.int64)
    total = _overlaps(patterns, state, g_of, c_of, place, g)
    flips = 0
    for k in range(first, first + count):
        flips = 0
        for i in range(state.size):
            row, s = patterns[i], np.int64(state[i])
            h = scale * float(_signed_sum(row, g) - s * total)
            new = rule(h, s, beta, k0, k1, obj, k, i)
            if new != s:
                flips += 1
                state[i] = new
                if not parallel:
                    twice = np.int32(2 * new)
                    for mu in range(row.size):
                        place[mu] += twice * np.int32(row[mu])
                    total = _look_up(g_of, c_of, place, g)
        if flips == 0 and beta == math.inf:
            break
        if parallel:
            total = _overlaps(patterns, state, g_of, c_of, place, g)
    return flips


@njit
def _elementary(patterns: Any, state: Any, e: Any) -> None:
    """e_0 ... e_{P-1} of each pattern, in `e` (K, P)."""
    e[:] = 0.0
    e[:, 0] = 1.0
    for i in range(state.size):
        for mu in range(e.shape[0]):
            a = patterns[i, mu] * state[i]
            for k in range(e.shape[1] - 1, 0, -1):
                e[mu, k] += a * e[mu, k - 1]


@njit
def _real_field(row: Any, weights: Any, s: Any, e: Any) -> Any:
    total = 0.0
    for mu in range(row.size):
        a, without = row[mu] * s, 1.0
        for k in range(1, e.shape[1]):
            without = e[mu, k] - a * without
        total += weights[mu] * row[mu] * without
    return total


@njit
def _flip(row: Any, old: Any, e: Any) -> None:
    """e_k becomes e_k - 2 a e_{k-1}(without a), a being that of the old spin."""
    for mu in range(row.size):
        a, without = row[mu] * old, 1.0
        for k in range(1, e.shape[1]):
            after = e[mu, k] - a * without
            e[mu, k] -= 2.0 * a * without
            without = after


@njit
def _reals(patterns: Any, weights: Any, state: Any, order: Any, scale: Any, beta: Any, k0: Any,
           k1: Any, obj: Any, first: Any, count: Any, parallel: Any) -> Any:
    e, flips = np.empty((patterns.shape[1], order)), 0
    for k in range(first, first + count):
        _elementary(patterns, state, e)
        flips = 0
        for i in range(state.size):
            s = np.int64(state[i])
            h = scale * _real_field(patterns[i], weights, float(s), e)
            new = rule(h, s, beta, k0, k1, obj, k, i)
            if new != s:
                flips += 1
                state[i] = new
                if not parallel:
                    _flip(patterns[i], float(s), e)
        if flips == 0 and beta == math.inf:
            break
    return flips
