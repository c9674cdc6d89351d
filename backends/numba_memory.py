"""The arrays a compiled run works on, laid out for threads."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kernels.transpose import transpose
from ..simulator.plan import NEURONS, POISSON, Plan, PopulationPlan, ProjectionPlan

ALIGN = 16
"""Neurons of one thread begin at a multiple of this: with arrays that begin at a cache line, no two
threads write one line. (Where they did, two threads were half as fast as one.)"""

LINE = 128
"""Bytes that arrays are aligned to: two cache lines, which processors fetch together."""

APART = 8
"""Counters of different threads are this many int64 apart: a cache line each."""


def shares(size: int, threads: int) -> list[int]:
    """Where the neurons of each thread begin, and the size at the end."""
    cut = [min(size, round(size * t / (threads * ALIGN)) * ALIGN) for t in range(threads)]
    return [*cut, size]


def aligned(shape: int | tuple[int, int], dtype: Any, fill: Any = 0) -> Any:
    """A new array that begins at a multiple of LINE bytes."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.empty(size + LINE, dtype=np.uint8)
    start = -raw.ctypes.data % LINE
    out = raw[start:start + size].view(dtype).reshape(shape)
    out[...] = fill
    return out


class PopulationMemory:
    """State, refractory deadlines, and the spikes of the last `depth` steps of one population.

    Slot s of the ring holds the spikes of a step k with k % depth == s: `ids[s*size + split[t]:]`
    are those of thread t, `counts[(s*threads + t)*APART]` their number. `until` is relative to the
    step at which the present call began.
    """

    def __init__(self, p: PopulationPlan, depth: int, threads: int, dtype: Any, seed: int) -> None:
        self.plan = p
        self.depth = depth
        self.state = {n: aligned(p.size, dtype, v) for n, v in p.state.items()}
        self.split = np.zeros(threads + 1, dtype=np.int64)
        self.split[:] = shares(p.size, threads)
        self.ids = aligned(depth * p.size + 1, np.uint32)
        self.counts = aligned(depth * threads * APART, np.int64)
        self.until = aligned(p.size, np.int32, -1)
        self.cursor = aligned(threads * APART, np.int64)
        self.pending = np.zeros(0, dtype=np.int64)
        if p.kind == POISSON:
            from ..kernels.poisson import next_spike
            self.pending = aligned(p.size, np.int64, next_spike(
                seed, p.stream, p.start, np.arange(p.size), p.chance))

    def divide(self, before: int, after: int) -> None:
        """Share the neurons out among `after` threads instead of `before`; spikes move along."""
        old, new = self.split.copy(), shares(self.plan.size, after)
        counts = self.counts[::APART][:self.depth * before].reshape(self.depth, before).copy()
        self.counts[:] = 0
        self.split[:after + 1] = new
        for slot in np.flatnonzero(counts.sum(axis=1)):
            ring = self.ids[slot * self.plan.size:(slot + 1) * self.plan.size]
            fired = np.concatenate([ring[old[t]:old[t] + counts[slot, t]] for t in range(before)])
            cut = np.searchsorted(fired, new)
            for t in range(after):
                part = fired[cut[t]:cut[t + 1]]
                ring[new[t]:new[t] + len(part)] = part
                self.counts[(slot * after + t) * APART] = len(part)

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
        n_pre = plan.populations[q.source].size
        self.stride = -(-n_pre // LINE) * LINE
        for name, value in q.state.items():
            if q.side[name] == "pre":
                self.copies[name] = aligned((threads, self.stride), dtype)
                self.copies[name][:, :n_pre] = value
                self.state[name] = self.copies[name][0, :n_pre]
            else:
                self.state[name] = aligned(len(value), dtype, value)
        self.last = np.full(q.synapses if q.lazy else 0, -1, dtype=np.int64)
        steps = int(np.max(q.dendritic_steps, initial=1)) + 1
        self.way_length = steps
        self.way = {n: aligned(steps * n_post, dtype)
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

    def divide(self, threads: int) -> None:
        """Let `threads` threads, at most as many as at first, work on these arrays from now on."""
        if threads == self.threads:
            return
        for p in self.populations:
            p.divide(self.threads, threads)
        for q in self.projections:
            q.spread()
        self.threads = threads
