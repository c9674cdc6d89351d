"""What is given is looked at before it is computed with: counts, arrays, seeds."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError


def check_count(value: Any, what: str, least: int = 1, where: str = "") -> int:
    """`value` as an int; DescriptionError unless it is a whole number of `least` or more."""
    try:
        found = operator.index(value)
    except TypeError:
        raise DescriptionError(f"{where}{value!r} {what}; it must be a whole number") from None
    if found < least:
        raise DescriptionError(f"{where}{found} {what}; it takes at least {least}")
    return found


def as_array(given: Any, what: str) -> Any:
    """`given` as an array; DescriptionError where its rows are not of one length."""
    try:
        return np.asarray(given)
    except ValueError:
        raise DescriptionError(f"{what}: rows of different lengths; give an array") from None


def as_reals(given: Any, shape: tuple[int | None, ...], what: str) -> Any:
    """`given` as float64, all finite, of that shape (None: any length); DescriptionError."""
    found = as_array(given, what)
    wanted = "(" + ", ".join("any" if n is None else str(n) for n in shape) + ")"
    if found.ndim != len(shape) or any(n not in (None, m) for n, m in
                                       zip(shape, found.shape, strict=True)):
        raise DescriptionError(f"{what} of shape {found.shape}; give {wanted}")
    if found.dtype.kind not in "fiub":
        raise DescriptionError(f"{what} of type {found.dtype}; give real numbers")
    found = np.asarray(found, np.float64)
    if not np.isfinite(found).all():
        at = tuple(int(n) for n in np.argwhere(~np.isfinite(found))[0])
        raise DescriptionError(f"{what}: {found[at]} at {at}; give finite numbers")
    return found


def check_seed(seed: Any) -> None:
    """DescriptionError unless `seed` is a whole number that 64 bits hold."""
    if not 0 <= check_count(seed, "as a seed", 0) < 1 << 64:
        raise DescriptionError(f"{seed} as a seed; it must be below 2**64")


def generator(seed: Any) -> np.random.Generator:
    """PCG64 of a seed; DescriptionError where NumPy takes none such."""
    try:
        return np.random.default_rng(seed)
    except (ValueError, TypeError):
        raise DescriptionError(f"seed {seed!r}; give a whole number of 0 or more") from None
