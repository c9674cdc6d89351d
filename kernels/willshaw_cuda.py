"""CUDA twin of Willshaw's dendritic sums in words of 64 inputs: a cue is a block."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bits import Flags, Words, pack
from .launch_cuda import cuda, empty, kernel, lanes_for, launching, put


def sums(rows: Words, cues: Flags, lanes: int | None = None) -> NDArray[np.int32]:
    """Twin of `willshaw_numba.sums`."""
    outputs, words = rows.shape
    found = empty(len(cues) * outputs, np.int32)
    if len(cues):
        with launching():
            _sums[len(cues), lanes_for(outputs, lanes)](put(rows.T), put(pack(cues)), words,
                                                        outputs, found)
    return np.asarray(found.copy_to_host()[:len(cues) * outputs]).reshape(len(cues), outputs)


@kernel
def _sums(by_word: Any, cues: Any, words: Any, outputs: Any, found: Any) -> None:
    q = cuda.blockIdx.x
    for j in range(cuda.threadIdx.x, outputs, cuda.blockDim.x):
        total = 0
        for w in range(words):
            cue = cues[q * words + w]
            if cue != np.uint64(0):  # sparse cues have few words, and all lanes skip the same
                total += cuda.popc(cue & by_word[w * outputs + j])
        found[q * outputs + j] = total
