"""Clustered clique memories (Gripon and Berrou 2011, IEEE Trans. Neural Netw. 22:1087).

A message names one unit of l in each of c clusters and is stored as a clique. The equations are in
`kernels.clique`; an erased cluster starts with no unit active, and a tie is kept and counts as an
error. Sparse messages use some of the clusters and have -1 in the others.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...kernels import clique_numba
from ...kernels.bits import words_for
from ...kernels.clique import AMBIGUOUS, EMPTY, Messages, answers
from ...simulator.errors import DescriptionError
from ...simulator.free_memory import check_memory
from .checks import as_array, check_count, generator
from .device import on_gpu

RULES = {"sum-of-max": True, "sum-of-sum": False}
ERASED = -1


class CliqueMemory:
    """`clusters` of `units` each, one bit a connection."""

    def __init__(self, clusters: int, units: int) -> None:
        if clusters < 2 or units < 1:
            raise DescriptionError(f"cliques: {clusters} clusters of {units} units; it takes at "
                                   "least 2 clusters of 1")
        check_memory(8.0 * clusters**2 * units * words_for(units),
                     f"connections of {clusters} clusters of {units:,} units")
        self.clusters, self.units = clusters, units
        self.rows = clique_numba.empty(clusters, units)

    def learn(self, messages: Any) -> None:
        """Store messages: integers (M, c) of 0 ... l - 1, or -1 in clusters that are not used."""
        clique_numba.learn(self.rows, self._messages(messages, "messages"), self.units)

    def active(self, cues: Any, rule: str = "sum-of-max", iterations: int = 4,
               memory: int = 1, keep: int = 0, device: str = "cpu") -> Any:
        """Booleans (Q, c, l): the units that are active in the end.

        `cues` is (Q, c) with -1 where a cluster is erased; `memory` is what a unit's own activity
        adds to its score. For sparse messages `keep` is how many clusters each uses: the highest
        scores of the whole network win, and not those of each cluster. With `device="cuda"` a
        GPU answers, thousands of cues at once.
        """
        gpu = on_gpu(device)
        if rule not in RULES:
            raise DescriptionError(f"rule {rule!r} is not known; there are {', '.join(RULES)}")
        if iterations < 1 or memory < 0 or keep < 0:
            raise DescriptionError(f"cliques: {iterations} iterations, memory {memory}, keep {keep}"
                                   "; at least 1, 0 and 0")
        asked = (self.rows, self._messages(cues, "cues"), self.units, iterations, memory,
                 RULES[rule], keep)
        if gpu:
            from ...kernels import clique_cuda
            return clique_cuda.retrieve(*asked)
        return clique_numba.retrieve(*asked)

    def recall(self, cues: Any, rule: str = "sum-of-max", iterations: int = 4,
               memory: int = 1, keep: int = 0, device: str = "cpu") -> Messages:
        """The messages (Q, c): -1 for a cluster without an active unit, -2 for a tie."""
        return answers(self.active(cues, rule, iterations, memory, keep, device))

    def density(self) -> float:
        """The share of possible connections that are there."""
        from ...kernels.bits import unpack
        possible = self.clusters * (self.clusters - 1) * self.units**2
        return float(unpack(self.rows, self.units).sum() / possible)

    def _messages(self, given: Any, what: str) -> Messages:
        found = as_array(given, f"cliques: {what}")
        if found.ndim != 2 or found.shape[1] != self.clusters or found.dtype.kind not in "iu":
            raise DescriptionError(f"cliques: {what} of shape {found.shape} and type "
                                   f"{found.dtype}; give integers (Q, {self.clusters})")
        if found.size and not (found.min() >= ERASED and found.max() < self.units):
            raise DescriptionError(f"cliques: {what} reach from {found.min()} to {found.max()}; "
                                   f"units are 0 to {self.units - 1}, and -1 is none")
        return found.astype(np.int64)


def random_messages(number: int, clusters: int, units: int, seed: int,
                    used: int | None = None) -> Messages:
    """(number, c) integers, each unit alike; -1 in all but `used` clusters, chosen at random."""
    for what, count in (("messages", number), ("clusters", clusters), ("units", units)):
        check_count(count, what, 0 if what == "messages" else 1)
    if used is not None and not 1 <= used <= clusters:
        raise DescriptionError(f"{used} clusters used of {clusters}; give 1 to {clusters}")
    check_memory(24.0 * number * clusters, f"{number:,} messages of {clusters:,} clusters")
    out = generator(seed).integers(0, units, (number, clusters))
    return out if used is None else erased(out, clusters - used, seed + 1)


def erased(messages: Messages, number: int, seed: int) -> Messages:
    """A copy with -1 in `number` of the clusters that each message uses, chosen at random."""
    messages = as_array(messages, "messages")
    used = messages >= 0
    if messages.size and not 0 <= number <= used.sum(axis=1).min():
        raise DescriptionError(f"{number} clusters erased of {used.sum(axis=1).min()}")
    order = np.where(used, generator(seed).random(messages.shape), 2.0)
    return np.where(order.argsort(axis=1).argsort(axis=1) < number, ERASED, messages)


def density(messages: int, units: int, clusters: int = 2, choice: int | None = None) -> float:
    """d = 1 - (1 - 1/l^2)^M; where messages use `clusters` of `choice`, an edge is in one with
    probability c (c - 1) / (chi (chi - 1) l^2)."""
    if not (messages >= 0 and units >= 1):
        raise DescriptionError(f"{messages!r} messages of {units!r} units a cluster; at least 0 "
                               "and 1")
    _check_choice(clusters, choice)
    share = 1.0 if choice is None else clusters * (clusters - 1) / (choice * (choice - 1))
    if share == units:  # one unit, all clusters: the one edge there is
        return float(messages > 0)
    return -math.expm1(messages * math.log1p(-share / units**2))


def one_iteration_error(messages: int, clusters: int, units: int, lost: int) -> float:
    """1 - (1 - d^(c - ce))^((l - 1) ce): that another unit of an erased cluster ties."""
    if not 0 <= lost <= clusters:
        raise DescriptionError(f"{lost} clusters erased of {clusters}; give 0 to {clusters}")
    alike = density(messages, units) ** (clusters - lost)
    if alike == 1.0:  # every unit ties, if there is another
        return float(lost > 0 and units > 1)
    return -math.expm1((units - 1) * lost * math.log1p(-alike))


def minimum_distance(clusters: int) -> int:
    """Connections in which two messages that differ in one cluster differ: 2 (c - 1)."""
    return 2 * (clusters - 1)


def bits_per_message(clusters: int, units: int, choice: int | None = None) -> float:
    """log2 C(chi, c) + c log2 l, chi = `choice` clusters to choose from (c if left out)."""
    check_count(units, "units")
    _check_choice(clusters, choice)
    return math.log2(math.comb(choice or clusters, clusters)) + clusters * math.log2(units)


def _check_choice(clusters: int, choice: int | None) -> None:
    if choice is not None and not 2 <= clusters <= choice:
        raise DescriptionError(f"{clusters} clusters of {choice} to choose from; give 2 to "
                               f"{choice}")


__all__ = ["AMBIGUOUS", "EMPTY", "ERASED", "RULES", "CliqueMemory", "bits_per_message", "density",
           "erased", "minimum_distance", "one_iteration_error", "random_messages"]
