"""Binary associative matrix (Willshaw, Buneman, Longuet-Higgins 1969): learn and retrieve.

A pair of binary vectors switches on w_ij for every active input i and output j. A cue gives each
output the number of its active inputs that reach it. This is the naive version, on booleans;
`willshaw_numba` counts in words of 64 inputs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bits import Flags


def learn(weights: Flags, inputs: Flags, outputs: Flags) -> None:
    """Switch on the pairs of `inputs` (M, n) and `outputs` (M, m) in `weights` (n, m)."""
    for x, y in zip(inputs, outputs, strict=True):
        weights |= x[:, None] & y[None, :]


def sums(weights: Flags, cues: Flags) -> NDArray[np.int32]:
    """Dendritic sums (Q, m) of the cues (Q, n)."""
    return np.array([weights[cue].sum(axis=0) for cue in cues], np.int32).reshape(
        len(cues), weights.shape[1])
