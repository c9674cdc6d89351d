"""A run on the device taken down to a Snapshot, and up again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...simulator.plan import POISSON, SCHEDULE, Plan
from ...simulator.snapshot import PopulationSnapshot, ProjectionSnapshot, Snapshot, depth, free
from .banks import Store
from .memory import Memory, PopulationMemory, ProjectionMemory

NONE = np.zeros(0, np.int64)


def take(memory: Memory, store: Store, k: int) -> list[Snapshot]:
    """The state before step `k`, of each copy."""
    out = []
    for c in range(memory.copies.many):
        populations = tuple(_population(m, memory, store, k, c) for m in memory.populations)
        projections = tuple(_projection(m, store, k, c) for m in memory.projections)
        out.append(Snapshot(k, populations, projections))
    return out


def _population(m: PopulationMemory, memory: Memory, store: Store, k: int,
                c: int) -> PopulationSnapshot:
    state = {v: store.look(x)[c].astype(np.float64) for v, x in m.state.items()}
    until = np.full(m.plan.size, -1, np.int64)
    if m.until is not None:
        until = free(store.look(m.until)[c], k)
    pending = store.look(m.pending)[c].copy() if m.plan.kind == POISSON else NONE
    steps, indices = _fired(m, memory.plan, store, k, c)
    return PopulationSnapshot(state, until, pending, steps, indices)


def _fired(m: PopulationMemory, plan: Plan, store: Store, k: int, c: int) -> tuple[Any, Any]:
    """Spikes that may still be under way."""
    ids = store.look(m.ids)[c].reshape(m.depth, m.plan.size)
    workers = len(m.shares) - 1
    counts = store.look(m.counts)[c].reshape(m.depth, workers)
    steps, indices = [NONE], [NONE]
    for step in range(max(0, k - depth(plan)), k):
        slot = step & (m.depth - 1)
        for t in range(workers):
            found = ids[slot, m.shares[t]:m.shares[t] + counts[slot, t]].astype(np.int64)
            steps.append(np.full(len(found), step, np.int64))
            indices.append(found)
    return np.concatenate(steps), np.concatenate(indices)


def _projection(m: ProjectionMemory, store: Store, k: int, c: int) -> ProjectionSnapshot:
    state = {v: store.look(x)[c].astype(np.float64) for v, x in m.state.items()}
    last = store.look(m.last)[c].copy() if m.last is not None else NONE
    way = {}
    for number, place in m.way.items():
        table = store.look(place)[c].reshape(m.way_length, -1).astype(np.float64)
        way[number] = table[_under_way(m, k)]
    return ProjectionSnapshot(state, last, way)


def _under_way(m: ProjectionMemory, k: int) -> Any:
    """Where the rows of a Snapshot lie in the ring of what is under way."""
    return (k + np.arange(m.rows_under_way)) & (m.way_length - 1)


def bring(memory: Memory, store: Store, snapshots: Sequence[Snapshot]) -> int:
    """Put the state of each copy on the device. Returns the next step."""
    k = snapshots[0].k
    for n, m in enumerate(memory.populations):
        saved = [s.populations[n] for s in snapshots]
        for v, place in m.state.items():
            store.put(place, np.stack([s.state[v] for s in saved]))
        if m.until is not None:
            store.put(m.until, np.stack([s.until for s in saved]))
        if m.plan.kind == POISSON:
            store.put(m.pending, np.stack([s.pending for s in saved]))
        if m.plan.kind == SCHEDULE:
            store.put(m.cursor, np.stack([np.full(m.cursor.size, np.searchsorted(steps, k))
                                          for steps, _ in m.given]))
        _put_fired(m, store, saved)
    for n, q in enumerate(memory.projections):
        synapses = [s.projections[n] for s in snapshots]
        for v, place in q.state.items():
            store.put(place, np.stack([s.state[v] for s in synapses]))
        if q.last is not None:
            store.put(q.last, np.stack([s.last for s in synapses]))
        for number, place in q.way.items():
            table = np.zeros((len(synapses), q.way_length, place.size // q.way_length))
            table[:, _under_way(q, k)] = [s.way[number] for s in synapses]
            store.put(place, table.reshape(len(synapses), -1))
    return k


def _put_fired(m: PopulationMemory, store: Store, saved: Sequence[PopulationSnapshot]) -> None:
    """Fill the ring with the spikes that may still be under way; the rest of it is empty."""
    workers = len(m.shares) - 1
    ids = np.zeros((len(saved), m.depth, m.plan.size), np.int64)
    counts = np.zeros((len(saved), m.depth, workers), np.int64)
    for c, s in enumerate(saved):
        for step in np.unique(s.steps):
            slot, who = step & (m.depth - 1), s.indices[s.steps == step]
            cut = np.searchsorted(who, m.shares)
            for t in range(workers):
                part = who[cut[t]:cut[t + 1]]
                ids[c, slot, m.shares[t]:m.shares[t] + len(part)] = part
                counts[c, slot, t] = len(part)
    store.put(m.ids, ids.reshape(len(saved), -1))
    store.put(m.counts, counts.reshape(len(saved), -1))
