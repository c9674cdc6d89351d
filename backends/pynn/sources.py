"""PyNN's spike sources: given times, Poisson trains, and trains drawn here run by run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pyNN import errors
from pyNN.parameters import Sequence
from pyNN.standardmodels import build_translations
from pyNN.standardmodels import cells as standard

from ...simulator.stimuli import Poisson, SpikeTimes
from ...simulator.units import UNITS, Quantity
from .dialect import accept

Hz, ms = UNITS["Hz"], UNITS["ms"]
FOREVER = 1e9
"""A PyNN duration of this many ms or more has no end."""


def _type(base: Any) -> Any:
    return type(base.__name__, (base,), {
        "__doc__": base.__doc__, "__module__": __name__,
        "translations": build_translations(*((n, n) for n in base.default_parameters))})


SpikeSourceArray = _type(standard.SpikeSourceArray)
SpikeSourcePoisson = _type(standard.SpikeSourcePoisson)
SpikeSourcePoissonRefractory = _type(standard.SpikeSourcePoissonRefractory)
SpikeSourceGamma = _type(standard.SpikeSourceGamma)

SOURCES = (SpikeSourceArray, SpikeSourcePoisson, SpikeSourcePoissonRefractory, SpikeSourceGamma)


def check_times(trains: Any) -> None:
    """InvalidParameterValueError unless the spike times of each neuron are in order."""
    for n, train in enumerate(trains):
        times = times_of(train)
        if np.any(np.diff(times) < 0):
            raise errors.InvalidParameterValueError(
                f"spike_times of neuron {n} are not in order: {times}; sort them")


def times_of(train: Any) -> Any:
    """Spike times as an array, from PyNN's Sequence or from a list."""
    value = train.value if isinstance(train, Sequence) else train
    return np.atleast_1d(np.asarray(value, np.float64))


def array_steps(label: str, trains: Any, dt: float) -> tuple[Any, Any]:
    """(steps, neurons) of a SpikeSourceArray, each pair once; spikes before 0 are left out."""
    times = [times_of(train) for train in trains]
    index = np.repeat(np.arange(len(times)), [t.size for t in times])
    exact = np.concatenate([*times, np.zeros(0)]) / dt
    steps = np.round(exact).astype(np.int64)
    if np.any(np.abs(exact - steps) > 1e-6):
        accept("spike times rounded", f"Population {label!r}")
    keep = steps >= 0
    return _unique(label, steps[keep], index[keep])


def _unique(label: str, steps: Any, index: Any) -> tuple[Any, Any]:
    pairs = np.unique(np.stack([steps, index], axis=1), axis=0)
    if len(pairs) < len(steps):
        accept("spikes merged", f"Population {label!r}, {len(steps) - len(pairs)} spikes")
    return pairs[:, 0], pairs[:, 1]


class Drawn:
    """Trains of renewal processes, drawn as far as the run has come; a change draws anew from now.

    `seed` and the population's number key the draws.
    """

    def __init__(self, seed: int, number: int) -> None:
        self.rng = np.random.default_rng([seed, number])
        self.steps, self.index = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.until = 0
        self.last: Any = None

    def forget_after(self, step: int) -> None:
        """Drop what was drawn for `step` and later."""
        keep = self.steps < step
        self.steps, self.index = self.steps[keep], self.index[keep]
        self.until, self.last = min(self.until, step), None

    def extend(self, kind: str, values: dict[str, Any], horizon: int, dt: float) -> None:
        """Draw spikes of steps up to before `horizon`; times in ms, rates in Hz."""
        if horizon <= self.until:
            return
        start = np.maximum(values["start"], self.until * dt)
        at = start + self._gap(kind, values) if self.last is None else self.last
        stop = values["start"] + values["duration"]
        found = [(self.steps, self.index)]
        while np.any(at < horizon * dt):
            now = np.flatnonzero(at < horizon * dt)
            inside = now[at[now] < stop[now]]
            found.append((np.floor(at[inside] / dt + 1e-9).astype(np.int64), inside))
            at[now] += self._gap(kind, values)[now]
        self.steps, self.index = (np.concatenate([x[n] for x in found]) for n in (0, 1))
        pairs = np.unique(np.stack([self.steps, self.index], axis=1), axis=0)
        self.steps, self.index = pairs[:, 0], pairs[:, 1]
        self.until, self.last = horizon, at

    def _gap(self, kind: str, values: dict[str, Any]) -> Any:
        """The next intervals of all neurons, in ms."""
        with np.errstate(divide="ignore"):
            if kind == "SpikeSourceGamma":
                return self.rng.gamma(values["alpha"]) * 1e3 / values["beta"]
            mean = 1e3 / values["rate"]
        dead = values.get("tau_refrac", 0.0)
        return dead + np.where(np.isinf(mean), np.inf, self.rng.exponential(
            size=mean.shape) * np.maximum(np.where(np.isinf(mean), 1.0, mean) - dead, 0.0))


def is_drawn(celltype: Any, values: dict[str, Any]) -> bool:
    """Whether trains are drawn here: all but a Poisson source with one start and end for all."""
    if isinstance(celltype, SpikeSourcePoisson):
        return any(np.ptp(values[n]) > 0 for n in ("start", "duration"))
    return not isinstance(celltype, SpikeSourceArray)


def poisson(values: dict[str, Any], dt: float) -> Poisson:
    """Our source for one start and duration; both are rounded to steps."""
    start, stop = float(values["start"][0]), float(values["start"][0] + values["duration"][0])
    end = None if stop >= FOREVER else _whole(stop, dt)
    return Poisson(_rates(values["rate"]), _whole(start, dt), end)


def _rates(rates: Any) -> Quantity:
    return rates * Hz if np.ptp(rates) > 0 else float(rates[0]) * Hz


def _whole(time: float, dt: float) -> Quantity:
    return math.ceil(time / dt - 1e-6) * dt * ms


def scheduled(steps: Any, index: Any, dt: float) -> SpikeTimes:
    """Our source that fires `index` at `steps`."""
    return SpikeTimes(index, steps * dt * ms)
