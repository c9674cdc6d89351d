"""What --repair mends before a network is exported, and what it says of it.

Each repair makes another network that means the same (signs, scales) or says by how much it does
not (delays).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ...simulator.clock import seconds
from ...simulator.connectors import FromArrays
from ...simulator.equations import SECOND
from ...simulator.network import Network
from ...simulator.plan import SCHEDULE
from ...simulator.stimuli import SpikeTimes
from ...simulator.units import Quantity, split
from ..hardware.cells import Cell
from ..hardware.plasticity import ABSOLUTE
from .context import Context
from .findings import ERROR, INFO, WARN, Finding
from .view import Synapses, start_values

OFF = 1e-6
"""Part of a step that a time may be off the grid, as for a run."""


class Mended(NamedTuple):
    """The network after a repair, and what was done."""

    network: Network
    done: list[Finding]


def on_grid(network: Network, repair: bool, prefix: str) -> Mended:
    """004: delays and given spikes on whole steps: rounded if `repair`, else named as errors."""
    dt, done = float(seconds(network.dt, "dt")), []
    projections, populations = list(network.projections), list(network.populations)
    for n, q in enumerate(projections):
        if q.delay is None or isinstance(q.delay, str):
            continue
        delay = np.asarray(split(q.delay)[0], dtype=np.float64)
        rounded = np.maximum(np.rint(delay / dt), 1) * dt
        finding = _off(prefix, f"projection {q.name!r}", "delay", delay, rounded, dt, repair)
        if finding is not None:
            done.append(finding)
            projections[n] = replace(q, delay=Quantity(rounded, SECOND))
    for n, p in enumerate(populations):
        if isinstance(p.model, SpikeTimes):
            times = np.asarray(p.model.times.value)
            rounded = np.rint(times / dt) * dt
            finding = _off(prefix, f"population {p.name!r}", "spike time", times, rounded, dt,
                           repair)
            if finding is not None:
                done.append(finding)
                _, first = np.unique(np.column_stack([p.model.indices, np.rint(times / dt)]),
                                     axis=0, return_index=True)
                populations[n] = replace(p, model=SpikeTimes(
                    p.model.indices[first], Quantity(rounded[first], SECOND)))
    if not repair:
        return Mended(network, done)
    return Mended(replace(network, populations=populations, projections=projections), done)


def _off(prefix: str, where: str, what: str, value: Any, rounded: Any, dt: float,
         repair: bool) -> Finding | None:
    error = np.abs(rounded - value)
    worst = int(np.argmax(error)) if error.size else 0
    if not error.size or error.flat[worst] <= OFF * dt:
        return None
    example = (f"{value.flat[worst] * 1e3:g} ms is written as {rounded.flat[worst] * 1e3:g} ms, "
               f"an error of {error.flat[worst] * 1e3:.3g} ms")
    many = int(np.sum(error > OFF * dt))
    return Finding(f"{prefix}004", WARN if repair else ERROR, where,
                   f"{many} of {error.size} {what}s off the grid of dt = {dt * 1e3:g} ms: "
                   f"{example}", "whole steps, at least one", "a delay is counted in steps",
                   "use times that are multiples of dt", fix=True)


def mend(c: Context) -> Mended:
    """Signs (002) and, for the board, scales (007)."""
    network, done = _signs(c)
    if c.board and not done:  # the weights of the board are known once the signs are right
        network, done = _scales(c)
    return Mended(network, done)


def later(c: Context) -> tuple[int, list[Finding]]:
    """013: by how many steps all input must wait until the simulator can send it.

    Only for a network that rests until then; 0 for others, and where there is no need.
    """
    first = [int(p.plan.steps[0]) for p in c.view.cells
             if p.plan.kind == SCHEDULE and p.plan.steps.size]
    wait = max(0, c.dialect.first - min(first, default=c.dialect.first))
    if not wait or not c.view.resting:
        return 0, []
    return wait, [c.finding(13, INFO, "the network", f"all input comes {wait} steps later", "", "",
                            "repaired: it rests until then; LABEL_STEPS has the difference")]


def _signs(c: Context) -> Mended:
    done, projections = [], []
    for q, s in zip(c.view.network.projections, c.view.synapses, strict=True):
        cell = c.view.cell(s.target).cell
        mixed = _wrong(s, cell)
        if cell is None or mixed is None:
            projections.append(q)
            continue
        projections += _split(q, s, cell, mixed, c.view.plan.dt)
        done.append(c.finding(2, INFO, f"projection {s.name!r}", f"{int(mixed.sum())} weights went "
                              "to the other receptor", "", "", "repaired: the network is the same"))
    return Mended(replace(c.view.network, projections=projections), done)


def _wrong(s: Synapses, cell: Cell | None) -> Any:
    """Synapses whose sign belongs to the other receptor; None if none, or if it is not so easy."""
    if cell is None or not s.receptor or s.plastic or not len(s.pre):
        return None
    receptors = cell.receptors
    jump = receptors[s.receptor].variable == "v"
    if not jump and receptors["inhibitory"].sign > 0:
        return None
    wrong = np.broadcast_to(np.asarray(s.values["w"]) < 0, s.pre.shape)
    return wrong if wrong.any() and not (jump and wrong.all()) else None


def _split(q: Any, s: Synapses, cell: Cell, wrong: Any, dt: float) -> list[Any]:
    """Two projections, or one if all signs are wrong."""
    other = next(n for n in cell.receptors if n != s.receptor)
    jump = cell.receptors[other].variable == "v"
    out = []
    for part, label in ((~wrong, ""), (wrong, "_negative" if not wrong.all() else "")):
        if not part.any():
            continue
        assert s.found is not None
        variable = cell.receptors[other if part is wrong else s.receptor].variable
        unit = next(e.unit for e in q.synapse.parsed if e.name == "w")
        weight = np.broadcast_to(s.values["w"], s.pre.shape)[part]
        dim = next(e.dim for e in q.synapse.parsed if e.name == "w")
        delay = Quantity(np.broadcast_to(s.delay, s.pre.shape)[part] * dt, SECOND)
        out.append(replace(
            q, name=q.name + label, source=s.source, target=s.target,
            connector=FromArrays(s.pre[part], s.post[part]),
            synapse=s.found.rule.model(variable, unit),
            parameters={"w": Quantity(weight if jump else np.abs(weight), dim)}, initial={},
            delay=delay))
    return out


def _scales(c: Context) -> Mended:
    """Weights, capacitance and currents of a population times a power of two: same potentials."""
    factors, done = {}, []
    for p in c.view.cells:
        coming = [s for s in c.view.incoming(p.name) if len(s.pre)]
        if p.cell is None or not any(_vanishing(c, s) for s in coming) or not _scalable(p.values):
            continue
        room = [_power(c, p.cell, coming, r) for r in ("excitatory", "inhibitory")]
        factor = min((f for f in room if f is not None), default=1.0)
        if factor > 1:
            factors[p.name] = factor
            done.append(c.finding(7, WARN, f"population {p.name!r}", "weights, capacitance and "
                                  f"currents times {factor:g}", "", "", "repaired: potentials and "
                                  "spikes are the same, currents and conductances are not"))
    return Mended(_scaled(c, factors) if factors else c.view.network, done)


def _vanishing(c: Context, s: Synapses) -> bool:
    if c.stored is None:
        return False
    got = np.broadcast_to(c.stored[s.name], s.pre.shape)
    return bool(np.any((got == 0) & (np.broadcast_to(s.weight, s.pre.shape) != 0)))


def _scalable(values: Any) -> bool:
    """Whether the membrane has a capacitance of its own and no current is under way at first."""
    started = [n for n in ("i_exc", "i_inh", "g_exc", "g_inh", "in_exc", "in_inh") if n in values]
    return bool(started) and "c_m" in values and not any(np.any(values[n]) for n in started)


def _power(c: Context, cell: Cell, coming: list[Synapses], receptor: str) -> float | None:
    """The largest power of two that keeps what may arrive in one step below the buffer's 1."""
    parts = [s for s in coming if s.receptor == receptor]
    if not parts:
        return None
    scale = 1024.0 if cell.receptors[receptor].unit == "uS" else 1.0
    total = sum(max(float(np.max(np.abs(s.weight))),
                    s.in_pynn(s.values["w_max"], cell) if s.plastic else 0.0)
                * int(np.max(np.bincount(s.post))) for s in parts) * scale
    return float(2.0 ** np.floor(-np.log2(total) - 1e-9)) if total > 0 else None


def _scaled(c: Context, factors: dict[str, float]) -> Network:
    network = c.view.network
    populations = [_scaled_cells(p, factors[p.name], c) if p.name in factors else p
                   for p in network.populations]
    projections = [_scaled_synapses(q, s, factors[s.target]) if s.target in factors else q
                   for q, s in zip(network.projections, c.view.synapses, strict=True)]
    stimuli = [replace(x, values=x.values * factors[x.population]) if x.population in factors
               else x for x in network.stimuli]
    return replace(network, populations=populations, projections=projections, stimuli=stimuli)


def _scaled_cells(p: Any, factor: float, c: Context) -> Any:
    values, dims = start_values(p, c.view.plan), {e.name: e.dim for e in p.model.parsed}
    more = {n: Quantity(np.asarray(values[n]) * factor, dims[n]) for n in ("c_m", "i_offset")}
    return replace(p, parameters={**p.parameters, **more})


def _scaled_synapses(q: Any, s: Synapses, factor: float) -> Any:
    """Every weight of a rule, given or a default; those of a list keep the connector's order."""
    names = ["w", "w_min", "w_max", "w_sent"]
    if s.found is not None and s.found.rule.plus == ABSOLUTE:
        names += ["a_plus", "a_minus"]
    given = {**q.synapse.defaults, **q.parameters, **q.initial}

    def times(n: str) -> Any:
        return f"({given[n]})*{factor!r}" if isinstance(given[n], str) else given[n] * factor
    changed = {n: times(n) for n in names if n in given}
    start = {n: changed.pop(n) for n in list(changed) if n in q.initial}
    return replace(q, parameters={**q.parameters, **changed}, initial={**q.initial, **start})
