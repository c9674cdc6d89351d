"""Checkpoints on disk: the network, how it is run, its state between two steps, what it recorded.

Arrays of all copies of a batch lie side by side; ragged ones come with offsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .archive import put_network
from .archive_tree import get_tree, put_tree
from .atomic import PathLike
from .batch import Trial
from .errors import ArchiveError
from .network import Network
from .recorded import Recorded, SpikeColumns
from .sealed import creating, get_array, get_json, member, opening, put_array, put_json
from .snapshot import PopulationSnapshot, ProjectionSnapshot, Snapshot

History = list[tuple[list[int], dict[str, list[Any]]]]
"""For each WeightRecord the steps, and by name what was read then, (B, synapses) each."""


@dataclass
class Checkpoint:
    """A run that can be resumed. `plan_digest` tells whether a network still lowers as it did."""

    network: Network
    trials: tuple[Trial, ...]
    dt: float
    seed: int
    precision: str
    backend: str
    plan_digest: str
    snapshots: list[Snapshot]
    recorded: Recorded
    history: History = field(default_factory=list)


def save_checkpoint(c: Checkpoint, path: PathLike) -> None:
    """Write a checkpoint, whole or not at all. ArchiveError if it cannot be written."""
    with creating(path, "checkpoint") as file:
        home = file.create_group("engram", track_order=True)
        put_network(home, c.network)
        put_tree(home.create_group("trials"), c.trials)
        put_json(home, "run", {"dt": c.dt, "seed": c.seed, "precision": c.precision,
                               "backend": c.backend, "plan_digest": c.plan_digest,
                               "k": c.snapshots[0].k, "copies": len(c.snapshots)})
        store = home.create_group("state", track_order=True)
        for n in range(len(c.snapshots[0].populations)):
            _put_population(store.create_group(f"population{n}", track_order=True),
                            [s.populations[n] for s in c.snapshots])
        for n in range(len(c.snapshots[0].projections)):
            _put_projection(store.create_group(f"projection{n}", track_order=True),
                            [s.projections[n] for s in c.snapshots])
        _put_recorded(home.create_group("recorded", track_order=True), c)


def load_checkpoint(path: PathLike) -> Checkpoint:
    """What `save_checkpoint` wrote. ArchiveError if the file is damaged or no checkpoint."""
    with opening(path) as file:
        home = member(file, "engram")
        if "state" not in home:
            raise ArchiveError("holds no checkpoint; Simulation.checkpoint(path) writes one")
        network, trials = get_tree(member(home, "network")), get_tree(member(home, "trials"))
        if not isinstance(network, Network) or not all(isinstance(t, Trial) for t in trials):
            raise ArchiveError("holds something else where its Network and Trials should be")
        run, store = get_json(home, "run"), member(home, "state")
        copies, k = int(run["copies"]), int(run["k"])
        populations = [_get_population(member(store, f"population{n}"), copies)
                       for n in range(len(network.populations))]
        projections = [_get_projection(member(store, f"projection{n}"), copies)
                       for n in range(len(network.projections))]
        snapshots = [Snapshot(k, tuple(p[b] for p in populations),
                              tuple(q[b] for q in projections)) for b in range(copies)]
        recorded, history = _get_recorded(member(home, "recorded"))
        return Checkpoint(network, trials, float(run["dt"]), int(run["seed"]),
                          str(run["precision"]), str(run["backend"]), str(run["plan_digest"]),
                          snapshots, recorded, history)


def _put_all(group: Any, name: str, arrays: dict[Any, list[Any]]) -> None:
    """Arrays of each copy, stacked, by name."""
    store = group.create_group(name, track_order=True)
    for key, each in arrays.items():
        put_array(store, str(key), np.stack(each))


def _get_all(group: Any, name: str, copies: int) -> list[dict[str, Any]]:
    store = member(group, name)
    found = {key: get_array(store, key) for key in store}
    if any(len(x) != copies for x in found.values()):
        raise ArchiveError(f"{store.name}: its arrays do not fit {copies} copies")
    return [{key: x[b] for key, x in found.items()} for b in range(copies)]


def _put_population(group: Any, parts: Sequence[PopulationSnapshot]) -> None:
    _put_all(group, "state", {v: [p.state[v] for p in parts] for v in parts[0].state})
    for name in ("until", "pending"):
        put_array(group, name, np.stack([getattr(p, name) for p in parts]))
    put_array(group, "offsets", np.cumsum([0, *(len(p.steps) for p in parts)]).astype(np.int64))
    for name in ("steps", "indices"):
        put_array(group, name, np.concatenate([getattr(p, name) for p in parts]))


def _get_population(group: Any, copies: int) -> list[PopulationSnapshot]:
    state = _get_all(group, "state", copies)
    until, pending, offsets, steps, indices = (
        get_array(group, name) for name in ("until", "pending", "offsets", "steps", "indices"))
    if {len(until), len(pending), len(offsets) - 1} != {copies}:
        raise ArchiveError(f"{group.name}: its arrays do not fit {copies} copies")
    return [PopulationSnapshot(state[b], until[b], pending[b],
                               steps[offsets[b]:offsets[b + 1]],
                               indices[offsets[b]:offsets[b + 1]]) for b in range(copies)]


def _put_projection(group: Any, parts: Sequence[ProjectionSnapshot]) -> None:
    _put_all(group, "state", {v: [p.state[v] for p in parts] for v in parts[0].state})
    _put_all(group, "way", {m: [p.way[m] for p in parts] for m in parts[0].way})
    put_array(group, "last", np.stack([p.last for p in parts]))


def _get_projection(group: Any, copies: int) -> list[ProjectionSnapshot]:
    state, way = (_get_all(group, name, copies) for name in ("state", "way"))
    last = get_array(group, "last")
    if len(last) != copies:
        raise ArchiveError(f"{group.name}: its arrays do not fit {copies} copies")
    return [ProjectionSnapshot(state[b], last[b], {int(m): x for m, x in way[b].items()})
            for b in range(copies)]


def _put_recorded(group: Any, c: Checkpoint) -> None:
    for n, s in c.recorded.spikes.items():
        part = group.create_group(f"spikes{n}", track_order=True)
        for name in ("offsets", "step", "i"):
            put_array(part, name, getattr(s, name))
    for n, table in enumerate(c.recorded.rows):
        part = group.create_group(f"rows{n}", track_order=True)
        for m, values in enumerate(table):
            put_array(part, str(m), values)
    for n, (steps, values_by_name) in enumerate(c.history):
        part = group.create_group(f"history{n}", track_order=True)
        put_array(part, "steps", np.array(steps, np.int64))
        store = part.create_group("values", track_order=True)
        for name, each in values_by_name.items():
            put_array(store, name, np.stack(each) if each else np.zeros((0, 0, 0)))


def _get_recorded(group: Any) -> tuple[Recorded, History]:
    spikes = {int(name[6:]): SpikeColumns(*(get_array(member(group, name), x)
                                            for x in ("offsets", "step", "i")))
              for name in group if name.startswith("spikes")}
    rows: list[list[Any]] = []
    while f"rows{len(rows)}" in group:
        part = member(group, f"rows{len(rows)}")
        rows.append([get_array(part, str(m)) for m in range(len(part))])
    history: History = []
    while f"history{len(history)}" in group:
        part = member(group, f"history{len(history)}")
        store = member(part, "values")
        history.append((get_array(part, "steps").tolist(),
                        {name: list(get_array(store, name)) for name in store}))
    return Recorded(spikes, rows), history
