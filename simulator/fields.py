"""What may stand in a field of a description: plain checks that name the field and the value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .errors import DescriptionError
from .units import Quantity


def text(value: Any, what: str) -> str:
    """`value` if it is a string; DescriptionError names `what` otherwise."""
    if not isinstance(value, str):
        raise DescriptionError(f"{what} is {value!r} ({type(value).__name__}); give a text")
    return value


def texts(part: Any, where: str, *names: str) -> None:
    """Check that the named fields of a description are strings."""
    for name in names:
        text(getattr(part, name), f"{where}: {name}")


def mapping(value: Any, what: str) -> dict[str, Any]:
    """A copy of a mapping from names to values."""
    if not isinstance(value, Mapping) or not all(isinstance(k, str) for k in value):
        raise DescriptionError(f"{what} is {value!r}; give a dict of names and values, such as "
                               "{'tau_m': 10*ms}")
    return dict(value)


def integer(value: Any, what: str, least: int, most: int = 2**31 - 1) -> int:
    """`value` as an int; a bool, a float or a number outside [least, most] is refused."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or not (
            least <= value <= most):
        raise DescriptionError(f"{what}={value!r} must be a whole number from {least} to {most}")
    return int(value)


def check_share(value: float, what: str) -> None:
    """DescriptionError unless 0 <= value <= 1."""
    if not 0.0 <= value <= 1.0:
        raise DescriptionError(f"{what} {value!r} must be in 0 ... 1")


def sequence(value: Any, what: str) -> tuple[Any, ...]:
    """`value` as a tuple; a string, a mapping or a quantity is not a list of things."""
    if isinstance(value, (str, bytes, Mapping, Quantity)) or not isinstance(value, Iterable):
        raise DescriptionError(f"{what} must be a list, not {value!r}")
    return tuple(value)


def index_array(value: Any, what: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    """One-dimensional int64 array of whole numbers; an empty list will do."""
    try:
        found = np.atleast_1d(np.asarray(value))
    except (ValueError, OverflowError):  # a ragged list
        found = np.array([None])
    if found.size == 0:
        found = found.astype(np.int64)
    if found.dtype.kind not in "iu" or found.ndim != 1 or (found.size and found.max() >= 2**63):
        raise DescriptionError(f"{what} {value!r} must be a list of whole numbers")
    return found.astype(np.int64)
