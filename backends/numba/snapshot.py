"""In and out of a compiled run's arrays: what was recorded, snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...simulator.plan import POISSON
from ...simulator.recorded import Recorded, SpikeColumns, nothing
from ...simulator.snapshot import (
    PopulationSnapshot,
    ProjectionSnapshot,
    Snapshot,
    depth,
    free,
)
from .memory import APART, Memory, PopulationMemory
from .program import Recorder


def take(memory: Memory, recorder: Recorder, began: Any, done: Any, level: bool) -> Recorded:
    """What a call recorded that ran each copy from step `began` for `done` steps, (copies,).

    Empties the buffers; those of states only where all copies are `level`, at the same step.
    """
    spikes = {}
    for n in memory.plan.record_spikes:
        rows = int(done.max(initial=0))
        counts = recorder.counts[n][:, :rows] * (np.arange(rows) < done[:, None])
        totals = counts.sum(axis=1)
        step = np.repeat((began[:, None] + np.arange(rows)).ravel(), counts.ravel())
        most = int(totals.max(initial=0))
        i = recorder.ids[n][:, :most][np.arange(most) < totals[:, None]]
        offsets = np.concatenate([[0], np.cumsum(totals)]).astype(np.int64)
        spikes[n] = SpikeColumns(offsets, step.astype(np.int64), i.astype(np.int64))
        memory.populations[n].cursor[:, 1::APART] = 0
    if not level:
        return Recorded(spikes, nothing(memory.plan).rows)
    rows_of = []
    for n, r in enumerate(memory.plan.record_states):
        width, written = len(r.neurons), int(recorder.cells[n][:, 0].max(initial=0))
        rows_of.append([buffer[:, :written * width].reshape(len(buffer), written, width).astype(
            np.float64) for buffer in recorder.states[n]])
        recorder.cells[n][:] = 0
    return Recorded(spikes, rows_of)


def save(memory: Memory, k: int) -> list[Snapshot]:
    """A snapshot of each copy before step `k`."""
    return [Snapshot(k, tuple(_population(memory, p, b, k) for p in memory.populations),
                     tuple(_projection(q, b, k) for q in memory.projections))
            for b in range(memory.copies)]


def _population(memory: Memory, p: PopulationMemory, b: int, k: int) -> PopulationSnapshot:
    counts = p.spike_counts(memory.threads)[b]
    steps, indices = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for step in range(max(0, k - depth(memory.plan)), k):
        slot = step % p.depth
        for t in np.flatnonzero(counts[slot]):
            at = slot * p.plan.size + p.split[t]
            indices.append(p.ids[b, at:at + counts[slot, t]].astype(np.int64))
            steps.append(np.full(counts[slot, t], step))
    until = p.until[b].astype(np.int64)
    return PopulationSnapshot({v: x[b].astype(np.float64) for v, x in p.state.items()},
                              free(np.where(until < 0, -1, until + k), k), p.pending[b].copy(),
                              np.concatenate(steps), np.concatenate(indices))


def _projection(q: Any, b: int, k: int) -> ProjectionSnapshot:
    way = {m: np.roll(x[b].reshape(q.way_length, -1), -(k % q.way_length), axis=0).astype(
        np.float64) for m, x in q.way.items()}
    return ProjectionSnapshot({v: x[b].astype(np.float64) for v, x in q.state.items()},
                              q.last[b].copy(), way)


def load(memory: Memory, snapshots: Sequence[Snapshot]) -> None:
    """Put snapshots of all copies into the arrays."""
    for cursor in memory.cursors:
        cursor[:] = 0
    for b, s in enumerate(snapshots):
        for p, saved in zip(memory.populations, s.populations, strict=True):
            _put_population(memory, p, b, s.k, saved)
        for q, synapses in zip(memory.projections, s.projections, strict=True):
            for v, x in synapses.state.items():
                q.state[v][b] = x
            q.last[b] = synapses.last
            for m, way in synapses.way.items():
                q.way[m][b] = np.roll(way, s.k % q.way_length, axis=0).ravel()
    for q in memory.projections:
        q.spread()


def _put_population(memory: Memory, p: PopulationMemory, b: int, k: int,
                    saved: PopulationSnapshot) -> None:
    for v, x in saved.state.items():
        p.state[v][b] = x
    p.until[b] = np.where(saved.until < k, -1, saved.until - k)
    if p.plan.kind == POISSON:
        p.pending[b] = saved.pending
    counts = p.spike_counts(memory.threads)[b]
    counts[:] = 0
    for step in np.unique(saved.steps):
        fired = saved.indices[saved.steps == step]
        slot = int(step) % p.depth
        cut = np.searchsorted(fired, p.split[:memory.threads + 1])
        for t in range(memory.threads):
            part = fired[cut[t]:cut[t + 1]]
            at = slot * p.plan.size + p.split[t]
            p.ids[b, at:at + len(part)] = part
            counts[slot, t] = len(part)
