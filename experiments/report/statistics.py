"""Means over seeds, and how well they are known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over `seeds` values, with the half width of its 95 % confidence interval.

    `half` is NaN for one seed: nothing is known of the spread. The interval is Student's, for this
    mean alone: of twenty such intervals one misses on average.
    """

    mean: float
    half: float
    seeds: int

    @property
    def low(self) -> float:
        """Lower end."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """Upper end."""
        return self.mean + self.half

    def __str__(self) -> str:
        if math.isnan(self.mean):
            return "-"
        return number(self.mean) + ("" if math.isnan(self.half) else f" ± {number(self.half, 2)}")


def estimate(values: Sequence[float]) -> Estimate:
    """Of independent values, one a seed; those that are not numbers are left out and not counted.

    With an infinity among them the mean is infinite and has no width.
    """
    known = np.asarray([v for v in values if not math.isnan(v)], float)
    if not len(known):
        return Estimate(math.nan, math.nan, 0)
    if not np.isfinite(known).all():
        ends = set(known[np.isinf(known)].tolist())
        return Estimate(ends.pop() if len(ends) == 1 else math.nan, math.nan, len(known))
    if len(known) == 1:
        return Estimate(float(known[0]), math.nan, 1)
    from scipy.stats import t
    half = t.ppf((1 + LEVEL) / 2, len(known) - 1) * known.std(ddof=1) / math.sqrt(len(known))
    return Estimate(float(known.mean()), float(half), len(known))


def difference(ours: Mapping[int, float], base: Mapping[int, float]) -> Estimate:
    """Ours minus a baseline's, paired by seed: both saw the same items under a seed."""
    return estimate([ours[seed] - base[seed] for seed in sorted(ours.keys() & base.keys())])


def number(value: float, digits: int = 4) -> str:
    """A number as tables show it: up to `digits` digits that count, thousands set apart."""
    if not math.isfinite(value):
        return "-" if math.isnan(value) else "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    if abs(value) >= 1e7 or abs(value) < 1e-3:
        return f"{value:.{max(digits - 2, 0)}e}".replace("e+0", "e").replace("e-0", "e-")
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
