"""NIR files, and the sidecar that carries beside one what NIR has no words for.

The sidecar of `net.nir` is `net.nir.engram.h5`: a file of `Network.save`, with the SHA-256 of the
NIR file that it belongs to. Other readers do not look at it.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from ...simulator.archive import load_network, put_network
from ...simulator.atomic import PathLike, check_writable, replacing
from ...simulator.errors import ArchiveError
from ...simulator.network import Network
from ...simulator.sealed import creating, opening
from ..packages import load
from .cells import FIELDS
from .graph import LINEAR, THROUGH

OPTIONAL = {"v_reset", "w_in", "input_type", "input_shape", "metadata"}


def sidecar_of(path: PathLike) -> Path:
    """Where the sidecar of a NIR file lies."""
    return Path(f"{os.fspath(path)}.engram.h5")


def sha_of(path: PathLike) -> str:
    """SHA-256 (hex) of a file."""
    with open(path, "rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


def write(path: PathLike, graph: Any, network: Network, shift: dict[str, int]) -> None:
    """Write a graph and its sidecar; both appear, or the graph does not. ArchiveError if not."""
    nir, side = load("nir"), sidecar_of(path)
    check_writable(side)
    with replacing(path) as part:
        nir.write(part, graph)
        with creating(side, "network") as file:
            file.attrs["nir_sha256"] = sha_of(part)
            file.attrs["nir_shift"] = json.dumps(shift)
            put_network(file.create_group("engram"), network)


def read_sidecar(path: PathLike) -> tuple[Network, dict[str, int]]:
    """The network whose export `path` is, and its shifts. ArchiveError if they do not belong."""
    side = sidecar_of(path)
    if not side.exists():
        raise ArchiveError(f"{path} has no sidecar {side.name}, and a NIR file does not tell its "
                           "step; give dt=, such as 1*ms, to read the graph itself")
    with opening(side) as file:
        expected = str(file.attrs["nir_sha256"])
        shift = {str(n): int(k) for n, k in json.loads(file.attrs["nir_shift"]).items()}
    if sha_of(path) != expected:
        raise ArchiveError(f"{path} is not the file that {side.name} was written with; it has "
                           "changed since. Give dt= to read the graph as it is now, or export "
                           "again")
    return load_network(side), shift


def read(path: PathLike) -> Any:
    """The NIRGraph in a file. ArchiveError names the node that is unknown or incomplete."""
    nir = load("nir")
    import h5py
    try:
        with h5py.File(path, "r") as file:
            if "node" not in file:
                raise ArchiveError(f"{path} holds no group 'node', so it is not a NIR file; write "
                                   "it with nir.write")
            _check(file["node"], "", path)
        return nir.read(path, type_check=False)
    except ArchiveError:
        raise
    except Exception as problem:  # a file is foreign input: it may fail in any way
        raise ArchiveError(f"{path} cannot be read as NIR ({type(problem).__name__}: {problem}); "
                           "write it again with nir.write") from problem


def _check(node: Any, name: str, path: PathLike) -> None:
    kind = _text(node, "type")
    where = f"{path}: node {name.rstrip('.')!r}" if name else f"{path}: the graph at the top"
    known = [*LINEAR, *list(FIELDS)[:-1], *THROUGH, "NIRGraph"]
    if kind not in known:
        raise ArchiveError(f"{where} is of type {kind!r}, which is not known here; known are "
                           f"{', '.join(known)}; write it with these, or remove it")
    if kind == "NIRGraph":
        lost = [x for x in ("nodes", "edges") if x not in node]
        if lost:
            raise ArchiveError(f"{where} has no {' and no '.join(lost)}; a NIRGraph has both")
        for n, child in node["nodes"].items():
            _check(child, f"{name}{n}.", path)
        return
    wanted = list(FIELDS[kind].values()) if kind in FIELDS else _fields(kind)
    lost = [x for x in wanted if x not in node and x not in OPTIONAL]
    if lost:
        raise ArchiveError(f"{where} ({kind}) has no {', '.join(lost)}; nir "
                           f"{load('nir').version} writes {', '.join(wanted)}")


def _fields(kind: str) -> list[str]:
    from dataclasses import MISSING, fields
    return [f.name for f in fields(getattr(load("nir"), kind)) if f.init and f.default is MISSING
            and f.default_factory is MISSING and not f.name.endswith("_type")]


def _text(node: Any, name: str) -> str:
    if name not in node:
        return ""
    value = node[name][()]
    return value.decode("utf8") if isinstance(value, bytes) else str(value)
