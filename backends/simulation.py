"""`simulate` and `compile`: a network on a backend, run, continued, read and changed."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import platform
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..simulator.archive_checkpoint import Checkpoint
from ..simulator.atomic import PathLike
from ..simulator.batch import trials_of
from ..simulator.clock import duration_steps
from ..simulator.errors import DescriptionError, UnsupportedError
from ..simulator.lower import lower, step_size
from ..simulator.lower_batch import lower_batch
from ..simulator.models import NeuronModel
from ..simulator.network import Network
from ..simulator.plan import Plan
from ..simulator.recorded import Recorded
from ..simulator.results import plain
from ..simulator.units import Quantity, split, text
from .checkpoint import checkpoint
from .collect import dims_of, each_copy
from .diverged import diverged
from .interrupt import Interrupt, Pace
from .present import bring_up_to_date, present
from .record.recording import Recording, checked
from .record.records import Records
from .runner import Runner

BACKENDS = {
    "reference": ("reference.runner", "ReferenceRunner", "plain NumPy, slow: the definition"),
    "numba": ("numba.runner", "NumbaRunner", "one compiled loop, CPU: the default"),
    "brian2": ("brian2.runner", "Brian2Runner", "Brian2's own integrators: the witness"),
    "norse": ("ann.norse_backend", "NorseRunner", "Norse's own steps, for what Norse can express"),
    "torch": ("torch.runner", "TorchRunner", "tensors on a CPU or GPU, a batch at once"),
    "cuda": ("cuda.runner", "CudaRunner", "one kernel a run on an NVIDIA GPU; thousands of copies"),
    "spinnaker": ("spinnaker", "SpinnakerRunner", "the SpiNNaker board's fixed-point arithmetic"),
}
"""Name -> module, class, what it is. A backend is a module with `unsupported` and that class."""

USES = {"numba": ("numba",), "brian2": ("brian2",), "cuda": ("numba", "numba-cuda"),
        "torch": ("torch", "numba"), "norse": ("torch", "norse")}
"""Packages that have a part in a backend's numbers."""

PRECISIONS = {"float64": np.float64, "float32": np.float32}


def backend_class(name: str) -> tuple[Any, Any]:
    """Module and runner class of a backend; DescriptionError for an unknown name."""
    if not isinstance(name, str) or name not in BACKENDS:
        raise DescriptionError(f"there is no backend {name!r}; there are {', '.join(BACKENDS)}")
    module, cls, _ = BACKENDS[name]
    found = importlib.import_module(f".{module}", __package__)
    return found, getattr(found, cls)


def check_options(backend: str, cls: Any, options: dict[str, Any]) -> None:
    """DescriptionError for what a runner does not take, with what it does."""
    own = [name for name in inspect.signature(cls).parameters
           if name not in ("plan", "network", "threads", "dtype")]
    for name in options:
        if name not in own:
            raise DescriptionError(f"backend {backend!r} has no option {name!r}; beside dt, seed, "
                                   "threads, precision, batch and record it has "
                                   f"{', '.join(own) or 'none'}")


class Simulation:
    """A network compiled for one backend. `run` continues where the last run ended.

    Recorded spikes and states accumulate from the start; `reset` goes back to the initial state.
    With a `batch`, values read and set have the copies as their first axis, and `run` returns
    BatchResults.
    """

    def __init__(self, network: Network, backend: str = "numba", dt: Any = None, seed: int = 0,
                 threads: int | None = None, precision: str = "float64", batch: Any = None,
                 record: Recording | None = None, **options: Any) -> None:
        if precision not in PRECISIONS:
            raise DescriptionError(f"precision {precision!r}; there are {', '.join(PRECISIONS)}")
        if threads is not None and (not isinstance(threads, int) or threads < 1):
            raise DescriptionError(f"threads={threads!r} must be a whole number, at least 1")
        began = time.perf_counter()
        module, self._cls = backend_class(backend)
        check_options(backend, self._cls, options)
        self.network, self.backend, self.precision = network, backend, precision
        self.threads = threads or 1
        self.plan: Plan = lower(network, dt, seed, PRECISIONS[precision])
        self.trials = () if batch is None else trials_of(network, batch, self.plan.seed)
        if self.trials:
            self.plan = lower_batch(network, self.plan, self.trials, PRECISIONS[precision])
        self.record = checked(record, options)
        if self.record is not None:
            self.plan = self.record.thin(self.plan)
        reasons = module.unsupported(network, self.plan)
        if precision not in getattr(module, "PRECISIONS", ("float64",)):
            reasons = [*reasons, f"it computes in float64; precision={precision!r} is offered by "
                                 "backend='numba', 'torch' and 'cuda'"]
        if reasons:
            raise UnsupportedError(backend, reasons)
        self._options = options
        self._lowered = time.perf_counter() - began
        self._ran = 0.0
        self._make()

    def _make(self) -> None:
        began = time.perf_counter()
        own = ({"network": self.network} if getattr(self._cls, "reads_network", False) else
               {"threads": self.threads, "dtype": PRECISIONS[self.precision]})
        self.runner: Runner = self._cls(self.plan, **own, **self._options)
        self._built = time.perf_counter() - began
        self._records = self._new_records()
        self.history: list[tuple[list[int], dict[str, Any]]] = [
            ([], {name: self._records.column(n, name) for name in r.names})
            for n, r in enumerate(self.plan.record_weights)]

    def _new_records(self) -> Any:
        """Where records go: memory, or a file."""
        if self.record is None:
            return Records(self.plan)
        from .record.streaming import Stream
        return Stream(self.record, self.network, self.plan)

    @property
    def t(self) -> Quantity:
        """Time reached."""
        return Quantity(self.runner.k * self.plan.dt, (0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0))

    @property
    def recorded(self) -> Recorded:
        """What was recorded since the start, as runners hand it out."""
        recorded: Recorded = self._records.recorded
        return recorded

    def checkpoint(self, path: PathLike) -> None:
        """Write all that `engram.resume(path)` needs to go on from here, on any backend.

        One file, whole or not at all. ArchiveError if it cannot be written, UnsupportedError from
        a backend whose state cannot be read.
        """
        checkpoint(self, path)

    def go_on(self, saved: Checkpoint) -> None:
        """Take over the state and records of a checkpoint of this network; see `resume`."""
        self.runner.restore(saved.snapshots)
        self._records.add(saved.recorded)
        for (at, columns), (steps, found) in zip(self.history, saved.history, strict=True):
            at.extend(steps)
            for name, column in columns.items():
                for values in found[name]:
                    column.append(values)

    def reset(self) -> None:
        """Back to the initial state, with nothing recorded."""
        self._make()

    def run(self, duration: Any, progress: Callable[[float], None] | None = None) -> Any:
        """Run for `duration` (a time) and return everything since the start.

        Ctrl-C stops at a step's end and returns what was recorded, with provenance `interrupted`;
        `run` continues from there. `progress` is called with the fraction done. A state variable of
        neurons that is NaN at the end is a RuntimeWarning.
        """
        total = duration_steps(duration, self.plan.dt)
        began, first = time.perf_counter(), self.runner.k
        last = first + total
        self._records.begin(first, last)
        pace = Pace()
        with Interrupt() as interrupt:
            def look(k: float) -> bool:
                if progress is not None:
                    progress((k - first) / total)
                return interrupt.pressed

            self.runner.watch = look  # type: ignore[attr-defined]
            while self.runner.k < last and not interrupt.pressed and not self._records.full:
                before = self.runner.k
                self._advance(self._next_stop(last, pace.steps))
                pace.took(self.runner.k - before)
                look(self.runner.k)
        self._ran += time.perf_counter() - began
        for what in diverged(self.runner):
            warnings.warn(what, RuntimeWarning, stacklevel=3)
        return self._results(self.runner.k < last)

    def _next_stop(self, last: int, pace: int) -> int:
        """The next step after which something in Python wants a look.

        Most backends come back every `pace` steps; one that `watches` calls `watch` meanwhile, and
        returns early where that is true.
        """
        k = self.runner.k
        stops = [int(s) + 1 for r in self.plan.record_weights for s in r.steps if s >= k]
        watches = getattr(self.runner, "watches", False)
        if not watches:
            stops.append(k + pace)
        room = self._records.most(None if watches else pace)
        if room is not None:
            stops.append(k + room)
        return min([last, *(s for s in stops if s > k)])

    def _advance(self, stop: int) -> None:
        self.runner.advance(stop - self.runner.k)
        self._records.add(self.runner.drain())
        for r, (at, columns) in zip(self.plan.record_weights, self.history, strict=True):
            if self.runner.k - 1 in r.steps:
                at.append(self.runner.k - 1)
                for name, column in columns.items():
                    column.append(each_copy(self.runner, r.projection, name))

    # -- reading and changing between runs --------------------------------------------------------
    def get(self, population: str, variable: str) -> Any:
        """Present value of a state variable or parameter, (size,), or (B, size) in a batch."""
        n = self._index(population)
        dim = self._dim(population, variable)
        p = self.plan.populations[n]
        if variable not in p.state and variable not in p.constants:
            raise DescriptionError(f"population {population!r} keeps no {variable!r}; it keeps "
                                   f"{', '.join([*p.state, *p.constants])}")
        value = (self.runner.read(n, variable) if variable in p.state
                 else p.constants[variable])
        shape = (*self._copies, p.size)
        return plain(Quantity(np.array(np.broadcast_to(value, shape), np.float64), dim))

    @property
    def _copies(self) -> tuple[int, ...]:
        """The batch axis of a shape."""
        return (len(self.plan.copies),) if self.plan.copies else ()

    def set(self, population: str, variable: str, value: Any) -> None:
        """Change a state variable between runs: one value, or one a neuron, with its unit.

        In a batch that is for every copy; (B, size) gives each its own.
        """
        n = self._index(population)
        dim = self._dim(population, variable)
        if variable not in self.plan.populations[n].state:
            raise DescriptionError(f"{population}.{variable} does not change in a run, so it is "
                                   "compiled in; change the description, or name it in a "
                                   "StepCurrent. State: "
                                   f"{', '.join(self.plan.populations[n].state)}")
        self.runner.write(n, variable, self._checked(f"{population}.{variable}", value, dim,
                                                     self.plan.populations[n].size))

    def _checked(self, what: str, value: Any, dim: Any, size: int) -> Any:
        """Numbers of a value to be set. DescriptionError for a wrong unit, shape, or NaN."""
        number, got = split(value)
        shapes = {(), (size,), (*self._copies, size)}
        if got != dim or np.shape(number) not in shapes or np.isnan(number).any():
            batch = f", or an array {(*self._copies, size)}" if self._copies else ""
            raise DescriptionError(f"{what}: {value!r} must be one value or {size}{batch}, without "
                                   f"NaN, in the unit of {text(1.0, dim)}")
        return number

    def weights(self, projection: str, variable: str = "w") -> Any:
        """Present values of a synaptic variable, one a synapse, sorted by (pre, post).

        In a batch (B, synapses), unless copies share them.
        """
        n = self._projection(projection)
        dim = dims_of(self.network.projections[n].synapse)[variable]
        return plain(Quantity(np.array(present(self.runner, n, variable), np.float64), dim))

    def set_weights(self, projection: str, value: Any, variable: str = "w") -> None:
        """Change a synaptic variable that lives in each synapse, between runs."""
        n = self._projection(projection)
        q = self.plan.projections[n]
        if variable not in q.state or q.side[variable] != "synapse":
            raise DescriptionError(f"projection {projection!r}: {variable!r} does not change in a "
                                   "run; only plastic variables of the synapse can be set")
        dim = dims_of(self.network.projections[n].synapse)[variable]
        number = self._checked(f"projection {projection!r}: {variable}", value, dim, q.synapses)
        bring_up_to_date(self.runner, n)
        self.runner.write_synapses(n, variable, number)

    def _projection(self, name: str) -> int:
        found = self.network.projection(name).name
        return [q.name for q in self.plan.projections].index(found)

    def _index(self, population: str) -> int:
        name = self.network.population(population).name
        return [p.name for p in self.plan.populations].index(name)

    def _dim(self, population: str, variable: str) -> Any:
        p = self.network.population(population)
        dims = dims_of(p.model) if isinstance(p.model, NeuronModel) else {}
        if variable not in dims:
            raise DescriptionError(f"population {population!r} has no {variable!r}; it has "
                                   f"{', '.join(dims) or 'none'}")
        return dims[variable]

    # -- results ------------------------------------------------------------------------------
    def _results(self, interrupted: bool) -> Any:
        return self._records.results(self.network, self.runner, self.history,
                                     self._provenance(interrupted))

    def _provenance(self, interrupted: bool) -> dict[str, Any]:
        from .. import __version__
        return {"engram": __version__, "python": platform.python_version(),
                "packages": _versions(self.backend), "network": self.network.name,
                "network_digest": self.plan.digest, "backend": self.backend,
                "precision": self.precision, "threads": self.threads, "seed": self.plan.seed,
                "dt": self.plan.dt, "steps": self.runner.k, "interrupted": interrupted,
                "seconds": {"lower": self._lowered, "build": self._built, "run": self._ran},
                **getattr(self.runner, "provenance", dict)()}


def _versions(backend: str) -> dict[str, str]:
    """Versions of the packages that had a part in the numbers."""
    names = {"numpy", "scipy", *USES.get(backend, ())}
    return {n: importlib.metadata.version(n) for n in sorted(names)}


def compile(network: Network, backend: str = "numba", dt: Any = None, seed: int = 0,
            threads: int | None = None, precision: str = "float64", batch: Any = None,
            record: Recording | None = None, **options: Any) -> Simulation:
    """A `Simulation` of `network`, which can be run, continued, read and changed between runs."""
    return Simulation(network, backend, dt, seed, threads, precision, batch, record, **options)


def simulate(network: Network, duration: Any, backend: str = "numba", dt: Any = None,
             seed: int = 0, threads: int | None = None, precision: str = "float64",
             progress: Callable[[float], None] | None = None, batch: Any = None,
             record: Recording | None = None, **options: Any) -> Any:
    """Run `network` for `duration` (a time) from its initial state; returns `Results`.

    `batch`: a number of copies, or a list of `Trial`s or of Networks of one structure; returns
    `BatchResults`, whose copies are bit-identical to runs of their own. `record`: what
    `engram.record(path)` made; the run goes to that file instead of memory.

    `dt` None is the network's own step; equal arguments give equal results, bit for bit, at any
    number of `threads` (the most to use: `numba` uses fewer where that is faster; None is 1).
    Raises DescriptionError or UnsupportedError before the run starts.
    """
    duration_steps(duration, step_size(network, dt))
    made = Simulation(network, backend, dt, seed, threads, precision, batch, record, **options)
    return made.run(duration, progress)
