"""What connectors refuse, each error with the connector, the value and the way out."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import numpy.typing as npt

from ..kernels.sampling import NO_HOLE
from .errors import DescriptionError
from .fields import integer
from .frozen import freeze

LARGEST = 1 << 32  # indices are 32 bits wide


def who(connector: object, name: str = "") -> str:
    """How an error names a connector: by the projection it serves, if known, and its class."""
    kind = type(connector).__name__
    return f"{name}: {kind}" if name else kind


def check_sizes(connector: object, name: str, n_pre: int, n_post: int) -> None:
    """DescriptionError for a population that is too large; an empty one has no synapses."""
    for n in (n_pre, n_post):
        if not 0 <= n <= LARGEST:
            raise DescriptionError(f"{who(connector, name)} cannot join populations of {n_pre} and "
                                   f"{n_post} neurons; each may have at most 2**32")


def hole_in(connector: Any, name: str, n_pre: int, n_post: int, same: bool, offset: int) -> int:
    """The diagonal that is left out, once the sizes are checked; NO_HOLE for none."""
    check_sizes(connector, name, n_pre, n_post)
    return offset if same and not connector.self_connections else NO_HOLE


def check_enough(connector: object, name: str, n: int, rows: int, columns: int, hole: int,
                 verb: str) -> None:
    """DescriptionError if some row has fewer than n columns to choose from."""
    available = columns - (-rows < hole < columns)
    if rows and n > available:
        raise DescriptionError(f"{who(connector, name)}: n={n} distinct neurons, and there are "
                               f"{available} to {verb}; lower n or enlarge the population")


def probability(connector: object, field: str, p: Any) -> float:
    """`p` as a float in [0, 1]."""
    number = isinstance(p, (int, float, np.integer, np.floating)) and not isinstance(p, bool)
    if not number or not 0.0 <= p <= 1.0:  # NaN fails too
        raise DescriptionError(f"{who(connector)}: {field}={p!r} is not a probability; "
                               "give a number from 0 to 1")
    return float(p)


def flag(connector: object, field: str, value: Any) -> bool:
    """`value` as a bool; numbers and texts are refused."""
    if not isinstance(value, (bool, np.bool_)):
        raise DescriptionError(f"{who(connector)}: {field}={value!r} must be True or False")
    return bool(value)


def shape_of(connector: object, shape: Any) -> tuple[int, int]:
    """`shape` as two whole numbers."""
    if not isinstance(shape, (tuple, list)) or len(shape) != 2:
        raise DescriptionError(f"{who(connector)}: shape={shape!r} must be (n_pre, n_post)")
    first, second = (integer(n, f"{who(connector)}: shape", 0, LARGEST) for n in shape)
    return first, second


def count(connector: object, n: Any) -> int:
    """`n` as a whole number, 0 or more."""
    try:
        value = operator.index(n)
    except TypeError:
        value = -1
    if value < 0 or isinstance(n, bool):
        raise DescriptionError(f"{who(connector)}: n={n!r} is not a number of neurons; "
                               "give a whole number, 0 or more")
    return value


def indices(connector: object, side: str, given: Any) -> npt.NDArray[np.uint32]:
    """`given` as a locked uint32 array, whatever integers it came as."""
    label = f"{who(connector)}: {side}"
    try:
        index = np.asarray(given)
    except ValueError:  # a ragged list
        index = np.array(None)
    if index.ndim != 1 or (index.size and index.dtype.kind not in "iu"):
        raise DescriptionError(f"{label} is an array of {index.dtype} and shape {index.shape}; "
                               "give whole numbers in one dimension, such as x.astype(int)")
    check_inside(label, index, LARGEST)
    return freeze(index.astype(np.uint32))  # type: ignore[no-any-return]


def check_inside(label: str, index: npt.NDArray[Any], n: int) -> None:
    """DescriptionError naming the first entry that is not in 0 .. n - 1."""
    if index.size and (index.min() < 0 or index.max() >= n):
        k = int(np.argmax((index < 0) | (index >= n)))
        raise DescriptionError(f"{label}[{k}] = {index[k]} is not a neuron of {n}; "
                               f"indices run from 0 to {n - 1}")
