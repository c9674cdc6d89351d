"""The state of a run between two steps, in a form that belongs to no backend.

Whoever continues from it does what the run would have done, bit for bit: it holds the neurons,
the synapses, who is refractory, and all that is still on its way. Random numbers need no state:
they are keyed by the step.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .plan import Floats, Ints, Plan

NONE = np.zeros(0, np.int64)


@dataclass
class PopulationSnapshot:
    """`state` by name, (size,). `until`: last step in which a neuron is refractory, -1 for none.

    `pending`: next spike of each neuron of a Poisson source. `steps`, `indices`: its spikes of the
    last `depth(plan)` steps, sorted, since they may still be under way.
    """

    state: dict[str, Floats] = field(default_factory=dict)
    until: Ints = field(default_factory=lambda: NONE)
    pending: Ints = field(default_factory=lambda: NONE)
    steps: Ints = field(default_factory=lambda: NONE)
    indices: Ints = field(default_factory=lambda: NONE)


@dataclass
class ProjectionSnapshot:
    """`state` as in the Plan; `last`: step of each synapse's last event, where `lazy`, else empty.

    `way[n]` (longest dendritic delay + 1, target size): row r of buffered send n arrives in step
    k + r.
    """

    state: dict[str, Floats] = field(default_factory=dict)
    last: Ints = field(default_factory=lambda: NONE)
    way: dict[int, Floats] = field(default_factory=dict)


@dataclass
class Snapshot:
    """One copy of a run before step `k`."""

    k: int
    populations: tuple[PopulationSnapshot, ...]
    projections: tuple[ProjectionSnapshot, ...]


def depth(plan: Plan) -> int:
    """Steps for which a spike must be remembered."""
    return max((q.longest for q in plan.projections), default=1)


def free(until: Ints, k: int) -> Ints:
    """Deadlines before step `k`, with -1 for those that have passed."""
    return np.where(until < k, -1, until).astype(np.int64)
