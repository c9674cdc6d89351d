"""Names of what trains: checked, spread over synapses, and refused where nothing is smooth."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...simulator.check_network import ends
from ...simulator.equations import inline
from ...simulator.errors import DescriptionError, UnsupportedError
from ...simulator.expressions import calls_in, names_in, parse
from ...simulator.plan import Plan, ProjectionPlan
from ...simulator.units import Quantity, split

STEPS = ("floor", "ceil", "int", "sign")
"""Functions whose slope is zero wherever it exists."""


def names(given: Any, what: str) -> tuple[str, ...]:
    """A tuple of names from one or several; DescriptionError for anything else."""
    out = (given,) if isinstance(given, str) else tuple(given)
    if not all(isinstance(n, str) for n in out):
        raise DescriptionError(f"{what}={given!r}; give names, such as ('proj.w', 'cells.tau_m')")
    return out


def part_and_variable(name: str) -> tuple[str, str]:
    """'cells.v' -> ('cells', 'v'), 'cells' -> ('cells', '')."""
    part, _, variable = name.partition(".")
    return part, variable


def spread_weights(q: Any, network: Any, trained: frozenset[str]) -> Any:
    """Projection `q` with one value a synapse for what trains and is given as one number.

    UnsupportedError for parameters of its differential equations.
    """
    rates = {n for e in q.synapse.parsed if e.kind == "differential"
             for n in names_in(inline(q.synapse.parsed)[e.name])}
    slow = sorted(n for e in q.synapse.parsed if (n := e.name) in trained & rates
                  and e.kind != "differential")
    if slow:
        raise UnsupportedError("torch", [
            f"train: {q.name}.{n} is worked into constants when the network is lowered, as every "
            "rate of a synapse's equations; weights and amplitudes train" for n in slow],
            "this network cannot be trained as it is")
    (source, s0, s1), (target, t0, t1) = ends(q, {p.name: p for p in network.populations})
    rows = q.connector.rows(s1 - s0, t1 - t0, 0, q.name, source.name == target.name, s0 - t0)
    count = {"pre": s1 - s0, "post": t1 - t0}
    out = {}
    for e in q.synapse.parsed:
        label = next((k for k in ("parameters", "initial") if e.name in getattr(q, k)), None)
        value = getattr(q, label)[e.name] if label else q.synapse.defaults.get(e.name)
        if e.name not in trained or value is None or isinstance(value, str):
            continue
        number, dim = split(value)
        if np.ndim(number) == 0:
            side = next((f for f in ("pre", "post") if f in e.flags), "synapse")
            size = count.get(side, len(rows.post))
            wide = np.full(size, float(number))
            out[e.name] = (label or _label(e), Quantity(wide, dim))
    for label in ("parameters", "initial"):
        new = {n: v for n, (where, v) in out.items() if where == label}
        q = replace(q, **{label: {**getattr(q, label), **new}})
    return q


def _label(e: Any) -> str:
    return "initial" if e.kind == "differential" else "parameters"


def refuse_rules(plan: Plan, trained: Mapping[str, frozenset[str]],
                 detach: frozenset[str]) -> list[str]:
    """Why gradients that `trained` asks for do not exist: one reason a projection or name."""
    out = []
    for q in plan.projections:
        out += _lost(q, trained.get(q.name, frozenset()))
        steps = sorted(_steps(q)) if trained and (q.learns or q.sends) else []
        if steps and q.name not in detach:
            out.append(f"projection {q.name!r}: its rule uses {', '.join(steps)}, which has no "
                       f"gradient; name it in detach=({q.name!r},) to train without what would "
                       "flow through it")
    return out


def _lost(q: ProjectionPlan, wanted: frozenset[str]) -> list[str]:
    texts = [e.expr for part in (q.on_pre, q.on_post, q.sends, q.couplings, q.lazy) for e in part]
    read = set().union(*(names_in(parse(t)) for t in texts)) if texts else set()
    slow = {s.target for part in q.decay.values() for s in part}
    out = []
    for name in sorted(wanted):
        if name not in q.state and name not in read:
            out.append(f"train: {q.name}.{name} is worked into constants when the network is "
                       "lowered (a time constant of a trace, or a name that nothing reads); what "
                       f"trains in this projection is {_able(q, read)}")
        elif name in q.state and name in slow and not read & {name}:
            out.append(f"train: {q.name}.{name} is only read by equations that are integrated in "
                       "every step; nothing that is sent depends on it")
    return out


def _able(q: ProjectionPlan, read: set[str]) -> str:
    return ", ".join(n for n in (*q.state, *q.constants)
                     if n in read and not n.startswith("_")) or "nothing"


def _steps(q: ProjectionPlan) -> set[str]:
    """Operations without a gradient in the events and sends of a projection."""
    found: set[str] = set()
    for part in (q.on_pre, q.on_post, q.sends):
        for e in part:
            node = parse(e.expr)
            found |= calls_in(node) & set(STEPS)
            found |= {"//" if isinstance(n.op, ast.FloorDiv) else "%" for n in ast.walk(node)
                      if isinstance(n, ast.BinOp) and isinstance(n.op, (ast.FloorDiv, ast.Mod))}
    return found
