"""What each population and projection keeps on the device."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...kernels.philox import key
from ...kernels.poisson import next_spike
from ...kernels.transpose import transpose
from ...simulator.plan import NEURONS, POISSON, SCHEDULE, Plan, PopulationPlan, ProjectionPlan
from .banks import Banks, Place, stacked

SHORT = 8
"""Synapses of a row at most for one lane to walk it alone."""


def shares(size: int, workers: int) -> Any:
    """Where the neurons of each worker begin, and the size at the end."""
    return np.array([round(size * t / workers) for t in range(workers + 1)], np.int64)


def power_of_two(least: int) -> int:
    """The least one from `least` on: a ring of that length needs no division, which is slow."""
    return 1 << (least - 1).bit_length()


class Copies:
    """What the copies of a batch have of their own, with the Plan's where they have none."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.many = max(1, len(plan.copies))
        keys = np.array([key(c.seed) for c in plan.copies] or [key(plan.seed)], np.int64)
        self.seeds = [c.seed for c in plan.copies] or [plan.seed]
        self.key0, self.key1 = keys[:, 0], keys[:, 1]

    def _own(self, part: str, which: Any, common: Any) -> list[Any]:
        return [getattr(c, part).get(which, common) for c in self.plan.copies] or [common]

    def state(self, n: int, name: str) -> Any:
        """Initial values of a state variable of population n."""
        return stacked(self._own("state", (n, name), self.plan.populations[n].state[name]))

    def synapses(self, n: int, name: str) -> Any:
        """Initial values of a state variable of projection n."""
        return stacked(self._own("synapses", (n, name), self.plan.projections[n].state[name]))

    def schedules(self, n: int) -> list[Any]:
        """(steps, indices) of each copy."""
        p = self.plan.populations[n]
        return self._own("schedules", n, (p.steps, p.indices))

    def chance(self, n: int) -> list[Any]:
        """Probabilities of a Poisson source, of each copy."""
        return self._own("chance", n, self.plan.populations[n].chance)

    def values(self, n: int) -> list[Any]:
        """Values of a timed write, of each copy."""
        return self._own("values", n, self.plan.writes[n].values)


class PopulationMemory:
    """State, refractory deadlines (absolute steps), and a ring of the spikes of `depth` steps.

    Slot k & (depth - 1) of the ring is that of step k: worker t's spikes begin at `ids[slot*size +
    split[t]]`, and there are `counts[slot*workers + t]`. What every lane reads in a step and one
    lane changes in it (`cursor`) is there twice, for even and odd steps.
    """

    def __init__(self, n: int, banks: Banks, copies: Copies, depth: int, workers: int) -> None:
        p: PopulationPlan = copies.plan.populations[n]
        self.n, self.plan, self.depth = n, p, depth
        self.shares = shares(p.size, workers)
        self.state = {v: banks.own("F", p.size, copies.state(n, v)) for v in p.state}
        self.split = banks.shared("L", self.shares)
        self.ids = banks.own("W", depth * p.size)
        self.counts = banks.own("W", depth * workers)
        self.until = banks.own("L", p.size, -1) if self.refractory else None
        self.used = banks.own("L", 2 * workers) if n in copies.plan.record_spikes else None
        if p.kind == POISSON:
            chance = copies.chance(n)
            every = np.arange(p.size)
            self.pending = banks.own("L", p.size, [
                next_spike(seed, p.stream, p.start, every, c)
                for seed, c in zip(copies.seeds, chance, strict=True)])
            self.chance = each(banks, "D", chance)
        if p.kind == SCHEDULE:
            self.given = copies.schedules(n)
            self.steps = each(banks, "L", [steps for steps, _ in self.given])
            self.indices = each(banks, "W", [indices for _, indices in self.given])
            self.cursor = banks.own("L", 2 * workers, [
                np.full(2 * workers, np.searchsorted(steps, 0)) for steps, _ in self.given])

    @property
    def refractory(self) -> bool:
        """Whether any neuron ever rests."""
        p = self.plan
        return p.kind == NEURONS and bool(np.any(np.asarray(p.refractory) > 0))


def each(banks: Banks, bank: str, arrays: list[Any]) -> list[Place]:
    """A place for each copy's array; equal arrays lie in one."""
    return [banks.shared(bank, a) for a in arrays]


class ProjectionMemory:
    """Rows, synaptic state, its transpose, and values under way.

    `cuts[i*(workers + 1) + t]`: synapses of row i before worker t's; None for one worker.
    `single`: no target has two synapses, so nothing that arrives meets anything else. `multiple`:
    a row may hold a target twice. `widest`: synapses of a row, or of a worker's part, at most.
    """

    def __init__(self, n: int, banks: Banks, copies: Copies, split: Any) -> None:
        q: ProjectionPlan = copies.plan.projections[n]
        self.n, self.plan, self.banks = n, q, banks
        posts = copies.plan.populations[q.target].size
        self.indptr = self.post = self.cuts = None
        if not q.dense:
            self.indptr, self.post = banks.shared("L", q.indptr), banks.shared("W", q.post)
            if len(split) > 2:
                cuts = _cuts(q, split)
                self.cuts = banks.shared("W", cuts)
        self.state = {v: banks.own("F", len(x), copies.synapses(n, v)) for v, x in q.state.items()}
        self.last = banks.own("L", q.synapses, -1) if q.lazy else None
        self.rows_under_way = int(np.max(q.dendritic_steps, initial=1)) + 1
        self.way_length = power_of_two(self.rows_under_way)
        self.way = {m: banks.own("F", self.way_length * posts)
                    for m, s in enumerate(q.sends) if s.buffered}
        rows = np.diff(q.indptr)
        parts = rows if self.cuts is None else np.diff(cuts, axis=1)
        self.widest = int(parts.max(initial=0))
        self.short = self.widest <= SHORT
        self.single = int(np.bincount(q.post, minlength=1).max(initial=0)) <= 1
        self.multiple = _repeats(q)
        self._columns: tuple[Place, Place, Place] | None = None

    def columns(self, posts: int) -> tuple[Place, Place, Place]:
        """Where each target's synapses begin, and the source and number of each."""
        if self._columns is None:
            start, pre, synapse = transpose(self.plan.indptr, self.plan.post, posts)
            self._columns = (self.banks.shared("L", start), self.banks.shared("W", pre),
                             self.banks.shared("W", synapse))
            self._keep = start, pre, synapse
        return self._columns


def _cuts(q: ProjectionPlan, split: Any) -> Any:
    """Where in each row the targets of each worker begin: found once, not at every spike."""
    rows, workers = len(q.indptr) - 1, len(split) - 1
    owner = np.searchsorted(split, q.post, side="right") - 1
    row = np.repeat(np.arange(rows), np.diff(q.indptr))
    counts = np.bincount(row * workers + owner, minlength=rows * workers).reshape(rows, workers)
    return np.concatenate([np.zeros((rows, 1), np.int64), np.cumsum(counts, axis=1)],
                          axis=1).astype(np.int32)


def _repeats(q: ProjectionPlan) -> bool:
    """Whether a row holds a target twice; rows are sorted, so they would be neighbours."""
    if q.synapses < 2 or q.dense:
        return False
    same = q.post[1:] == q.post[:-1]
    begins = q.indptr[1:-1]
    begins = begins[(begins > 0) & (begins < q.synapses)]
    same[begins - 1] = False
    return bool(same.any())


class Memory:
    """All that a run keeps on the device, before it is there."""

    def __init__(self, plan: Plan, workers: int, dtype: Any, lanes: int = 32) -> None:
        self.plan, self.workers, self.dtype = plan, workers, np.dtype(dtype)
        self.lanes = lanes
        self.copies = Copies(plan)
        self.banks = Banks(self.copies.many, dtype)
        depth = power_of_two(2 + max((q.longest for q in plan.projections), default=1))
        self.populations = [PopulationMemory(n, self.banks, self.copies, depth, workers)
                            for n in range(len(plan.populations))]
        self.projections = [ProjectionMemory(n, self.banks, self.copies,
                                             self.populations[q.target].shares)
                            for n, q in enumerate(plan.projections)]
        self.totals: dict[tuple[int, str], Place] = {}

    def total(self, n: int, variable: str) -> Place:
        """Where a coupling into a variable of population n is summed."""
        if (n, variable) not in self.totals:
            self.totals[n, variable] = self.banks.own("F", self.plan.populations[n].size)
        return self.totals[n, variable]
