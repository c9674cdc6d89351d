"""The run behind a script: an engram Simulation, compiled anew when the script changes something.

What has changed is carried over by names: the state of neurons and synapses, who is refractory and
what is on its way go on; connections that are new begin empty.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...kernels.poisson import next_spike
from ...simulator.errors import DescriptionError, UnsupportedError
from ...simulator.plan import POISSON
from ...simulator.snapshot import PopulationSnapshot, ProjectionSnapshot, Snapshot
from ...simulator.units import Quantity
from ..interrupt import Interrupt, Pace
from ..simulation import Simulation
from .build import Built, build, cell_of, recorded
from .cells import UNIT
from .kept import Kept
from .sources import SOURCES


class Session:
    """A run of `state`'s network. `k` is the next step; `stale` asks for a new compilation."""

    def __init__(self, state: Any) -> None:
        self.state, self.k, self.stale = state, 0, True
        self.simulation: Any = None
        self.board: bool | None = None
        self.built: Built | None = None
        self._kept: dict[Any, Kept] = {}

    def kept(self, population: Any) -> Kept:
        """What has been recorded of a population."""
        return self._kept.setdefault(population, Kept())

    # -- running --------------------------------------------------------------------------------
    def advance(self, steps: int) -> None:
        """Run `steps` steps. KeyboardInterrupt, after the step, when Ctrl-C is pressed."""
        last = self.k + steps
        if self.stale or (self.built and self.built.until is not None and self.built.until < last):
            self._compile(last)
        self._first_samples()
        runner, pace = self.simulation.runner, Pace()
        with Interrupt() as interrupt:
            runner.watch = lambda k: interrupt.pressed
            while runner.k < last and not interrupt.pressed:
                left = last - runner.k
                piece = left if getattr(runner, "watches", False) else min(left, pace.steps)
                runner.advance(piece)
                pace.took(piece)
                self._drain(runner)
            self.k = runner.k
        if interrupt.pressed:
            raise KeyboardInterrupt(f"stopped at {self.k * self.state.dt:g} ms")

    def _compile(self, horizon: int) -> None:
        before, options = self.simulation, self.state.options
        old = None if before is None or self.k == 0 else (before.plan, self._snapshot())
        self.board = self.state.board
        built = build(self.state, horizon)
        # each segment has noise of its own, as repeated trials want
        seed = options.seed + self.state.segment_counter
        made = Simulation(built.network, options.backend, seed=seed, threads=options.threads,
                          precision=options.precision)
        if old is not None:
            made.runner.restore([carry(*old, made.plan, made.runner.snapshot()[0])])
        self.simulation, self.built, self.stale = made, built, False

    def _snapshot(self) -> Snapshot:
        """The run as it is. DescriptionError from backends that cannot go on changed."""
        try:
            found: Snapshot = self.simulation.runner.snapshot()[0]
        except UnsupportedError as problem:
            raise DescriptionError(
                f"at {self.state.t:g} ms the script has changed, or current sources go on beyond "
                f"what was compiled, which backend {self.state.options.backend!r} cannot carry on "
                "in a run; make changes before the first run or after reset(), run the whole time "
                "at once, or use backend='numba'") from problem
        return found

    # -- recording ------------------------------------------------------------------------------
    def _samples(self) -> Any:
        """(population, PyNN's variable, ours, scale to PyNN's unit) of all that is sampled."""
        for p in self.state.populations:
            if isinstance(p.celltype, SOURCES):
                continue
            units = {s.ours: s.unit for s in cell_of(self.state, p).states.values()}
            for name, ours in recorded(self.state, p).items():
                yield p, name, ours, float(getattr(UNIT[units[ours]], "value", 1.0))

    def _first_samples(self) -> None:
        for p, name, ours, scale in self._samples():
            kept = self.kept(p)
            if kept.begins(name):
                neurons = p.recorder.neurons(name)
                # a signal that joins others late has no values before
                missed = (self.k - p.recorder.first_step()) // p.recorder.every
                kept.add(name, neurons, np.full((missed, len(neurons)), np.nan))
                values = self.simulation.runner.read(self._index(p), ours)
                kept.add(name, neurons, values[None, neurons] / scale)

    def _drain(self, runner: Any) -> None:
        first, got = self.k, runner.drain()
        self.k = runner.k
        plan, numbers = self.simulation.plan, {p: self._index(p) for p in self.state.populations}
        late = self.state.options.timing == "nest"
        for p, n in numbers.items():
            if n in got.spikes:
                shift = int(late and not isinstance(p.celltype, SOURCES))
                self.kept(p).add_spikes(got.spikes[n].step + shift, got.spikes[n].i)
        tables = {(r.population, name): (r.neurons, table[0])
                  for r, tables in zip(plan.record_states, got.rows, strict=True)
                  for name, table in zip(r.names, tables, strict=True)}
        for p, name, ours, scale in self._samples():
            neurons, table = tables[numbers[p], ours]
            times = first + 1 + np.arange(len(table))
            mine = p.recorder.neurons(name)
            rows = table[times % p.recorder.every == 0]
            self.kept(p).add(name, mine, rows[:, np.searchsorted(neurons, mine)] / scale)

    # -- reading and changing -------------------------------------------------------------------
    def _index(self, population: Any) -> int:
        names = [p.name for p in self.simulation.plan.populations]
        return names.index(self.built.names[population])  # type: ignore[union-attr]

    def write(self, population: Any, name: str, at: Any) -> None:
        """Give neurons `at` their initial value of a state variable now."""
        if self.simulation is None or population not in self.built.names:  # type: ignore[union-attr]
            return
        p = cell_of(self.state, population).states[name]
        n = self._index(population)
        values = self.simulation.runner.read(n, p.ours)
        values[at] = population.initial[name][at] * getattr(UNIT[p.unit], "value", 1.0)
        self.simulation.runner.write(n, p.ours, values)

    def weights(self, projection: Any) -> Any:
        """Present weights in PyNN's unit, one a connection; None where they do not change."""
        if self.built is None or not projection.plastic or projection not in self.built.parts:
            return None
        out = projection.values["weight"].copy()
        for part in self.built.parts[projection]:
            now = self.simulation.weights(part.name)
            out[part.rows] = now.value / (part.scale * part.sign)
        return out

    def set_weights(self, projection: Any, at: Any) -> bool:
        """Give connections `at` of a plastic projection their weight now; False if it is static."""
        now = self.weights(projection)
        if now is None:
            return False
        now[at] = projection.values["weight"][at]
        for part in self.built.parts[projection]:  # type: ignore[union-attr]
            dim = self.simulation.weights(part.name).dim
            value = now[part.rows] * part.scale * part.sign
            self.simulation.set_weights(part.name, Quantity(value, dim))
        return True


def carry(old: Any, was: Snapshot, new: Any, fresh: Snapshot) -> Snapshot:
    """The state `was` of plan `old`, for plan `new` whose own first state is `fresh`."""
    before_p = {p.name: (p, s) for p, s in zip(old.populations, was.populations, strict=True)}
    before_q = {q.name: (q, s) for q, s in zip(old.projections, was.projections, strict=True)}
    return Snapshot(
        was.k,
        tuple(_population(p, s, was.k, new.seed, *before_p.get(p.name, (None, None)))
              for p, s in zip(new.populations, fresh.populations, strict=True)),
        tuple(_projection(q, s, was.k, *before_q.get(q.name, (None, None)))
              for q, s in zip(new.projections, fresh.projections, strict=True)))


def _population(p: Any, fresh: PopulationSnapshot, k: int, seed: int, old: Any,
                was: PopulationSnapshot | None) -> PopulationSnapshot:
    pending = fresh.pending
    if p.kind == POISSON:
        same = old is not None and (old.start, old.stop) == (p.start, p.stop) and np.array_equal(
            old.chance, p.chance)
        pending = was.pending if same and was else next_spike(  # type: ignore[assignment]
            seed, p.stream, np.full(p.size, max(k, p.start)), np.arange(p.size), p.chance)
    if was is None:
        return PopulationSnapshot(fresh.state, fresh.until, pending)
    state = {n: was.state.get(n, v) for n, v in fresh.state.items()}
    return PopulationSnapshot(state, was.until, pending, was.steps, was.indices)


def _projection(q: Any, fresh: ProjectionSnapshot, k: int, old: Any,
                was: ProjectionSnapshot | None) -> ProjectionSnapshot:
    alike = old is not None and np.array_equal(old.indptr, q.indptr) and np.array_equal(
        old.post, q.post)
    if was is None or not alike:
        return ProjectionSnapshot(fresh.state, np.full_like(fresh.last, k - 1), fresh.way)
    way = {}
    for n, rows in fresh.way.items():
        way[n] = np.zeros_like(rows)
        shared = min(len(rows), len(was.way.get(n, rows)))
        way[n][:shared] = was.way.get(n, rows)[:shared]
    last = was.last if was.last.shape == fresh.last.shape else np.full_like(fresh.last, k - 1)
    return ProjectionSnapshot({n: was.state.get(n, v) for n, v in fresh.state.items()}, last, way)
