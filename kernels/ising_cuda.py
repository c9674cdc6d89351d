"""CUDA twin of `ising` for many chains at once: the same spins, bit for bit.

In parallel, each spin of each chain is a thread and a sweep is a launch. In turn, a chain is a
block: its lanes decide as many spins ahead as they are, which holds up to the first that flips,
and correct the fields together; so a sweep is N / lanes + flips rounds, one after the other.
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
    each,
    empty,
    kernel,
    keys,
    lanes_for,
    launching,
    put,
)


def sweep(coupling: Reals, bias: Reals, states: Spins, beta: Any, seed: int, obj: Any,
          first: int = 0, count: int = 1, parallel: bool = False,
          lanes: int | None = None) -> NDArray[np.int64]:
    """Twin of `ising.sweep` for chains `states` (R, N), in place; flips of each one's last (R,).

    Chains share `coupling` (N, N) and `bias` (N,), or each has its own: (R, N, N), (R, N). `beta`
    and `obj` are one number or R.
    """
    chains, size = states.shape
    own = int(coupling.ndim == 3)
    by_source = put(np.swapaxes(coupling, -1, -2), np.float64)
    bias = put(np.broadcast_to(bias, coupling.shape[:-1]), np.float64)
    rest = (each(beta, chains, np.float64), *keys(seed), each(obj, chains, np.uint64))
    if parallel:
        threads = lanes_for(chains * size, lanes)

        def one(before: Any, after: Any, k: int) -> None:
            _parallel[blocks_for(chains * size, threads), threads](
                by_source, bias, before, after, *rest, k, size, own)
        with launching():
            return alternate(one, states, first, count, bool(np.isinf(beta).all()))
    state, field = put(states, np.int8), empty(states.size, np.float64)
    flips = put(np.zeros(chains), np.int64)
    with launching():
        _in_turn[chains, lanes_for(size, lanes)](by_source, bias, state, field, *rest, first,
                                                 count, size, own, flips)
    states[:] = state.copy_to_host().reshape(states.shape)
    return np.asarray(flips.copy_to_host())


@kernel
def _parallel(by_source: Any, bias: Any, before: Any, after: Any, beta: Any, k0: Any, k1: Any,
              obj: Any, step: Any, size: Any, own: Any) -> None:
    at = cuda.grid(1)
    if at < before.size:
        chain = at // size
        i = at - chain * size
        field = bias[chain * own * size + i]
        for j in range(size):  # in this order, as on the CPU
            field += float(before[chain * size + j]) * by_source[(chain * own * size + j) * size
                                                                 + i]
        after[at] = rule(field, np.int64(before[at]), beta[chain], k0, k1, obj[chain], step, i)


@kernel
def _in_turn(by_source: Any, bias: Any, state: Any, field: Any, beta: Any, k0: Any, k1: Any,
             obj: Any, first: Any, count: Any, size: Any, own: Any, flips: Any) -> None:
    turned = cuda.shared.array(1, np.uint32)  # the first spin ahead that flips
    chain, lane, lanes = cuda.blockIdx.x, cuda.threadIdx.x, cuda.blockDim.x
    here, shift = chain * size, chain * own * size
    flipped = 0
    for k in range(first, first + count):
        for i in range(lane, size, lanes):
            h = bias[shift + i]
            for j in range(size):
                h += float(state[here + j]) * by_source[(shift + j) * size + i]
            field[here + i] = h
        flipped, ahead = 0, np.int64(0)
        while ahead < size:
            if lane == 0:
                turned[0] = np.uint32(size)
            cuda.syncthreads()
            mine = ahead + lane
            if mine < size:
                old = np.int64(state[here + mine])
                if rule(field[here + mine], old, beta[chain], k0, k1, obj[chain], k, mine) != old:
                    cuda.atomic.min(turned, 0, np.uint32(mine))
            cuda.syncthreads()
            who = np.int64(turned[0])
            ahead += lanes
            if who < size:
                new = -np.int64(state[here + who])
                cuda.syncthreads()  # all have read it
                if lane == 0:
                    state[here + who] = new
                for j in range(lane, size, lanes):
                    field[here + j] += 2.0 * new * by_source[(shift + who) * size + j]
                flipped += 1
                ahead = who + 1
            cuda.syncthreads()
        if flipped == 0 and beta[chain] == np.inf:
            break
    if lane == 0:
        flips[chain] = flipped
