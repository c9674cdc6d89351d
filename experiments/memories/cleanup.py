"""The read-out that all memories share: the pattern of a codebook that is nearest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.memory import OpCount, products
from ...simulator.errors import DescriptionError
from .codec import Array, vectors

TIE = 1e-6
"""Cosines that differ by less, as a share of the largest, are equal: stores of 32 bits a number
round to 6e-8"""


class CleanupReadout:
    """Rows of `codebook` (P, d) by largest cosine; the codebook belongs to the task, not to the
    memory's state."""

    def __init__(self, codebook: Any) -> None:
        self.codebook = np.array(codebook, np.float64)
        if self.codebook.ndim != 2 or not self.codebook.size:
            raise DescriptionError(f"CleanupReadout: codebook of shape {self.codebook.shape}; give "
                                   "(patterns, size)")
        self._directions = _directions(self.codebook)

    def __call__(self, values: Any) -> tuple[NDArray[np.int64], Array, OpCount]:
        """Index of the nearest row (Q,), its cosine (Q,), and what the comparison cost.

        The first of equals; -1, with cosine 0, for a value of zeros, which says nothing.
        """
        x = vectors(values, self.codebook.shape[1], "CleanupReadout")
        cosines = _directions(x) @ self._directions.T
        best = cosines.argmax(axis=1)
        said = (x != 0.0).any(axis=1)
        return (np.where(said, best, -1), np.where(said, cosines.max(axis=1), 0.0),
                products(x, len(self.codebook)))

    def chance(self, values: Any, right: Any) -> Array:
        """Of each value the chance that its right row, by index, is the one named if lots are drawn
        among equals; 0 for a value of zeros. So who cannot tell two rows apart names each half the
        time, in whatever order they stand."""
        x = vectors(values, self.codebook.shape[1], "CleanupReadout")
        cosines = _directions(x) @ self._directions.T
        best = cosines.max(axis=1, keepdims=True)
        equal = cosines >= best - TIE * np.abs(best)
        named = equal[np.arange(len(x)), right] / equal.sum(axis=1)
        return np.where((x != 0.0).any(axis=1), named, 0.0)

    def clean(self, values: Any) -> Array:
        """The nearest rows themselves; zeros for a value of zeros."""
        index, _, _ = self(values)
        return np.where(index[:, None] < 0, 0.0, self.codebook[index])


def _directions(x: Array) -> Array:
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    return np.asarray(x / np.where(norms > 0.0, norms, 1.0))
