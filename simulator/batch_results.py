"""What a batch leaves: columns over all copies, and each copy as a `Results` of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from .equations import SECOND
from .errors import DescriptionError
from .recorded import SpikeColumns
from .results import Named, Results, Spikes, States, Weights
from .units import Quantity

if TYPE_CHECKING:
    from .atomic import PathLike

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Copies(Generic[T]):
    """One thing of each copy: `copies[b]`, `len(copies)`, iteration. Made when asked for."""

    count: int
    make: Callable[[int], T]

    def __getitem__(self, b: int) -> T:
        return self.make(number(b, self.count))

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[T]:
        return (self.make(b) for b in range(self.count))


def number(b: Any, count: int) -> int:
    """`b` as the number of a copy; negative ones count from the end."""
    if isinstance(b, bool) or not isinstance(b, (int, np.integer)):
        raise DescriptionError(f"copy {b!r} of a batch: give a whole number")
    if not -count <= b < count:
        # IndexError too, so that a loop over copies ends
        raise _NoCopyError(f"there is no copy {b}; the batch has {count}, from 0 on")
    return int(b) % count


class _NoCopyError(DescriptionError, IndexError):
    """A number beyond the last copy."""


@dataclass(frozen=True, eq=False)
class BatchSpikes:
    """Spikes of one population in all copies; `spikes[b]` are those of copy b, a `Spikes`.

    Columns sorted by (copy, step, i): those of copy b are `offsets[b]:offsets[b + 1]`.
    """

    offsets: NDArray[np.int64]
    step: NDArray[np.int64]
    i: NDArray[np.int64]
    dt: float
    size: int

    @classmethod
    def of(cls, columns: SpikeColumns, dt: float, size: int) -> BatchSpikes:
        """From what a runner recorded."""
        return cls(columns.offsets, columns.step, columns.i, dt, size)

    def __getitem__(self, b: int) -> Spikes:
        b = number(b, len(self))
        part = slice(self.offsets[b], self.offsets[b + 1])
        return Spikes(self.step[part], self.i[part], self.dt, self.size)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __iter__(self) -> Iterator[Spikes]:
        return (self[b] for b in range(len(self)))

    @property
    def copy(self) -> NDArray[np.int64]:
        """The copy of each spike."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    @property
    def counts(self) -> NDArray[np.int64]:
        """Spikes of each neuron in each copy, (B, size)."""
        where = self.copy * self.size + self.i
        return np.bincount(where, minlength=len(self) * self.size).reshape(
            len(self), self.size).astype(np.int64)

    def __repr__(self) -> str:
        return f"<BatchSpikes: {len(self.step)} of {len(self)} copies of {self.size} neurons>"


@dataclass(frozen=True, eq=False)
class BatchResults:
    """`spikes[population][b]`, `states[population][b][variable]`, `weights[projection][b]["w"]`.

    `run[b]` is copy b as a `Results`, of the digest it has when it is run by itself.
    `columns` hold the same over all copies: `Trace` values (B, times, neurons), weights
    (B, synapses).
    """

    spikes: dict[str, Any]
    state_columns: dict[str, States]
    weight_columns: dict[str, Weights]
    dt: float
    steps: int
    seeds: tuple[int, ...]
    provenance: dict[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "spikes", Named(self.spikes,
                                                 "add a SpikeProbe for that population"))

    @property
    def states(self) -> dict[str, Copies[States]]:
        """Recorded states by population."""
        return Named({n: Copies(len(self), partial(_states_of, s))
                      for n, s in self.state_columns.items()},
                     "add a StateProbe for that population")

    @property
    def weights(self) -> dict[str, Copies[Weights]]:
        """Weights by projection."""
        return Named({n: Copies(len(self), partial(_weights_of, w))
                      for n, w in self.weight_columns.items()},
                     "static weights are shared and not copied: read them with Simulation.weights, "
                     "or add a WeightProbe")

    @property
    def duration(self) -> Quantity:
        """Biological time that was run."""
        return Quantity(self.steps * self.dt, SECOND)

    def __len__(self) -> int:
        return len(self.seeds)

    def __getitem__(self, b: int) -> Results:
        b = number(b, len(self))
        return Results({n: s[b] for n, s in self.spikes.items()},
                       {n: _states_of(s, b) for n, s in self.state_columns.items()},
                       {n: _weights_of(w, b) for n, w in self.weight_columns.items()},
                       self.dt, self.steps,
                       {**self.provenance, "seed": self.seeds[b], "copy": b})

    def __iter__(self) -> Iterator[Results]:
        return (self[b] for b in range(len(self)))

    def save(self, path: PathLike) -> None:
        """Write all copies to one HDF5 file, whole or not at all; `run[b].save` writes one.

        ArchiveError if it cannot be written.
        """
        from .archive_batch import save_batch
        save_batch(self, path)

    @staticmethod
    def load(path: PathLike, mapped: bool = False) -> BatchResults:
        """What `save` wrote. ArchiveError if the file is damaged or foreign.

        `mapped`: arrays are read from the file when they are used, and cannot be written.
        """
        from .archive_batch import load_batch
        return load_batch(path, mapped)

    def __repr__(self) -> str:
        total = sum(len(s.step) for s in self.spikes.values())
        return f"<BatchResults: {len(self)} copies of {self.duration!r}, {total} spikes>"


def _states_of(columns: States, b: int) -> States:
    return States({n: replace(t, values=t.values[b]) for n, t in columns.traces.items()})


def _weights_of(columns: Weights, b: int) -> Weights:
    return replace(columns, final={n: x[b] for n, x in columns.final.items()},
                   history_values={n: x[b] for n, x in columns.history_values.items()})
