"""Draws for a whole range of indices: compiled where there are many, else the NumPy reference."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .philox import key, normal, uniform

COMPILE_ABOVE = 50_000  # draws; fewer cost less in NumPy than loading Numba does


def draw_range(law: str, seed: int, obj: int, step: int, start: int, stop: int,
               draw: int = 0) -> npt.NDArray[np.float64]:
    """`law` ('rand' or 'randn') for indices start to stop - 1, float64, as `philox` defines it."""
    if stop - start < COMPILE_ABOVE:
        reference = uniform if law == "rand" else normal
        return np.asarray(reference(seed, obj, step, np.arange(start, stop), draw))
    from .philox_range_numba import fill_normal, fill_uniform
    out = np.empty(stop - start)
    fill = fill_uniform if law == "rand" else fill_normal
    k0, k1 = key(seed)
    fill(np.uint32(k0), np.uint32(k1), np.uint32(obj), step, start, draw, out)
    return out
