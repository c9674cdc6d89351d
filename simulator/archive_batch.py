"""The results of a batch on disk: the columns of `BatchResults`, all copies together."""

from __future__ import annotations

from typing import Any

import numpy as np

from .archive_results import (
    Get,
    each_group,
    get_states,
    get_weights,
    groups_of,
    put_states,
    put_weights,
)
from .atomic import PathLike
from .batch_results import BatchResults, BatchSpikes
from .errors import ArchiveError
from .sealed import creating, get_array, get_json, mapper, member, opening, put_array, put_json


def save_batch(run: BatchResults, path: PathLike) -> None:
    """Write a batch to one HDF5 file. ArchiveError if it cannot be written."""
    with creating(path, "batch results") as file:
        fill_batch(file, run)


def fill_batch(file: Any, run: BatchResults) -> None:
    """Put everything into an empty file; arrays of `run` may be Pieces."""
    home = file.create_group("engram", track_order=True)
    home.attrs.update({"dt": run.dt, "steps": np.int64(run.steps)})
    put_array(home, "seeds", np.array(run.seeds, np.uint64))
    each_group(home, "spikes", run.spikes, _put_spikes)
    each_group(home, "states", run.state_columns, put_states)
    each_group(home, "weights", run.weight_columns, put_weights)
    put_json(home, "provenance", {k: v for k, v in run.provenance.items() if k != "seconds"})
    put_json(home, "timings", run.provenance.get("seconds"))


def load_batch(path: PathLike, mapped: bool = False) -> BatchResults:
    """The batch in a file of `save_batch`. ArchiveError if it is no such file.

    `mapped`: arrays are read from the file when they are used, and cannot be written.
    """
    with opening(path) as file:
        return read_batch(file, mapper(file) if mapped else get_array)


def read_batch(file: Any, get: Get = get_array) -> BatchResults:
    """The batch in an open file."""
    home = member(file, "engram")
    if "seeds" not in home:
        raise ArchiveError("holds no batch; read it with Results.load(path)")
    provenance, timings = get_json(home, "provenance"), get_json(home, "timings")
    if timings is not None:
        provenance["seconds"] = timings
    seeds = tuple(int(s) for s in get_array(home, "seeds"))
    found = BatchResults({n: _get_spikes(g, len(seeds), get)
                          for n, g in groups_of(home, "spikes")},
                         {n: get_states(g, get) for n, g in groups_of(home, "states")},
                         {n: get_weights(g, get) for n, g in groups_of(home, "weights")},
                         float(home.attrs["dt"]), int(home.attrs["steps"]), seeds, provenance)
    arrays = [t.values for s in found.state_columns.values() for t in s.traces.values()]
    arrays += [x for w in found.weight_columns.values() for x in w.final.values()]
    if any(len(x) != len(seeds) for x in arrays):
        raise ArchiveError(f"its arrays do not fit its {len(seeds)} copies")
    return found


def _put_spikes(group: Any, spikes: BatchSpikes) -> None:
    group.attrs.update({"size": np.int64(spikes.size), "dt": spikes.dt})
    for name in ("offsets", "step", "i"):
        put_array(group, name, getattr(spikes, name))


def _get_spikes(group: Any, copies: int, get: Get) -> BatchSpikes:
    offsets, step, i = (get(group, name) for name in ("offsets", "step", "i"))
    size = int(group.attrs["size"])
    if len(offsets) != copies + 1 or step.shape != i.shape or np.any(np.diff(offsets) < 0) or (
            offsets[0], offsets[-1]) != (0, len(i)) or i.min(initial=0) < 0 or (
            i.max(initial=-1) >= size):
        raise ArchiveError(f"{group.name}: {len(i)} spikes of {copies} copies of {size} neurons do "
                           "not fit together")
    return BatchSpikes(offsets, step, i, float(group.attrs["dt"]), size)
