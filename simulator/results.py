"""What a run leaves: spikes, states, weights, and how they were made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .equations import SECOND
from .errors import DescriptionError
from .frozen import digest
from .units import NONE, Dim, Quantity, name_of

if TYPE_CHECKING:
    from .atomic import PathLike
    from .network import Network


@dataclass(frozen=True, eq=False)
class Spikes:
    """Spikes of one population, sorted by step, then by index.

    `step` (n,) int64 and `i` (n,) int64; a spike of step k has the time k*dt.
    """

    step: NDArray[np.int64]
    i: NDArray[np.int64]
    dt: float
    size: int

    @property
    def t(self) -> Quantity:
        """Times, a quantity (n,)."""
        return Quantity(self.step * self.dt, SECOND)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Spikes of each neuron, (size,)."""
        return np.bincount(self.i, minlength=self.size).astype(np.int64)

    def trains(self) -> list[Quantity]:
        """Spike times neuron by neuron."""
        order = np.argsort(self.i, kind="stable")
        parts = np.split(self.step[order], np.cumsum(self.counts)[:-1]) if self.size else []
        return [Quantity(part * self.dt, SECOND) for part in parts]

    def to_pandas(self) -> Any:
        """DataFrame with a row a spike: i, step, t_ms. MissingPackageError without pandas."""
        from .tables import spikes_table
        return spikes_table(self)

    def __len__(self) -> int:
        return len(self.step)

    def __repr__(self) -> str:
        return f"<Spikes: {len(self)} of {self.size} neurons>"


@dataclass(frozen=True, eq=False)
class Trace:
    """One recorded variable: SI `values` (times, neurons) at the end of steps `step`."""

    values: NDArray[np.float64]
    step: NDArray[np.int64]
    neurons: NDArray[np.int64]
    dim: Dim
    dt: float

    @property
    def t(self) -> Quantity:
        """Start times of the recorded steps."""
        return Quantity(self.step * self.dt, SECOND)


@dataclass(frozen=True, eq=False)
class States(Mapping[str, Any]):
    """Recorded variables of one population: `states["v"]` is a quantity (times, neurons).

    A variable without unit is a plain array.
    """

    traces: dict[str, Trace]

    def __getitem__(self, name: str) -> Any:
        if name not in self.traces:
            raise DescriptionError(f"{name!r} was not recorded; recorded were "
                                   f"{', '.join(self.traces)}; add it to the StateProbe")
        trace = self.traces[name]
        return plain(Quantity(trace.values, trace.dim))

    def __iter__(self) -> Iterator[str]:
        return iter(self.traces)

    def __len__(self) -> int:
        return len(self.traces)

    @property
    def t(self) -> Quantity:
        """Times of the first recorded variable; `traces[name].t` for each."""
        return next(iter(self.traces.values())).t


@dataclass(frozen=True, eq=False)
class Weights(Mapping[str, Any]):
    """Synapses of one projection at the end of a run, sorted by (pre, post).

    `weights["w"]` is a quantity (synapses,), or a plain array if it has no unit; `pre` and `post`
    index the whole populations; `history[name]` holds what a WeightProbe
    recorded, (times, synapses), at `t`.
    """

    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    final: dict[str, NDArray[np.float64]]
    dims: dict[str, Dim]
    shape: tuple[int, int]
    history_values: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    history_step: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    dt: float = 0.0

    def __getitem__(self, name: str) -> Any:
        if name not in self.final:
            raise DescriptionError(f"the synapses have no {name!r}; they have "
                                   f"{', '.join(self.final)}")
        return plain(Quantity(self.final[name], self.dims[name]))

    def __iter__(self) -> Iterator[str]:
        return iter(self.final)

    def __len__(self) -> int:
        return len(self.final)

    def matrix(self, name: str = "w", empty: float = np.nan) -> Any:
        """A (source size, target size) matrix; pairs without a synapse hold `empty`."""
        out = np.full(self.shape, empty)
        self[name]  # raises for an unknown name
        out[self.pre, self.post] = self.final[name]
        return plain(Quantity(out, self.dims[name]))

    @property
    def history(self) -> dict[str, Any]:
        """Recorded values by variable, (times, synapses)."""
        return {n: plain(Quantity(v, self.dims[n])) for n, v in self.history_values.items()}

    @property
    def t(self) -> Quantity:
        """Times of the recorded history."""
        return Quantity(self.history_step * self.dt, SECOND)


class Named(dict[str, Any]):
    """A dictionary whose error for a missing name says what there is and how to get more."""

    def __init__(self, content: Mapping[str, Any], hint: str) -> None:
        super().__init__(content)
        self.hint = hint

    def __missing__(self, name: str) -> Any:
        raise DescriptionError(f"{name!r} is not among {', '.join(self) or 'the results'}; "
                               f"{self.hint}")


@dataclass(frozen=True, eq=False)
class Results:
    """`spikes[population]`, `states[population][variable]`, `weights[projection][variable]`.

    `steps` of `dt` seconds were run; `provenance` tells versions, seed, backend, network digest and
    timings.
    """

    spikes: dict[str, Spikes]
    states: dict[str, States]
    weights: dict[str, Weights]
    dt: float
    steps: int
    provenance: dict[str, Any]

    def __post_init__(self) -> None:
        for name, hint in (("spikes", "add a SpikeProbe for that population"),
                           ("states", "add a StateProbe for that population"),
                           ("weights", "static weights are not copied: read them with "
                                       "Simulation.weights, or add a WeightProbe")):
            object.__setattr__(self, name, Named(getattr(self, name), hint))

    @property
    def duration(self) -> Quantity:
        """Biological time that was run."""
        return Quantity(self.steps * self.dt, SECOND)

    @property
    def digest(self) -> str:
        """SHA-256 of what was computed: spikes, states, weights, dt and steps, bit for bit.

        Provenance is left out, so that equal runs on any backend have equal digests.
        """
        return digest((
            self.dt, self.steps,
            {n: (s.step, s.i, s.size) for n, s in self.spikes.items()},
            {n: {v: (t.values, t.step, t.neurons, t.dim) for v, t in s.traces.items()}
             for n, s in self.states.items()},
            {n: (w.pre, w.post, w.final, w.shape, {v: w.dims[v] for v in w.final},
                 w.history_values, w.history_step) for n, w in self.weights.items()}))

    def save(self, path: PathLike, network: Network | None = None) -> None:
        """Write everything to one HDF5 file, whole or not at all; spikes in SONATA's layout.

        With `network`, `Network.load(path)` gives that back. ArchiveError if it cannot be written;
        `engram.simulator.archive.check_writable(path)` tells so before a long run.
        """
        from .archive_results import save_results
        save_results(self, path, network)

    @staticmethod
    def load(path: PathLike, mapped: bool = False) -> Results:
        """What `save` wrote, of equal digest. ArchiveError if the file is damaged or foreign.

        `mapped`: arrays are read from the file when they are used, and cannot be written.
        """
        from .archive_results import load_results
        return load_results(path, mapped)

    def to_pandas(self, what: str = "spikes") -> Any:
        """DataFrame of all spikes: population, i, step, t_ms.

        `what` may also be "states" or "weights" (one value a row, in SI). MissingPackageError
        without pandas.
        """
        from .tables import table
        return table(self, what)

    def to_neo(self) -> Any:
        """neo.Block: a SpikeTrain a neuron, an AnalogSignal a recorded variable, one Segment.

        MissingPackageError without Neo.
        """
        from .tables import neo_block
        return neo_block(self)

    def __repr__(self) -> str:
        total = sum(len(s) for s in self.spikes.values())
        return f"<Results: {self.duration!r}, {total} spikes, {len(self.weights)} projections>"


def plain(x: Any) -> Any:
    """The bare number or array of a dimensionless quantity, else the quantity."""
    return x.value if isinstance(x, Quantity) and x.dim == NONE else x


def unit_name(dim: Dim) -> str:
    """Name of the SI unit of a dimension; "1" for plain numbers."""
    return "1" if dim == NONE else name_of(dim)
