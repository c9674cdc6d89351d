"""Results on disk: spikes as SONATA lays them out, the rest under /engram.

`/spikes/<population>/{timestamps, node_ids}` follow the SONATA developer guide, "Spike file"; our
`step` beside them keeps what float milliseconds may lose. Values are in SI, with `units` and `dim`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .archive import put_network
from .atomic import PathLike
from .errors import ArchiveError
from .network import Network
from .pieces import each
from .results import Results, Spikes, States, Trace, Weights, unit_name
from .sealed import creating, get_array, get_json, mapper, member, opening, put_array, put_json
from .units import UNITS, Dim

SONATA_MAGIC, SONATA_VERSION = 0x0A7A, (0, 1)
Get = Callable[[Any, str], Any]  # get_array, or a mapper
SORTING = {"none": 0, "by_id": 1, "by_time": 2}


def save_results(run: Results, path: PathLike, network: Network | None = None) -> None:
    """Write a run to one HDF5 file, with its network if that is given.

    Equal runs give equal files but for `/engram/timings`. ArchiveError if it cannot be written, or
    if `network` is not the one that was run.
    """
    made_of = run.provenance.get("network_digest")
    if network is not None and made_of not in (None, network.digest):
        raise ArchiveError(f"{path}: the run is not of this {network!r} (their digests differ); "
                           "give the network that was simulated, or none")
    with creating(path, "results") as file:
        fill(file, run)
        file["engram"].attrs["digest"] = run.digest
        if network is not None:
            put_network(file["engram"], network)


def fill(file: Any, run: Results) -> None:
    """Put everything but the digest into an empty file; arrays of `run` may be Pieces."""
    file.attrs["magic"] = np.uint32(SONATA_MAGIC)
    file.attrs["version"] = np.array(SONATA_VERSION, np.uint32)
    home = file.create_group("engram", track_order=True)
    home.attrs.update({"dt": run.dt, "steps": np.int64(run.steps)})
    each_group(file, "spikes", run.spikes, _put_spikes)
    each_group(home, "states", run.states, put_states)
    each_group(home, "weights", run.weights, put_weights)
    put_json(home, "provenance", {k: v for k, v in run.provenance.items() if k != "seconds"})
    put_json(home, "timings", run.provenance.get("seconds"))


def load_results(path: PathLike, mapped: bool = False) -> Results:
    """The run in a file of `save_results`, of equal digest. ArchiveError if it is no such file.

    `mapped`: arrays are read from the file when they are used, and cannot be written.
    """
    with opening(path) as file:
        return read(file, mapper(file) if mapped else get_array)


def read(file: Any, get: Get = get_array) -> Results:
    """The run in an open file."""
    home = member(file, "engram")
    if "provenance" not in home:
        raise ArchiveError("holds a network without a run; read it with Network.load(path)")
    provenance, timings = get_json(home, "provenance"), get_json(home, "timings")
    if timings is not None:
        provenance["seconds"] = timings
    return Results({n: _get_spikes(g, get) for n, g in groups_of(file, "spikes")},
                   {n: get_states(g, get) for n, g in groups_of(home, "states")},
                   {n: get_weights(g, get) for n, g in groups_of(home, "weights")},
                   float(home.attrs["dt"]), int(home.attrs["steps"]), provenance)


def each_group(parent: Any, name: str, parts: Mapping[str, Any], put: Any) -> None:
    """One subgroup for each part, in the order of `parts`."""
    group = parent.create_group(name, track_order=True)
    for key, part in parts.items():
        put(group.create_group(_checked(key), track_order=True), part)


def groups_of(parent: Any, name: str) -> list[tuple[str, Any]]:
    """The parts of a subgroup, by name."""
    group = member(parent, name)
    return [(key, member(group, key)) for key in group]


def _checked(name: str) -> str:
    """A name that HDF5 does not take for a path."""
    if "/" in name or name in ("", "."):
        raise ArchiveError(f"{name!r} cannot name a part of a file; use letters and digits")
    return name


def _unit(dim: Dim) -> dict[str, Any]:
    return {"units": unit_name(dim), "dim": np.array(dim, np.float64)}


def _dim(data: Any) -> Dim:
    return _seven(data.attrs["dim"])


def _seven(dim: Any) -> Dim:
    out = tuple(float(d) for d in dim)
    if len(out) != 7:
        raise ArchiveError(f"a dimension has {len(out)} numbers; it must have 7")
    return out


def _put_spikes(group: Any, spikes: Spikes) -> None:
    import h5py
    group.attrs.create("sorting", SORTING["by_time"], dtype=h5py.enum_dtype(SORTING, np.uint8))
    group.attrs.update({"size": np.int64(spikes.size), "dt": spikes.dt})
    dt, ms = spikes.dt, UNITS["ms"].value
    put_array(group, "timestamps", each(spikes.step, lambda k: k * dt / ms, np.float64),
              units="milliseconds")
    put_array(group, "node_ids", each(spikes.i, lambda i: i.astype(np.uint64), np.uint64))
    put_array(group, "step", spikes.step)


def _get_spikes(group: Any, get: Get) -> Spikes:
    step, i = get(group, "step"), get(group, "node_ids")
    i = i.view(np.int64) if i.dtype == np.uint64 else i.astype(np.int64)  # a view stays mapped
    size = int(group.attrs["size"])
    if step.shape != i.shape or i.min(initial=0) < 0 or i.max(initial=-1) >= size:
        raise ArchiveError(f"{group.name}: {step.shape} steps and {i.shape} node_ids below {size} "
                           "do not fit together")
    return Spikes(step, i, float(group.attrs["dt"]), size)


def put_states(group: Any, states: States) -> None:
    """Store recorded states; a batch has one more axis, in front."""
    for name, trace in states.traces.items():
        part = group.create_group(_checked(name), track_order=True)
        part.attrs["dt"] = trace.dt
        put_array(part, "values", trace.values, **_unit(trace.dim))
        put_array(part, "step", trace.step)
        put_array(part, "neurons", trace.neurons)


def get_states(group: Any, get: Get = get_array) -> States:
    """What `put_states` stored."""
    out = {}
    for name in group:
        part = member(group, name)
        values = get(part, "values")
        out[name] = Trace(values, get(part, "step"), get(part, "neurons"),
                          _dim(part["values"]), float(part.attrs["dt"]))
        if values.shape[-2:] != (len(out[name].step), len(out[name].neurons)):
            raise ArchiveError(f"{part.name}: values of shape {values.shape} do not fit its steps "
                               "and neurons")
    return States(out)


def put_weights(group: Any, weights: Weights) -> None:
    """Store weights; a batch has one more axis, in front."""
    group.attrs.update({"shape": np.array(weights.shape, np.int64), "dt": weights.dt})
    put_array(group, "pre", weights.pre)
    put_array(group, "post", weights.post)
    put_json(group, "dims", weights.dims)
    for part, values in (("final", weights.final), ("history", weights.history_values)):
        store = group.create_group(part, track_order=True)
        for name, array in values.items():
            put_array(store, _checked(name), array, **_unit(weights.dims[name]))
    put_array(group, "history_step", weights.history_step)


def get_weights(group: Any, get: Get = get_array) -> Weights:
    """What `put_weights` stored."""
    final, history = ({name: get(store, name) for name in store}
                      for store in (member(group, "final"), member(group, "history")))
    pre, post = get(group, "pre"), get(group, "post")
    if any(x.shape[-1:] != pre.shape for x in (post, *final.values(), *history.values())):
        raise ArchiveError(f"{group.name}: its values do not fit its {len(pre)} synapses")
    n, m = (int(size) for size in group.attrs["shape"])
    return Weights(pre, post, final,
                   {name: _seven(dim) for name, dim in get_json(group, "dims").items()}, (n, m),
                   history, get(group, "history_step"), float(group.attrs["dt"]))
