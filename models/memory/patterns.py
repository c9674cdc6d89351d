"""Patterns of every domain: drawn, and checked."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ...simulator.errors import DescriptionError
from .spec import Domain

Array = NDArray[np.float64]
DOMAINS: tuple[Domain, ...] = get_args(Domain)
UNIT_TOLERANCE = 1e-3
"""A row in `unit` may be off norm 1 by that: float32 codecs pass, forgotten normalising does not"""
LARGEST = 1e9
"""Of a number, either way: a store of float32 adds up products of three of them"""


def random_patterns(rng: np.random.Generator, count: int, size: int, domain: Domain,
                    active: int | None = None) -> Array:
    """(count, size) independent patterns: normal, on the sphere, fair signs or flags, or with
    exactly `active` ones a row. DescriptionError for an unknown domain."""
    match domain:
        case "real":
            return rng.standard_normal((count, size))
        case "unit":
            x = rng.standard_normal((count, size))
            return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True), np.float64)
        case "bipolar":
            return rng.integers(0, 2, (count, size)) * 2.0 - 1.0
        case "binary":
            return rng.integers(0, 2, (count, size)).astype(np.float64)
        case "ksparse":
            if active is None or not 1 <= active <= size:
                raise DescriptionError(f"ksparse patterns of {size} with {active} ones; give "
                                       "active, from 1 to the size")
            x = np.zeros((count, size))
            chosen = rng.permuted(np.tile(np.arange(size), (count, 1)), axis=1)[:, :active]
            np.put_along_axis(x, chosen, 1.0, axis=1)
            return x
    raise DescriptionError(f"domain {domain!r}; there are {', '.join(DOMAINS)}")


def check_patterns(patterns: Any, size: int, domain: Domain, what: str,
                   active: int | None = None) -> Array:
    """`patterns` as float64 (P, size), or DescriptionError naming what is wrong and where.

    A single pattern (size,) becomes one row. `active` is demanded of every row only where it is
    given: cues may lack some of their ones.
    """
    x = _numbers(patterns, what)
    x = x[None] if x.ndim == 1 else x
    if x.ndim != 2 or x.shape[1] != size:
        raise DescriptionError(f"{what} of shape {x.shape}; it takes (patterns, {size})")
    bad = ~(np.abs(x) <= LARGEST)  # nan, too
    if bad.any() and np.isfinite(x).all():
        raise DescriptionError(f"{what} reach {np.abs(x).max():.3g}; a store of 32 bits a number "
                               f"takes them up to {LARGEST:.0e}: scale them")
    match domain:
        case "bipolar":
            bad = np.abs(x) != 1.0
        case "binary" | "ksparse":
            bad = (x != 0.0) & (x != 1.0)
    if bad.any():
        row, column = (int(k[0]) for k in np.nonzero(bad))
        raise DescriptionError(f"{what}[{row}, {column}] is {x[row, column]}; the domain is "
                               f"{domain!r}")
    if domain == "unit" and len(x):
        _check_norms(x, what)
    if active is not None and len(x):
        _check_ones(x, active, what)
    return x


def check_cues(queries: Any, size: int, domain: Domain, what: str = "queries") -> Array:
    """Cues as float64 (Q, size): finite; of binary domains 0 and 1; of `bipolar` -1, 1, and 0 for
    what is hidden. A `unit` cue need not have norm 1. DescriptionError names what is wrong."""
    if domain == "bipolar":
        x = check_patterns(queries, size, "real", what)
        bad = (np.abs(x) != 1.0) & (x != 0.0)
        if bad.any():
            row, column = (int(k[0]) for k in np.nonzero(bad))
            raise DescriptionError(f"{what}[{row}, {column}] is {x[row, column]}; a bipolar cue "
                                   "has -1, 1, and 0 where it is hidden")
        return x
    return check_patterns(queries, size, "real" if domain == "unit" else domain, what)


def to_domain(graded: Any, domain: Domain, active: int | None = None) -> Array:
    """Graded values (Q, size) as patterns: signs (0 counts as 1), flags above one half, the
    `active` largest (the first of equals), rows of norm 1 (a row of zeros stays), or as they are.
    """
    x = np.asarray(graded, np.float64)
    match domain:
        case "bipolar":
            return np.where(x >= 0.0, 1.0, -1.0)
        case "binary":
            return (x > 0.5).astype(np.float64)
        case "ksparse":
            if active is None:
                raise DescriptionError("ksparse values need `active`, the ones of a pattern")
            chosen = np.argsort(-x, axis=1, kind="stable")[:, :active]
            found = np.zeros_like(x)
            np.put_along_axis(found, chosen, 1.0, axis=1)
            return found
        case "unit":
            norms = np.linalg.norm(x, axis=1, keepdims=True)
            return np.asarray(x / np.where(norms > 0.0, norms, 1.0))
    return x


def _numbers(given: Any, what: str) -> Array:
    """As float64; what would have to be guessed (text, dates) or cut (complex) is refused."""
    try:
        x = np.asarray(given)
        if x.dtype.kind not in "biufO":
            raise TypeError(f"it is of type {x.dtype}")
        return np.asarray(x, np.float64)
    except (TypeError, ValueError, RuntimeError) as problem:
        raise DescriptionError(f"{what}: not an array of numbers ({problem})") from problem


def _check_norms(x: Array, what: str) -> None:
    norms = np.linalg.norm(x, axis=1)
    worst = int(np.abs(norms - 1.0).argmax())
    if abs(norms[worst] - 1.0) > UNIT_TOLERANCE:
        raise DescriptionError(f"{what}[{worst}] has norm {norms[worst]:.4g}; the domain is 'unit':"
                               " divide each row by its norm")


def _check_ones(x: Array, active: int, what: str) -> None:
    ones = x.sum(axis=1)
    worst = int(np.abs(ones - active).argmax())
    if ones[worst] != active:
        raise DescriptionError(f"{what}[{worst}] has {int(ones[worst])} ones; a pattern here has "
                               f"{active}")
