"""The description of a network: populations, projections, stimuli and probes, all frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

import numpy as np

from .check_network import check_network
from .clock import seconds
from .errors import DescriptionError
from .frozen import description, digest, freeze, put
from .units import UNITS

if TYPE_CHECKING:
    from .atomic import PathLike


@description
class Population:
    """`size` neurons of one model, or a source (`SpikeTimes`, `Poisson`).

    `parameters` and `initial` map names to a quantity, an array with one value a neuron, or a text
    such as 'v_reset + rand()*5*mV' (drawn from the run's seed, the same on every backend).
    `clock`: integrate in every `clock`-th step only.
    """

    name: str
    size: int
    model: Any
    parameters: Mapping[str, Any] = field(default_factory=dict)
    initial: Mapping[str, Any] = field(default_factory=dict)
    clock: int = 1

    def __post_init__(self) -> None:
        put(self, "parameters", freeze(dict(self.parameters)))
        put(self, "initial", freeze(dict(self.initial)))
        for name, least in (("size", 0), ("clock", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
                raise DescriptionError(f"population {self.name!r}: {name}={value!r} must be a whole"
                                       f" number, at least {least}")
            put(self, name, int(value))


@description
class View:
    """Neurons `start` up to before `stop` of a population, as one end of a projection."""

    population: str
    start: int
    stop: int


@description
class Projection:
    """Synapses of one model from `source` to `target` (a population's name or a `View`).

    `parameters` and `initial` map names of the synapse model to a quantity, an array with one
    value a synapse in the connector's order (or a neuron, for a variable of one side), or a text.
    `delay` is a time or one a synapse, in whole steps, at least one; None is one step.
    `dendritic_delay_fraction` is the part of the delay that lies behind the synapse.
    """

    name: str
    source: Any
    target: Any
    connector: Any
    synapse: Any
    parameters: Mapping[str, Any] = field(default_factory=dict)
    initial: Mapping[str, Any] = field(default_factory=dict)
    delay: Any = None
    dendritic_delay_fraction: float = 1.0

    def __post_init__(self) -> None:
        for name in ("parameters", "initial"):
            put(self, name, freeze(dict(getattr(self, name))))
        put(self, "delay", freeze(self.delay))
        f = self.dendritic_delay_fraction
        if not isinstance(f, (int, float, np.number)) or not 0 <= f <= 1:
            raise DescriptionError(f"projection {self.name!r}: dendritic_delay_fraction={f!r} must "
                                   "lie between 0 and 1")
        put(self, "dendritic_delay_fraction", float(f))


@description
class Network:
    """Everything a simulation needs but its duration, seed and backend.

    `dt` is the step that runs use unless told otherwise. Frozen; equal networks are `==` and have
    equal `digest`s. Checked at construction: DescriptionError or UnitError names what is wrong.
    """

    populations: Any
    projections: Any = ()
    stimuli: Any = ()
    probes: Any = ()
    dt: Any = field(default_factory=lambda: UNITS["ms"] * 0.1)
    name: str = "network"

    def __post_init__(self) -> None:
        for part in ("populations", "projections", "stimuli", "probes"):
            value = getattr(self, part)
            if not isinstance(value, Iterable) or isinstance(value, (str, Mapping)):
                raise DescriptionError(f"network {self.name!r}: {part} must be a list, "
                                       f"not {value!r}")
            put(self, part, tuple(value))
        put(self, "dt", freeze(self.dt))
        if np.ndim(seconds(self.dt, "dt")) != 0 or seconds(self.dt, "dt") <= 0:
            raise DescriptionError(f"network {self.name!r}: dt={self.dt!r} must be a positive time")
        check_network(self)

    def population(self, name: str) -> Population:
        """The population of that name; DescriptionError lists the names there are."""
        found: Population = _find(self.populations, name, "population")
        return found

    def projection(self, name: str) -> Projection:
        """The projection of that name; DescriptionError lists the names there are."""
        found: Projection = _find(self.projections, name, "projection")
        return found

    @property
    def digest(self) -> str:
        """SHA-256 of the description."""
        return digest(self)

    def save(self, path: PathLike) -> None:
        """Write the description to one HDF5 file, whole or not at all. ArchiveError if it fails."""
        from .archive import save_network
        save_network(self, path)

    @staticmethod
    def load(path: PathLike) -> Network:
        """The network that `save` wrote, equal to it. ArchiveError if the file is not sound."""
        from .archive import load_network
        return load_network(path)

    def __repr__(self) -> str:
        neurons = sum(p.size for p in self.populations)
        return (f"<Network {self.name}: {len(self.populations)} populations, {neurons} neurons, "
                f"{len(self.projections)} projections>")


def _find(parts: Iterable[Any], name: str, kind: str) -> Any:
    for part in parts:
        if part.name == name:
            return part
    raise DescriptionError(f"there is no {kind} {name!r}; there are "
                           f"{', '.join(p.name for p in parts) or 'none'}")
