"""The arrays a compiled run works on, laid out for threads."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kernels.transpose import transpose
from ..simulator.plan import NEURONS, POISSON, Plan, PopulationPlan, ProjectionPlan

ALIGN = 64
"""Neurons of one thread begin at a multiple of this: no two threads write one cache line."""


class PopulationMemory:
    """State, refractory deadlines, and the spikes of the last `depth` steps of one population.

    Slot s of the ring holds the spikes of a step k with k % depth == s: `ids[s*size + split[t]:]`
    are those of thread t, `counts[s*threads + t]` their number. `until` is relative to the step
    at which the present call began.
    """

    def __init__(self, p: PopulationPlan, depth: int, threads: int, dtype: Any, seed: int) -> None:
        self.plan = p
        self.depth = depth
        self.state = {n: v.astype(dtype) for n, v in p.state.items()}
        cut = [min(p.size, -(-p.size * t // (threads * ALIGN)) * ALIGN) for t in range(threads)]
        self.split = np.array([*cut, p.size], dtype=np.int64)
        self.ids = np.zeros(depth * p.size + 1, dtype=np.uint32)
        self.counts = np.zeros(depth * threads, dtype=np.int64)
        self.until = np.full(p.size, -1, dtype=np.int32)
        self.cursor = np.zeros(threads * 8, dtype=np.int64)
        self.pending = np.zeros(0, dtype=np.int64)
        if p.kind == POISSON:
            from ..kernels.poisson import next_spike
            self.pending = np.asarray(next_spike(seed, p.stream, p.start, np.arange(p.size),
                                                 p.chance), dtype=np.int64)

    @property
    def refractory(self) -> bool:
        """Whether any neuron ever rests."""
        p = self.plan
        return p.kind == NEURONS and bool(np.any(np.asarray(p.refractory) > 0))


class ProjectionMemory:
    """Synaptic state, its transpose for post events, and values under way.

    Variables of the pre side are kept once a thread, so that threads need not wait for each other;
    `state` shows the first copy.
    """

    def __init__(self, q: ProjectionPlan, plan: Plan, threads: int, dtype: Any) -> None:
        self.plan = q
        n_post = plan.populations[q.target].size
        self.copies: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        for name, value in q.state.items():
            if q.side[name] == "pre":
                self.copies[name] = np.tile(value.astype(dtype), (threads, 1))
                self.state[name] = self.copies[name][0]
            else:
                self.state[name] = np.array(value, dtype=dtype)
        self.last = np.full(q.synapses if q.lazy else 0, -1, dtype=np.int64)
        steps = int(np.max(q.dendritic_steps, initial=1)) + 1
        self.way_length = steps
        self.way = {n: np.zeros(steps * n_post, dtype=dtype)
                    for n, s in enumerate(q.sends) if s.buffered}
        self.column = self.column_pre = self.column_synapse = np.zeros(0, dtype=np.int64)
        if (q.on_post and not q.dense) or (q.on_post and q.mixed):
            self.column, self.column_pre, self.column_synapse = transpose(
                q.indptr, q.post, n_post)

    def spread(self) -> None:
        """Bring the other threads' copies up to the first."""
        for copy in self.copies.values():
            copy[1:] = copy[0]


class Memory:
    """All arrays of a run."""

    def __init__(self, plan: Plan, threads: int, dtype: Any) -> None:
        depth = 2 + max((q.longest for q in plan.projections), default=1)
        self.plan, self.threads, self.dtype = plan, threads, np.dtype(dtype)
        self.populations = [PopulationMemory(p, depth, threads, dtype, plan.seed)
                            for p in plan.populations]
        self.projections = [ProjectionMemory(q, plan, threads, dtype) for q in plan.projections]
        self.barrier = np.zeros(8, dtype=np.int64)
