"""What drives a network: given spike times, Poisson trains, and values set at given times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .clock import one_time, seconds
from .equations import SECOND
from .errors import DescriptionError, UnitError, naming
from .fields import index_array, texts
from .frozen import description, freeze, put
from .units import UNITS, Quantity, name_of, split

HERTZ = UNITS["hertz"].dim


@description
class SpikeTimes:
    """A source population that fires at given times.

    `indices` (n,) neuron of each spike; `times` (n,) quantity, whole steps of dt. Any order; a
    neuron fires at most once a step (checked by `lower`).
    """

    indices: Any
    times: Any

    def __post_init__(self) -> None:
        indices = index_array(self.indices, "SpikeTimes: indices")
        times = np.atleast_1d(np.asarray(seconds(self.times, "SpikeTimes: times")))
        if times.shape != indices.shape:
            raise DescriptionError(f"SpikeTimes: {len(indices)} indices but {len(times)} times; "
                                   "give one time for each index")
        if np.any(times < 0):
            raise DescriptionError(f"SpikeTimes: time {times.min()} s is negative; "
                                   "a run starts at 0")
        if np.any(indices < 0):
            raise DescriptionError(f"SpikeTimes: neuron {indices.min()} is negative")
        put(self, "indices", freeze(indices))
        put(self, "times", Quantity(freeze(times.astype(np.float64)), SECOND))

    @classmethod
    def of(cls, trains: Mapping[int, Any], unit: Quantity | None = None) -> SpikeTimes:
        """From {neuron: times}; plain numbers need `unit`, as in of({0: [0, 1]}, unit=ms)."""
        pairs = [(int(n), float(t)) for n, ts in trains.items()
                 for t in np.atleast_1d(np.asarray(seconds(
                     ts if unit is None else np.asarray(ts, dtype=np.float64) * unit,
                     f"SpikeTimes: times of neuron {n}")))]
        return cls(np.array([n for n, _ in pairs], dtype=np.int64),
                   Quantity(np.array([t for _, t in pairs]), SECOND))

    @classmethod
    def raster(cls, raster: Any, dt: Any) -> SpikeTimes:
        """From a boolean array (steps, neurons); row k is time k*dt."""
        table = np.asarray(raster)
        if table.ndim != 2 or not np.isin(table, (0, 1)).all():
            raise DescriptionError(f"SpikeTimes.raster: need zeros and ones of shape (steps, "
                                   f"neurons), not shape {table.shape}")
        step, index = np.nonzero(table)
        return cls(index, Quantity(step * float(seconds(dt, "SpikeTimes.raster: dt")), SECOND))


@description
class Poisson:
    """A source population of independent Poisson neurons.

    `rate` (quantity in Hz) scalar or one a neuron; active from `start` up to before `stop`.
    Each neuron fires with probability rate*dt in each step, drawn from the run's seed.
    """

    rate: Any
    start: Any = Quantity(0.0, SECOND)
    stop: Any = None

    def __post_init__(self) -> None:
        rate, dim = split(self.rate)
        if dim != HERTZ:
            raise UnitError(f"Poisson: rate {self.rate!r} is {name_of(dim)}; it must be in Hz")
        if not np.all(np.isfinite(rate)) or np.any(np.asarray(rate) < 0):
            raise DescriptionError(f"Poisson: rate {self.rate!r} must be finite and not negative")
        first = one_time(self.start, "Poisson: start")
        if self.stop is not None and one_time(self.stop, "Poisson: stop") < first:
            raise DescriptionError(f"Poisson: stop {self.stop!r} is before start {self.start!r}")
        for name in ("rate", "start", "stop"):
            put(self, name, freeze(getattr(self, name)))


@description
class StepCurrent:
    """Sets `variable` of a population at given times; between them it keeps its value.

    `values` (quantity) has shape (times,), the same for every neuron, or (times, neurons). The
    value set for time k*dt acts in step k. Any variable or parameter of the model will do.
    """

    population: str
    variable: str
    times: Any
    values: Any

    def __post_init__(self) -> None:
        texts(self, "StepCurrent", "population", "variable")
        where = f"StepCurrent on {self.population}.{self.variable}"
        times = np.atleast_1d(np.asarray(seconds(self.times, f"{where}: times")))
        with naming(f"{where}: values"):
            values, dim = split(self.values)
        values = np.atleast_1d(np.asarray(values, dtype=np.float64))
        if times.ndim != 1 or np.any(np.diff(times) <= 0) or np.any(times < 0):
            raise DescriptionError(f"{where}: times must be increasing and not negative, not "
                                   f"{self.times!r}")
        if values.ndim not in (1, 2) or len(values) != len(times):
            raise DescriptionError(f"{where}: {len(times)} times but values of shape "
                                   f"{values.shape}; give (times,) or (times, neurons)")
        if not np.all(np.isfinite(values)):
            raise DescriptionError(f"{where}: values hold NaN or infinity")
        put(self, "times", Quantity(freeze(times), SECOND))
        put(self, "values", Quantity(freeze(values), dim))


SOURCES = (SpikeTimes, Poisson)
