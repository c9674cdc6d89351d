"""Hopfield networks: couplings by Hebb, by the pseudo-inverse, and clipped; recall.

Hopfield 1982 (PNAS 79:2554); Personnaz, Guyon and Dreyfus 1985 (J. Physique Lett. 46:L359); Parisi
1986 (J. Phys. A 19:L617) for clipping, which forgets the oldest and keeps on learning. Patterns are
(N, K) of +-1, couplings (N, N).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...kernels import ising_numba
from ...kernels.philox import object_id
from ...simulator.errors import DescriptionError
from ...simulator.free_memory import check_memory
from .checks import as_reals, check_count, check_seed
from .device import on_gpu
from .patterns import Signs, inverse, signs, starts

Couplings = NDArray[np.float64]

OBJECT = object_id("hopfield")


def hebb(patterns: Any) -> Couplings:
    """J = X X^T / N without its diagonal."""
    x = _reals(patterns)
    return _hollow(x @ x.T / len(x))


def pseudo_inverse(patterns: Any, self_coupling: bool = False) -> Couplings:
    """The projection on the span of the patterns: each independent pattern is a fixed point.

    Without the diagonal the basins are wider. DescriptionError if there are as many patterns as
    spins or more: then every state is a fixed point.
    """
    x = _reals(patterns)
    if x.shape[1] >= len(x):
        raise DescriptionError(f"{x.shape[1]} patterns of {len(x)} spins: the projection is the "
                               "identity; store fewer patterns than spins")
    j = x @ np.linalg.pinv(x)
    return j if self_coupling else _hollow(j)


def clipped(patterns: Any, bound: float) -> Couplings:
    """Learn in the order of the columns: J <- clip(J + x x^T / N, +-bound / sqrt(N)), no diagonal.

    `bound` may be infinite: then it is `hebb`.
    """
    x = _reals(patterns)
    if not bound > 0.0:
        raise DescriptionError(f"bound {bound!r} must be above 0; it is in units of 1 / sqrt(N)")
    n = len(x)
    j, limit = np.zeros((n, n)), bound / np.sqrt(n)
    for column in x.T:
        j += np.outer(column, column) / n
        np.clip(j, -limit, limit, out=j)
    return _hollow(j)


def recall(couplings: Couplings, states: Any, temperature: float = 0.0, sweeps: int = 50,
           parallel: bool = False, seed: int = 0, device: str = "cpu") -> Signs:
    """States (N, B) or (N,) after at most `sweeps` sweeps of each; `states` is left as it is.

    At temperature 0 a spin stays where its field is 0, and a state stops where nothing changes. Of
    couplings that are whole multiples of 1 / N, as Hebb's are, fields of 0 are told without
    rounding. A column's random numbers are those of its place in the batch. With `device="cuda"`
    all columns run at once; the result is the same.
    """
    beta, gpu = inverse(temperature), on_gpu(device)
    couplings = square(couplings)
    check_count(sweeps, "sweeps", 0)
    check_seed(seed)
    given, out = np.asarray(states), starts(states, len(couplings))
    if temperature == 0.0:
        couplings = _whole(couplings)
    bias = np.zeros(len(couplings))
    if gpu:
        from ...kernels import ising_cuda
        ising_cuda.sweep(couplings, bias, out, beta, seed, [OBJECT ^ b for b in range(len(out))],
                         0, sweeps, parallel)
    else:
        for b, state in enumerate(out):
            ising_numba.sweep(couplings, bias, state, beta, seed, OBJECT ^ b, 0, sweeps, parallel)
    return out[0] if given.ndim == 1 else out.T


def square(couplings: Any) -> Couplings:
    """`couplings` as float64 (N, N); DescriptionError unless square and finite."""
    found: Couplings = as_reals(couplings, (None, None), "couplings")
    if found.shape[0] != found.shape[1]:
        raise DescriptionError(f"couplings of shape {found.shape}; give (N, N)")
    return found


def _whole(j: Couplings) -> Couplings:
    """N J if that is whole, so that sums are exact, else J: their signs are the same."""
    scaled = len(j) * j
    whole = np.rint(scaled)
    near = 1e-9 * np.abs(scaled).max(initial=0.0)
    return whole if whole.any() and np.abs(whole - scaled).max() <= near else j


def _reals(patterns: Any) -> NDArray[np.float64]:
    x = signs(patterns)
    check_memory(8.0 * len(x) * (3 * len(x) + x.shape[1]), f"couplings of {len(x):,} spins")
    return x.astype(np.float64)


def _hollow(j: Couplings) -> Couplings:
    np.fill_diagonal(j, 0.0)
    return j
