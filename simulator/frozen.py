"""Frozen descriptions: dataclasses that hold arrays and are still comparable and hashable.

`@description` makes a class a frozen dataclass whose equality and hash come from `digest`, a
SHA-256 over its fields, and enters it in `DESCRIPTIONS`, the only classes an archive may build.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import MappingProxyType
from typing import Any, TypeVar, dataclass_transform

import numpy as np

from .errors import DescriptionError
from .units import Quantity, split

T = TypeVar("T")

DESCRIPTIONS: dict[str, type] = {}


@dataclass_transform(frozen_default=True)
def description(cls: type[T]) -> type[T]:
    """Turn `cls` into a frozen, comparable, hashable, archivable dataclass."""
    made: Any = dataclass(frozen=True, eq=False)(cls)
    made.__eq__ = _equal
    made.__hash__ = lambda self: int(digest(self)[:15], 16)
    made.__getstate__ = lambda self: {f.name: thaw(getattr(self, f.name)) for f in fields(self)}
    made.__setstate__ = _set_state
    known = DESCRIPTIONS.setdefault(made.__name__, made)
    if known.__module__ != made.__module__:  # an archive names classes by this name alone
        raise DescriptionError(f"{known.__module__} already has a description class "
                               f"{made.__name__!r}; give the one in {made.__module__} another name")
    DESCRIPTIONS[made.__name__] = made
    return made  # type: ignore[no-any-return]


def _equal(self: Any, other: object) -> Any:
    if type(self) is not type(other):
        return NotImplemented
    return self is other or digest(self) == digest(other)


def _set_state(self: Any, state: dict[str, Any]) -> None:
    for name, value in state.items():
        put(self, name, freeze(value))


def put(self: object, name: str, value: object) -> None:
    """Set a field of a frozen dataclass, from its own `__post_init__` only."""
    object.__setattr__(self, name, value)


def freeze(value: Any) -> Any:
    """Read-only copy of a field: arrays locked, lists to tuples, dicts to read-only mappings.

    Raises DescriptionError for what can neither be compared nor saved.
    """
    if isinstance(value, np.generic):  # first: np.float64 is a float, of another type and repr
        return value.item()
    if value is None or isinstance(value, (str, bool, int, float)) or is_dataclass(value):
        return value
    if isinstance(value, Mapping):
        return MappingProxyType({k: freeze(v) for k, v in value.items()})
    if isinstance(value, np.ndarray) and not hasattr(value, "dim"):
        if value.dtype.kind not in "biuf":
            raise DescriptionError(f"an array of {value.dtype} is not numbers: {value!r}")
        if not value.flags.writeable and value.flags.c_contiguous:
            return value
        locked = np.array(value, order="C")
        locked.setflags(write=False)
        return locked
    if isinstance(value, Quantity) or hasattr(value, "dim"):
        number, dim = split(value)
        return Quantity(freeze(number), dim) if isinstance(number, np.ndarray) else Quantity(
            number, dim)
    if isinstance(value, (list, tuple)):
        return tuple(freeze(v) for v in value)
    raise DescriptionError(f"{value!r} ({type(value).__name__}) cannot be part of a description; "
                           "use numbers, quantities, arrays, texts, lists or dicts of these")


def thaw(value: Any) -> Any:
    """The picklable form of a frozen value: read-only mappings become plain dicts."""
    if isinstance(value, Mapping):
        return {k: thaw(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return tuple(thaw(v) for v in value)
    return value


def digest(value: Any) -> str:
    """SHA-256 (hex) of a description: equal descriptions and only those have equal digests."""
    h = hashlib.sha256()
    _feed(h, value)
    return h.hexdigest()


def same(a: Any, b: Any) -> bool:
    """Whether two frozen values have one digest, found without hashing."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(same(v, b[k]) for k, v in a.items())
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, Quantity):
        return tuple(a.dim) == tuple(b.dim) and same(a.value, b.value)
    if isinstance(a, np.ndarray):
        return (a.dtype.str, a.shape, a.tobytes()) == (b.dtype.str, b.shape, b.tobytes())
    return repr(a) == repr(b)


def _feed(h: Any, value: Any) -> None:
    if isinstance(value, np.generic):
        value = value.item()
    if is_dataclass(value):
        h.update(f"<{type(value).__name__}".encode())
        for f in fields(value):
            h.update(f.name.encode() + b"=")
            _feed(h, getattr(value, f.name))
        h.update(b">")
    elif isinstance(value, Mapping):
        h.update(b"{")
        for k in sorted(value, key=repr):
            h.update(repr(k).encode() + b":")
            _feed(h, value[k])
        h.update(b"}")
    elif isinstance(value, (tuple, list, frozenset)):
        h.update(b"(")
        for v in sorted(value) if isinstance(value, frozenset) else value:
            _feed(h, v)
            h.update(b",")
        h.update(b")")
    elif isinstance(value, Quantity):
        h.update(repr(tuple(float(d) for d in value.dim)).encode())
        _feed(h, value.value)
    elif isinstance(value, np.ndarray):
        h.update(f"[{value.dtype.str}{value.shape}".encode())
        h.update(np.ascontiguousarray(value).data)
    else:
        h.update(f"{type(value).__name__}:{value!r};".encode())
