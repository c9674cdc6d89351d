"""What a run records besides the final weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import DescriptionError
from .frozen import description, freeze, put


def _names(value: Any, where: str) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else tuple(value)
    if not names or len(set(names)) != len(names):
        raise DescriptionError(f"{where}: variables {value!r} must be one or more distinct names")
    return names


@description
class SpikeProbe:
    """Records the spikes of one population. A network without any records every population."""

    population: str


@description
class StateProbe:
    """Records variables of a population at the end of every `every`-th step, first at step 0.

    `neurons` is a list of indices; None records all of them.
    """

    population: str
    variables: Any
    every: int = 1
    neurons: Any = None

    def __post_init__(self) -> None:
        where = f"StateProbe on {self.population!r}"
        put(self, "variables", _names(self.variables, where))
        if not isinstance(self.every, (int, np.integer)) or self.every < 1:
            raise DescriptionError(f"{where}: every={self.every!r} must be a whole number of steps,"
                                   " at least 1")
        if self.neurons is not None:
            indices = np.atleast_1d(np.asarray(self.neurons))
            if indices.size == 0:
                indices = indices.astype(np.int64)
            if indices.dtype.kind not in "iu" or indices.ndim != 1:
                raise DescriptionError(f"{where}: neurons {self.neurons!r} must be a list of "
                                       "indices, or None for all")
            put(self, "neurons", freeze(indices.astype(np.int64)))


@description
class WeightProbe:
    """Records synaptic variables of a projection at the end of the steps at `times` (quantity)."""

    projection: str
    times: Any
    variables: Any = "w"

    def __post_init__(self) -> None:
        where = f"WeightProbe on {self.projection!r}"
        put(self, "variables", _names(self.variables, where))
        put(self, "times", freeze(self.times))


PROBES = (SpikeProbe, StateProbe, WeightProbe)
