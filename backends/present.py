"""Synaptic variables as they are now: one value a synapse, whatever side they live on."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..simulator.expressions import evaluate, parse
from ..simulator.plan import ProjectionPlan
from .runner import Runner


def by_synapse(q: ProjectionPlan, name: str, value: Any) -> Any:
    """`value` of a variable or constant of a projection, spread over its synapses (last axis)."""
    if np.ndim(value) == 0:
        return np.full(q.synapses, value)
    side = q.side[name]
    if side == "pre":
        return np.repeat(value, np.diff(q.indptr), axis=-1)
    return value[..., q.post] if side == "post" else np.asarray(value)


def present(runner: Runner, n: int, name: str) -> Any:
    """Values of a variable of projection n at the end of the last step, (synapses,).

    In a batch (B, synapses), unless copies share them. What events bring up to date is worked out
    from its last event on; nothing is changed.
    """
    q: ProjectionPlan = runner.plan.projections[n]
    stored = runner.read_synapses(n, name) if name in q.state else q.constants[name]
    value = by_synapse(q, name, stored)
    catch_up = next((s.expr for s in q.lazy if s.target == name), None)
    last = runner.read_last(n) if catch_up else None
    if catch_up is None or last is None:
        return value
    elapsed = (runner.k - 1 - last) * runner.plan.dt

    def value_of(x: str) -> Any:
        if x == "_elapsed":
            return elapsed
        return value if x == name else by_synapse(q, x, q.constants[x])
    return evaluate(parse(catch_up), value_of)


def bring_up_to_date(runner: Runner, n: int) -> None:
    """Store the present values of what events bring up to date, so that they can be changed."""
    q: ProjectionPlan = runner.plan.projections[n]
    now = {s.target: present(runner, n, s.target) for s in q.lazy}
    for name, value in now.items():
        runner.write_synapses(n, name, value)
    if now and runner.read_last(n) is not None:
        runner.write_last(n, runner.k - 1)
