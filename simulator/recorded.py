"""What a runner has recorded since it was last asked, for every copy of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .plan import Floats, Ints, Plan


@dataclass
class SpikeColumns:
    """Spikes of one population by (copy, step, i): `offsets[b]:offsets[b + 1]` is copy b."""

    offsets: Ints
    step: Ints
    i: Ints


@dataclass
class Recorded:
    """`spikes` by population; `rows[n][m]` (B, times, neurons) is name m of StateRecord n.

    B is 1 where there is no batch.
    """

    spikes: dict[int, SpikeColumns] = field(default_factory=dict)
    rows: list[list[Floats]] = field(default_factory=list)


def columns(parts: Sequence[tuple[Ints, Ints]]) -> SpikeColumns:
    """From (step, i) of each copy."""
    offsets = np.cumsum([0, *(len(step) for step, _ in parts)]).astype(np.int64)
    step, i = (np.concatenate([np.asarray(p[n], np.int64) for p in parts]) if parts
               else np.zeros(0, np.int64) for n in (0, 1))
    return SpikeColumns(offsets, step, i)


def nothing(plan: Plan) -> Recorded:
    """No spikes and no rows, in the shapes of `plan`."""
    copies = max(1, len(plan.copies))
    none = np.zeros(0, np.int64)
    return Recorded({n: SpikeColumns(np.zeros(copies + 1, np.int64), none, none)
                     for n in plan.record_spikes},
                    [[np.zeros((copies, 0, len(r.neurons))) for _ in r.names]
                     for r in plan.record_states])


def join(pieces: Sequence[Recorded]) -> Recorded:
    """Consecutive pieces of one run as one."""
    if len(pieces) == 1:
        return pieces[0]
    first = pieces[0]
    rows = [[np.concatenate([p.rows[n][m] for p in pieces], axis=1) for m in range(len(names))]
            for n, names in enumerate(first.rows)]
    return Recorded({n: _join_spikes([p.spikes[n] for p in pieces]) for n in first.spikes}, rows)


def _join_spikes(parts: Sequence[SpikeColumns]) -> SpikeColumns:
    counts = np.sum([np.diff(p.offsets) for p in parts], axis=0)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    step, i = (np.concatenate([getattr(p, name) for p in parts]) for name in ("step", "i"))
    if len(counts) > 1:
        copy = np.concatenate([np.repeat(np.arange(len(counts)), np.diff(p.offsets))
                               for p in parts])
        order = np.argsort(copy, kind="stable")  # pieces follow in time, so steps stay sorted
        step, i = step[order], i[order]
    return SpikeColumns(offsets, step, i)
