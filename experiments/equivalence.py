"""Two runs of one network compared: spikes, states, weights, and the strongest verdict."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..simulator.errors import DescriptionError
from ..simulator.results import Results, Spikes
from ..simulator.units import Dim, text
from .equivalence_statistics import Statistics, agree, statistics

ROUNDING = 1e-6
"""Part of the largest weight by which weights may differ where spikes are equal: integrators that
share no code round differently, and a rule that is wrong misses by far more."""

MOST_SHIFT = 10
"""Steps by which one run may lag the other and still be called equal after a shift."""

VERDICTS = {
    "bit-equal": "every spike, recorded state and weight is the same, bit for bit",
    "spike-equal": f"every spike is the same, weights to {ROUNDING:g} of the largest",
    "shift-equal": f"every spike is the same once late ones are moved, by {MOST_SHIFT} steps at "
                   "most; weights are not judged",
    "statistically-equal": "spikes differ, but numbers, intervals and times agree as samples do; "
                           "single spikes, correlations and weights are not judged",
    "different": "spikes or weights differ",
    "nothing-fired": "nothing fired, so nothing is shown; run it longer or drive it harder",
}
"""From the strongest to the weakest; what each says."""

REQUIRABLE = tuple(VERDICTS)[:4]


@dataclass(frozen=True)
class SpikeComparison:
    """Spikes of one population in two runs.

    `mismatches` counts spikes that only one of the two has; `divergence` is the (step, neuron) of
    the first of them, `only_in` the run that has it. `jaccard` is spikes in both over spikes in
    either (None without spikes), `jaccard_near` the same where a step's difference counts as none.
    `shift`: steps by which the second is late throughout; None where no shift makes them equal.
    `given`: a source, or a population that cannot fire, whose spikes show nothing.
    """

    population: str
    neurons: int
    given: bool
    first: int
    second: int
    mismatches: int
    divergence: tuple[int, int] | None
    only_in: str
    jaccard: float | None
    jaccard_near: float | None
    shift: int | None
    statistics: Statistics | None

    @property
    def verdict(self) -> str:
        """One of VERDICTS, of the spikes of this population alone."""
        if not self.first and not self.second:
            return "nothing-fired"
        if not self.mismatches:
            return "spike-equal"
        if self.shift is not None:
            return "shift-equal"
        same = self.statistics is not None and agree([self.statistics])
        return "statistically-equal" if same else "different"


@dataclass(frozen=True)
class ValueComparison:
    """Largest difference of one variable of a projection or population, in SI.

    `largest` is the largest value it takes in either run. NaN in both counts as equal.
    """

    part: str
    variable: str
    difference: float
    largest: float
    dim: Dim

    @property
    def relative(self) -> float:
        """The difference as a part of the largest value; 0 where both are 0."""
        return self.difference / self.largest if self.largest else self.difference

    @property
    def beyond_rounding(self) -> bool:
        """Whether more than ROUNDING lies between them; NaN in one of them does."""
        return not self.relative <= ROUNDING

    def __str__(self) -> str:
        return (f"{text(self.difference, self.dim) or 0} in {self.part}.{self.variable}, whose "
                f"largest is {text(self.largest, self.dim) or 0}")


@dataclass(frozen=True)
class Equivalence:
    """What `equivalence` found of two runs; `notes` say what makes the comparison unequal."""

    spikes: tuple[SpikeComparison, ...]
    weights: tuple[ValueComparison, ...]
    states: tuple[ValueComparison, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def mismatches(self) -> int:
        """Spikes of all populations that only one of the two runs has."""
        return sum(s.mismatches for s in self.spikes)

    @property
    def worst_weight(self) -> ValueComparison | None:
        """The weights that differ most for their size; None where nothing is plastic."""
        return _worst(self.weights)

    @property
    def worst_state(self) -> ValueComparison | None:
        """The recorded state that differs most for its size; None where none was recorded."""
        return _worst(self.states)

    @property
    def shift(self) -> int | None:
        """Steps by which all that fires is late in the second run; None where they differ."""
        found = {s.shift for s in self._judged if s.first or s.second}
        return found.pop() if len(found) == 1 else None

    @property
    def _judged(self) -> tuple[SpikeComparison, ...]:
        """Populations whose spikes are computed; all, where all are given."""
        return tuple(s for s in self.spikes if not s.given) or self.spikes

    @property
    def verdict(self) -> str:
        """The strongest of VERDICTS that is true of the two."""
        if not self.mismatches:
            if any(w.beyond_rounding for w in self.weights):
                return "different"
            if not any(s.first for s in self._judged):
                return "nothing-fired"
            exact = all(x.difference == 0 for x in (*self.weights, *self.states))
            return "bit-equal" if exact else "spike-equal"
        if all(s.shift is not None for s in self.spikes):
            return "shift-equal"
        apart = [s.statistics for s in self.spikes if s.shift is None]
        same = agree(s for s in apart if s is not None)
        return "statistically-equal" if same else "different"

    @property
    def says(self) -> str:
        """The verdict in a sentence, with its numbers."""
        verdict = self.verdict
        if verdict == "different" and not self.mismatches:
            return f"different: every spike is the same, but weights differ by {self.worst_weight}"
        if verdict == "shift-equal":
            return f"spike-equal after {self._shifts()}"
        if verdict == "spike-equal" and self.worst_state and self.worst_state.beyond_rounding:
            return (f"spike-equal ({VERDICTS[verdict]}), but recorded states differ by "
                    f"{self.worst_state}")
        if verdict == "bit-equal" and not (self.weights or self.states):
            return "bit-equal (every spike is the same; there is no state or weight to compare)"
        return f"{verdict} ({VERDICTS[verdict]})"

    def _shifts(self) -> str:
        if self.shift is not None:
            return f"a shift of {_steps(self.shift)}"
        return "shifts of " + ", ".join(f"{_steps(s.shift)} in {s.population}"
                                        for s in self.spikes if s.shift)

    def reaches(self, required: str) -> bool:
        """Whether the verdict is `required` (one of REQUIRABLE) or stronger."""
        order = tuple(VERDICTS)
        return order.index(self.verdict) <= order.index(check_required(required))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain numbers and texts, in SI."""
        return {"verdict": self.verdict, "says": self.says, "mismatches": self.mismatches,
                "shift_steps": self.shift, "notes": list(self.notes),
                "spikes": [{**asdict(s), "verdict": s.verdict} for s in self.spikes],
                "weights": [_record(w) for w in self.weights],
                "states": [_record(s) for s in self.states]}


def check_required(required: str) -> str:
    """`required` if it is a verdict that can be asked for; else DescriptionError."""
    if required not in REQUIRABLE:
        raise DescriptionError(f"require={required!r} is no verdict; there are "
                               f"{', '.join(REQUIRABLE)}")
    return required


def equivalence(first: Results, second: Results, given: Collection[str] = ()) -> Equivalence:
    """Compare two runs of one network, however they were made.

    `given` names populations whose spikes are not computed (sources): their firing alone shows
    nothing. DescriptionError unless dt, steps and all that was recorded correspond.
    """
    for run in (first, second):
        if not isinstance(run, Results):
            raise DescriptionError(f"{run!r} is not the Results of one run; of a batch, compare "
                                   "its copies one by one")
    if (first.dt, first.steps) != (second.dt, second.steps):
        raise DescriptionError(f"the runs have {first.steps} steps of {first.dt} s and "
                               f"{second.steps} of {second.dt} s; compare runs of equal dt and "
                               "duration")
    for what in ("spikes", "weights", "states"):
        _same_names(getattr(first, what), getattr(second, what), f"the runs recorded different "
                    f"{what}")
    return Equivalence(
        tuple(compare_spikes(n, first.spikes[n], second.spikes[n], first.steps, n in given)
              for n in first.spikes),
        tuple(_weights(first, second)), tuple(_states(first, second)),
        tuple(_notes(first.provenance, second.provenance)))


def _notes(first: dict[str, Any], second: dict[str, Any]) -> Iterator[str]:
    """What was not the same about the two runs to begin with."""
    for name, means in (("precision", "they round differently"), ("seed", "random numbers differ"),
                        ("network_digest", "the descriptions differ, if only in what they record"),
                        ("interrupted", "one of them ended early")):
        a, b = first.get(name), second.get(name)
        if a != b:
            yield f"{name} is {str(a)[:12]} in the first and {str(b)[:12]} in the second: {means}"


def _same_names(one: Collection[str], other: Collection[str], what: str) -> None:
    if set(one) != set(other):
        raise DescriptionError(f"{what}: only one of them has "
                               f"{', '.join(sorted(set(one) ^ set(other)))}; compare runs of one "
                               "network")


def compare_spikes(name: str, a: Spikes, b: Spikes, steps: int,
                   given: bool = False) -> SpikeComparison:
    """Spikes of one population in two runs of `steps` steps, each counted as often as it occurs."""
    if a.size != b.size:
        raise DescriptionError(f"population {name!r}: {a.size} and {b.size} neurons; compare runs "
                               "of one network")
    keys, surplus = differences(a, b)
    mismatches = int(np.abs(surplus).sum())
    both, all_of_them = (len(a) + len(b) - mismatches) // 2, len(a) + len(b)
    if not mismatches:
        one = 1.0 if all_of_them else None
        return SpikeComparison(name, a.size, given, len(a), len(b), 0, None, "", one, one, 0, None)
    step, neuron = divmod(int(keys[0]), a.size)
    near = _near(a, b, np.unique(keys % a.size))
    return SpikeComparison(
        name, a.size, given, len(a), len(b), mismatches, (step, neuron),
        "first" if surplus[0] > 0 else "second", both / (all_of_them - both),
        near / (all_of_them - near), _shift(a, b, steps), statistics(a, b))


def differences(a: Spikes, b: Spikes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(step * size + neuron, surplus in `a`) of the spikes that are not in both, in order."""
    one, other = (s.step * max(s.size, 1) + s.i for s in (a, b))
    keys, where = np.unique(np.concatenate([one, other]), return_inverse=True)
    surplus = (np.bincount(where[:len(one)], minlength=len(keys))
               - np.bincount(where[len(one):], minlength=len(keys)))
    return keys[surplus != 0], surplus[surplus != 0]


def _near(a: Spikes, b: Spikes, parted: NDArray[np.int64]) -> int:
    """Most pairs of spikes of one neuron, one of each run, a step apart at most.

    Only neurons that parted need matching: the first two that fit, in the order of time.
    """
    pairs = int((~np.isin(a.i, parted)).sum())
    for one, other in zip(_trains(a, parted), _trains(b, parted), strict=True):
        m = n = 0
        while m < len(one) and n < len(other):
            if abs(one[m] - other[n]) <= 1:
                pairs, m, n = pairs + 1, m + 1, n + 1
            elif one[m] < other[n]:
                m += 1
            else:
                n += 1
    return pairs


def _trains(s: Spikes, neurons: NDArray[np.int64]) -> Iterator[list[int]]:
    """Steps of the spikes of each of `neurons`."""
    order = np.lexsort((s.step, s.i))
    step, i = s.step[order], s.i[order]
    for low, high in zip(np.searchsorted(i, neurons), np.searchsorted(i, neurons, "right"),
                         strict=True):
        yield step[low:high].tolist()


def _shift(a: Spikes, b: Spikes, steps: int) -> int | None:
    """The smallest number of steps by which `b` is late (early where negative) throughout.

    Spikes that a shift moves beyond the end of the run are left out; at least one must remain.
    """
    for k in sorted(range(-MOST_SHIFT, MOST_SHIFT + 1), key=abs):
        early, late = (a, b) if k > 0 else (b, a)
        moved = early.step + abs(k)
        inside = moved < steps
        if (k and inside.any() and np.array_equal(moved[inside], late.step)
                and np.array_equal(early.i[inside], late.i)):
            return k
    return None


def _weights(first: Results, second: Results) -> Iterator[ValueComparison]:
    for name, a in first.weights.items():
        b = second.weights[name]
        _same_names(a.final, b.final, f"projection {name!r}")
        if len(a.pre) != len(b.pre):
            raise DescriptionError(f"projection {name!r}: {len(a.pre)} and {len(b.pre)} synapses; "
                                   "compare runs of one network and seed")
        if not (np.array_equal(a.pre, b.pre) and np.array_equal(a.post, b.post)):
            raise DescriptionError(f"projection {name!r} joins other neurons in the second run; "
                                   "compare runs of one network and seed")
        _same_names(a.history_values, b.history_values, f"WeightProbe on {name!r}")
        for variable in a.final:
            held = [np.concatenate([w.final[variable], np.ravel(w.history_values.get(variable, ()))
                                    ]) for w in (a, b)]
            yield _values(name, variable, held[0], held[1], a.dims[variable])


def _states(first: Results, second: Results) -> Iterator[ValueComparison]:
    for name, a in first.states.items():
        b = second.states[name]
        _same_names(a.traces, b.traces, f"StateProbe on {name!r}")
        for variable, trace in a.traces.items():
            yield _values(name, variable, trace.values, b.traces[variable].values, trace.dim)


def _values(part: str, variable: str, x: NDArray[np.float64], y: NDArray[np.float64],
            dim: Dim) -> ValueComparison:
    if x.shape != y.shape:
        raise DescriptionError(f"{part}.{variable}: values of shape {x.shape} and {y.shape}; "
                               "compare runs with the same probes")
    with np.errstate(invalid="ignore"):  # infinity from infinity, where both are the same
        gap = np.where((x == y) | (np.isnan(x) & np.isnan(y)), 0.0, np.abs(x - y))
    largest = max(float(np.nanmax(np.abs(v), initial=0.0)) for v in (x, y))
    return ValueComparison(part, variable, float(gap.max(initial=0.0)), largest, dim)


def _worst(found: tuple[ValueComparison, ...]) -> ValueComparison | None:
    return max(found, key=lambda v: np.inf if np.isnan(v.relative) else v.relative, default=None)


def _record(v: ValueComparison) -> dict[str, Any]:
    record = {**asdict(v), "relative": v.relative}
    return {k: None if isinstance(x, float) and not np.isfinite(x) else x  # JSON has no NaN
            for k, x in record.items()}


def _steps(k: int | None) -> str:
    return f"{k} step{'' if k in (1, -1) else 's'}"
