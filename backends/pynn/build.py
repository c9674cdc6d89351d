"""A script's populations, projections and current sources as one engram Network."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...simulator.connectors import FromArrays
from ...simulator.network import Network, Population, Projection
from ...simulator.probes import SpikeProbe, StateProbe
from ...simulator.stimuli import StepCurrent
from ...simulator.units import UNITS
from . import cells, rules
from .dialect import accept
from .sources import (
    SOURCES,
    Drawn,
    SpikeSourceArray,
    array_steps,
    is_drawn,
    poisson,
    scheduled,
)

ms = UNITS["ms"]
WARNED = "arithmetic of boards"
AHEAD = 1000
"""Steps for which currents that never rest, and drawn trains, are worked out at least."""


@dataclass
class Part:
    """One engram projection: connections `rows` of a PyNN projection, in engram's order."""

    name: str
    rows: Any
    sign: float
    scale: float


@dataclass
class Built:
    """A network, the names of its parts, and the step up to which it holds (None: for ever)."""

    network: Network
    names: dict[Any, str] = field(default_factory=dict)
    parts: dict[Any, list[Part]] = field(default_factory=dict)
    until: int | None = None


def build(state: Any, horizon: int) -> Built:
    """The network of a script from step `state.steps` on, for a run up to `horizon`."""
    horizon = max(horizon, state.steps + AHEAD)
    names = {p: _name("p", p) for p in state.populations}
    until = [None, horizon][any(s.streams and s.targets for s in state.current_sources)]
    populations, stimuli, probes = [], [], []
    for p in state.populations:
        if isinstance(p.celltype, SOURCES):
            drawn = is_drawn(p.celltype, p.values)
            until = horizon if drawn else until
            populations.append(_source(state, p, names[p], horizon))
        else:
            populations.append(_neurons(state, p, names[p]))
            stimuli += _currents(state, p, names[p], horizon)
        probes += _probes(state, p, names[p])
    options = _options(state)
    built = Built(None, names, {}, until)  # type: ignore[arg-type]
    projections = [q for p in state.projections for q in _projections(state, options, p, built)]
    built.network = Network(populations, projections, stimuli, probes, dt=state.dt * ms,
                            name="pynn")
    return built


def _name(kind: str, part: Any) -> str:
    """A name of its own for engram, made of a part's number and what its label has of letters.

    Names key random numbers, so labels that PyNN counts through the whole process are left out.
    """
    label = re.sub(r"population\d+|[^A-Za-z0-9]+", "_", str(part.label))
    label = re.sub("_+", "_", label).strip("_")
    return f"{kind}{part.number}_{label}".rstrip("_")


def _source(state: Any, p: Any, name: str, horizon: int) -> Population:
    dt = state.dt
    if isinstance(p.celltype, SpikeSourceArray):
        return Population(name, p.size, scheduled(*array_steps(
            p.label, p.values["spike_times"], dt), dt))
    values = {n: np.asarray(v, np.float64) for n, v in p.values.items()}
    if not is_drawn(p.celltype, values):
        return Population(name, p.size, poisson(values, dt))
    if p.drawn is None or p.drawn_in != state.segment_counter:
        p.drawn = Drawn(state.options.seed + state.segment_counter, p.number)
        p.drawn_in = state.segment_counter
    p.drawn.extend(type(p.celltype).__name__, values, horizon, dt)
    return Population(name, p.size, scheduled(p.drawn.steps, p.drawn.index, dt))


def cell_of(state: Any, p: Any) -> Any:
    """The row of the table of cells for a population of neurons."""
    return cells.row(type(p.celltype).__name__, state.options.backend, state.board,
                     state.options.timing == "nest")


def _neurons(state: Any, p: Any, name: str) -> Population:
    cell = cell_of(state, p)
    values = {n: np.asarray(v, np.float64) for n, v in p.values.items()}
    if "tau_refrac" in values:
        values["tau_refrac"] = _refractory(p, values["tau_refrac"], state.dt)
    initial = {cell.states[n].ours: cells.same(v, cells.UNIT[cell.states[n].unit])
               for n, v in p.initial.items() if n in cell.states}
    return Population(name, p.size, cells.model(cell, values, state.dt),
                      cells.quantities(cell, values), initial)


def _refractory(p: Any, times: Any, dt: float) -> Any:
    steps = np.ceil(times / dt - 1e-6)
    default = type(p.celltype).default_parameters["tau_refrac"]
    if np.any(np.abs(steps * dt - times) > 1e-6 * dt) and np.any(times != default):
        accept("refractory period rounded", f"Population {p.label!r}, {np.unique(times)} ms")
    return steps * dt


def _currents(state: Any, p: Any, name: str, horizon: int) -> list[StepCurrent]:
    """The offset and all injected currents as one table of values, from the present step on."""
    sources = [(s, np.bincount([i for q, i in s.targets if q is p], minlength=p.size))
               for s in state.current_sources]
    sources = [(s, count) for s, count in sources if count.any()]
    if not sources:
        return []
    k = state.steps
    steps = [np.arange(k, horizon) if s.streams else s.changes(state.dt) for s, _ in sources]
    at = np.unique(np.concatenate([[k], *steps]))
    at = at[(at >= k) & (at < (1 << 40))]
    values = np.broadcast_to(np.asarray(p.values["i_offset"], np.float64), (len(at), p.size)).copy()
    for s, count in sources:
        values += s.amplitudes_at(at, state.dt)[:, None] * count
    unit = cells.UNIT[cell_of(state, p).parameters["i_offset"].unit]
    alike = np.all(values == values[:, :1])
    return [StepCurrent(name, "i_offset", at * state.dt * ms,
                        (values[:, 0] if alike else values) * unit)]


def recorded(state: Any, p: Any) -> dict[str, str]:
    """PyNN's name -> ours of the state variables that are recorded of a population."""
    if isinstance(p.celltype, SOURCES):
        return {}
    states = cell_of(state, p).states
    return {n: states[cells.state_name(p.celltype, n)].ours for n in p.recorder.names()}


def _probes(state: Any, p: Any, name: str) -> list[Any]:
    out: list[Any] = [SpikeProbe(name)] if len(p.recorder.neurons("spikes")) else []
    ours: dict[str, Any] = {}
    for pynn, variable in recorded(state, p).items():  # isyn and gsyn may be one variable of ours
        ours[variable] = np.union1d(ours.get(variable, np.zeros(0, np.int64)),
                                    p.recorder.neurons(pynn))
    return out + [StateProbe(name, v, neurons=n) for v, n in ours.items()]


def _options(state: Any) -> Any:
    """The options of setup, with the dialect decided; a warning where the script's words did."""
    words = state.spoken - {WARNED}
    if state.options.dialect == "auto" and words and state.options.backend != "spinnaker":
        if WARNED not in state.spoken:
            accept(WARNED, f"the script's {', '.join(sorted(words))}")
        state.spoken.add(WARNED)
    return replace(state.options, dialect="spinnaker" if state.board else "pynn")


def _projections(state: Any, options: Any, q: Any, built: Built) -> list[Projection]:
    """One engram projection for each pair of populations that a PyNN projection joins."""
    sources, which_pre, pre, targets, which_post, post = q.ends()
    out, parts = [], []
    for a, source in enumerate(sources):
        for b, target in enumerate(targets):
            rows = np.flatnonzero((which_pre == a) & (which_post == b))
            if len(rows):
                rows = rows[np.lexsort((post[rows], pre[rows]))]
                name = _name("q", q) + (f"_{a}_{b}" if len(sources) * len(targets) > 1 else "")
                made, part = _projection(state, options, q, name, (source, pre[rows]),
                                         (target, post[rows]), rows, built.names)
                out.append(made)
                parts.append(part)
    built.parts[q] = parts
    return out


def _projection(state: Any, options: Any, q: Any, name: str, source: Any, target: Any,
                rows: Any, names: dict[Any, str]) -> tuple[Projection, Part]:
    (pre, pre_index), (post, post_index) = source, target
    cell = cell_of(state, post)
    receptor = cell.receptors[q.receptor_type]
    unit = _weight_unit(cell, receptor.variable)
    values = {n: v[rows] for n, v in q.values.items()}
    sign = -receptor.sign if q.positive else receptor.sign
    v = rules.Values(q.label, values, sign, unit, _tau_psc(q, post, post_index))
    rule, given = rules.SYNAPSES[type(q.synapse_type).__name__](v, q.synapse_type, options)
    made = Projection(
        name, names[pre], names[post], FromArrays(pre_index, post_index, (pre.size, post.size)),
        rule.model(receptor.variable, unit), given,
        delay=_delay(state, q, values["delay"], pre, receptor.variable == "in_v") * state.dt * ms,
        dendritic_delay_fraction=getattr(q.synapse_type, "dendritic_delay_fraction", 1.0))
    return made, Part(name, rows, sign, rules.SCALE[unit])


def _weight_unit(cell: Any, variable: str) -> str:
    found: str = next(e.unit for e in cell.model.parsed if e.name == variable)
    return found


def _tau_psc(q: Any, post: Any, index: Any) -> Any:
    """Decay (ms) of the response to a spike; next to nothing where a spike is a jump."""
    name = "tau_syn_I" if q.receptor_type == "inhibitory" else "tau_syn_E"
    if name not in post.values:
        return np.full(len(index), 1e-6)
    return np.asarray(post.values[name], np.float64)[index]


def _delay(state: Any, q: Any, delays: Any, pre: Any, jump: bool) -> Any:
    """Delays in steps, one number if all are equal.

    NEST labels and sends a neuron's spike at the end of its step. It adds a jump of the potential
    at the end of a step, where we let it arrive a step sooner, as long as that is in a later one.
    """
    exact = np.asarray(delays, np.float64) / state.dt
    steps = np.maximum(np.round(exact), 1)
    if np.any(np.abs(exact - steps) > 1e-6):
        accept("delay rounded", f"Projection {q.label!r}")
    if state.options.timing == "nest":
        steps = np.maximum(steps + (not isinstance(pre.celltype, SOURCES)) - jump, 1)
    return steps[0] if np.all(steps == steps[0]) else steps
