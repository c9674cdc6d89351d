"""Poisson spike trains on a time grid: a Bernoulli(p) trial per step, drawn spike by spike.

The gap to the next success is geometric: one logarithm per spike, none per silent step. The draw
is keyed by the step from which the neuron waits: the start of the train, or one step after its
last spike. So a train is a function of (seed, object, neuron, start, p) alone, and whoever knows
the next spike of each neuron can continue it anywhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .elementary import NUMPY as elementary
from .philox import key, uniform

NEVER = 1 << 62  # the step of a spike that does not come; far below int64's end, so NEVER + 1 holds
LAST_STEP = 1 << 48  # the counter holds steps below this; at 0.1 ms they last 892 years
COMPILE_ABOVE = 5000  # expected spikes; fewer are faster drawn in Python than Numba is loaded

Steps = npt.NDArray[np.int64]


def first_success(u: float, step: int, p: float) -> int:
    """The first successful trial at or after `step`, from one uniform number; NEVER if p <= 0."""
    if p <= 0.0 or step >= LAST_STEP:
        return NEVER
    if p >= 1.0:
        return step
    failures = elementary["log"](u) / elementary["log1p"](-p)
    return step + int(failures) if failures < NEVER else NEVER


def next_spike(seed: int, obj: int, step: Any, index: Any, p: Any) -> Any:
    """First spike at or after `step` of neurons that wait since `step`.

    Three scalars give an int; otherwise the arguments broadcast to an int64 array.
    """
    if isinstance(step, int) and isinstance(index, int) and np.ndim(p) == 0:
        return first_success(uniform(seed, obj, min(step, LAST_STEP), index), step, float(p))
    step, index, p = np.broadcast_arrays(step, index, np.asarray(p, np.float64))
    u = uniform(seed, obj, np.minimum(step, LAST_STEP), index)
    found = [first_success(*each) for each in
             zip(u.ravel().tolist(), step.ravel().tolist(), p.ravel().tolist(), strict=True)]
    return np.array(found, np.int64).reshape(u.shape)


def trains(seed: int, obj: int, p: npt.NDArray[np.float64], start: int, stop: int,
           pending: Steps | None = None, compiled: bool = False) -> tuple[Steps, Steps]:
    """Spikes (step, i) with start <= step < stop, sorted by step and then by neuron.

    `compiled`: also where they are few, as for a caller who comes again and has Numba loaded.

    `pending` continues earlier trains: it holds each neuron's next spike, in place of a wait that
    begins at `start`, and is left holding each neuron's first spike at or after `stop`.
    """
    p = np.ascontiguousarray(p, np.float64)
    if pending is None:
        pending = next_spike(seed, obj, start, np.arange(p.size), p).astype(np.int64)
    waiting = np.flatnonzero(pending < stop)
    if compiled or p[waiting].sum() * (stop - start) > COMPILE_ABOVE:
        step, i = _compiled(seed, obj, p, stop, pending)
    else:
        step, i = _reference(seed, obj, p, stop, pending, waiting)
    order = np.argsort(step, kind="stable")  # spikes come neuron by neuron, so ties stay sorted
    return step[order], i[order]


def _reference(seed: int, obj: int, p: npt.NDArray[np.float64], stop: int, pending: Steps,
               waiting: Steps) -> tuple[Steps, Steps]:
    spikes: list[tuple[int, int]] = []
    for i in waiting.tolist():
        step, chance = int(pending[i]), float(p[i])
        while step < stop:
            spikes.append((step, i))
            step = next_spike(seed, obj, step + 1, i, chance)
        pending[i] = step
    both = np.array(spikes, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _compiled(seed: int, obj: int, p: npt.NDArray[np.float64], stop: int,
              pending: Steps) -> tuple[Steps, Steps]:
    from . import poisson_numba as fast

    k0, k1 = (np.uint32(k) for k in key(seed))
    total = fast.count_nb(k0, k1, np.uint32(obj), p, stop, pending)
    step, i = np.empty(total, np.int64), np.empty(total, np.int64)
    fast.fill_nb(k0, k1, np.uint32(obj), p, stop, pending, step, i)
    return step, i
