"""What a simulation recorded becomes `Results`, or `BatchResults` for a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..simulator.batch_results import BatchResults, BatchSpikes
from ..simulator.equations import SUBEXPRESSION
from ..simulator.network import Network, Projection
from ..simulator.plan import Plan, ProjectionPlan
from ..simulator.recorded import Recorded
from ..simulator.results import Results, States, Trace, Weights
from .present import present
from .runner import Runner


def dims_of(model: Any) -> dict[str, Any]:
    """Dimension of each variable of a model."""
    return {e.name: e.dim for e in model.parsed}


def results(network: Network, runner: Runner, recorded: Recorded, history: list[Any],
            provenance: Mapping[str, Any]) -> Any:
    """Everything since the start. `history` holds (steps, {name: values}) by WeightRecord."""
    plan: Plan = runner.plan
    batch = BatchResults(_spikes(plan, recorded), _states(network, plan, recorded),
                         _weights(network, runner, history), plan.dt, runner.k,
                         tuple(c.seed for c in plan.copies) or (plan.seed,), dict(provenance))
    if plan.copies:
        return batch
    one = batch[0]
    return Results(one.spikes, one.states, one.weights, one.dt, one.steps, dict(provenance))


def _spikes(plan: Plan, recorded: Recorded) -> dict[str, Any]:
    return {plan.populations[n].name: BatchSpikes.of(recorded.spikes[n], plan.dt,
                                                     plan.populations[n].size)
            for n in plan.record_spikes}


def _states(network: Network, plan: Plan, recorded: Recorded) -> dict[str, States]:
    out: dict[str, dict[str, Trace]] = {}
    for r, table in zip(plan.record_states, recorded.rows, strict=True):
        p = network.populations[r.population]
        dims = dims_of(p.model)
        for name, values in zip(r.names, table, strict=True):
            step = np.arange(values.shape[1], dtype=np.int64) * r.every
            out.setdefault(p.name, {})[name] = Trace(values, step, r.neurons, dims[name], plan.dt)
    return {name: States(traces) for name, traces in out.items()}


def _weights(network: Network, runner: Runner, history: list[Any]) -> dict[str, Weights]:
    plan: Plan = runner.plan
    out = {}
    probes = {r.projection: n for n, r in enumerate(plan.record_weights)}
    for n, (q, qp) in enumerate(zip(network.projections, plan.projections, strict=True)):
        if not (qp.state or n in probes):
            continue  # static weights are in the description; no copy of 10^8 of them
        values = {m: each_copy(runner, n, m) for m in kept_names(q, qp)}
        pre = np.repeat(np.arange(len(qp.indptr) - 1), np.diff(qp.indptr))
        shape = (len(qp.indptr) - 1, plan.populations[qp.target].size)
        past, at = {}, np.zeros(0, np.int64)
        if n in probes:
            steps, columns = history[probes[n]]
            at = np.array(steps, np.int64)
            past = {m: np.stack(c, axis=1) if c else np.zeros((max(1, len(plan.copies)), 0,
                                                               qp.synapses))
                    for m, c in columns.items()}
        out[q.name] = Weights(pre, qp.post.astype(np.int64), values, dims_of(q.synapse), shape,
                              past, at, plan.dt)
    return out


def kept_names(q: Projection, qp: ProjectionPlan) -> list[str]:
    """Variables of the synapses that a run leaves."""
    return [e.name for e in q.synapse.parsed if e.kind != SUBEXPRESSION
            and (qp.side[e.name] != "shared" or e.name in {**q.parameters, **q.initial})]


def each_copy(runner: Runner, n: int, name: str) -> Any:
    """Present values of a variable of projection n in every copy, (B, synapses)."""
    values = np.asarray(present(runner, n, name), np.float64)
    copies = max(1, len(runner.plan.copies))
    return np.array(np.broadcast_to(values, (copies, values.shape[-1])))
