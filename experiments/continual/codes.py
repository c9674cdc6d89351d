"""Product quantisation of images: few bits for each group of pixels, one codebook for all groups.

A codebook that all groups share knows nothing of where a pixel lies, so that it also serves when
the pixels are in another order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...simulator.errors import DescriptionError
from .tasks import Floats

Codes = NDArray[np.uint8]
SWEEPS = 30
"""Of Lloyd's algorithm; the codebook hardly moves after ten."""


class Codebook:
    """`codes` words for groups of `width` inputs, learnt from samples (N, n) by k-means."""

    def __init__(self, samples: Floats, width: int, codes: int, levels: int, seed: int) -> None:
        if samples.shape[1] % width or not 2 <= codes <= 256:
            raise DescriptionError(f"codes for groups of {width} of {samples.shape[1]} inputs, "
                                   f"{codes} words; groups must fit, words are 2 to 256")
        self.width, self.levels = width, levels
        rng = np.random.default_rng(seed)
        groups, counts = np.unique(samples.reshape(-1, width), axis=0, return_counts=True)
        if len(groups) > 4096:
            some = np.sort(rng.choice(len(groups), 4096, replace=False, p=counts / counts.sum()))
            groups, counts = groups[some], counts[some]
        words = groups[np.sort(rng.choice(len(groups), min(codes, len(groups)), replace=False,
                                          p=counts / counts.sum()))].astype(np.float64)
        for _ in range(SWEEPS):
            nearest = _nearest(groups, words)
            for k in range(len(words)):
                mine = nearest == k
                if mine.any():
                    words[k] = np.average(groups[mine], axis=0, weights=counts[mine])
        top = levels - 1
        self.words = np.rint(words * top).astype(np.float32) / np.float32(top)

    @property
    def bits(self) -> int:
        """Of the words themselves."""
        return self.words.size * bits_for(self.levels)

    def bits_each(self, inputs: int) -> int:
        """Of the code of one sample."""
        return inputs // self.width * bits_for(len(self.words))

    def encode(self, x: Floats) -> Codes:
        """(N, n) to the nearest words (N, n / width)."""
        groups = x.reshape(-1, self.width)
        return _nearest(groups, self.words).astype(np.uint8).reshape(len(x), -1)

    def decode(self, codes: Codes) -> Floats:
        """(N, n / width) back to (N, n)."""
        return self.words[codes].reshape(len(codes), -1)


def bits_for(values: int) -> int:
    """Bits of a number that has so many values."""
    return max(1, (values - 1).bit_length())


def _nearest(groups: NDArray[np.floating], words: NDArray[np.floating]) -> NDArray[np.int64]:
    scores = groups @ words.T - 0.5 * (words ** 2).sum(axis=1)
    return np.asarray(scores.argmax(axis=1))
