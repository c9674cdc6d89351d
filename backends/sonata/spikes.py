"""Spike files: /spikes/<population>/{timestamps, node_ids}, in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...simulator.atomic import PathLike, replacing
from ...simulator.errors import ArchiveError, DescriptionError
from ...simulator.results import Results, Spikes
from ...simulator.stimuli import SpikeTimes
from ...simulator.units import UNITS, Quantity

SORTING = {"none": 0, "by_id": 1, "by_time": 2}
TIME = {"ms": "ms", "milliseconds": "ms", "millisecond": "ms", "s": "second",
        "seconds": "second", "second": "second", "us": "us"}


def write_spikes(path: PathLike, spikes: Results | Mapping[str, Spikes | SpikeTimes]) -> None:
    """Write the spikes of a run, or of sources by population, in ms and sorted by time.

    ArchiveError if the file cannot be written there; then what was there is unchanged.
    """
    import h5py
    found = spikes.spikes if isinstance(spikes, Results) else spikes
    with replacing(path) as part, h5py.File(part, "w") as file:
        home = file.create_group("spikes")
        for name, s in found.items():
            i = np.asarray(s.i if isinstance(s, Spikes) else s.indices)
            t = np.asarray((s.t if isinstance(s, Spikes) else s.times).value) / UNITS["ms"].value
            order = np.lexsort((i, t))
            group = home.create_group(name)
            group.attrs.create("sorting", SORTING["by_time"],
                               dtype=h5py.enum_dtype(SORTING, np.uint8))
            group.create_dataset("timestamps", data=t[order]).attrs["units"] = "ms"
            group.create_dataset("node_ids", data=i[order].astype(np.uint64))


def read_spikes(path: PathLike, dt: Any = None, unit: Any = None) -> dict[str, SpikeTimes]:
    """The spikes of each population of a file, as sources.

    `dt`: times are put on its grid, which they must be on but for rounding. `unit` says what
    timestamps without `units` mean. Files of before populations (/spikes/gids) give one, "all".
    ArchiveError names what is missing.
    """
    import h5py
    try:
        with h5py.File(path, "r") as file:
            if "spikes" not in file:
                raise ArchiveError(f"{path} has no group /spikes; there are "
                                   f"{', '.join(file) or 'none'}; give a SONATA spike file")
            home = file["spikes"]
            if "timestamps" in home:
                return {"all": _train(home, "/spikes", path, dt, unit)}
            return {n: _train(home[n], f"/spikes/{n}", path, dt, unit) for n in home}
    except OSError as problem:
        raise ArchiveError(f"{path} cannot be read as HDF5 ({problem}); give a SONATA spike "
                           "file") from problem


def _train(group: Any, name: str, path: PathLike, dt: Any, unit: Any) -> SpikeTimes:
    ids = next((n for n in ("node_ids", "gids") if n in group), None)
    if "timestamps" not in group or ids is None:
        lost = "timestamps" if "timestamps" not in group else "node_ids"
        raise ArchiveError(f"{path}: {name} has no {lost}; a SONATA spike file has timestamps and "
                           "node_ids for each population")
    label = group["timestamps"].attrs.get("units")
    label = label.decode() if isinstance(label, bytes) else label
    if unit is None and label not in TIME:
        raise ArchiveError(f"{path}: {name}/timestamps has the units {label!r}; known are "
                           f"{', '.join(TIME)}; say what they are with unit=ms")
    scale = float(UNITS[TIME[label]].value if unit is None else unit.value)
    t, i = np.asarray(group["timestamps"], np.float64) * scale, np.asarray(group[ids], np.int64)
    if t.shape != i.shape:
        raise ArchiveError(f"{path}: {name} has {t.size} timestamps and {i.size} {ids}; they must "
                           "be as many")
    if dt is not None:
        t = _on_grid(t, float(dt.value), f"{path}: {name}")
    return SpikeTimes(i, Quantity(t, UNITS["second"].dim))


def _on_grid(t: Any, dt: float, where: str) -> Any:
    step = np.round(t / dt)
    far = np.abs(t / dt - step)
    if np.any(far > 1e-6 * np.maximum(1.0, step)):
        worst = t[int(np.argmax(far))]
        raise DescriptionError(f"{where}: a spike at {worst * 1e3:.9g} ms is not on the grid of "
                               f"{dt * 1e3:g} ms; choose another dt")
    return step * dt
