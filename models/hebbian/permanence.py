"""How long a synapse of Sparsey lasts: two laws of weight by age, and synapses that follow one.

A synapse is set to its largest weight when both sides are active, and loses it with age, the time
since then. In the table of SparseyCore one that is set again soon goes up a step and lasts longer;
on the last step it stays for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...simulator.errors import DescriptionError

NEVER = -1
"""The time at which a synapse was set that never was."""


def convex(age: Any, steps: float, convexity: float) -> NDArray[np.float64]:
    """w = (1 + c / s) / (1 + c / (s - t)) at age t, 0 from t = s on (sparseypy). 1 at age 0."""
    if not steps > 0 or convexity < 0:
        raise DescriptionError(f"permanence: {steps} steps, convexity {convexity}; steps above 0, "
                               "a convexity of 0 or more")
    left = np.maximum(steps - np.asarray(age, np.float64), 0.0)
    alive = left > 0.0
    falling = (1.0 + convexity / steps) / (1.0 + convexity / np.where(alive, left, 1.0))
    return np.where(alive, falling, 0.0)


@dataclass(frozen=True)
class Table:
    """Weights by age, a row a step of permanence: `weights[n]` until age `until[row][n]`, then 0.

    One set again before `until[row][0]` goes to the next row; past the last row it is permanent.
    The numbers are SparseyCore's.
    """

    until: tuple[tuple[int, ...], ...] = ((2000, 3000, 4000), (4000, 6000, 8000))
    weights: tuple[int, ...] = (127, 120, 50)

    def __post_init__(self) -> None:
        if not self.until or any(len(row) != len(self.weights) or list(row) != sorted(set(row))
                                 or row[0] < 1 for row in self.until):
            raise DescriptionError(f"permanence: ages {self.until} for weights {self.weights}; "
                                   "give rows of rising ages, one for each weight")

    def weight(self, step: Any, age: Any) -> NDArray[np.int64]:
        """Of synapses at a step of permanence (its number of rows: for good) and an age."""
        step, age = np.asarray(step), np.asarray(age)
        found = np.full(np.broadcast(step, age).shape, self.weights[0])
        values = np.array([*self.weights, 0])
        for row, until in enumerate(self.until):
            of_row = values[np.searchsorted(until, age, side="right")]
            found = np.where(step == row, of_row, found)
        return found


class AgeingSynapses:
    """Synapses (inputs, cells) that follow a `Table`; time is the caller's, and goes forward."""

    def __init__(self, inputs: int, cells: int, table: Table | None = None) -> None:
        if inputs < 1 or cells < 1:
            raise DescriptionError(f"AgeingSynapses: {inputs} inputs, {cells} cells; at least 1")
        self.table = Table() if table is None else table
        self.set_at = np.full((inputs, cells), NEVER, np.int64)
        self.step = np.zeros((inputs, cells), np.int8)

    def coincide(self, inputs: Any, cells: Any, now: int) -> None:
        """Set the synapses between the active of `inputs` and of `cells`, booleans."""
        if now < 0 or now < self.set_at.max():
            raise DescriptionError(f"AgeingSynapses: time {now} after {self.set_at.max()}; it does "
                                   "not go back, and starts at 0 or later")
        both = np.logical_and.outer(np.asarray(inputs, bool), np.asarray(cells, bool))
        fresh = np.array([row[0] for row in self.table.until] + [0])[self.step]
        soon = both & (self.set_at != NEVER) & (now - self.set_at < fresh)
        gone = both & (self.weights(now) == 0)
        self.step = np.where(gone, 0, np.where(soon, self.step + 1, self.step)).astype(np.int8)
        self.set_at[both] = now

    def keep(self, cells: Any, now: int) -> None:
        """Make what the active of `cells` have at that time permanent."""
        held = np.asarray(cells, bool)[None] & (self.weights(now) > 0)
        self.step[held] = len(self.table.until)

    def weights(self, now: int) -> NDArray[np.int64]:
        """(inputs, cells), 0 to the largest weight of the table."""
        found = self.table.weight(self.step, now - self.set_at)
        return np.where(self.set_at == NEVER, 0, found)
