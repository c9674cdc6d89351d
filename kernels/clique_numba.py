"""Compiled clique memory in words of 64 units; each cluster begins a word.

Scores are kept in bit planes: bit b of the score of 64 units is a word, and adding a row of
weights is a ripple of carries. The winners of a cluster are found from the top plane down.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .bits import Flags, Words, pack, unpack, words_for
from .bits_numba import count, lowest
from .clique import Messages
from .philox_numba import njit

_ZERO, _ONE = np.uint64(0), np.uint64(1)


def empty(clusters: int, units: int) -> Words:
    """No weights: (c l, c, words_for(l)); row u holds what unit u is connected to."""
    return np.zeros((clusters * units, clusters, words_for(units)), np.uint64)


def learn(rows: Words, messages: Messages, units: int) -> None:
    """Twin of `clique.learn`."""
    _learn(rows, np.ascontiguousarray(messages), units)


def packed(weights: Flags, units: int) -> Words:
    """Rows of a matrix of booleans (c l, c l)."""
    n = len(weights)
    return pack(weights.reshape(n, n // units, units))


def retrieve(rows: Words, cues: Messages, units: int, iterations: int = 4, memory: int = 1,
             by_cluster: bool = True, keep: int = 0) -> Flags:
    """Twin of `clique.retrieve`."""
    n, clusters, words = rows.shape
    planes = int(n + memory).bit_length()
    active = np.zeros((len(cues), clusters, words), np.uint64)
    every = pack(np.ones(units, bool))
    _retrieve(rows, np.ascontiguousarray(cues), units, iterations, memory, by_cluster, keep, every,
              np.zeros((planes, clusters, words), np.uint64), active)
    return unpack(active, units)


@njit
def _learn(rows: Any, messages: Any, units: Any) -> None:
    for m in range(len(messages)):
        for a in range(messages.shape[1]):
            if messages[m, a] < 0:
                continue
            row = rows[a * units + messages[m, a]]
            for b in range(messages.shape[1]):
                if b != a and messages[m, b] >= 0:
                    unit = messages[m, b]
                    row[b, unit >> 6] |= _ONE << np.uint64(unit & 63)


@njit
def _add(planes: Any, cluster: Any, word: Any, carry: Any) -> None:
    bit = 0
    while carry:
        both = planes[bit, cluster, word] & carry
        planes[bit, cluster, word] ^= carry
        carry = both
        bit += 1


@njit
def _add_row(planes: Any, row: Any) -> None:
    for a in range(row.shape[0]):
        for w in range(row.shape[1]):
            _add(planes, a, w, row[a, w])


@njit
def _score(rows: Any, units: Any, memory: Any, by_cluster: Any, active: Any, planes: Any,
           heard: Any) -> None:
    planes[:] = _ZERO
    for _ in range(memory):
        _add_row(planes, active)
    for a in range(active.shape[0]):
        heard[:] = _ZERO
        for w in range(active.shape[1]):
            word = active[a, w]
            while word:
                row = rows[a * units + 64 * w + lowest(word)]
                if by_cluster:
                    heard |= row
                else:
                    _add_row(planes, row)
                word &= word - _ONE
        if by_cluster:
            _add_row(planes, heard)


@njit
def _winners(planes: Any, every: Any, cluster: Any, kept: Any) -> None:
    """The units of the highest score of one cluster; none if it is 0."""
    scored = False
    kept[:] = every
    for bit in range(planes.shape[0] - 1, -1, -1):
        found = _ZERO
        for w in range(kept.size):
            found |= kept[w] & planes[bit, cluster, w]
        if found:
            scored = True
            for w in range(kept.size):
                kept[w] &= planes[bit, cluster, w]
    if not scored:
        kept[:] = _ZERO


@njit
def _best(planes: Any, keep: Any, every: Any, won: Any) -> None:
    """The units of the `keep` highest scores of the network and all that tie, into `won`.

    From the top plane down: as long as at least `keep` have the bit, only they are left; else they
    have won, and the rest of `keep` is looked for among the others. Scores of 0 do not win.
    """
    left = np.empty_like(won)
    left[:] = every
    won[:] = _ZERO
    scored = False
    for bit in range(planes.shape[0] - 1, -1, -1):
        number = 0
        for a in range(won.shape[0]):
            for w in range(won.shape[1]):
                number += count(left[a, w] & planes[bit, a, w])
        enough = number >= keep
        scored |= enough
        if not enough:
            keep -= number
        for a in range(won.shape[0]):
            for w in range(won.shape[1]):
                has = left[a, w] & planes[bit, a, w]
                if not enough:
                    won[a, w] |= has
                left[a, w] = has if enough else left[a, w] & ~has
    if scored:  # else what is left has no bit at all
        won |= left


@njit
def _retrieve(rows: Any, cues: Any, units: Any, iterations: Any, memory: Any, by_cluster: Any,
              keep: Any, every: Any, planes: Any, out: Any) -> None:
    heard, chosen = np.empty_like(rows[0]), np.empty_like(rows[0])
    for q in range(len(cues)):
        active = out[q]
        for a in range(active.shape[0]):
            if cues[q, a] >= 0:
                active[a, cues[q, a] >> 6] |= _ONE << np.uint64(cues[q, a] & 63)
        for _ in range(iterations):
            _score(rows, units, memory, by_cluster, active, planes, heard)
            if keep == 0:
                for a in range(active.shape[0]):
                    _winners(planes, every, a, chosen[a])
            else:
                _best(planes, keep, every, chosen)
            changed = False
            for a in range(active.shape[0]):
                for w in range(active.shape[1]):
                    changed |= chosen[a, w] != active[a, w]
                    active[a, w] = chosen[a, w]
            if not changed:
                break
