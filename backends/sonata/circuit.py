"""A SONATA circuit as it lies on disk: populations of nodes and of edges, with their types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...simulator.errors import ArchiveError
from .tables import get_parameters, read_table


@dataclass(frozen=True, eq=False)
class Nodes:
    """A population of nodes: `type_id` and attributes of each, rows of the table of types."""

    name: str
    type_id: Any
    own: Mapping[str, Any]
    types: Mapping[int, Mapping[str, str]]
    where: str

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.type_id)


@dataclass(frozen=True, eq=False)
class Edges:
    """A population of edges, from `source[k]` of one population of nodes to `target[k]`."""

    name: str
    source_population: str
    target_population: str
    source: Any
    target: Any
    type_id: Any
    own: Mapping[str, Any]
    types: Mapping[int, Mapping[str, str]]
    where: str


@dataclass(frozen=True, eq=False)
class Circuit:
    """Everything in the files; `components` are the folders that models' files may lie in."""

    config: Mapping[str, Any]
    path: Path
    nodes: dict[str, Nodes] = field(default_factory=dict)
    edges: dict[str, Edges] = field(default_factory=dict)
    components: tuple[Path, ...] = ()

    def parameters(self, row: Mapping[str, str], where: str) -> tuple[dict[str, Any], Path]:
        """What the dynamics_params of a type say, and the file they are in."""
        name = row.get("dynamics_params")
        if name is None:
            return {}, self.path
        for folder in self.components:
            if (folder / name).is_file():
                return get_parameters(folder / name), folder / name
        raise ArchiveError(f"{where}: its dynamics_params {name!r} are in none of "
                           f"{', '.join(map(str, self.components)) or 'no folder'}; name the "
                           "folder in the config's components")


def read_circuit(source: Any) -> Circuit:
    """The circuit of a folder, a circuit_config or a simulation_config. ArchiveError if unsound."""
    path = Path(source)
    path = path / "circuit_config.json" if path.is_dir() else path
    config = get_parameters(path)
    if "networks" not in config and isinstance(config.get("network"), str):
        path = path.parent / _expand(config["network"], config, path.parent)
        config = get_parameters(path)
    if not isinstance(config.get("networks"), dict) or not config["networks"].get("nodes"):
        raise ArchiveError(f"{path} has no networks with nodes, so it is no circuit_config of "
                           "SONATA; give the folder or the config of a circuit")
    base = path.parent
    components = tuple(dict.fromkeys(base / _expand(str(x), config, base)
                                     for x in config.get("components", {}).values()))
    out = Circuit(config, path, components=components)
    for kind, reader in (("nodes", _nodes), ("edges", _edges)):
        for entry in config["networks"].get(kind, []):
            reader(out, _files(entry, kind, config, path))
    for e in out.edges.values():
        _check_ends(e, out)
    return out


def _expand(text: str, config: Mapping[str, Any], base: Path) -> str:
    """A path of the config with the variables of its manifest put in."""
    manifest = config.get("manifest", {})
    for _ in range(len(manifest) + 1):
        for name in sorted(manifest, key=len, reverse=True):
            text = text.replace(name, str(manifest[name]))
    for name in ("${configdir}", "$configdir"):
        text = text.replace(name, str(base))
    return text


def _files(entry: Mapping[str, Any], kind: str, config: Mapping[str, Any],
           path: Path) -> tuple[Path, dict[int, dict[str, str]]]:
    name = entry.get(f"{kind}_file")
    if not name:
        raise ArchiveError(f"{path}: an entry of networks/{kind} has no {kind}_file; it has "
                           f"{', '.join(entry) or 'nothing'}")
    types = entry.get(f"{kind[:-1]}_types_file")
    table = {}
    if types:
        table = read_table(path.parent / _expand(types, config, path.parent),
                           f"{kind[:-1]}_type_id")
    return path.parent / _expand(name, config, path.parent), table


def _open(path: Path, kind: str) -> Any:
    import h5py
    try:
        file = h5py.File(path, "r")
    except OSError as problem:
        raise ArchiveError(f"{path} cannot be read as HDF5 ({problem}); check the config's "
                           f"{kind}_file") from problem
    if kind not in file:
        file.close()
        raise ArchiveError(f"{path} has no group /{kind}, so it is no {kind} file of SONATA")
    return file


def _nodes(out: Circuit, entry: tuple[Path, dict[int, dict[str, str]]]) -> None:
    path, types = entry
    with _open(path, "nodes") as file:
        for name, group in file["nodes"].items():
            where = f"{path}: /nodes/{name}"
            type_id = _ids(group, "node_type_id", where)
            if "node_id" in group:
                order = np.asarray(group["node_id"], np.int64)
                if not np.array_equal(order, np.arange(len(order))):
                    raise ArchiveError(f"{where}/node_id must count from 0 in order; sort the file")
            out.nodes[name] = Nodes(name, type_id, _own(group, len(type_id), where), types, where)


def _edges(out: Circuit, entry: tuple[Path, dict[int, dict[str, str]]]) -> None:
    path, types = entry
    with _open(path, "edges") as file:
        for name, group in file["edges"].items():
            where = f"{path}: /edges/{name}"
            ends, populations = [], []
            for side in ("source", "target"):
                ends.append(_ids(group, f"{side}_node_id", where))
                label = group[f"{side}_node_id"].attrs.get("node_population")
                if label is None:
                    raise ArchiveError(f"{where}/{side}_node_id has no attribute node_population; "
                                       "set it to the name of the population of nodes, as in "
                                       f"h5py: f[{group.name!r}]['{side}_node_id'].attrs"
                                       "['node_population'] = 'name'")
                populations.append(label.decode() if isinstance(label, bytes) else str(label))
            type_id = _ids(group, "edge_type_id", where)
            if not len(ends[0]) == len(ends[1]) == len(type_id):
                raise ArchiveError(f"{where} has {len(ends[0])} sources, {len(ends[1])} targets "
                                   f"and {len(type_id)} types; they must be as many")
            out.edges[name] = Edges(name, *populations, *ends, type_id,
                                    _own(group, len(type_id), where), types, where)


def _ids(group: Any, name: str, where: str) -> Any:
    if name not in group:
        raise ArchiveError(f"{where} has no {name}; it has {', '.join(group) or 'nothing'}; SONATA "
                           "needs one for each of them")
    return np.asarray(group[name], np.int64)


def _own(group: Any, size: int, where: str) -> dict[str, Any]:
    """Attributes of the one group of a population; those of enumerations as their texts."""
    import h5py
    groups = [n for n in group if n.isdigit()]
    if len(groups) > 1:
        raise ArchiveError(f"{where} has {len(groups)} groups of attributes; put all into group 0, "
                           "with one value for each")
    out: dict[str, Any] = {}
    for name in groups:
        home = group[name]
        library = home.get("@library", {})
        for part in (home, home.get("dynamics_params", {})):
            for key in part:
                data = part[key]
                if not isinstance(data, h5py.Dataset):
                    continue
                if data.shape[:1] != (size,):
                    raise ArchiveError(f"{where}/{name}/{key} has shape {data.shape}; it must hold "
                                       f"{size} values")
                out[key] = (np.asarray(library[key].asstr())[data[()]] if key in library
                            else data.asstr()[()] if data.dtype.kind == "O" else data[()])
    return out


def _check_ends(e: Edges, circuit: Circuit) -> None:
    for side, name, at in (("source", e.source_population, e.source),
                           ("target", e.target_population, e.target)):
        if name not in circuit.nodes:
            raise ArchiveError(f"{e.where}: its {side} population {name!r} is in no nodes file; "
                               f"there are {', '.join(circuit.nodes)}")
        if len(at) and (at.min() < 0 or at.max() >= circuit.nodes[name].size):
            raise ArchiveError(f"{e.where}: {side} node {at.max()} is not among the "
                               f"{circuit.nodes[name].size} of {name!r}")
