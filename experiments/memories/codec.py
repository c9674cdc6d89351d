"""What a codec is: vectors to codes of another domain and back, at a declared cost."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...models.memory import Domain, OpCount
from ...simulator.errors import DescriptionError

Array = NDArray[np.float64]


class Codec(Protocol):
    """Vectors (Q, size) to codes (Q, width) of `domain` (with `active` ones, if ksparse).

    `latency`: time steps until a code is complete. Each call tells what it cost; a codec keeps no
    state.
    """

    size: int
    width: int
    domain: Domain
    active: int | None
    latency: int

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """Codes of vectors."""

    def decode(self, code: Any) -> tuple[Array, OpCount]:
        """Vectors of codes, such as a memory recalls: they may be wrong in part."""


def vectors(x: Any, width: int, what: str) -> Array:
    """As float64 (Q, width); DescriptionError names another shape, or what is not a number."""
    found = np.asarray(x, np.float64)
    found = found[None] if found.ndim == 1 else found
    if found.ndim != 2 or found.shape[1] != width:
        raise DescriptionError(f"{what} of shape {found.shape}; it takes (patterns, {width})")
    if not np.isfinite(found).all():
        raise DescriptionError(f"{what} holds NaN or infinity")
    return found


def in_unit_interval(x: Any, size: int, what: str) -> Array:
    """As `vectors`, from 0 to 1; DescriptionError names the first number that is not."""
    found = vectors(x, size, what)
    bad = (found < 0.0) | (found > 1.0)
    if bad.any():
        row, column = (int(k[0]) for k in np.nonzero(bad))
        raise DescriptionError(f"{what}: vectors[{row}, {column}] is {found[row, column]:.6g}; it "
                               "codes numbers from 0 to 1: scale them first")
    return found


def at_least(number: int, least: int, what: str) -> int:
    """`number`; DescriptionError below `least`."""
    if number < least:
        raise DescriptionError(f"{what} is {number}; at least {least}")
    return number
