"""States of +-1 that follow their fields until nothing changes.

s_i <- sgn(h_i(s)); a unit whose field is 0 stays as it is. Units are updated in blocks, one block
after another within a sweep: one block of all units is the synchronous update, many random ones the
asynchronous. Every query of a batch takes the same blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..memory import OpCount
from ..memory.protocol import Array

Block = NDArray[np.int64]
Fields = Callable[[Array, Block], Array]
"""States (Q, N) and a block: the fields of its units, (Q, units)"""


@dataclass(frozen=True)
class Settled:
    """States (Q, N), the sweeps each took (Q,), whether each was at rest (Q,), operations."""

    states: Array
    sweeps: NDArray[np.int64]
    at_rest: NDArray[np.bool_]
    ops: OpCount


def blocks_of(units: int, number: int, rng: np.random.Generator) -> list[Block]:
    """`number` random blocks of nearly equal size that hold each unit once."""
    return [np.sort(part) for part in np.array_split(rng.permutation(units), min(number, units))]


def settle(fields: Fields, cues: Array, blocks: list[Block], sweeps: int,
           bytes_a_weight: float = 4.0) -> Settled:
    """At most `sweeps` sweeps of each cue, by a matrix of weights: N operations an updated unit."""
    states = np.array(cues)
    units = states.shape[1]
    taken, moving = np.zeros(len(states), np.int64), np.ones(len(states), bool)
    dense = flips = 0.0
    for _ in range(sweeps):
        before = states[moving]
        now = before.copy()
        for block in blocks:
            dense += float(len(now) * units * len(block))
            flips += float(np.count_nonzero(now) * len(block))
            h = fields(now, block)
            now[:, block] = np.where(h == 0.0, now[:, block], np.sign(h))
        states[moving] = now
        taken[moving] += 1
        moving[moving] = (now != before).any(axis=1)
        if not moving.any():
            break
    ops = OpCount(dense=dense, sign_flips=flips, bytes_rw=dense * bytes_a_weight,
                  neuron_updates=float(taken.sum() * units), timesteps=float(taken.sum()))
    return Settled(states, taken, ~moving, ops)


def info_of(settled: Settled) -> dict[str, Any]:
    """What a read tells of it."""
    return {"graded": settled.states, "iterations": settled.sweeps, "converged": settled.at_rest}
