"""Operations of a run, counted from its spikes and the synapses that they reached."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....models.memory import OpCount
from ....simulator.plan import NEURONS, Plan, ProjectionPlan
from ....simulator.results import Results

Array = NDArray[np.float64]


class Tally:
    """Counts of a plan's runs: synapses by neuron, neurons by their clock, and who learns."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.updates = sum(p.size / p.clock for p in plan.populations if p.kind == NEURONS)
        self.synapses = sum(q.synapses for q in plan.projections)
        self.before = [_by_source(q, _weights(q) != 0.0) for q in plan.projections]
        self.learning = [n for n, q in enumerate(plan.projections)
                         if "w" in q.state and q.side["w"] == "synapse"]

    def ops(self, run: Results, steps: int, bits: float = 32.0, learnt: bool = False,
            first: int = 0) -> OpCount:
        """Operations of a run up to step `steps`, from `first` on.

        Accumulates: spikes times non-zero fan-out, with the weights at the start, or, of a run that
        `learnt`, those at its end too. Continuous couplings are a multiply-accumulate a synapse and
        step. Dense: every synapse in every step. A weight is written where a learning synapse sees
        a spike of either side. Each accumulate reads a weight of `bits`, each learning event reads
        and writes one.
        """
        counts = [self._counts(run, p.name, p.size, first, steps) for p in self.plan.populations]
        many = float(steps - first)
        ac = sum(float(counts[q.source] @ self._fan(n, run, learnt))
                 for n, q in enumerate(self.plan.projections) if q.sends)
        mac = many * sum(q.synapses * len(q.couplings) for q in self.plan.projections)
        events = sum(self._events(self.plan.projections[n], counts) for n in self.learning)
        return OpCount(dense=float(self.synapses) * many, ac=ac, mac=mac,
                       neuron_updates=float(self.updates) * many, weight_updates=events,
                       spikes=float(sum(c.sum() for c in counts)), timesteps=many,
                       bytes_rw=(ac + mac + 2.0 * events) * bits / 8.0)

    def _fan(self, n: int, run: Results, learnt: bool) -> Array:
        if not learnt or n not in self.learning:
            return self.before[n]
        q = self.plan.projections[n]
        return _by_source(q, (_weights(q) != 0.0) | (run.weights[q.name].final["w"] != 0.0))

    @staticmethod
    def _events(q: ProjectionPlan, counts: list[Array]) -> float:
        fan_in = np.bincount(q.post, minlength=len(counts[q.target]))
        return float(counts[q.source] @ np.diff(q.indptr) + counts[q.target] @ fan_in)

    @staticmethod
    def _counts(run: Results, name: str, size: int, first: int, steps: int) -> Array:
        if name not in run.spikes:  # units that do not spike need not be recorded
            return np.zeros(size)
        spikes = run.spikes[name]
        within = (np.asarray(spikes.step) >= first) & (np.asarray(spikes.step) < steps)
        return np.bincount(np.asarray(spikes.i)[within], minlength=size).astype(np.float64)


def _weights(q: ProjectionPlan) -> Any:
    """Of each synapse; 1 where a synapse has no `w`."""
    return np.broadcast_to(q.state.get("w", q.constants.get("w", 1.0)), (q.synapses,))


def _by_source(q: ProjectionPlan, there: Any) -> Array:
    """How many synapses of each source neuron are there."""
    rows = np.repeat(np.arange(len(q.indptr) - 1), np.diff(q.indptr))
    return np.bincount(rows, there, len(q.indptr) - 1).astype(np.float64)
