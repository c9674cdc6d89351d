"""What a population's step computes, read from its Plan: a leaky membrane, and a current at most.

With the input of step k already in the variables, as `deliver` leaves it:

    v <- beta v + s + bias        s <- alpha s        s = sum of scale[y] * y over the currents y

A neuron fires at v > v_th; then v is `v_reset`, or is reduced by `v_th` where that is None, and
rests there for `refractory` steps while `s` goes on. Both libraries have cells of this form.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...simulator.expressions import calls_in, constant_value, evaluate, names_in, parse, text_of
from ...simulator.functions import RANDOM
from ...simulator.linear import linear_form
from ...simulator.plan import Plan, PopulationPlan


@dataclass(frozen=True, eq=False)
class Membrane:
    """See the module; numbers, or arrays with one value a neuron.

    `v` names the membrane; `alpha` is None where there is no current; `scale` says by what factor
    each variable counts in `s`. The variables in `zero` play no part, as nothing ever reaches them.
    """

    v: str
    beta: Any
    bias: Any
    v_th: Any
    v_reset: Any
    refractory: Any
    alpha: Any
    scale: dict[str, Any]
    zero: frozenset[str]


class NotAffine(Exception):
    """Why a population is not of this form; the text continues 'population x: '."""


def received(plan: Plan, n: int) -> set[str]:
    """Variables of population n that something outside it writes."""
    found = {s.variable for q in plan.projections if q.target == n for s in q.sends}
    found |= {w.variable for w in plan.writes if w.population == n}
    for q in plan.projections:
        ends = {"pre": q.source, "post": q.target}
        found |= {c.variable for c in q.couplings if ends[c.side] == n}
    return found


def membrane(plan: Plan, n: int) -> Membrane:
    """The form of population n. Raises NotAffine with the reason."""
    p = plan.populations[n]
    v, v_th = _threshold(p)
    maps = maps_of(p)
    if v not in maps:
        raise NotAffine(f"its membrane {v!r} is not integrated")
    alive = _alive(plan, n, maps)
    used = {y for y in maps[v] if y is not None and y != v} & alive
    more = {y for y in alive - used - {v} if maps[y] != {y: 1.0}}
    if more:
        raise NotAffine(f"it also has {', '.join(sorted(more))}, and a cell there has a membrane "
                        "and at most one current that decays")
    alphas = []
    for y in sorted(used):
        if (set(maps[y]) - {y, None}) & alive or np.any(maps[y].get(None, 0.0)):
            raise NotAffine(f"{y!r} is more than a current that decays")
        alphas.append(maps[y].get(y, 0.0))
    if any(not np.array_equal(a, alphas[0]) for a in alphas):
        raise NotAffine(f"{', '.join(sorted(used))} decay at different rates, and a cell there has "
                        "one current; give them one time constant, or use one of them")
    reset = _reset(p, v, v_th)
    if np.any(np.asarray(p.refractory) > 0) and p.held & {v, *used} != {v}:
        raise NotAffine(f"while it is refractory {sorted(p.held & {v, *used}) or 'nothing'} rests; "
                        f"in a cell there {v!r} does, and nothing else")
    return Membrane(v, maps[v].get(v, 0.0), maps[v].get(None, 0.0), v_th, reset, p.refractory,
                    alphas[0] if alphas else None, {y: maps[v][y] for y in sorted(used)},
                    frozenset(maps) - used - {v})


def _alive(plan: Plan, n: int, maps: dict[str, Any]) -> set[str]:
    """Variables that can be anything but zero during a run, in any copy of a batch."""
    p = plan.populations[n]
    starts = {y: [x, *(c.state[n, y] for c in plan.copies if (n, y) in c.state)]
              for y, x in p.state.items()}
    alive = {y for y, xs in starts.items() if any(np.any(x) for x in xs)
             or np.any(maps[y].get(None, 0.0))}
    alive |= received(plan, n) | {s.target for s in p.reset}
    while True:
        more = {y for y, m in maps.items() if set(m) & alive} - alive
        if not more:
            return alive
        alive |= more


def _constant(node: ast.expr, p: PopulationPlan) -> Any:
    """Value of an expression of constants; NotAffine if it is none."""
    if calls_in(node) & set(RANDOM):
        raise NotAffine(f"{text_of(node)!r} draws random numbers in every step")
    unknown = {x for x in names_in(node) if x not in p.constants and constant_value(x) is None}
    if unknown:
        raise NotAffine(f"{text_of(node)!r} reads {sorted(unknown)}, which changes during a run")
    return evaluate(node, lambda x: p.constants[x] if x in p.constants else constant_value(x))


def _threshold(p: PopulationPlan) -> tuple[str, Any]:
    match parse(p.threshold) if p.threshold else None:
        case ast.Compare(left=ast.Name(id=v), ops=[ast.Gt()], comparators=[b]) if v in p.state:
            return v, _constant(b, p)
    raise NotAffine(f"its threshold is {p.threshold or 'missing'!r}; both libraries fire at "
                    "v > v_th, with v_th a parameter")


def _reset(p: PopulationPlan, v: str, v_th: Any) -> Any:
    """The value v is set to; None where v_th is subtracted from it."""
    if len(p.reset) != 1 or p.reset[0].target != v:
        raise NotAffine(f"its reset is {'; '.join(f'{s.target} = {s.expr}' for s in p.reset)!r}; "
                        f"it must set {v!r} and nothing else")
    node = parse(p.reset[0].expr)
    form = linear_form(node, {v})
    if form is not None and v in form:
        less = _constant(form.get(None, ast.Constant(0.0)), p)
        if np.array_equal(_constant(form[v], p), 1.0) and np.array_equal(-np.asarray(less), v_th):
            return None
    return _constant(node, p)


def maps_of(p: PopulationPlan) -> dict[str, dict[str | None, Any]]:
    """Each variable after a step as a linear form in the variables before it."""
    now: dict[str, dict[str | None, Any]] = {y: {y: 1.0} for y in p.state}
    for s in p.integrate:
        node = parse(s.expr)
        match node:  # what is held while refractory
            case ast.IfExp(test=ast.Name(id="_active"), body=body, orelse=ast.Name(id=old)) if (
                    old == s.target and old in p.held):
                node = body
        form = linear_form(node, set(now))
        if form is None:
            raise NotAffine(f"{s.target} = {s.expr[:60]}... is not linear in its variables")
        total: dict[str | None, Any] = {}
        for name, factor in form.items():
            value = _constant(factor, p)
            for y, c in ({None: 1.0} if name is None else now[name]).items():
                total[y] = total.get(y, 0.0) + value * c
        now[s.target] = {y: c for y, c in total.items() if np.any(c)}
    return {y: now[y] for y in p.state}
