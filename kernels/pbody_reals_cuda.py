"""CUDA twin of P-body sweeps over patterns of any numbers; see `pbody_numba.sweep_reals`.

A field adds its patterns in their order, which one thread does. In parallel, each spin of each
chain is such a thread. In turn, a chain is a block: its lanes decide as many spins ahead as they
are, which holds up to the first that flips, and bring the patterns up to date together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .ising import Reals, Spins
from .ising_numba import rule
from .launch_cuda import (
    alternate,
    blocks_for,
    cuda,
    device,
    each,
    empty,
    kernel,
    keys,
    lanes_for,
    launching,
    put,
)


def sweep_reals(patterns: Reals, weights: Reals, states: Spins, order: int, scale: float,
                beta: Any, seed: int, obj: Any, first: int = 0, count: int = 1,
                parallel: bool = False, lanes: int | None = None) -> NDArray[np.int64]:
    """Twin of `pbody_numba.sweep_reals` for chains `states` (R, N); each one's flips (R,).

    `beta` and `obj` are one number or R.
    """
    chains, (spins, number) = len(states), patterns.shape
    x, by_pattern = put(patterns, np.float64), put(patterns.T, np.float64)
    e = empty(chains * number * order, np.float64)
    numbers = (put(weights, np.float64), e, float(scale), each(beta, chains, np.float64),
               *keys(seed), each(obj, chains, np.uint64))
    if parallel:
        threads = lanes_for(max(spins, number), lanes)

        def one(before: Any, after: Any, k: int) -> None:
            _all_elementary[blocks_for(chains * number, threads), threads](
                x, before, e, spins, number, order, chains)
            _decide[blocks_for(states.size, threads), threads](
                by_pattern, before, after, *numbers, k, spins, number, order)
        with launching():
            return alternate(one, states, first, count, bool(np.isinf(beta).all()))
    state, flips = put(states, np.int8), put(np.zeros(chains), np.int64)
    with launching():
        _in_turn[chains, lanes_for(max(spins, number), lanes)](
            x, by_pattern, state, *numbers, first, count, spins, number, order, flips)
    states[:] = state.copy_to_host().reshape(states.shape)
    return np.asarray(flips.copy_to_host())


@device
def _elementary(patterns: Any, state: Any, here: Any, mu: Any, e: Any, base: Any, spins: Any,
                number: Any, order: Any) -> None:
    """e_0 ... e_{P-1} of one pattern, in e[base], e[base + 1] ..."""
    e[base] = 1.0
    for k in range(1, order):
        e[base + k] = 0.0
    for i in range(spins):
        a = patterns[i * number + mu] * float(state[here + i])
        for k in range(order - 1, 0, -1):
            e[base + k] += a * e[base + k - 1]


@device
def _field(by_pattern: Any, weights: Any, s: Any, i: Any, e: Any, base: Any, spins: Any,
           number: Any, order: Any) -> Any:
    """The field on one spin, without its scale; patterns in their order, as on the CPU."""
    total = 0.0
    for mu in range(number):
        x = by_pattern[mu * spins + i]
        a, without = x * s, 1.0
        for k in range(1, order):
            without = e[base + mu * order + k] - a * without
        total += weights[mu] * x * without
    return total


@kernel
def _all_elementary(patterns: Any, state: Any, e: Any, spins: Any, number: Any, order: Any,
                    chains: Any) -> None:
    at = cuda.grid(1)
    if at < chains * number:
        chain = at // number
        _elementary(patterns, state, chain * spins, at - chain * number, e, at * order, spins,
                    number, order)


@kernel
def _decide(by_pattern: Any, before: Any, after: Any, weights: Any, e: Any, scale: Any, beta: Any,
            k0: Any, k1: Any, obj: Any, step: Any, spins: Any, number: Any, order: Any) -> None:
    at = cuda.grid(1)
    if at < before.size:
        chain = at // spins
        i, old = at - chain * spins, np.int64(before[at])
        h = scale * _field(by_pattern, weights, float(old), i, e, chain * number * order, spins,
                           number, order)
        after[at] = rule(h, old, beta[chain], k0, k1, obj[chain], step, i)


@device
def _flip(patterns: Any, old: Any, who: Any, e: Any, base: Any, number: Any, order: Any, lane: Any,
          lanes: Any) -> None:
    """e_k becomes e_k - 2 a e_{k-1}(without a), a being that of the old spin."""
    for mu in range(lane, number, lanes):
        a, without = patterns[who * number + mu] * old, 1.0
        for k in range(1, order):
            before = e[base + mu * order + k]
            e[base + mu * order + k] = before - 2.0 * a * without
            without = before - a * without


@kernel
def _in_turn(patterns: Any, by_pattern: Any, state: Any, weights: Any, e: Any, scale: Any,
             beta: Any, k0: Any, k1: Any, obj: Any, first: Any, count: Any, spins: Any,
             number: Any, order: Any, flips: Any) -> None:
    turned = cuda.shared.array(1, np.uint32)  # the first spin ahead that flips
    chain, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    here, base, flipped = chain * spins, chain * number * order, 0
    for k in range(first, first + count):
        for mu in range(lane, number, lanes):
            _elementary(patterns, state, here, mu, e, base + mu * order, spins, number, order)
        flipped, ahead = 0, np.int64(0)
        while ahead < spins:
            if lane == 0:
                turned[0] = np.uint32(spins)
            cuda.syncthreads()
            mine = ahead + lane
            if mine < spins:
                old = np.int64(state[here + mine])
                h = scale * _field(by_pattern, weights, float(old), mine, e, base, spins, number,
                                   order)
                if rule(h, old, beta[chain], k0, k1, obj[chain], k, mine) != old:
                    cuda.atomic.min(turned, 0, np.uint32(mine))
            cuda.syncthreads()
            who = np.int64(turned[0])
            ahead += lanes
            if who < spins:
                was = np.int64(state[here + who])
                cuda.syncthreads()  # all have read it
                if lane == 0:
                    state[here + who] = -was
                _flip(patterns, float(was), who, e, base, number, order, lane, lanes)
                flipped += 1
                ahead = who + 1
            cuda.syncthreads()
        if flipped == 0 and beta[chain] == np.inf:
            break
    if lane == 0:
        flips[chain] = flipped
