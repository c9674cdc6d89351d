"""Compiled Willshaw matrix in words: row j holds the inputs of output j, 64 to a word."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bits import Flags, Words, pack
from .bits_numba import count
from .philox_numba import njit


def learn(rows: Words, inputs: Flags, outputs: Flags) -> None:
    """Twin of `willshaw.learn`; `rows` is (m, words_for(n))."""
    _learn(rows, pack(inputs), outputs)


def sums(rows: Words, cues: Flags) -> NDArray[np.int32]:
    """Twin of `willshaw.sums`."""
    out = np.empty((len(cues), len(rows)), np.int32)
    _sums(rows, pack(cues), out)
    return out


@njit
def _learn(rows: Any, inputs: Any, outputs: Any) -> None:
    for q in range(len(inputs)):
        for j in range(outputs.shape[1]):
            if outputs[q, j]:
                for w in range(rows.shape[1]):
                    rows[j, w] |= inputs[q, w]


@njit
def _sums(rows: Any, cues: Any, out: Any) -> None:
    for q in range(len(cues)):
        for j in range(len(rows)):
            total = 0
            for w in range(rows.shape[1]):
                total += count(rows[j, w] & cues[q, w])
            out[q, j] = total


