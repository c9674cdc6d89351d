"""Where two runs part first, and which diverged input, if any, lies behind each divergence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..simulator.plan import Plan, ProjectionPlan
from ..simulator.results import Results, Spikes
from .equivalence import Equivalence, differences


@dataclass(frozen=True)
class Input:
    """A spike of `neuron` of `source` in `step` that reaches the neuron in question in `arrives`.

    It comes by `projection`.
    """

    projection: str
    source: str
    neuron: int
    step: int
    arrives: int

    def __str__(self) -> str:
        return (f"{self.source} neuron {self.neuron}, step {self.step} (arrives in step "
                f"{self.arrives} by {self.projection})")


@dataclass(frozen=True)
class Divergence:
    """First difference of one population: one run alone (`only_in`) has this spike.

    `upstream` is the earliest spike into the neuron that only one run has and that arrived by
    then; None where nothing that differs had reached it.
    """

    population: str
    step: int
    neuron: int
    only_in: str
    upstream: Input | None

    def __str__(self) -> str:
        return f"population {self.population}, step {self.step}, neuron {self.neuron}"


def divergences(found: Equivalence, plan: Plan, first: Results,
                second: Results) -> list[Divergence]:
    """The first divergence of each population that differs, causes before effects.

    The earliest step leads. Of one step, populations that are driven by none of the others lead
    (a spike acts a step later at the soonest, so equal steps have a common cause or none), in the
    order of the network.
    """
    names = [p.name for p in plan.populations]
    apart = {}
    for n, name in enumerate(names):
        if name in first.spikes:
            a, b = first.spikes[name], second.spikes[name]
            keys, _ = differences(a, b)
            apart[n] = Spikes(keys // max(a.size, 1), keys % max(a.size, 1), a.dt, a.size)
    made = []
    for s in found.spikes:
        if s.divergence is not None:
            step, neuron = s.divergence
            upstream = min((x for x in arrivals(plan, apart, names.index(s.population), neuron)
                            if x.arrives <= step), key=lambda x: (x.step, x.arrives), default=None)
            made.append(Divergence(s.population, step, neuron, s.only_in, upstream))
    return sorted(made, key=lambda d: (d.step, _driven(d, made, plan), names.index(d.population)))


def _driven(d: Divergence, others: list[Divergence], plan: Plan) -> bool:
    """Whether a population that diverges in the same step projects to this one."""
    tied = {o.population for o in others if o.step == d.step} - {d.population}
    name = [p.name for p in plan.populations]
    return any(name[q.target] == d.population and name[q.source] in tied for q in plan.projections)


def arrivals(plan: Plan, spikes: Mapping[int, Spikes], population: int,
             neuron: int) -> Iterator[Input]:
    """Every one of `spikes` (by population) that reaches a neuron, projection by projection."""
    for q in plan.projections:
        if q.target != population or q.source not in spikes or not (q.sends or q.learns):
            continue
        pre, delay = incoming(q, neuron)
        s = spikes[q.source]
        order = np.argsort(s.i, kind="stable")  # by neuron, then by time
        low, high = (np.searchsorted(s.i[order], pre, side) for side in ("left", "right"))
        for i, d, a, b in zip(*(x.tolist() for x in (pre, delay, low, high)), strict=True):
            for step in s.step[order[a:b]].tolist():
                yield Input(q.name, plan.populations[q.source].name, i, step, step + d)


def incoming(q: ProjectionPlan, neuron: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(source neuron, delay in steps) of each synapse onto a neuron."""
    at = np.flatnonzero(q.post == neuron)
    pre = np.searchsorted(q.indptr, at, "right") - 1
    delay: Any = q.dendritic_steps[at] if q.mixed else q.dendritic_steps
    return pre, np.broadcast_to(np.asarray(delay) + q.axonal_steps, pre.shape)
