"""Clustered cliques (Gripon and Berrou 2011): messages of one unit a cluster, binary weights.

A message (c,) names a unit 0 ... l - 1 in each of c clusters; storing it connects its units, each
with all others (no edges within a cluster). A cue has -1 where a cluster is erased: no unit of it
is active at first. In an iteration unit u scores

    sum of max: the number of clusters with an active unit connected to u
    sum of sum: the number of active units connected to u

plus `memory` if it was active; in each cluster the units of the highest score become active, all
of them when tied, and none where that score is 0. A sparse message has -1 for the clusters that it
does not use; then the `keep` highest scores of the whole network become active instead, again with
all that tie with the last. This is the naive version, on booleans.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bits import Flags

Messages = NDArray[np.int64]

EMPTY, AMBIGUOUS = -1, -2
"""What stands in an answer for a cluster without an active unit, and for one with several."""


def learn(weights: Flags, messages: Messages, units: int) -> None:
    """Store messages (M, c) in `weights` (c l, c l), l = `units`."""
    clusters = messages.shape[1]
    for message in messages:
        used = np.flatnonzero(message >= 0)
        who = message[used] + units * used
        weights[np.ix_(who, who)] = True
    cluster = np.arange(clusters * units) // units
    weights[cluster[:, None] == cluster[None, :]] = False


def retrieve(weights: Flags, cues: Messages, units: int, iterations: int = 4, memory: int = 1,
             by_cluster: bool = True, keep: int = 0) -> Flags:
    """Active units (Q, c, l) after the iterations; `by_cluster` is sum of max.

    `keep` = 0 lets each cluster choose its winners.
    """
    clusters = cues.shape[1]
    active: Flags = cues[:, :, None] == np.arange(units)
    linked = weights.reshape(clusters * units, clusters, units)
    for state in active:
        for _ in range(iterations):
            heard = (linked & state).sum(axis=2)  # (units, clusters): active units it is linked to
            score = (heard > 0 if by_cluster else heard).sum(axis=1).reshape(clusters, units)
            score = score + memory * state
            best = (score.max(axis=1, keepdims=True) if keep == 0
                    else np.sort(score, axis=None)[-min(keep, score.size)])
            state[:] = (score >= best) & (score > 0)
    return active


def answers(active: Flags) -> Messages:
    """The unit of each cluster (Q, c), or EMPTY, or AMBIGUOUS."""
    number = active.sum(axis=2)
    unit = active.argmax(axis=2).astype(np.int64)
    return np.where(number == 1, unit, np.where(number == 0, EMPTY, AMBIGUOUS))
