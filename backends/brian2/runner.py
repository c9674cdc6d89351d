"""The independent witness: a network in Brian2's own words, on Brian2's own integrators.

It shares no statement, order or integration constant with the other backends: a mistake in those
shows here. What it takes from the Plan is what chance decided (connections, drawn values, Poisson
trains, noise), numbers of steps, and what to record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...kernels.poisson import trains
from ...simulator.equations import DIFFERENTIAL, inline
from ...simulator.errors import DescriptionError, UnsupportedError
from ...simulator.expressions import calls_in, names_in, parse
from ...simulator.functions import RANDOM
from ...simulator.models import NeuronModel
from ...simulator.plan import POISSON, SCHEDULE, Plan, PopulationPlan
from ...simulator.recorded import Recorded, columns
from ...simulator.snapshot import Snapshot
from ...simulator.statements import parse_lines
from .build import World, build, get, parameter_values, put, tables
from .method import Fit, fit
from .session import session
from .synapse import LONGEST, SynapseText, changing, synapse_text
from .text import noise_of

NO_STATE = "backend 'brian2' cannot write or take over a checkpoint"
NO_CHECKPOINT = ("it keeps what is under way in queues of its own; checkpoint and "
                 "resume on another backend")


def unsupported(network: Any, plan: Plan) -> list[str]:
    """Reasons why this backend cannot run the network, with names and ways out."""
    out = ["a batch: it runs one copy; run the trials one by one, or use backend='numba'"
           ] if plan.copies else []
    out += [reason for p in network.populations if isinstance(p.model, NeuronModel)
           for reason in _population_reasons(p)]
    for q, qp in zip(network.projections, plan.projections, strict=True):
        lines = (*parse_lines(q.synapse.on_pre), *parse_lines(q.synapse.on_post))
        texts = [x.expr for x in lines] + [e.expr for e in q.synapse.parsed if e.expr]
        if any(calls_in(parse(x)) & set(RANDOM) for x in texts):
            out.append(f"projection {q.name!r}: synapse {q.synapse.name!r} draws random numbers, "
                       "which Brian2 would take from its own generator; use another backend")
        longest = int(np.max(qp.dendritic_steps, initial=1))
        if longest > LONGEST and any(x.target.endswith("_post") and changing(q, x.expr)
                                     for x in lines):
            out.append(f"projection {q.name!r}: what it sends can change during the {longest} "
                       f"steps that it travels, and at most {LONGEST} are kept here; use a larger "
                       "dt or another backend")
    return out


def _population_reasons(p: Any) -> list[str]:
    where = f"population {p.name!r}"
    model, full = p.model, inline(p.model.parsed)
    out = []
    if any(calls_in(tree) & set(RANDOM) for tree in full.values()):
        out.append(f"{where}: model {model.name!r} calls rand() or randn() in an equation; write "
                   "white noise as xi, or draw in update, threshold or reset")
    slopes = [e for e in model.parsed if e.kind == DIFFERENTIAL]
    if model.method == "milstein" and noise_of(model.parsed):
        out.append(f"{where}: method='milstein' with engram's noise; use 'euler' (the same for "
                   "noise that does not depend on the state) or 'heun'")
    if p.clock != 1 and any("t" in names_in(full[e.name]) for e in slopes):
        out.append(f"{where}: equations that read t on a clock of {p.clock} steps; use clock=1")
    return out


class _Synapses:
    """State of one projection: name -> array along the side where the variable lives."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        self.state = {n: np.array(v, dtype=np.float64) for n, v in state.items()}


class _Variable(NamedTuple):
    """An array shown outside, and its name in a group, one value for each `at` (or all)."""

    array: Any
    group: Any
    name: str
    at: Any


class Brian2Runner:
    """A network on Brian2. `k` is the next step; arrays in `state` may be changed between runs.

    At run time Brian2 executes NumPy code; with `standalone` it writes, compiles and runs C++ in
    `directory` (None: a temporary one), once. `watch` is called now and then in a run with the
    step reached; where it is true, the run ends early.
    """

    watches = True
    reads_network = True

    def __init__(self, plan: Plan, network: Any = None, standalone: bool = False,
                 directory: str | None = None) -> None:
        if standalone and plan.record_weights:
            name = network.projections[plan.record_weights[0].projection].name
            raise DescriptionError(f"backend 'brian2' with standalone=True cannot pause for the "
                                   f"WeightProbe on {name!r}; remove it (results hold the final "
                                   "weights) or leave standalone out")
        self.plan, self.network = plan, network
        self.standalone, self.directory = standalone, directory
        self.k = 0
        self.watch: Callable[[float], bool] = lambda k: False
        self.state = [{n: v.copy() for n, v in p.state.items()} for p in plan.populations]
        self.projections = [_Synapses(q.state) for q in plan.projections]
        self._world: World | None = None
        self._known: list[Any] = []
        self._drained = 0
        self._spikes: dict[int, tuple[Any, Any]] = {}
        self._records = [[np.zeros((0, len(r.neurons)))] * len(r.names)
                         for r in plan.record_states]
        with session(False, None) as brian2:
            self._fits = [_fit(brian2, network, plan, n) for n in range(len(plan.populations))]
            self._texts = [_text(network, plan, self._fits, n)
                           for n in range(len(plan.projections))]

    def advance(self, steps: int) -> None:
        """Run `steps` steps. DescriptionError for a second run in C++."""
        if steps < 1:
            return
        if self.standalone and self.k:
            raise DescriptionError("backend 'brian2' with standalone=True runs once; run the whole "
                                   "duration at once, or leave standalone out")
        with session(self.standalone, self.directory) as brian2:
            self._load(brian2, steps)
            world = self._world
            assert world is not None
            tables(brian2, world, self.network, self.plan, self._fits, self.k + steps)
            self._run(brian2, world, steps)
            self._read()

    def _run(self, brian2: Any, world: World, steps: int) -> None:
        """Brian2's run: at run time it ends after the present step where `watch` says so."""
        span = steps * self.plan.dt * brian2.second
        if self.standalone:
            world.network.run(span, namespace={})
            self.k += steps
            return

        def look(elapsed: Any, done: float, start: Any, duration: Any) -> None:
            if self.watch(self.k + done * steps) and done < 1:
                brian2.stop()

        world.network.run(span, namespace={}, report=look, report_period=0.2 * brian2.second)
        self.k = int(world.clock.variables["timestep"].get_value().item())
        world.network.t_ = self.k * self.plan.dt  # after a stop it may be that of a slower clock

    def drain(self) -> Recorded:
        """What was recorded since the last call. Brian2's monitors keep the whole run."""
        spikes = {}
        for n in self.plan.record_spikes:
            step, i = self._spikes.get(n, (np.zeros(0, np.int64), np.zeros(0, np.int64)))
            new = step >= self._drained
            spikes[n] = columns([(step[new], i[new])])
        rows = [[values[None, -(-self._drained // r.every):] for values in table]
                for r, table in zip(self.plan.record_states, self._records, strict=True)]
        self._drained = self.k
        return Recorded(spikes, rows)

    def read(self, n: int, name: str) -> Any:
        """A state variable of population n."""
        return self.state[n][name].copy()

    def write(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of population n."""
        self.state[n][name][:] = values

    def read_synapses(self, n: int, name: str) -> Any:
        """A state variable of projection n."""
        return self.projections[n].state[name].copy()

    def write_synapses(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of projection n."""
        self.projections[n].state[name][:] = values

    def read_last(self, n: int) -> None:
        """None: Brian2's synapses are brought up to date when they are read."""

    def write_last(self, n: int, values: Any) -> None:
        """Nothing to do."""

    def snapshot(self) -> list[Snapshot]:
        """Refused: Brian2 keeps spikes under way in queues of its own."""
        raise UnsupportedError("brian2", [NO_CHECKPOINT], NO_STATE)

    def restore(self, snapshots: Sequence[Snapshot]) -> None:
        """Refused, as above."""
        raise UnsupportedError("brian2", [NO_CHECKPOINT], NO_STATE)

    # -- in and out -----------------------------------------------------------------------------
    def _load(self, brian2: Any, steps: int) -> None:
        """Build at the first run; later bring in new spikes of the sources and changed states."""
        spikes = {n: _train(p, self.plan, self.k, self.k + steps)
                  for n, p in enumerate(self.plan.populations) if p.kind in (SCHEDULE, POISSON)}
        if self._world is None:
            self._world = build(brian2, self.network, self.plan, self._fits, self._texts, spikes)
            self._known = [np.array([]) for _ in self._variables(self._world)]
        else:
            for n, (step, i) in spikes.items():
                if self._world.groups[n] is not None:
                    self._world.groups[n].set_spikes(i, step * self.plan.dt * brian2.second,
                                                     sorted=True)
            self._restore_fired(self._world)
        self._put_changes(self._world)

    def _restore_fired(self, w: World) -> None:
        """Who fired in the last step: Brian2 forgets at a run's end, but it is due to arrive."""
        for n, group in enumerate(w.groups):
            if group is not None and w.spikes[n] is not None:
                step, i = self._spikes[n]
                who = i[step == self.k - 1]
                space = group.variables["_spikespace"].get_value()
                space[:len(who)] = who
                space[-1] = len(who)

    def _read(self) -> None:
        w = self._world
        assert w is not None
        for n, monitor in enumerate(w.spikes):
            if monitor is not None:
                step = np.rint(np.array(monitor.t_) / self.plan.dt).astype(np.int64)
                i = np.array(monitor.i, dtype=np.int64)
                order = np.lexsort((i, step))
                self._spikes[n] = step[order], i[order]
        for number, (r, monitor) in enumerate(zip(self.plan.record_states, w.records,
                                                  strict=True)):
            times, f = -(-self.k // r.every), self._fits[r.population]
            self._records[number] = [
                np.zeros((times, 0)) if monitor is None or f is None else
                np.array(monitor.variables[f[0].names[name]].get_value(), dtype=np.float64)
                for name in r.names]
        self._get_all(w)

    def _variables(self, w: World) -> Iterator[_Variable]:
        """Every variable whose values are shown outside, and where Brian2 has it."""
        for n, f in enumerate(self._fits):
            if f is not None and w.groups[n] is not None:
                for name, array in self.state[n].items():
                    yield _Variable(array, w.groups[n], f[0].names[name], None)
        for n, synapses in enumerate(w.synapses):
            if synapses is not None:
                q, text = self.plan.projections[n], self._texts[n]
                pre = np.repeat(np.arange(len(q.indptr) - 1), np.diff(q.indptr))
                for name, array in self.projections[n].state.items():
                    yield _Variable(array, synapses, text.names[name],
                                    {"pre": pre, "post": q.post}.get(q.side[name]))

    def _put_changes(self, w: World) -> None:
        """Values that were changed from outside since Brian2 had them."""
        for v, known in zip(self._variables(w), self._known, strict=True):
            if not np.array_equal(v.array, known):
                put(v.group, v.name, v.array if v.at is None else v.array[v.at])

    def _get_all(self, w: World) -> None:
        for v in self._variables(w):
            v.array[slice(None) if v.at is None else v.at] = get(v.group, v.name)
        self._known = [v.array.copy() for v in self._variables(w)]


def _fit(brian2: Any, network: Any, plan: Plan, n: int) -> Fit | None:
    p, pp = network.populations[n], plan.populations[n]
    if not isinstance(p.model, NeuronModel) or not p.size:
        return None
    written = set(pp.state) - {e.name for e in p.model.parsed if e.kind == DIFFERENTIAL}
    values = {**parameter_values(p, plan, n), **pp.state}
    return fit(brian2, p, written, _numbers(pp), plan.dt, values)


def _numbers(p: PopulationPlan) -> dict[str, list[tuple[str, int]]]:
    """Kind and number of every draw of a step, a threshold and a reset: names, so to speak."""
    texts = {"step": [s.expr for s in p.integrate], "threshold": [p.threshold],
             "reset": [s.expr for s in p.reset]}
    return {part: [(kind, int(number)) for x in found
                   for kind, number in re.findall(r"\b(randn?)\((\d+)\)", x)]
            for part, found in texts.items()}


def _text(network: Any, plan: Plan, fits: list[Fit | None], n: int) -> SynapseText:
    q, qp = network.projections[n], plan.projections[n]
    ends = {"pre": qp.source, "post": qp.target}
    sides = {side: f[0].names if (f := fits[end]) is not None else {}
             for side, end in ends.items()}
    target = network.populations[qp.target].model
    dims = {f"{e.name}_post": e.dim for e in target.parsed} if isinstance(
        target, NeuronModel) else {}
    return synapse_text(q, n, qp, sides, dims)


def _train(p: PopulationPlan, plan: Plan, start: int, stop: int) -> tuple[Any, Any]:
    """Spikes (step, i) of a source with start <= step < stop, sorted."""
    if p.kind == POISSON:
        step, i = trains(plan.seed, p.stream, p.chance, p.start, min(stop, p.stop))
    else:
        step, i = p.steps, p.indices
    inside = (step >= start) & (step < stop)
    return step[inside], i[inside]


