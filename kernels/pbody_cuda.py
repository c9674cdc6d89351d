"""CUDA twin of P-body sweeps over patterns of +-1, for many chains at once; see `pbody_numba`.

In parallel, a thread adds up the overlap of each pattern of each chain, then a block the field of
each spin. In turn, a chain is a block, whose lanes share out the patterns of each visit. Fields
are sums of integers, so lanes may add in any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .ising import Reals, Spins
from .ising_numba import rule
from .launch_cuda import (
    LANES,
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
from .pbody_numba import tables


def sweep_signs(patterns: Spins, states: Spins, order: int, scale: float, beta: Any, seed: int,
                obj: Any, first: int = 0, count: int = 1, parallel: bool = False,
                lanes: int | None = None) -> NDArray[np.int64]:
    """Twin of `pbody_numba.sweep_signs` for chains `states` (R, N); each one's flips (R,).

    `beta` and `obj` are one number or R.
    """
    chains, (spins, number) = len(states), patterns.shape
    table = [put(t) for t in tables(spins, number, order)]
    x, (g, c) = put(patterns, np.int8), (empty(chains * number, np.int64) for _ in range(2))
    rest = (float(scale), each(beta, chains, np.float64), *keys(seed),
            each(obj, chains, np.uint64))
    threads = lanes_for(number, lanes)
    if parallel:
        def one(before: Any, after: Any, k: int) -> None:
            _look_up[blocks_for(chains * number, threads), threads](
                x, before, *table, g, c, spins, number, chains)
            _decide[chains * spins, threads](x, before, after, g, c, *rest, k, spins, number)
        with launching():
            return alternate(one, states, first, count, bool(np.isinf(beta).all()))
    place = empty(chains * number, np.int64)
    state, flips = put(states, np.int8), put(np.zeros(chains), np.int64)
    with launching():
        _in_turn[chains, threads](x, state, *table, place, g, *rest, first, count, spins, number,
                                  flips)
    states[:] = state.copy_to_host().reshape(states.shape)
    return np.asarray(flips.copy_to_host())


def fields_signs(patterns: Spins, states: Spins, order: int, scale: float,
                 lanes: int | None = None) -> Reals:
    """Twin of `pbody_numba.fields_signs` for `states` (R, N): the fields, float64 (R, N)."""
    chains, (spins, number) = len(states), patterns.shape
    table = [put(t) for t in tables(spins, number, order)]
    x, (g, c) = put(patterns, np.int8), (empty(chains * number, np.int64) for _ in range(2))
    state, out = put(states, np.int8), empty(states.size, np.float64)
    threads = lanes_for(number, lanes)
    with launching():
        _look_up[blocks_for(chains * number, threads), threads](
            x, state, *table, g, c, spins, number, chains)
        _fields[chains * spins, threads](x, state, g, c, float(scale), spins, number, out)
    return np.asarray(out.copy_to_host()).reshape(states.shape)


@kernel
def _look_up(patterns: Any, state: Any, g_of: Any, c_of: Any, g: Any, c: Any, spins: Any,
             number: Any, chains: Any) -> None:
    """g and c of each pattern's overlap with each chain."""
    at = cuda.grid(1)
    if at < chains * number:
        chain = at // number
        place = _overlap(patterns, state, chain * spins, at - chain * number, spins, number)
        g[at] = g_of[place]
        c[at] = c_of[place]


@device
def _overlap(patterns: Any, state: Any, here: Any, mu: Any, spins: Any, number: Any) -> Any:
    """S + N of one pattern."""
    place = np.int64(spins)
    for i in range(spins):
        place += np.int64(state[here + i]) * np.int64(patterns[i * number + mu])
    return place


@device
def _block_sum(partial: Any, value: Any, lane: Any, lanes: Any) -> Any:
    """The sum of the lanes' values, told to all; `partial` is theirs again afterwards."""
    partial[lane] = value
    cuda.syncthreads()
    half = lanes >> 1
    while half > 0:
        if lane < half:
            partial[lane] += partial[lane + half]
        cuda.syncthreads()
        half >>= 1
    total = partial[0]
    cuda.syncthreads()
    return total


@device
def _part(patterns: Any, g: Any, i: Any, base: Any, number: Any, lane: Any, lanes: Any) -> Any:
    """This lane's share of sum_mu x^mu_i g_mu."""
    part = np.int64(0)
    for mu in range(lane, number, lanes):
        y = g[base + mu]
        part += y if patterns[i * number + mu] > 0 else -y
    return part


@device
def _sum(partial: Any, patterns: Any, state: Any, g: Any, c: Any, spins: Any, number: Any) -> Any:
    """The field on this block's spin, without its scale."""
    at, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    chain = at // spins
    base, s = chain * number, np.int64(state[at])
    mine = _part(patterns, g, at - chain * spins, base, number, lane, lanes)
    for mu in range(lane, number, lanes):
        mine -= s * c[base + mu]
    return _block_sum(partial, mine, lane, lanes)


@kernel
def _fields(patterns: Any, state: Any, g: Any, c: Any, scale: Any, spins: Any, number: Any,
            out: Any) -> None:
    partial = cuda.shared.array(LANES, np.int64)
    h = scale * float(_sum(partial, patterns, state, g, c, spins, number))
    if cuda.threadIdx.x == 0:
        out[cuda.blockIdx.x] = h


@kernel
def _decide(patterns: Any, before: Any, after: Any, g: Any, c: Any, scale: Any, beta: Any, k0: Any,
            k1: Any, obj: Any, step: Any, spins: Any, number: Any) -> None:
    partial = cuda.shared.array(LANES, np.int64)
    h = scale * float(_sum(partial, patterns, before, g, c, spins, number))
    at = cuda.blockIdx.x
    chain = at // spins
    if cuda.threadIdx.x == 0:
        after[at] = rule(h, np.int64(before[at]), beta[chain], k0, k1, obj[chain], step,
                         at - chain * spins)


@kernel
def _in_turn(patterns: Any, state: Any, g_of: Any, c_of: Any, place: Any, g: Any, scale: Any,
             beta: Any, k0: Any, k1: Any, obj: Any, first: Any, count: Any, spins: Any,
             number: Any, flips: Any) -> None:
    partial = cuda.shared.array(LANES, np.int64)
    chain, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    here, base, total = chain * spins, chain * number, np.int64(0)
    for mu in range(lane, number, lanes):  # a lane's patterns are its own from here on
        place[base + mu] = _overlap(patterns, state, here, mu, spins, number)
        g[base + mu] = g_of[place[base + mu]]
        total += c_of[place[base + mu]]
    flipped = 0
    for k in range(first, first + count):
        flipped = 0
        for i in range(spins):
            s = np.int64(state[here + i])
            mine = _part(patterns, g, i, base, number, lane, lanes) - s * total
            h = scale * float(_block_sum(partial, mine, lane, lanes))
            new = rule(h, s, beta[chain], k0, k1, obj[chain], k, i)  # the same in every lane
            if new != s:
                flipped += 1
                total = np.int64(0)
                for mu in range(lane, number, lanes):
                    place[base + mu] += 2 * new * np.int64(patterns[i * number + mu])
                    g[base + mu] = g_of[place[base + mu]]
                    total += c_of[place[base + mu]]
                if lane == 0:
                    state[here + i] = new
        cuda.syncthreads()
        if flipped == 0 and beta[chain] == np.inf:
            break
    if lane == 0:
        flips[chain] = flipped
