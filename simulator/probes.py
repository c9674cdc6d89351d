"""What a run records besides the final weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from .clock import seconds
from .errors import DescriptionError, naming
from .fields import index_array, integer, sequence, text
from .frozen import description, freeze, put


def _names(value: Any, where: str) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else sequence(value, f"{where}: variables")
    if not names or not all(isinstance(n, str) for n in names) or len(set(names)) != len(names):
        raise DescriptionError(f"{where}: variables {value!r} must be one or more distinct names")
    return names


@description
class SpikeProbe:
    """Records the spikes of one population. A network without any records every population."""

    population: str

    def __post_init__(self) -> None:
        text(self.population, "population of a SpikeProbe")


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
        where = f"StateProbe on {text(self.population, 'population of a StateProbe')!r}"
        put(self, "variables", _names(self.variables, where))
        put(self, "every", integer(self.every, f"{where}: every", 1))
        if self.neurons is not None:
            put(self, "neurons", freeze(index_array(self.neurons, f"{where}: neurons")))


@description
class WeightProbe:
    """Records synaptic variables of a projection at the end of the steps at `times` (quantity)."""

    projection: str
    times: Any
    variables: Any = "w"

    def __post_init__(self) -> None:
        where = f"WeightProbe on {text(self.projection, 'projection of a WeightProbe')!r}"
        put(self, "variables", _names(self.variables, where))
        with naming(where):
            if np.ndim(seconds(self.times, f"{where}: times")) > 1:
                raise DescriptionError(f"{where}: times {self.times!r} must be a list of times")
            put(self, "times", freeze(self.times))


PROBES = (SpikeProbe, StateProbe, WeightProbe)
