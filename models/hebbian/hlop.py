"""HLOP: a lateral circuit learns the subspace of a task, and later tasks leave it alone.

Xiao and others, ICLR 2024 (arXiv 2402.11984); the equations are in `kernels.lateral`. During a
later task the gradient of a weight uses x minus its projection on the subspaces kept so far; the
forward pass is untouched.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...kernels import lateral_numba
from ...simulator.errors import DescriptionError
from ...simulator.free_memory import check_memory
from .checks import as_reals, generator
from .device import on_gpu

Reals = NDArray[np.float64]


class LateralSubspace:
    """Rows `h` (M, n) of lateral weights, the first `frozen` of them kept; begins without any.

    `levels` above 0 makes the lateral units spiking, with that many steps of activity.
    """

    def __init__(self, inputs: int, rate: float = 0.01, iterations: int = 5,
                 levels: int = 0) -> None:
        if inputs < 1 or not rate > 0.0 or iterations < 1 or levels < 0:
            raise DescriptionError(f"lateral subspace: {inputs} inputs, rate {rate}, {iterations} "
                                   f"iterations, {levels} levels; at least 1, above 0, 1, 0")
        self.rate, self.iterations, self.levels = rate, iterations, levels
        self.h = np.zeros((0, inputs))
        self.momentum = np.zeros((0, inputs))
        self.frozen = 0

    def add(self, dimensions: int, seed: int = 0) -> None:
        """New rows for the next task, orthogonal among themselves, from a seed."""
        n = self.h.shape[1]
        if not 0 < dimensions <= n - len(self.h):
            raise DescriptionError(f"lateral subspace: {dimensions} new rows beside {len(self.h)} "
                                   f"of {n} inputs; give 1 to {n - len(self.h)}")
        check_memory(32.0 * n * (len(self.h) + dimensions),
                     f"lateral subspace: {dimensions:,} rows of {n:,} inputs")
        q, r = np.linalg.qr(generator(seed).normal(size=(n, dimensions)))
        self.h = np.vstack([self.h, (q * np.sign(np.diag(r))).T])
        self.momentum = np.zeros_like(self.h)

    def learn(self, x: Any, device: str = "cpu") -> None:
        """Update the rows that are not kept, from a batch (B, n); with the same bits on "cuda"."""
        found = self._batch(x)
        if not len(found):
            raise DescriptionError("lateral subspace: a batch of none; give one sample or more")
        rest = (self.rate, self.frozen, self.levels, self.iterations)
        if on_gpu(device):
            from ...kernels import lateral_cuda
            lateral_cuda.step(self.h, self.momentum, found, *rest)
        else:
            lateral_numba.step(self.h, self.momentum, found, *rest)

    def merge(self, orthonormal: bool = False) -> None:
        """Keep all rows as they are; `orthonormal` makes them an exact basis of their span.

        Without it the projection is as exact as Hebbian learning was: H H^T is not quite 1.
        """
        if orthonormal:
            self.h = np.ascontiguousarray(np.linalg.qr(self.h.T)[0].T)
        self.frozen = len(self.h)

    def project(self, x: Any) -> Reals:
        """x (B, n) without what lies in the kept subspaces: x - H^T H x."""
        kept = self.h[:self.frozen]
        found = self._batch(x)
        return np.asarray(found - (found @ kept.T) @ kept)

    def _batch(self, x: Any) -> Reals:
        found: Reals = as_reals(x, (None, self.h.shape[1]), "lateral subspace: a batch")
        return found


def subspace_overlap(h: Reals, basis: Reals) -> float:
    """Mean squared cosine of the principal angles between the rows of `h` and of `basis`."""
    a, b = (np.linalg.qr(rows.T)[0] for rows in (h, basis))
    return float((np.linalg.svd(a.T @ b, compute_uv=False) ** 2).mean())
