"""Generated tensor code of a population: integrate, threshold, reset, and what is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...simulator.expressions import parse
from ...simulator.plan import PopulationPlan, StateRecord
from .text import Body


def numbers_of(p: PopulationPlan, trained: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Constants that are one number and stay so: they are printed."""
    out = {n: float(v) for n, v in p.constants.items() if np.ndim(v) == 0 and n not in trained}
    return out if rests(p) else {**out, "_active": True}


def rests(p: PopulationPlan) -> bool:
    """Whether any neuron is ever refractory."""
    return bool(np.any(np.asarray(p.refractory) > 0))


def population_code(n: int, p: PopulationPlan, records: tuple[StateRecord, ...],
                    numbers: Mapping[str, Any]) -> str:
    """Source of `integrate_<n>`, `threshold_<n>`, `reset_<n>` and `record_<n>_<r>`.

    S: state by name, (B, size); C: constants that are tensors; s: who fires, 0 or 1.
    """
    def find(name: str, local: set[str]) -> str:
        if name in local:
            return f"x_{name}"
        if name in p.state:
            return f"S[{name!r}]"
        return {"_active": "active", "t": "t"}.get(name) or f"C[{name!r}]"

    def draw(kind: str, number: int) -> str:
        return f"draw({kind!r}, {number})"

    def body(head: str) -> Body:
        return Body(f"def {head}:", numbers, find, draw, frozenset({"_active"}))

    step = body(f"integrate_{n}(S, C, active, t, draw)")
    for s in p.integrate:
        step.assign(s.target, s.expr)
    out = [step.text(*(f"S[{v!r}] = full(x_{v}, S[{v!r}])" for v in p.state if v in step.local))]
    if p.threshold:
        fire = body(f"threshold_{n}(S, C, active, t, draw, fires)")
        out.append(fire.text(f"return {fire.printer.spike(parse(p.threshold))}"))
    after = body(f"reset_{n}(S, C, s, active, t, draw, select)")
    for s in p.reset:
        after.assign(s.target, s.expr)
    out.append(after.text(*(f"S[{v!r}] = select(s, x_{v}, S[{v!r}])" for v in p.state
                            if v in after.local)))
    for r, record in enumerate(records):
        if record.population == n:
            look = body(f"record_{n}_{r}(S, C, active, t, draw)")
            exprs = ", ".join(look.printer.number(parse(e)) for e in record.exprs)
            out.append(look.text(f"return ({exprs},)"))
    return "\n".join(out)
