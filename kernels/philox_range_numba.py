"""Compiled loops behind `philox_range`.

Cached by this file's date: a change in `philox_numba` or `elementary_*` needs one here.
"""

from __future__ import annotations

from typing import Any

from .philox_numba import njit, normal_nb, uniform_nb


@njit
def fill_uniform(k0: Any, k1: Any, obj: Any, step: Any, start: Any, draw: Any, out: Any) -> None:
    """Uniform numbers of consecutive indices."""
    for n in range(out.size):
        out[n] = uniform_nb(k0, k1, obj, step, start + n, draw)


@njit
def fill_normal(k0: Any, k1: Any, obj: Any, step: Any, start: Any, draw: Any, out: Any) -> None:
    """Normal numbers of consecutive indices."""
    for n in range(out.size):
        out[n] = normal_nb(k0, k1, obj, step, start + n, draw)
