"""Which plastic projections learn a whole row at once, and the lists of events for that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...kernels import fixed_point as fx
from ...kernels import fixed_point_tables as tb
from ...kernels.fixed_point_tables import Recent
from ...simulator.plan import Plan, ProjectionPlan
from .board import Board, Synapses

SPARSE = 4
"""Targets a synapse, in the mean over rows, above which a row's own synapses are fewer than what
looking at all targets costs."""

KEPT = 32
"""Events a neuron in the lists. Twice the longest plastic delay, so that none is overwritten before
the synapses see it: a neuron fires once a step at most."""


def recent_of(plan: Plan, found: Board, neurons: Sequence[int], first: Mapping[int, int],
              rows: int) -> Recent:
    """Empty lists for the groups `neurons`, whose `first` units are given; `rows` that learn."""
    paths = np.zeros((len(plan.projections), 6), np.int64)
    room, total = np.ones(len(neurons), np.int64), 0
    for n, (q, s) in enumerate(zip(plan.projections, found.synapses, strict=True)):
        if at_once(plan, q, s):
            size = plan.populations[q.target].size
            g = neurons.index(q.target)
            paths[n] = [g, first[q.target], size, 0, -1, total]
            room[g] = 1 << (KEPT * size - 1).bit_length()
            total += size
    begin = np.concatenate([[0], np.cumsum(room)])
    widest = int(paths[:, tb.WIDTH].max(initial=0))
    return Recent(begin[:-1], room - 1, np.zeros(len(neurons), np.int64),
                  *(np.zeros(begin[-1], np.int64) for _ in range(2)), np.zeros(rows, np.int64),
                  paths, *(np.zeros(n, np.int32) for n in (total, total, widest, widest)))


def at_once(plan: Plan, q: ProjectionPlan, s: Synapses) -> Any:
    """Whether rows are dense enough, and changes can be added up: see the kernel."""
    pair = s.pair
    return (pair is not None and not pair.multiplicative and not q.mixed
            and fx.accum(pair.a_plus) >= 0
            and SPARSE * q.synapses >= (len(q.indptr) - 1) * plan.populations[q.target].size)
