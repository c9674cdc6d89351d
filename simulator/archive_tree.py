"""A description as a JSON tree beside its arrays, and back; reading builds listed classes only.

null, true, numbers and texts are themselves and lists are tuples; all else is an object with one
of the marks `class`, `quantity`, `array` (a number: the dataset), `map` (pairs) and `float` (NaN
and the infinities, which JSON has no words for).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from .errors import ArchiveError
from .frozen import DESCRIPTIONS, freeze
from .sealed import get_array, get_json, member, put_array, put_json
from .units import Quantity


def put_tree(group: Any, value: Any) -> None:
    """Store a description in an empty group. ArchiveError for what cannot be described."""
    arrays: list[Any] = []
    put_json(group, "tree", encode(value, arrays))
    store = group.create_group("arrays")
    for n, array in enumerate(arrays):
        put_array(store, str(n), array)


def get_tree(group: Any) -> Any:
    """The description in a group; its constructors check it anew."""
    store = member(group, "arrays")
    return decode(get_json(group, "tree"), lambda n: get_array(store, str(n)))


def encode(value: Any, arrays: list[Any]) -> Any:
    """The JSON tree of a description; its arrays are appended to `arrays`."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (tuple, list)):
        return [encode(v, arrays) for v in value]
    if isinstance(value, Mapping):
        return {"map": [[encode(k, arrays), encode(v, arrays)] for k, v in value.items()]}
    if isinstance(value, Quantity):
        return {"quantity": encode(value.value, arrays), "dim": list(value.dim)}
    if is_dataclass(value) and DESCRIPTIONS.get(type(value).__name__) is type(value):
        return {"class": type(value).__name__,
                "fields": {f.name: encode(getattr(value, f.name), arrays) for f in fields(value)}}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        arrays.append(value)
        return {"array": len(arrays) - 1}
    raise ArchiveError(f"{value!r} ({type(value).__name__}) cannot be saved; use descriptions, "
                       "numbers, quantities, arrays, texts, tuples or dicts of these")


Arrays = Callable[[int], Any]


def decode(tree: Any, arrays: Arrays) -> Any:
    """The description of a JSON tree; `arrays(n)` fetches its n-th array."""
    if isinstance(tree, list):
        return tuple(decode(v, arrays) for v in tree)
    if not isinstance(tree, dict):
        return tree
    for mark, (keys, build) in MARKS.items():
        if mark in tree and set(tree) == keys:
            return build(tree, arrays)
    raise ArchiveError(f"an object has the keys {sorted(tree)}, which mean nothing here; it was "
                       "changed by hand or written by another engram")


def _class(tree: dict[str, Any], arrays: Arrays) -> Any:
    cls = DESCRIPTIONS.get(tree["class"])
    if cls is None:
        raise ArchiveError(f"it holds a {tree['class']!r}, which is no description that this "
                           "engram knows; read it with the version that wrote it")
    unknown = set(tree["fields"]) - {f.name for f in fields(cls)}
    if unknown:
        raise ArchiveError(f"its {tree['class']} has the fields {sorted(unknown)}, which this "
                           "engram does not know; read it with the version that wrote it")
    return cls(**{name: decode(v, arrays) for name, v in tree["fields"].items()})


def _quantity(tree: dict[str, Any], arrays: Arrays) -> Quantity:
    dim = tuple(float(d) for d in tree["dim"])
    if len(dim) != 7 or not all(math.isfinite(d) for d in dim):
        raise ArchiveError(f"a quantity has the dimension {tree['dim']}; it must be 7 numbers")
    return Quantity(freeze(decode(tree["quantity"], arrays)), dim)


def _array(tree: dict[str, Any], arrays: Arrays) -> Any:
    return freeze(arrays(int(tree["array"])))


def _map(tree: dict[str, Any], arrays: Arrays) -> Any:
    return freeze({decode(k, arrays): decode(v, arrays) for k, v in tree["map"]})


def _float(tree: dict[str, Any], arrays: Arrays) -> float:
    return float(tree["float"])


MARKS: dict[str, tuple[set[str], Callable[[dict[str, Any], Arrays], Any]]] = {
    "class": ({"class", "fields"}, _class), "quantity": ({"quantity", "dim"}, _quantity),
    "array": ({"array"}, _array), "map": ({"map"}, _map), "float": ({"float"}, _float)}
