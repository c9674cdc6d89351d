"""The arrays a compiled run works on, laid out for threads and for the copies of a batch.

What a copy has of its own has the copies as its first axis, of length 1 without a batch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...kernels.transpose import transpose
from ...simulator.plan import NEURONS, POISSON, Plan

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


def aligned(shape: int | tuple[int, ...], dtype: Any, fill: Any = 0) -> Any:
    """A new array that begins at a multiple of LINE bytes."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.empty(size + LINE, dtype=np.uint8)
    start = -raw.ctypes.data % LINE
    out = raw[start:start + size].view(dtype).reshape(shape)
    out[...] = fill
    return out


def per_copy(copies: int, size: int, dtype: Any, fill: Any = 0) -> Any:
    """A new array (copies, size) in which each copy begins at a multiple of LINE bytes."""
    each = -(-max(size, 1) * np.dtype(dtype).itemsize // LINE) * LINE // np.dtype(dtype).itemsize
    out = aligned((copies, each), dtype)[:, :size]
    out[...] = fill
    return out


def initial(plan: Plan, part: str, n: int, name: str, shared: Any) -> Any:
    """Initial values of a variable: shared, or a row for each copy where one has its own."""
    own = [getattr(c, part).get((n, name)) for c in plan.copies]
    if all(x is None for x in own):
        return shared
    return np.stack([shared if x is None else x for x in own])


class PopulationMemory:
    """State, refractory deadlines, and the spikes of the last `depth` steps of one population.

    Slot s of the ring holds the spikes of a step k with k % depth == s: `ids[s*size + split[t]:]`
    are those of thread t, `counts[(s*threads + t)*APART]` their number. `until` is relative to the
    step at which the present call began.
    """

    def __init__(self, n: int, plan: Plan, depth: int, threads: int, dtype: Any) -> None:
        p = plan.populations[n]
        copies = max(1, len(plan.copies))
        self.plan = p
        self.depth = depth
        self.state = {v: per_copy(copies, p.size, dtype, initial(plan, "state", n, v, x))
                      for v, x in p.state.items()}
        self.split = np.zeros(threads + 1, dtype=np.int64)
        self.split[:] = shares(p.size, threads)
        self.ids = per_copy(copies, depth * p.size + 1, np.uint32)
        self.counts = per_copy(copies, depth * threads * APART, np.int64)
        self.until = per_copy(copies, p.size, np.int32, -1)
        self.cursor = per_copy(copies, threads * APART, np.int64)
        self.schedules = [(c.schedules.get(n, (p.steps, p.indices))) for c in plan.copies] or [
            (p.steps, p.indices)]
        chances = [c.chance.get(n, p.chance) for c in plan.copies] or [p.chance]
        self.chance = np.stack(chances)
        self.pending = per_copy(copies, p.size if p.kind == POISSON else 0, np.int64)
        if p.kind == POISSON:
            from ...kernels.poisson import next_spike
            for b, seed in enumerate([c.seed for c in plan.copies] or [plan.seed]):
                self.pending[b] = next_spike(seed, p.stream, p.start, np.arange(p.size),
                                             chances[b])

    def divide(self, before: int, after: int) -> None:
        """Share the neurons out among `after` threads instead of `before`; spikes move along.

        For a run of one copy: those of a batch have one thread each.
        """
        old, new = self.split.copy(), shares(self.plan.size, after)
        counts = self.spike_counts(before)[0].copy()
        self.counts[:] = 0
        self.split[:after + 1] = new
        for slot in np.flatnonzero(counts.sum(axis=1)):
            ring = self.ids[0, slot * self.plan.size:(slot + 1) * self.plan.size]
            fired = np.concatenate([ring[old[t]:old[t] + counts[slot, t]] for t in range(before)])
            cut = np.searchsorted(fired, new)
            for t in range(after):
                part = fired[cut[t]:cut[t + 1]]
                ring[new[t]:new[t] + len(part)] = part
                self.counts[0, (slot * after + t) * APART] = len(part)

    def spike_counts(self, threads: int) -> Any:
        """Spikes in the ring by copy, slot and thread; a view."""
        found = self.counts[:, :self.depth * threads * APART]
        return found.reshape(len(found), self.depth, threads, APART)[..., 0]

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

    def __init__(self, n: int, plan: Plan, threads: int, dtype: Any) -> None:
        self.plan = q = plan.projections[n]
        copies = max(1, len(plan.copies))
        n_post = plan.populations[q.target].size
        self.by_thread: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        n_pre = plan.populations[q.source].size
        self.stride = -(-n_pre // LINE) * LINE
        for name, shared in q.state.items():
            value = initial(plan, "synapses", n, name, shared)
            if q.side[name] == "pre":
                self.by_thread[name] = aligned((copies, threads, self.stride), dtype)
                self.state[name] = self.by_thread[name][:, 0, :n_pre]
                self.state[name][...] = value
            else:
                self.state[name] = per_copy(copies, len(shared), dtype, value)
        self.spread()
        self.last = per_copy(copies, q.synapses if q.lazy else 0, np.int64, -1)
        self.way_length = int(np.max(q.dendritic_steps, initial=1)) + 1
        self.way = {m: per_copy(copies, self.way_length * n_post, dtype)
                    for m, s in enumerate(q.sends) if s.buffered}
        self.column = self.column_pre = self.column_synapse = np.zeros(0, dtype=np.int64)
        if (q.on_post and not q.dense) or (q.on_post and q.mixed):
            self.column, self.column_pre, self.column_synapse = transpose(
                q.indptr, q.post, n_post)

    def spread(self) -> None:
        """Bring the other threads' copies of pre variables up to the first."""
        for values in self.by_thread.values():
            values[:, 1:] = values[:, :1]


class Memory:
    """All arrays of a run."""

    def __init__(self, plan: Plan, threads: int, dtype: Any) -> None:
        depth = 2 + max((q.longest for q in plan.projections), default=1)
        self.plan, self.threads, self.dtype = plan, threads, np.dtype(dtype)
        self.copies = max(1, len(plan.copies))
        self.populations = [PopulationMemory(n, plan, depth, threads, dtype)
                            for n in range(len(plan.populations))]
        self.projections = [ProjectionMemory(n, plan, threads, dtype)
                            for n in range(len(plan.projections))]
        self.barrier = np.zeros(8, dtype=np.int64)
        self.cursors = [p.cursor for p in self.populations]

    def divide(self, threads: int) -> None:
        """Let `threads` threads, at most as many as at first, work on these arrays from now on."""
        if threads == self.threads:
            return
        for p in self.populations:
            p.divide(self.threads, threads)
        for q in self.projections:
            q.spread()
        self.threads = threads
