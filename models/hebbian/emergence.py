"""Clique memories that emerge: noisy Hebbian learning drives weights to the binary matrix.

The phenomenon is that of Coyac, Gripon, Langlais and Berrou (arXiv 1709.08367): spikes are erased
and inserted, activity has a cost, and consolidation makes weights binary. The rule is ours
(`kernels.consolidation`): these are not the paper's equations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...kernels import clique, consolidation_numba
from ...simulator.errors import DescriptionError
from .cliques import CliqueMemory
from .patterns import check_share


@dataclass(frozen=True)
class Lessons:
    """How messages are presented.

    Each of `epochs` shows all messages in a new order; a unit is erased with probability `erasure`
    and Poisson(`inserted`) random units are added. The rate falls geometrically from the first of
    `rates` to the last; `cost` is what unpaired activity takes away.
    """

    epochs: int = 60
    erasure: float = 0.1
    inserted: float = 1.0
    rates: tuple[float, float] = (0.5, 0.02)
    cost: float = 0.05
    begin: float = 0.5

    def __post_init__(self) -> None:
        check_share(self.erasure, "erasure")
        check_share(self.begin, "begin")
        if self.epochs < 1 or self.inserted < 0 or min(self.rates) <= 0:
            raise DescriptionError(f"{self}: at least 1 epoch, 0 insertions, rates above 0")


class Outcome(NamedTuple):
    """Over pairs of used units in different clusters: the share of weights within 0.05 of 0 or 1;
    agreement of w > 0.5 with the OR of cliques; its hits and false alarms."""

    binary: float
    agreement: float
    hits: float
    false_alarms: float


def grow(messages: Any, units: int, lessons: Lessons | None = None,
         seed: int = 0) -> NDArray[np.float64]:
    """Weights (c l, c l) after the lessons."""
    how = Lessons() if lessons is None else lessons
    count, clusters = messages.shape
    n = clusters * units
    ideal = np.zeros((count, n), bool)
    ideal[np.arange(count)[:, None], messages + units * np.arange(clusters)] = True
    rng = np.random.default_rng(seed)
    weights = np.full((n, n), how.begin)
    for rate in np.geomspace(*how.rates, how.epochs):
        shown = ideal[rng.permutation(count)]
        shown = shown & (rng.random(shown.shape) >= how.erasure)
        for row, extra in zip(shown, rng.poisson(how.inserted, count), strict=True):
            row[rng.integers(0, n, extra)] = True
        consolidation_numba.present(weights, shown, float(rate), how.cost)
    return weights


def judge(weights: NDArray[np.float64], messages: Any, units: int) -> Outcome:
    """Compare with the matrix that `CliqueMemory` learns."""
    clusters = messages.shape[1]
    n = clusters * units
    ideal = np.zeros((n, n), bool)
    clique.learn(ideal, messages, units)
    used, cluster = ideal.any(axis=1), np.arange(n) // units
    pairs = used[:, None] & used[None, :] & (cluster[:, None] != cluster[None, :])
    w, truth = weights[pairs], ideal[pairs]
    return Outcome(float(((w < 0.05) | (w > 0.95)).mean()), float(((w > 0.5) == truth).mean()),
                   float((w > 0.5)[truth].mean()), float((w > 0.5)[~truth].mean()))


def as_memory(weights: NDArray[np.float64], clusters: int, units: int) -> CliqueMemory:
    """The memory whose connections are the weights above 0.5, none within a cluster."""
    from ...kernels.clique_numba import packed
    cluster = np.arange(clusters * units) // units
    memory = CliqueMemory(clusters, units)
    memory.rows = packed((weights > 0.5) & (cluster[:, None] != cluster[None, :]), units)
    return memory
