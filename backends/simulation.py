"""`simulate` and `compile`: a network on a backend, run, continued, read and changed."""

from __future__ import annotations

import importlib
import importlib.metadata
import platform
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..simulator.clock import duration_steps
from ..simulator.equations import SUBEXPRESSION
from ..simulator.errors import DescriptionError, UnsupportedError
from ..simulator.lower import lower, step_size
from ..simulator.models import NeuronModel
from ..simulator.network import Network
from ..simulator.plan import Plan
from ..simulator.results import Results, Spikes, States, Trace, Weights, plain
from ..simulator.units import Quantity, split, text
from .interrupt import Interrupt, Pace
from .present import bring_up_to_date, present

BACKENDS = {
    "reference": ("reference", "Reference", "plain NumPy, slow: the definition"),
    "numba": ("numba", "NumbaRunner", "one compiled loop, CPU: the default"),
    "brian2": ("brian2", "Brian2Runner", "Brian2's own integrators: the witness"),
}
"""Name -> module, class, what it is. A backend is a module with `unsupported` and that class."""

PRECISIONS = {"float64": np.float64, "float32": np.float32}


def backend_class(name: str) -> tuple[Any, Any]:
    """Module and runner class of a backend; DescriptionError for an unknown name."""
    if not isinstance(name, str) or name not in BACKENDS:
        raise DescriptionError(f"there is no backend {name!r}; there are {', '.join(BACKENDS)}")
    module, cls, _ = BACKENDS[name]
    found = importlib.import_module(f".{module}", __package__)
    return found, getattr(found, cls)


class Simulation:
    """A network compiled for one backend. `run` continues where the last run ended.

    Recorded spikes and states accumulate from the start; `reset` goes back to the initial state.
    """

    def __init__(self, network: Network, backend: str = "numba", dt: Any = None, seed: int = 0,
                 threads: int | None = None, precision: str = "float64", **options: Any) -> None:
        if precision not in PRECISIONS:
            raise DescriptionError(f"precision {precision!r}; there are {', '.join(PRECISIONS)}")
        if threads is not None and (not isinstance(threads, int) or threads < 1):
            raise DescriptionError(f"threads={threads!r} must be a whole number, at least 1")
        began = time.perf_counter()
        module, self._cls = backend_class(backend)
        self.network, self.backend, self.precision = network, backend, precision
        self.threads = threads or 1
        self.plan: Plan = lower(network, dt, seed, PRECISIONS[precision])
        reasons = module.unsupported(network, self.plan)
        if precision == "float32" and backend != "numba":
            reasons = [*reasons, "precision='float32' is offered by backend='numba' only"]
        if reasons:
            raise UnsupportedError(backend, reasons)
        self._options = options
        self._lowered = time.perf_counter() - began
        self._ran = 0.0
        self._make()

    def _make(self) -> None:
        began = time.perf_counter()
        if self.backend == "brian2":
            self.runner = self._cls(self.plan, network=self.network, **self._options)
        else:
            self.runner = self._cls(self.plan, threads=self.threads,
                                    dtype=PRECISIONS[self.precision], **self._options)
        self._built = time.perf_counter() - began
        self._history: list[dict[str, Any]] = [{n: [] for n in r.names}
                                               for r in self.plan.record_weights]
        self._history_steps: list[list[int]] = [[] for _ in self.plan.record_weights]

    @property
    def t(self) -> Quantity:
        """Time reached."""
        return Quantity(self.runner.k * self.plan.dt, (0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0))

    def reset(self) -> None:
        """Back to the initial state, with nothing recorded."""
        self._make()

    def run(self, duration: Any, progress: Callable[[float], None] | None = None) -> Results:
        """Run for `duration` (a time) and return everything since the start.

        Ctrl-C stops at a step's end and returns what was recorded, with provenance `interrupted`;
        `run` continues from there. `progress` is called with the fraction done.
        """
        total = duration_steps(duration, self.plan.dt)
        began, first = time.perf_counter(), self.runner.k
        last = first + total
        pace = Pace()
        with Interrupt() as interrupt:
            def look(k: float) -> bool:
                if progress is not None:
                    progress((k - first) / total)
                return interrupt.pressed

            self.runner.watch = look
            while self.runner.k < last and not interrupt.pressed:
                before = self.runner.k
                self._advance(self._next_stop(last, pace.steps))
                pace.took(self.runner.k - before)
                look(self.runner.k)
        self._ran += time.perf_counter() - began
        return self._results(self.runner.k < last)

    def _next_stop(self, last: int, pace: int) -> int:
        """The next step after which something in Python wants a look.

        Most backends come back every `pace` steps; one that `watches` calls `watch` meanwhile, and
        returns early where that is true.
        """
        k = self.runner.k
        stops = [int(s) + 1 for r in self.plan.record_weights for s in r.steps if s >= k]
        if not getattr(self.runner, "watches", False):
            stops.append(k + pace)
        return min([last, *(s for s in stops if s > k)])

    def _advance(self, stop: int) -> None:
        self.runner.advance(stop - self.runner.k)
        for r, history, at in zip(self.plan.record_weights, self._history, self._history_steps,
                                  strict=True):
            if self.runner.k - 1 in r.steps:
                at.append(self.runner.k - 1)
                for name, column in history.items():
                    column.append(np.array(present(self.runner, r.projection, name)))

    # -- reading and changing between runs --------------------------------------------------------
    def get(self, population: str, variable: str) -> Any:
        """Present value of a state variable, or of a parameter, (size,)."""
        n = self._index(population)
        dim = self._dim(population, variable)
        p = self.plan.populations[n]
        value = self.runner.state[n].get(variable)
        if value is None and variable not in p.constants:
            raise DescriptionError(f"population {population!r} keeps no {variable!r}; it keeps "
                                   f"{', '.join([*p.state, *p.constants])}")
        value = p.constants[variable] if value is None else value
        return plain(Quantity(np.array(np.broadcast_to(value, (p.size,)), np.float64), dim))

    def set(self, population: str, variable: str, value: Any) -> None:
        """Change a state variable between runs: one value, or one a neuron, with its unit."""
        n = self._index(population)
        dim = self._dim(population, variable)
        number, got = split(value)
        size = self.plan.populations[n].size
        if got != dim or np.shape(number) not in ((), (size,)) or np.isnan(number).any():
            raise DescriptionError(f"{population}.{variable}: {value!r} must be one value or "
                                   f"{size}, without NaN, in the unit of {text(1.0, dim)}")
        if variable not in self.runner.state[n]:
            raise DescriptionError(f"{population}.{variable} does not change in a run, so it is "
                                   "compiled in; change the description, or name it in a "
                                   f"StepCurrent. State: {', '.join(self.runner.state[n])}")
        self.runner.state[n][variable][:] = number

    def weights(self, projection: str, variable: str = "w") -> Any:
        """Present values of a synaptic variable, one a synapse, sorted by (pre, post)."""
        names = [q.name for q in self.plan.projections]
        n = names.index(self.network.projection(projection).name)
        dim = _dims(self.network.projection(projection).synapse)[variable]
        return plain(Quantity(np.array(present(self.runner, n, variable), np.float64), dim))

    def set_weights(self, projection: str, value: Any, variable: str = "w") -> None:
        """Change a synaptic variable that lives in each synapse, between runs."""
        q = self.network.projection(projection)
        n = [p.name for p in self.plan.projections].index(q.name)
        state = self.runner.projections[n].state
        number, got = split(value)
        if variable not in state or self.plan.projections[n].side[variable] != "synapse":
            raise DescriptionError(f"projection {projection!r}: {variable!r} does not change in a "
                                   "run; only plastic variables of the synapse can be set")
        if got != _dims(q.synapse)[variable] or np.isnan(number).any() or np.shape(
                number) not in ((), state[variable].shape):
            raise DescriptionError(f"projection {projection!r}: {variable} = {value!r} must be one "
                                   f"value or {len(state[variable])}, without NaN, in its unit")
        bring_up_to_date(self.runner, n)
        state[variable][:] = number

    def _index(self, population: str) -> int:
        name = self.network.population(population).name
        return [p.name for p in self.plan.populations].index(name)

    def _dim(self, population: str, variable: str) -> Any:
        p = self.network.population(population)
        dims = _dims(p.model) if isinstance(p.model, NeuronModel) else {}
        if variable not in dims:
            raise DescriptionError(f"population {population!r} has no {variable!r}; it has "
                                   f"{', '.join(dims) or 'none'}")
        return dims[variable]

    # -- results ------------------------------------------------------------------------------
    def _results(self, interrupted: bool) -> Results:
        plan, dt = self.plan, self.plan.dt
        spikes = {}
        for n in plan.record_spikes:
            step, i = self.runner.recorded_spikes(n)
            p = plan.populations[n]
            spikes[p.name] = Spikes(step, i, dt, p.size)
        return Results(spikes, self._states(), self._weights(), dt, self.runner.k,
                       self._provenance(interrupted))

    def _states(self) -> dict[str, States]:
        out: dict[str, dict[str, Trace]] = {}
        for n, r in enumerate(self.plan.record_states):
            p = self.network.populations[r.population]
            dims = _dims(p.model)
            table = self.runner.recorded_states(n)
            for name, values in zip(r.names, table, strict=True):
                step = np.arange(len(values), dtype=np.int64) * r.every
                out.setdefault(p.name, {})[name] = Trace(values, step, r.neurons, dims[name],
                                                         self.plan.dt)
        return {name: States(traces) for name, traces in out.items()}

    def _weights(self) -> dict[str, Weights]:
        out = {}
        probes = {r.projection: n for n, r in enumerate(self.plan.record_weights)}
        for n, (q, plan) in enumerate(zip(self.network.projections, self.plan.projections,
                                          strict=True)):
            if not (plan.state or n in probes):
                continue  # static weights are in the description; no copy of 10^8 of them
            names = [e.name for e in q.synapse.parsed if e.kind != SUBEXPRESSION
                     and (plan.side[e.name] != "shared" or e.name in {**q.parameters, **q.initial})]
            values = {m: np.array(present(self.runner, n, m), np.float64) for m in names}
            pre = np.repeat(np.arange(len(plan.indptr) - 1), np.diff(plan.indptr))
            shape = (len(plan.indptr) - 1, plan_size(self.plan, plan.target))
            history, at = {}, np.zeros(0, np.int64)
            if n in probes:
                history = {m: np.array(c, np.float64).reshape(len(c), plan.synapses)
                           for m, c in self._history[probes[n]].items()}
                at = np.array(self._history_steps[probes[n]], np.int64)
            out[q.name] = Weights(pre, plan.post.astype(np.int64), values, _dims(q.synapse), shape,
                                  history, at, self.plan.dt)
        return out

    def _provenance(self, interrupted: bool) -> dict[str, Any]:
        from .. import __version__
        return {"engram": __version__, "python": platform.python_version(),
                "packages": _versions(self.backend), "network": self.network.name,
                "network_digest": self.plan.digest, "backend": self.backend,
                "precision": self.precision, "threads": self.threads, "seed": self.plan.seed,
                "dt": self.plan.dt, "steps": self.runner.k, "interrupted": interrupted,
                "seconds": {"lower": self._lowered, "build": self._built, "run": self._ran}}


def plan_size(plan: Plan, population: int) -> int:
    """Neurons of a population of a Plan."""
    return plan.populations[population].size


def _versions(backend: str) -> dict[str, str]:
    """Versions of the packages that had a part in the numbers."""
    names = {"numpy", "scipy"} | ({backend} & {"numba", "brian2"})
    return {n: importlib.metadata.version(n) for n in sorted(names)}


def _dims(model: Any) -> dict[str, Any]:
    return {e.name: e.dim for e in model.parsed}


def compile(network: Network, backend: str = "numba", dt: Any = None, seed: int = 0,
            threads: int | None = None, precision: str = "float64", **options: Any) -> Simulation:
    """A `Simulation` of `network`, which can be run, continued, read and changed between runs."""
    return Simulation(network, backend, dt, seed, threads, precision, **options)


def simulate(network: Network, duration: Any, backend: str = "numba", dt: Any = None,
             seed: int = 0, threads: int | None = None, precision: str = "float64",
             progress: Callable[[float], None] | None = None, **options: Any) -> Results:
    """Run `network` for `duration` (a time) from its initial state.

    `dt` None is the network's own step; equal arguments give equal results, bit for bit, at any
    number of `threads` (the most to use: `numba` uses fewer where that is faster; None is 1).
    Raises DescriptionError or UnsupportedError before the run starts.
    """
    duration_steps(duration, step_size(network, dt))
    made = Simulation(network, backend, dt, seed, threads, precision, **options)
    return made.run(duration, progress)
