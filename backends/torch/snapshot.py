"""Tensors of an engine to and from the snapshots that every backend reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ...simulator.snapshot import (
    NONE,
    PopulationSnapshot,
    ProjectionSnapshot,
    Snapshot,
)


def take(e: Any) -> list[Snapshot]:
    """A snapshot of each copy, before step k."""
    return [Snapshot(e.k, tuple(_population(e, n, b) for n in range(len(e.state))),
                     tuple(_projection(q, b) for q in e.projections)) for b in range(e.B)]


def _array(x: Any) -> Any:
    x = x.detach().cpu().numpy()
    return x.astype(np.float64 if x.dtype.kind == "f" else np.int64)


def _population(e: Any, n: int, b: int) -> PopulationSnapshot:
    p = e.plan.populations[n]
    until = np.full(p.size, -1, np.int64)
    if e.rest[n] is not None:
        rest = _array(e.rest[n][b])
        until = np.where(rest > 0, e.k - 1 + rest, -1)
    past = np.stack([_array(s[b]) for s in e.fired[n][-e.depth:]])
    ago, i = np.nonzero(past)
    steps = e.k - e.depth + ago
    pending = e.feeds[n].pending[b].copy() if n in e.feeds else NONE
    return PopulationSnapshot({v: _array(x[b]) for v, x in e.state[n].items()}, until,
                              pending, steps[steps >= 0], i[steps >= 0])


def _projection(q: Any, b: int) -> ProjectionSnapshot:
    return ProjectionSnapshot(
        {v: _array(x[b]) for v, x in q.state.items()},
        NONE if q.last is None else _array(q.last[b]),
        {m: np.stack([_array(r[b]) for r in way]) for m, way in q.way.items()})


def put(e: Any, snapshots: Sequence[Snapshot]) -> None:
    """Go on from snapshots, one a copy, all before the same step."""
    e.k = snapshots[0].k

    def tensors(get: Any) -> Any:
        return e.tensor(np.stack([get(s) for s in snapshots]))
    for n, p in enumerate(e.plan.populations):
        for v in e.state[n]:
            e.state[n][v] = tensors(lambda s, n=n, v=v: s.populations[n].state[v])
        if e.rest[n] is not None:
            until = np.stack([s.populations[n].until for s in snapshots])
            rest = np.maximum(until - e.k + 1, 0).astype(np.int32)
            e.rest[n] = torch.as_tensor(rest, device=e.device)
        past = np.zeros((e.depth, e.B, p.size))
        for b, s in enumerate(snapshots):
            own = s.populations[n]
            ago = own.steps - (e.k - e.depth)
            late = ago >= 0
            past[ago[late], b, own.indices[late]] = 1.0
        e.fired[n] = list(e.tensor(past))
        if n in e.feeds and e.feeds[n].pending.size:
            e.feeds[n].pending = np.stack([s.populations[n].pending for s in snapshots])
    for m, q in enumerate(e.projections):
        for v in q.state:
            q.state[v] = tensors(lambda s, m=m, v=v: s.projections[m].state[v])
        if q.last is not None:
            q.last = torch.as_tensor(np.stack([s.projections[m].last for s in snapshots]),
                                     device=e.device)
        q.way = {w: list(tensors(lambda s, m=m, w=w: s.projections[m].way[w]).unbind(1))
                 for w in q.way}
