"""Two runs of one network, spike by spike and weight by weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..simulator.errors import DescriptionError
from ..simulator.results import Results, Spikes
from ..simulator.units import Dim

ROUNDING = 1e-6
"""Part of the largest weight by which weights may differ where spikes are equal: integrators that
share no code round differently, and a rule that is wrong misses by far more."""


@dataclass(frozen=True)
class SpikeDifference:
    """Spikes of one population in two runs.

    `mismatches` counts spikes that only one of the two has; `divergence` is the (step, neuron) of
    the first of them.
    """

    population: str
    neurons: int
    first: int
    second: int
    mismatches: int
    divergence: tuple[int, int] | None


@dataclass(frozen=True)
class WeightDifference:
    """Largest difference of one synaptic variable, in SI, beside the largest value it takes."""

    projection: str
    variable: str
    difference: float
    largest: float
    dim: Dim

    @property
    def relative(self) -> float:
        """The difference as a part of the largest value; 0 where both are 0."""
        return self.difference / self.largest if self.largest else self.difference


@dataclass(frozen=True)
class Comparison:
    """What `compare` found. `verdict` is one of VERDICTS."""

    spikes: tuple[SpikeDifference, ...]
    weights: tuple[WeightDifference, ...]

    @property
    def mismatches(self) -> int:
        """Spikes of all populations that only one of the two runs has."""
        return sum(s.mismatches for s in self.spikes)

    @property
    def worst_weight(self) -> WeightDifference | None:
        """The weights that differ most for their size; None where nothing is plastic."""
        return max(self.weights, key=lambda w: w.relative, default=None)

    @property
    def verdict(self) -> str:
        """The strongest thing that is true of the two."""
        worst = self.worst_weight.relative if self.worst_weight else 0.0
        if self.mismatches:
            return "spikes differ"
        if not worst <= ROUNDING:
            return "weights differ"
        if not any(s.first for s in self.spikes):
            return "no spikes"
        return "same spikes" if worst else "identical"


VERDICTS = {
    "identical": "every spike and every final weight is the same, bit for bit",
    "same spikes": f"every spike is the same, weights to {ROUNDING:g} of the largest",
    "no spikes": "nothing fired, so nothing is shown; run it longer or drive it harder",
    "weights differ": "every spike is the same, but weights differ by more than rounding",
    "spikes differ": "some spikes are in one run only",
}
AGREE = ("identical", "same spikes")


def compare(first: Results, second: Results) -> Comparison:
    """Compare two runs of the same network; DescriptionError unless steps and names are equal."""
    if (first.dt, first.steps) != (second.dt, second.steps):
        raise DescriptionError(f"the runs have {first.steps} steps of {first.dt} s and "
                               f"{second.steps} of {second.dt} s; compare runs of equal dt and "
                               "duration")
    for what in ("spikes", "weights"):
        one, other = getattr(first, what), getattr(second, what)
        if set(one) != set(other):
            raise DescriptionError(f"the runs recorded different {what}: only one of them has "
                                   f"{', '.join(sorted(set(one) ^ set(other)))}; compare runs of "
                                   "one network")
    return Comparison(
        tuple(spike_difference(n, first.spikes[n], second.spikes[n]) for n in first.spikes),
        tuple(_weights(first, second)))


def spike_difference(name: str, a: Spikes, b: Spikes) -> SpikeDifference:
    """Spikes of one population, each counted as often as it occurs."""
    one, other = _keys(a), _keys(b)
    keys, where = np.unique(np.concatenate([one, other]), return_inverse=True)
    surplus = (np.bincount(where[:len(one)], minlength=len(keys))
               - np.bincount(where[len(one):], minlength=len(keys)))
    at = np.flatnonzero(surplus)
    divergence = divmod(int(keys[at[0]]), max(a.size, b.size)) if at.size else None
    return SpikeDifference(name, a.size, len(a), len(b), int(np.abs(surplus).sum()), divergence)


def _keys(s: Spikes) -> NDArray[np.int64]:
    return s.step * max(s.size, 1) + s.i


def _weights(first: Results, second: Results) -> list[WeightDifference]:
    out = []
    for name, a in first.weights.items():
        b = second.weights[name]
        for variable in a.final:
            if variable not in b.final:
                raise DescriptionError(f"projection {name!r}: only one of the runs has "
                                       f"{variable!r}; compare runs of one network")
            x, y = a.final[variable], b.final[variable]
            if x.shape != y.shape:
                raise DescriptionError(f"projection {name!r}: {len(x)} and {len(y)} synapses; "
                                       "compare runs of one network and seed")
            gap = np.where((x == y) | (np.isnan(x) & np.isnan(y)), 0.0, np.abs(x - y))
            largest = float(np.nanmax(np.abs(np.concatenate([x, y])), initial=0.0))
            out.append(WeightDifference(name, variable, float(gap.max(initial=0.0)), largest,
                                        a.dims[variable]))
    return out
