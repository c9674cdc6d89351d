"""The description of a network: populations, projections, stimuli and probes, all frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

import numpy as np

from .check_network import check_network
from .clock import one_time
from .errors import DescriptionError, naming
from .fields import integer, mapping, sequence, text
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
        where = f"population {self.name!r}"
        for name in ("parameters", "initial"):
            put(self, name, freeze(mapping(getattr(self, name), f"{where}: {name}")))
        put(self, "size", integer(self.size, f"{where}: size", 0, 2**32))
        put(self, "clock", integer(self.clock, f"{where}: clock", 1))


@description
class View:
    """Neurons `start` up to before `stop` of a population, as one end of a projection."""

    population: str
    start: int
    stop: int

    def __post_init__(self) -> None:
        where = f"view of {text(self.population, 'population of a view')!r}"
        put(self, "start", integer(self.start, f"{where}: start", 0, 2**32))
        put(self, "stop", integer(self.stop, f"{where}: stop", self.start, 2**32))


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
        where = f"projection {self.name!r}"
        for name in ("parameters", "initial"):
            put(self, name, freeze(mapping(getattr(self, name), f"{where}: {name}")))
        with naming(f"{where}: delay"):
            put(self, "delay", freeze(self.delay))
        f = self.dendritic_delay_fraction
        if not isinstance(f, (int, float, np.integer, np.floating)) or not 0 <= f <= 1:
            raise DescriptionError(f"{where}: dendritic_delay_fraction={f!r} must be a number from "
                                   "0 to 1")
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
        text(self.name, "name of a network")
        for part in ("populations", "projections", "stimuli", "probes"):
            put(self, part, sequence(getattr(self, part), f"network {self.name!r}: {part}"))
        step = one_time(self.dt, f"network {self.name!r}: dt")
        put(self, "dt", freeze(self.dt))
        if step <= 0:
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
