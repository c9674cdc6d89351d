"""Rows of booleans as 64-bit words: bit b of word w is column 64 w + b; padding bits are 0."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Flags = NDArray[np.bool_]

WORD = 64


def words_for(columns: int) -> int:
    """How many words a row of that many columns takes."""
    return -(-columns // WORD)


def pack(flags: Any) -> Words:
    """(..., columns) booleans as (..., words_for(columns)) words."""
    flags = np.asarray(flags, dtype=bool)
    columns = flags.shape[-1]
    padded = np.zeros((*flags.shape[:-1], words_for(columns) * WORD), bool)
    padded[..., :columns] = flags
    octets = np.packbits(padded, axis=-1, bitorder="little")
    return np.ascontiguousarray(octets).view("<u8").astype(np.uint64)


def unpack(words: Words, columns: int) -> Flags:
    """The inverse of `pack`."""
    octets = np.ascontiguousarray(words.astype("<u8")).view(np.uint8)
    return np.unpackbits(octets, axis=-1, bitorder="little")[..., :columns].astype(bool)
