"""What is measured of recalled patterns, and what single numbers a curve is reduced to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...models.memory import Domain, ReadResult
from ...models.memory.patterns import Array
from ..memories.cleanup import CleanupReadout

SUCCESS = 0.95
"""A pattern is completed if its overlap with what was stored is at least that."""
HELD = 0.9
"""A load is held if that share of the patterns is."""


def cosines(a: Any, b: Any) -> Array:
    """Row by row; 0 where a row is all zeros. Of bipolar rows it is the overlap."""
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    norms = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    return np.asarray((x * y).sum(1) / np.where(norms > 0.0, norms, 1.0))


def graded(read: ReadResult) -> Array:
    """The values before a threshold where the memory tells them, else its values."""
    return np.asarray(read.info.get("graded", read.values), np.float64)


def chosen(given: Any, codebook: Any, right: Any) -> Array:
    """Of each row the chance that the read-out of all memories names its right row of the codebook,
    by the largest cosine and by lot among equals."""
    return CleanupReadout(codebook).chance(given, right)


def information(stored: Any, recalled: Any, domain: Domain) -> float:
    """Bits that an entry of a recalled pattern tells of the stored one; 0 for graded domains.

    `bipolar` and `binary`: 1 - H2(share of wrong entries), of fair flags. `ksparse`: the mutual
    information of a channel with the rates of false ones and of ones that are missing, scaled so
    that a pattern without errors tells log2 C(size, ones).
    """
    x, y = np.asarray(stored) > 0.0, np.asarray(recalled) > 0.0
    if domain in ("bipolar", "binary"):
        return 1.0 - entropy(min(float((x != y).mean()), 0.5))
    if domain != "ksparse" or x.all() or not x.any():
        return 0.0
    ones, hits, false = float(x.mean()), float(y[x].mean()), float(y[~x].mean())
    said = ones * hits + (1.0 - ones) * false
    told = entropy(said) - ones * entropy(hits) - (1.0 - ones) * entropy(false)
    size, k = x.shape[1], round(ones * x.shape[1])
    patterns = math.lgamma(size + 1) - math.lgamma(k + 1) - math.lgamma(size - k + 1)
    return float(max(0.0, told) * patterns / (math.log(2.0) * size * entropy(ones)))


def told_by_choice(share: float, choices: int) -> float:
    """Bits that a choice of one of `choices` tells if it is right in that share of cases and wrong
    ones fall anywhere."""
    if choices < 2 or share <= 1.0 / choices:
        return 0.0
    return float(np.log2(choices) - entropy(share) - (1.0 - share) * np.log2(choices - 1))


def entropy(p: float) -> float:
    """H2 in bits."""
    return float(-sum(q * np.log2(q) for q in (p, 1.0 - p) if q > 0.0))


def area_under_roc(positive: Any, negative: Any) -> float:
    """The chance that a positive's score is above a negative's, ties counted half."""
    n, p = np.sort(np.ravel(negative)), np.ravel(positive)
    below = np.searchsorted(n, p, "left") + np.searchsorted(n, p, "right")
    return float(below.mean() / (2 * len(n)))


def largest_held(loads: Sequence[float], shares: Sequence[float], held: float = HELD) -> float:
    """The largest load whose share is at least `held`; 0 if there is none."""
    return max((x for x, y in zip(loads, shares, strict=True) if y >= held), default=0.0)


def area(x: Sequence[float], y: Sequence[float]) -> float:
    """Under the curve by trapezia, divided by the range: the mean of y over x. Of one point, y."""
    order = np.argsort(x)
    a, b = np.asarray(x, float)[order], np.asarray(y, float)[order]
    return float(np.trapezoid(b, a) / (a[-1] - a[0])) if len(a) > 1 else float(b[0])
