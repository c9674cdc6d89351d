"""CUDA twin of clique retrieval in words of 64 units: one query a block; see `clique_numba`.

A lane owns words of the scores' bit planes, which it fills from the rows of all active units. The
winners of a cluster are found by one lane; the `keep` best of the network by all, who count.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .bits import Flags, Words, pack, unpack
from .clique import Messages
from .launch_cuda import cuda, device, empty, kernel, lanes_for, launching, put

BLOCKS = 4096
"""Most blocks of a launch: each keeps planes for one query at a time, and goes on to the next."""

_ZERO, _ONE = np.uint64(0), np.uint64(1)


def retrieve(rows: Words, cues: Messages, units: int, iterations: int = 4, memory: int = 1,
             by_cluster: bool = True, keep: int = 0, lanes: int | None = None) -> Flags:
    """Twin of `clique_numba.retrieve`."""
    n, clusters, words = rows.shape
    queries, width = len(cues), clusters * words
    if not queries:
        return np.zeros((0, clusters, units), bool)
    blocks, planes = min(queries, BLOCKS), int(n + memory).bit_length()
    every = put(np.tile(pack(np.ones(units, bool)), clusters))
    active = empty(queries * width, np.uint64)
    room = [empty(blocks * many * width, np.uint64) for many in (planes, 1, 1)]
    with launching():
        _retrieve[blocks, lanes_for(width, lanes)](
            put(rows), put(cues, np.int64), units, iterations, memory, by_cluster, keep, every,
            clusters, words, planes, *room, queries, active)
    return unpack(active.copy_to_host().reshape(queries, clusters, words), units)


@kernel
def _retrieve(rows: Any, cues: Any, units: Any, iterations: Any, memory: Any, by_cluster: Any,
              keep: Any, every: Any, clusters: Any, words: Any, planes: Any, plane: Any,
              left: Any, chosen: Any, queries: Any, active: Any) -> None:
    counter = cuda.shared.array(1, np.uint32)
    lane, lanes, block = cuda.threadIdx.x, cuda.blockDim.x, cuda.blockIdx.x
    width = clusters * words
    scores, mine = block * planes * width, block * width  # where this block's planes and words are
    for q in range(block, queries, cuda.gridDim.x):
        here = q * width
        for p in range(lane, width, lanes):
            active[here + p] = _given(cues[q * clusters + p // words], p % words)
        cuda.syncthreads()
        for _ in range(iterations):
            for p in range(lane, width, lanes):
                _score(rows, units, memory, by_cluster, active, here, clusters, words, planes,
                       plane, scores, p)
            cuda.syncthreads()
            if keep == 0:
                for a in range(lane, clusters, lanes):
                    _winners(plane, scores, planes, width, every, a * words, words, chosen, mine)
            else:
                _best(plane, scores, planes, width, keep, every, left, chosen, mine, counter,
                      lane, lanes)
            cuda.syncthreads()
            changed = 0
            for p in range(lane, width, lanes):
                if chosen[mine + p] != active[here + p]:
                    changed = 1
                    active[here + p] = chosen[mine + p]
            if _block_count(counter, changed, lane) == 0:
                break


@device
def _block_count(counter: Any, value: Any, lane: Any) -> Any:
    """The sum of the lanes' values, told to all."""
    if lane == 0:
        counter[0] = np.uint32(0)
    cuda.syncthreads()
    if value > 0:
        cuda.atomic.add(counter, 0, np.uint32(value))
    cuda.syncthreads()
    total = np.int64(counter[0])
    cuda.syncthreads()
    return total


@device
def _given(unit: Any, word: Any) -> Any:
    """A word of the units that a cue's unit makes active."""
    if unit >= 0 and unit >> 6 == word:
        return _ONE << np.uint64(unit & 63)
    return _ZERO


@device
def _add(plane: Any, at: Any, width: Any, carry: Any) -> None:
    """Add one to the scores of the units in `carry`."""
    while carry != _ZERO:
        both = plane[at] & carry
        plane[at] = plane[at] ^ carry
        carry = both
        at += width


@device
def _score(rows: Any, units: Any, memory: Any, by_cluster: Any, active: Any, here: Any,
           clusters: Any, words: Any, planes: Any, plane: Any, scores: Any, p: Any) -> None:
    """The scores of the 64 units of word p, in the planes."""
    width = clusters * words
    at = scores + p
    for b in range(planes):
        plane[at + b * width] = _ZERO
    for _ in range(memory):
        _add(plane, at, width, active[here + p])
    for a in range(clusters):
        heard = _ZERO
        for w in range(words):
            word = active[here + a * words + w]
            while word != _ZERO:
                below = (word - _ONE) & ~word  # the bits below the lowest that is set
                unit = a * units + 64 * w + cuda.popc(below)
                if by_cluster:
                    heard |= rows[unit * width + p]
                else:
                    _add(plane, at, width, rows[unit * width + p])
                word &= word - _ONE
        _add(plane, at, width, heard)


@device
def _winners(plane: Any, scores: Any, planes: Any, width: Any, every: Any, first: Any, words: Any,
             chosen: Any, mine: Any) -> None:
    """The units of the highest score of the cluster whose words begin at `first`; none if 0."""
    scored = False
    for p in range(first, first + words):
        chosen[mine + p] = every[p]
    for b in range(planes - 1, -1, -1):
        found = _ZERO
        for p in range(first, first + words):
            found |= chosen[mine + p] & plane[scores + b * width + p]
        if found != _ZERO:
            scored = True
            for p in range(first, first + words):
                chosen[mine + p] &= plane[scores + b * width + p]
    if not scored:
        for p in range(first, first + words):
            chosen[mine + p] = _ZERO


@device
def _best(plane: Any, scores: Any, planes: Any, width: Any, keep: Any, every: Any, left: Any,
          chosen: Any, mine: Any, counter: Any, lane: Any, lanes: Any) -> None:
    """The units of the `keep` highest scores of the network and all that tie, into `chosen`."""
    scored = False
    for p in range(lane, width, lanes):
        left[mine + p] = every[p]
        chosen[mine + p] = _ZERO
    for b in range(planes - 1, -1, -1):
        number = 0
        for p in range(lane, width, lanes):
            number += cuda.popc(left[mine + p] & plane[scores + b * width + p])
        number = _block_count(counter, number, lane)
        enough = number >= keep
        if enough:
            scored = True
        else:
            keep -= number
        for p in range(lane, width, lanes):
            has = left[mine + p] & plane[scores + b * width + p]
            if enough:
                left[mine + p] = has
            else:
                chosen[mine + p] |= has
                left[mine + p] &= ~has
    if scored:  # else what is left has no bit at all
        for p in range(lane, width, lanes):
            chosen[mine + p] |= left[mine + p]
