"""Whether two runs of one population agree as samples do: counts, intervals and time course.

Three tests a population, each of which supposes that spikes are independent of one another (so
they are strict with synchronous populations and lenient with regular ones), and one bound:

- `p_counts`: every neuron fires as often, chi-squared over the counts of each pair of neurons;
- `p_intervals`: intervals between spikes of a neuron, pooled, Kolmogorov-Smirnov;
- `p_times`: times of all spikes, Kolmogorov-Smirnov;
- the number of spikes differs by MARGIN at most.

They do not look at which spikes go together: correlations and sequences may differ unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import erfc, exp, sqrt

import numpy as np
from numpy.typing import NDArray

from ..simulator.results import Spikes

LEVEL = 0.01
"""Chance of calling any of the tests of two equal runs a difference (Holm's correction)."""

MARGIN = 0.1
"""Part of their mean by which two numbers of spikes may differ."""

ENOUGH = 100
"""Spikes that a population must fire in each run: the test for no difference needs something to
find one in. Of so few, a quarter must lie elsewhere in time for that to be told apart."""

FEWEST_INTERVALS = 20
"""Intervals below which they are not tested."""


@dataclass(frozen=True)
class Statistics:
    """Chances of so large a difference between two equal runs; None where too little was there.

    `margin` is the difference of the two numbers of spikes, as a part of their mean.
    """

    enough: bool
    margin: float
    p_counts: float | None
    p_intervals: float | None
    p_times: float | None

    @property
    def tests(self) -> list[float]:
        """The chances that there are."""
        return [p for p in (self.p_counts, self.p_intervals, self.p_times) if p is not None]


def statistics(a: Spikes, b: Spikes) -> Statistics:
    """What the three tests say of the spikes of a population in two runs."""
    mean = (len(a) + len(b)) / 2
    margin = abs(len(a) - len(b)) / mean if mean else 0.0
    if min(len(a), len(b)) < ENOUGH:
        return Statistics(False, margin, None, None, None)
    one, other = intervals(a), intervals(b)
    return Statistics(
        True, margin, counts_differ(a.counts, b.counts),
        ks(one, other) if min(len(one), len(other)) >= FEWEST_INTERVALS else None,
        ks(a.step, b.step))


def agree(found: Iterable[Statistics]) -> bool:
    """All populations have spikes enough, numbers within MARGIN, and no test finds a difference."""
    found = list(found)
    if not all(s.enough and s.margin <= MARGIN for s in found):
        return False
    return not any_rejected([p for s in found for p in s.tests])


def any_rejected(chances: Sequence[float], level: float = LEVEL) -> bool:
    """Whether Holm's procedure rejects any: its first step, the smallest against level / n."""
    return bool(chances) and min(chances) < level / len(chances)


def intervals(s: Spikes) -> NDArray[np.int64]:
    """Steps between successive spikes of each neuron, pooled."""
    order = np.lexsort((s.step, s.i))
    gaps: NDArray[np.int64] = np.diff(s.step[order])
    kept: NDArray[np.int64] = gaps[np.diff(s.i[order]) == 0]
    return kept


def counts_differ(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """Chance of counts so far apart, were both Poisson of one rate in each neuron.

    Sum of (a - b)**2 / (a + b) against chi-squared by Wilson and Hilferty's cube root.
    """
    both = a + b
    fired = both > 0
    n = int(fired.sum())
    if not n:
        return 1.0
    x = float(((a - b)[fired] ** 2 / both[fired]).sum())
    z = ((x / n) ** (1 / 3) - (1 - 2 / (9 * n))) / sqrt(2 / (9 * n))
    return 0.5 * erfc(z / sqrt(2))


def ks(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """Chance of so large a gap between the two distributions (Kolmogorov-Smirnov, two samples).

    Stephens's approximation; whole steps tie, which makes it the more careful to reject.
    """
    a, b = np.sort(a), np.sort(b)
    at = np.concatenate([a, b])
    gap = float(np.abs(np.searchsorted(a, at, "right") / len(a)
                       - np.searchsorted(b, at, "right") / len(b)).max())
    root = sqrt(len(a) * len(b) / (len(a) + len(b)))
    x = (root + 0.12 + 0.11 / root) * gap
    if x < 0.3:  # the series converges slowly there, to 1 within 1e-5
        return 1.0
    return min(1.0, 2 * sum((1 if j % 2 else -1) * exp(-2 * (j * x) ** 2)
                            for j in range(1, 101)))
