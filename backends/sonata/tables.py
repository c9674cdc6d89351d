"""The small parts of SONATA: tables of types, indices of edges, models as JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...simulator.archive_tree import decode, encode
from ...simulator.errors import ArchiveError

PREFIX = "engram:"


def write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows with the columns of the first, separated by spaces; None is NULL."""
    columns = list(rows[0]) if rows else ["node_type_id"]
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, delimiter=" ", lineterminator="\n")
        out.writerow(columns)
        out.writerows([["NULL" if r[c] is None else r[c] for c in columns] for r in rows])


def read_table(path: Path, key: str) -> dict[int, dict[str, str]]:
    """Rows by their type id; NULL and empty cells are left out. ArchiveError names the file."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter=" ", skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise ArchiveError(f"{path} cannot be read ({problem}); it must be a table separated by "
                           "spaces") from problem
    out = {}
    for n, row in enumerate(rows):
        if not str(row.get(key, "")).isdigit():
            raise ArchiveError(f"{path}: row {n + 1} has {key}={row.get(key)!r}, which is no "
                               f"number; the table needs a column {key}")
        out[int(row[key])] = {c: v for c, v in row.items() if c and v not in (None, "", "NULL")}
    return out


def put_model(path: Path, model: Any, values: Mapping[str, float]) -> None:
    """A model's text, and the values that are the same for all, in SI."""
    arrays: list[Any] = []
    tree = encode(model, arrays)
    text = {**values, "engram": {"model": tree, "arrays": [np.asarray(a).tolist()
                                                           for a in arrays]}}
    path.write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")


def get_parameters(path: Path) -> dict[str, Any]:
    """The content of a JSON file of parameters. ArchiveError names it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ArchiveError(f"{path} cannot be read as JSON ({problem}); a dynamics_params file "
                           "holds names and numbers") from problem
    if not isinstance(found, dict):
        raise ArchiveError(f"{path} holds {type(found).__name__}, not an object; a dynamics_params"
                           " file holds names and numbers")
    return found


def model_of(found: Mapping[str, Any], path: Path) -> Any:
    """The model in a file of `put_model`; its constructor checks it anew."""
    try:
        whole = found["engram"]
        arrays = whole["arrays"]
        return decode(whole["model"], lambda n: np.asarray(arrays[n], dtype=np.float64))
    except (KeyError, TypeError, IndexError) as problem:
        raise ArchiveError(f"{path} has no model of engram ({problem!r}); export the network "
                           "again") from problem


def indices(nodes: Any, size: int) -> tuple[Any, Any]:
    """SONATA's index of the edges at each of `size` nodes: (node_id_to_ranges, range_to_edge_id).

    Ranges are half open; node n has the ranges `node_id_to_ranges[n, 0]` up to `[n, 1]`.
    """
    edge = np.argsort(nodes, kind="stable").astype(np.int64)
    at = np.asarray(nodes, dtype=np.int64)[edge]
    new = np.ones(len(edge), bool)
    new[1:] = (np.diff(at) != 0) | (np.diff(edge) != 1)
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(edge)) - 1 if len(edge) else first
    ranges = np.stack([edge[first], edge[last] + 1], axis=1).reshape(-1, 2)
    ends = np.searchsorted(at[first], np.arange(size + 1))
    return np.stack([ends[:-1], ends[1:]], axis=1).astype(np.int64), ranges.astype(np.int64)
