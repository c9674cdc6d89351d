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
from ...simulator.fields import check_share
from ...simulator.free_memory import check_memory
from .checks import as_array, as_reals, check_count, generator
from .cliques import CliqueMemory


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
        check_count(self.epochs, "epochs")
        check_share(self.cost, "cost")
        if not 0.0 <= self.inserted < np.inf or len(self.rates) != 2 or not all(
                0.0 < rate < np.inf for rate in self.rates):
            raise DescriptionError(f"{self}: 0 insertions or more, two rates above 0")


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
    messages = _messages(messages, units)
    count, clusters = messages.shape
    n = clusters * units
    check_memory(8.0 * n * n + 3.0 * count * n, f"weights between {n:,} units")
    ideal = np.zeros((count, n), bool)
    ideal[np.arange(count)[:, None], messages + units * np.arange(clusters)] = True
    rng = generator(seed)
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
    messages = _messages(messages, units)
    clusters = messages.shape[1]
    n = clusters * units
    weights = as_reals(weights, (n, n), "weights")
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
    n = clusters * units
    weights, cluster = as_reals(weights, (n, n), "weights"), np.arange(n) // units
    memory = CliqueMemory(clusters, units)
    memory.rows = packed((weights > 0.5) & (cluster[:, None] != cluster[None, :]), units)
    return memory


def _messages(given: Any, units: int) -> NDArray[np.int64]:
    found = as_array(given, "messages")
    if found.ndim != 2 or found.dtype.kind not in "iu" or not found.size:
        raise DescriptionError(f"messages of shape {found.shape} and type {found.dtype}; give "
                               "integers (M, clusters)")
    if found.min() < 0 or found.max() >= units:
        raise DescriptionError(f"messages reach from {found.min()} to {found.max()}; units are 0 "
                               f"to {units - 1}, one in each cluster")
    return found.astype(np.int64)
