"""What connects the populations of a Plan, as matrices for torch modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...simulator.expressions import constant_value, evaluate, names_in, parse
from ...simulator.plan import NEURONS, Plan, ProjectionPlan

LARGEST = 1 << 28
"""Entries of a dense matrix at most; 2 GiB in float64."""


@dataclass(frozen=True, eq=False)
class Wire:
    """`matrix` (target size, source size): what a spike adds to `variable`, `delay` steps later."""

    name: str
    source: int
    target: int
    variable: str
    delay: int
    matrix: Any


def wires(plan: Plan, reasons: list[str]) -> list[Wire]:
    """Every projection, one wire for each delay; reasons are added for what a matrix cannot do."""
    out: list[Wire] = []
    for q in plan.projections:
        problems = _problems(q, plan)
        reasons += [f"projection {q.name!r} {x}" for x in problems]
        if not problems:
            out += _wires(q, plan)
    return out


def _problems(q: ProjectionPlan, plan: Plan) -> list[str]:
    out = []
    if q.learns or q.state:
        out.append("learns, or has state of its own; run it here and export a network with static "
                   "weights")
    if q.couplings:
        out.append("couples neurons continuously; only spikes pass between layers there")
    for s in q.sends:
        moving = names_in(parse(s.expr)) - set(q.constants)
        moving = {n for n in moving if constant_value(n) is None}
        if moving and not out:
            out.append(f"sends {s.expr!r}, and {sorted(moving)} change; send a constant weight")
    entries = plan.populations[q.source].size * plan.populations[q.target].size
    if entries > LARGEST:
        out.append(f"would be a matrix of {entries:.3g} entries, and the limit is {LARGEST}; "
                   "matrices there are dense, so export a smaller part")
    return out


def _wires(q: ProjectionPlan, plan: Plan) -> list[Wire]:
    pre = np.repeat(np.arange(len(q.indptr) - 1), np.diff(q.indptr))
    shape = (plan.populations[q.target].size, plan.populations[q.source].size)
    at = np.broadcast_to(q.axonal_steps + np.asarray(q.dendritic_steps), pre.shape)
    ends = {"pre": pre, "post": q.post}

    def value_of(name: str) -> Any:
        if name not in q.constants:
            return constant_value(name)
        value = q.constants[name]
        side = q.side.get(name)
        return value[ends[side]] if np.ndim(value) and side in ends else value
    out = []
    for n, s in enumerate(q.sends):
        weight = np.broadcast_to(evaluate(parse(s.expr), value_of), pre.shape)
        for delay in np.unique(at):
            matrix = np.zeros(shape)
            mine = at == delay
            np.add.at(matrix, (q.post[mine], pre[mine]), weight[mine])
            name = q.name + (f"_{n}" if n else "") + (f"_after_{delay}" if q.mixed else "")
            out.append(Wire(name, q.source, q.target, s.variable, int(delay), matrix))
    return out


def writes(plan: Plan, reasons: list[str]) -> dict[int, list[Any]]:
    """Timed values by population; they may only be set for `drive`, the input of imported cells."""
    out: dict[int, list[Any]] = {}
    for w in plan.writes:
        name = plan.populations[w.population].name
        if w.variable != "drive":
            reasons.append(f"the StepCurrent on {name}.{w.variable} changes a parameter in time; "
                           "a cell there has constants, and its input is given as spikes")
        out.setdefault(w.population, []).append(w)
    for p in plan.populations:
        if p.kind == NEURONS and p.clock != 1:
            reasons.append(f"population {p.name!r} is integrated every {p.clock} steps; cells there"
                           " take every step, use clock=1")
    return out
