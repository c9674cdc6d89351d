"""Compiled twins of `poisson`: the same spikes, bit for bit."""

from __future__ import annotations

from typing import Any

from .elementary_numba import log, log1p
from .philox_numba import njit, uniform_nb
from .poisson import LAST_STEP, NEVER

_NEVER_FLOAT = float(NEVER)


@njit
def next_spike_nb(k0: Any, k1: Any, obj: Any, step: Any, index: Any, p: Any) -> Any:
    """First spike at or after `step` (int64) of one neuron that waits since `step`."""
    if p <= 0.0 or step >= LAST_STEP:
        return NEVER
    if p >= 1.0:
        return step
    failures = log(uniform_nb(k0, k1, obj, step, index, 0)) / log1p(-p)
    if failures < _NEVER_FLOAT:
        return step + int(failures)
    return NEVER


@njit
def count_nb(k0: Any, k1: Any, obj: Any, p: Any, stop: Any, pending: Any) -> Any:
    """Number of spikes before `stop`; changes nothing."""
    total = 0
    for i in range(pending.size):
        step = pending[i]
        while step < stop:
            total += 1
            step = next_spike_nb(k0, k1, obj, step + 1, i, p[i])
    return total


@njit
def fill_nb(k0: Any, k1: Any, obj: Any, p: Any, stop: Any, pending: Any, steps: Any,
            neurons: Any) -> None:
    """Write the spikes before `stop`, neuron by neuron, and leave `pending` at or after it."""
    at = 0
    for i in range(pending.size):
        step = pending[i]
        while step < stop:
            steps[at], neurons[at] = step, i
            at += 1
            step = next_spike_nb(k0, k1, obj, step + 1, i, p[i])
        pending[i] = step
