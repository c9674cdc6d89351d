"""Brian2's objects for a network: groups, synapses, monitors, and the slots of a step.

A step of the contract becomes a schedule of Brian2: arrivals before integration, so that a spike
acts d steps after it was fired when its pathway waits d - 1 steps, and learning after the reset.
From the Plan come what chance decided (connections, drawn values), whole steps, and what to record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...kernels.philox import normal, uniform
from ...simulator.equations import DIFFERENTIAL, PARAMETER
from ...simulator.models import NeuronModel
from ...simulator.plan import Plan
from ...simulator.values import Scope
from .method import Fit, settle, updater
from .synapse import SynapseText
from .text import unit_text

SCHEDULE = ["start", "couple", "total", "write", "synapses", "groups", "thresholds", "resets",
            "learn", "end"]


@dataclass
class World:
    """Live Brian2 objects; None where a population or projection is empty."""

    network: Any
    clock: Any
    groups: list[Any] = field(default_factory=list)
    synapses: list[Any] = field(default_factory=list)
    spikes: list[Any] = field(default_factory=list)
    records: list[Any] = field(default_factory=list)
    spaces: list[dict[str, Any]] = field(default_factory=list)


def parameter_values(p: Any, plan: Plan, n: int) -> dict[str, Any]:
    """SI start values of a population's variables and parameters, from the description."""
    given = {**{e.name: 0.0 for e in p.model.parsed if e.kind == DIFFERENTIAL},
             **p.model.defaults, **p.parameters, **p.initial}
    scope = Scope(f"population {p.name!r}", given, p.size, plan.seed, plan.dt,
                  {"i": lambda a, b: np.arange(a, b, dtype=float)})
    return {e.name: scope.resolve(e.name) for e in p.model.parsed
            if e.kind in (DIFFERENTIAL, PARAMETER)}


def build(brian2: Any, network: Any, plan: Plan, fits: list[Fit | None],
          texts: list[SynapseText], trains: Mapping[int, tuple[Any, Any]]) -> World:
    """All objects, with the description's start values; `trains` are the sources' spikes."""
    w = World(brian2.Network(), brian2.Clock(plan.dt * brian2.second))
    w.network.schedule = SCHEDULE
    for n, p in enumerate(network.populations):
        w.spaces.append({})
        if not p.size:
            w.groups.append(None)
        elif isinstance(p.model, NeuronModel):
            w.groups.append(_neurons(brian2, w, n, p, plan, fits[n], texts))
        else:
            step, index = trains[n]
            w.groups.append(brian2.SpikeGeneratorGroup(
                p.size, index, step * plan.dt * brian2.second, clock=w.clock, sorted=True))
    _couplings(w, plan, fits, texts)
    _writes(w, plan, fits)
    for n, q in enumerate(network.projections):
        w.synapses.append(_synapses(brian2, w, n, q, plan, texts[n]))
    _monitors(brian2, w, plan, fits)
    for part in (*w.groups, *w.synapses, *w.spikes, *w.records):
        if part is not None:
            w.network.add(part)
    return w


def _neurons(brian2: Any, w: World, n: int, p: Any, plan: Plan, fit: Fit | None,
             texts: list[SynapseText]) -> Any:
    assert fit is not None
    text, method = fit
    extra = _helpers(n, p, plan, texts)
    group = brian2.NeuronGroup(
        p.size, "\n".join([text.equations, *extra]), threshold=text.threshold or None,
        reset=text.reset if text.threshold else None, refractory=text.rest or False,
        method=updater(brian2, method), clock=w.clock, namespace=w.spaces[n])
    if text.update:
        for name in text.held:  # Brian2 has the flag for differential equations only
            group.variables[text.names[name]].set_conditional_write(
                group.variables["not_refractory"])
    slow = brian2.Clock(plan.dt * p.clock * brian2.second) if p.clock != 1 else w.clock
    group.state_updater._clock = slow  # the group's spikes are still looked at in every step
    for d in text.draws:
        group.run_regularly(f"{d.name} = eg_table_{d.name}(t, i)", when="start")
    if text.rest:
        # Brian2 refreshes the flag when it integrates; here arrivals come before that.
        group.run_regularly("not_refractory = eg_rest == 0\neg_resting = eg_rest > 0\n"
                            "eg_rest = eg_rest - int(eg_rest > 0)", when="start", order=1)
    if text.update:
        group.run_regularly(text.update, when="groups", clock=slow, order=1)
    values = {**parameter_values(p, plan, n), **plan.populations[n].state}
    for name, value in values.items():
        put(group, text.names[name], value)
    return group


def _helpers(n: int, p: Any, plan: Plan, texts: list[SynapseText]) -> list[str]:
    """Declarations of the variables that couplings sum into."""
    dims = {e.name: e.dim for e in p.model.parsed}
    return [f"{helper} : {unit_text(dims[variable])}" for q, t in zip(plan.projections, texts,
                                                                      strict=True)
            for side, variable, helper in t.sums
            if (q.source if side == "pre" else q.target) == n]


def _couplings(w: World, plan: Plan, fits: list[Fit | None], texts: list[SynapseText]) -> None:
    """Sums of several projections into one variable, which Brian2 itself does not add up."""
    totals: dict[tuple[int, str], list[str]] = {}
    for q, t in zip(plan.projections, texts, strict=True):
        for side, variable, helper in t.sums:
            totals.setdefault((q.source if side == "pre" else q.target, variable),
                              []).append(helper)
    for (n, variable), helpers in totals.items():
        group, fit = w.groups[n], fits[n]
        if group is not None and fit is not None:
            runner = group.run_regularly(f"{fit[0].names[variable]} = {' + '.join(helpers)}",
                                         when="total")
            runner.override_conditional_write = ["not_refractory"]


def _writes(w: World, plan: Plan, fits: list[Fit | None]) -> None:
    for number, write in enumerate(plan.writes):
        group, fit = w.groups[write.population], fits[write.population]
        if group is None or fit is None:
            continue
        name, now = fit[0].names[write.variable], f"eg_now{number}(t) > 0.5"
        value = f"eg_value{number}(t{', i' if write.values.ndim == 2 else ''})"
        runner = group.run_regularly(f"{name} = int({now})*{value} + int(not ({now}))*{name}",
                                     when="write", order=number)
        runner.override_conditional_write = ["not_refractory"]


def _synapses(brian2: Any, w: World, n: int, q: Any, plan: Plan, text: SynapseText) -> Any:
    qp = plan.projections[n]
    source, target = w.groups[qp.source], w.groups[qp.target]
    if source is None or target is None or not qp.synapses:
        return None
    waits = {"eg_pre": qp.axonal_steps, "eg_send": qp.axonal_steps + qp.dendritic_steps - 1,
             "eg_post": qp.dendritic_steps}
    fires = {"pre": source, "post": target}
    live = {name: lines for name, (side, lines) in text.pathways.items()
            if "spike" in fires[side].events}
    on = {side: {name: lines for name, lines in live.items() if text.pathways[name][0] == side}
          for side in fires}
    fixed = {name: waits[name] * plan.dt * brian2.second for name in live
             if np.ndim(waits[name]) == 0}
    synapses = brian2.Synapses(
        source, target, text.equations, on_pre=on["pre"] or None, on_post=on["post"] or None,
        delay=fixed, clock=w.clock, namespace={})
    pre = np.repeat(np.arange(len(qp.indptr) - 1), np.diff(qp.indptr))
    synapses.connect(i=pre, j=qp.post.astype(np.int64))
    for name in live:
        pathway = getattr(synapses, name)
        pathway.when = "synapses" if name == "eg_send" else "learn"
        pathway.order = {"eg_send": n, "eg_post": -1, "eg_pre": 0}[name]
        if name not in fixed:
            pathway.delay = np.asarray(waits[name]) * plan.dt * brian2.second
    for summed in synapses.summed_updaters.values():
        summed.when = "couple"
    known = {text.names[n]: spread(v, qp.side[n], pre, qp.post)
             for n, v in {**qp.constants, **qp.state}.items() if n in text.names}
    for name, value in known.items():
        put(synapses, name, value)
    if "eg_steps" in synapses.variables:
        put(synapses, "eg_steps", qp.dendritic_steps)
    for number, part in enumerate(text.parts):
        _decay(brian2, synapses, part, q.synapse.method, {**known, "dt": plan.dt}, number - 9)
    return synapses


def _decay(brian2: Any, synapses: Any, part: str, method: str, known: Mapping[str, Any],
           order: int) -> None:
    """Integrate one system of a projection before its events, with Brian2's own lines."""
    equations = brian2.Equations(part)
    method = settle(brian2, method, equations, synapses.variables, known)
    lines = updater(brian2, method)(equations, synapses.variables)
    runner = synapses.run_regularly(lines, when="learn", order=order)
    runner.check_units = False  # as Brian2 does for its own state updaters


def _monitors(brian2: Any, w: World, plan: Plan, fits: list[Fit | None]) -> None:
    w.spikes = [None if g is None or "spike" not in g.events else brian2.SpikeMonitor(g)
                for g in w.groups]
    for r in plan.record_states:
        group, fit = w.groups[r.population], fits[r.population]
        w.records.append(None if group is None or fit is None or not len(r.neurons) else
                         brian2.StateMonitor(
            group, [fit[0].names[n] for n in r.names], record=r.neurons, when="end",
            clock=brian2.Clock(plan.dt * r.every * brian2.second)))


def tables(brian2: Any, w: World, network: Any, plan: Plan, fits: list[Fit | None],
           steps: int) -> None:
    """Draws and timed values of steps 0 .. steps - 1, which the groups look up by time."""
    def table(values: Any) -> Any:
        return brian2.TimedArray(values, dt=plan.dt * brian2.second)
    every = np.arange(steps)
    for n, fit in enumerate(fits):
        if fit is None or w.groups[n] is None:
            continue
        p = plan.populations[n]
        for d in fit[0].draws:
            law = uniform if d.kind == "rand" else normal
            values = law(plan.seed, p.stream, every[:, None], np.arange(p.size), d.number)
            unit = brian2.second**-0.5 if d.unit != "1" else 1
            w.spaces[n][f"eg_table_{d.name}"] = table(values * d.scale * unit)
    for number, write in enumerate(plan.writes):
        e = next(e for e in network.populations[write.population].model.parsed
                 if e.name == write.variable)
        at = np.clip(np.searchsorted(write.steps, every, side="right") - 1, 0, None)
        space = w.spaces[write.population]
        space[f"eg_now{number}"] = table(np.isin(every, write.steps).astype(float))
        space[f"eg_value{number}"] = table(brian2.Quantity.with_dimensions(
            write.values[at], brian2.get_or_create_dimension(list(e.dim))))


def put(group: Any, name: str, value: Any) -> None:
    """Set a variable of a group from SI numbers."""
    group.state(name, use_units=False)[:] = value


def get(group: Any, name: str) -> Any:
    """SI numbers of a variable of a group, a fresh array."""
    return np.array(group.state(name, use_units=False)[:], dtype=np.float64)


def spread(value: Any, side: str, pre: Any, post: Any) -> Any:
    """One value a synapse, from values along a side."""
    if np.ndim(value) == 0:
        return value
    return value[pre] if side == "pre" else value[post] if side == "post" else value
