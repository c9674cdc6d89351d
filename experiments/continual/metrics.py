"""Figures of a matrix of accuracies R (T, T): R[t, k] is that on task k after learning task t."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...simulator.errors import DescriptionError

Reals = NDArray[np.float64]


def accuracy(matrix: Any) -> float:
    """ACC: mean over all tasks after the last one."""
    return float(square(matrix)[-1].mean())


def backward_transfer(matrix: Any) -> float:
    """BWT: mean change of the earlier tasks since they were learnt; 0 with a single task.

    -0.7 says that 70 of 100 were forgotten.
    """
    r = square(matrix)
    return float((r[-1] - np.diag(r))[:-1].mean()) if len(r) > 1 else 0.0


def forward_transfer(matrix: Any, chance: float) -> float:
    """FWT: mean accuracy above chance on a task before it is learnt, from the second task on."""
    r = square(matrix)
    return float((np.diag(r, 1) - chance).mean()) if len(r) > 1 else 0.0


def omega_all(matrix: Any, ideal: float) -> float:
    """Mean, from the second task on, of the accuracy on all tasks so far relative to `ideal`.

    `ideal` is the accuracy of learning everything at once (arXiv 1708.02072).
    """
    r = square(matrix)
    if not 0.0 < ideal <= 1.0:
        raise DescriptionError(f"ideal accuracy {ideal}; it is above 0 and at most 1")
    if len(r) < 2:
        return float(r[0, 0] / ideal)
    return float(np.mean([r[t, :t + 1].mean() / ideal for t in range(1, len(r))]))


def square(matrix: Any) -> Reals:
    """The matrix as float64; DescriptionError unless it is square with values of 0 to 1."""
    r = np.asarray(matrix, np.float64)
    if r.ndim != 2 or r.shape[0] != r.shape[1] or not r.size:
        raise DescriptionError(f"accuracies of shape {r.shape}; give (tasks, tasks)")
    if not ((r >= 0.0) & (r <= 1.0)).all():
        raise DescriptionError("accuracies lie between 0 and 1; there are "
                               f"{r[~((r >= 0.0) & (r <= 1.0))][:3]}")
    return r
