"""The likely cause of a divergence, in a word and in a sentence, from the neuron as it was watched.

Each judge looks for one cause and says None where it does not see it; the first that sees one is
believed, so they stand from the surest to the vaguest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..simulator.expressions import calls_in, parse
from ..simulator.functions import RANDOM
from ..simulator.plan import NEURONS, POISSON, Plan, PopulationPlan
from ..simulator.results import Weights
from ..simulator.units import text
from .divergence import Divergence, Input, arrivals, incoming
from .divergence_rerun import Watch, Watched
from .equivalence import ROUNDING, SpikeComparison

SAME = {"float64": 1e-9, "float32": 1e-4}
"""Part of a variable's largest value up to which two trajectories are the same but for rounding, by
precision: float64 rounds at 1e-16 and float32 at 6e-8, and errors of a run add up."""

GROWTH = 100.0
"""Times by which a difference may grow in a step and still be called growing, not beginning."""

CAUSES = {
    "rounding": "the neuron stood at its threshold, and the two round differently",
    "grown-rounding": "differences of rounding grew over many steps",
    "input": "an input had parted before",
    "delay": "input comes in another step: a delay, or the order of the step",
    "amount": "input of the same step is of another amount, or is missing",
    "weights": "a weight had parted before: the learning rule",
    "coupling": "a continuous input differs",
    "timed-value": "a value set at a given time differs",
    "reset": "the reset leaves something else",
    "refractory": "the refractory period differs",
    "comparison": "the value equals the threshold: > in one, >= in the other",
    "lost": "the threshold is met, but no spike was fired",
    "extra": "a spike was fired below the threshold",
    "record": "the neuron was reset, but no spike was recorded in that step",
    "late": "the same spikes, some steps late throughout: a delay, or the order of the step",
    "random": "random numbers differ",
    "schedule": "a source does not fire at the given times",
    "start": "initial values differ, or the first step's integration",
    "integration": "the integration of the neuron differs, or a parameter",
    "not-repeated": "one of them fires otherwise when run again",
    "unknown": "nothing that was looked at explains it",
}


@dataclass(frozen=True)
class Evidence:
    """What the judges look at.

    `differs` and `departs`: the first steps in which the variables of the neuron differ at all, and
    by more than SAME (these are `variables`); `after` if only once the reset had run. `then` are
    the weights of both as they were when step `departs` began.
    """

    plan: Plan
    moment: Divergence
    comparison: SpikeComparison
    watch: Watch
    labels: tuple[str, str]
    differs: int | None
    departs: int | None
    after: bool
    variables: tuple[str, ...]
    then: tuple[Mapping[str, Weights], Mapping[str, Weights]] = ({}, {})

    @property
    def last(self) -> int | None:
        """The last step before the departure (or divergence) in which both fired."""
        end = self.moment.step if self.departs is None else self.departs
        both = np.intersect1d(self.watch.first.resets, self.watch.second.resets)
        both = both[both < end]
        return int(both[-1]) if both.size else None

    @property
    def soon_after_a_spike(self) -> bool:
        """Whether that lies within twice the refractory period (one of the two may be wrong)."""
        p, last = self.watch.population, self.last
        r = int(p.refractory[self.watch.neuron] if np.ndim(p.refractory) else p.refractory)
        end = self.moment.step if self.departs is None else self.departs
        return last is not None and (r > 0 or bool(p.held)) and end - last <= 2 * r + 2

    def due(self, step: int) -> list[Input]:
        """Spikes of the first run that reach the neuron in a step."""
        names = [p.name for p in self.plan.populations]
        spikes = {n: self.watch.first.run.spikes[name] for n, name in enumerate(names)}
        return [x for x in arrivals(self.plan, spikes, names.index(self.moment.population),
                                    self.moment.neuron) if x.arrives == step]

    def pair(self, variable: str, step: int, after: bool = False) -> str:
        """Both values of a variable in a step, in words."""
        values = [(w.after if after else w.before)[variable][step] for w in self.watch.both]
        said = [text(v, self.watch.dims[variable]) or "0" for v in values]
        if said[0] == said[1]:
            said[1] += f", {abs(values[0] - values[1]):.2g} apart in SI"
        return f"{variable} is {said[0]} on {self.labels[0]} and {said[1]} on {self.labels[1]}"


def evidence(plan: Plan, moment: Divergence, comparison: SpikeComparison, watch: Watch,
             labels: tuple[str, str]) -> Evidence:
    """Find where the two trajectories part."""
    a, b = watch.both
    end, same = moment.step + 1, rounding(watch)
    differs, departs = [], []
    variables: dict[tuple[str, int, bool], None] = {}
    for name in a.before:
        x, y = a.before[name][:end], b.before[name][:end]
        scale = max(np.max(np.abs(v[np.isfinite(v)]), initial=0.0) for v in (x, y))
        with np.errstate(invalid="ignore"):
            gap = np.where((x == y) | (np.isnan(x) & np.isnan(y)), 0.0, np.abs(x - y))
            differs += np.flatnonzero(gap != 0)[:1].tolist()
            found = np.flatnonzero(~(gap <= same * scale))[:1].tolist()
            departs += [(k, False) for k in found]
            variables.update({(name, k, False): None for k in found})
            both = np.intersect1d(a.resets, b.resets)
            both = both[both < end]
            gap = np.abs(a.after[name][both] - b.after[name][both])
            differs += both[gap != 0][:1].tolist()
            left = ~(gap <= same * scale)
        departs += [(k, True) for k in both[left][:1].tolist()]
        variables.update({(name, k, True): None for k in both[left][:1].tolist()})
    at = min(departs, default=None)
    return Evidence(plan, moment, comparison, watch, labels, min(differs, default=None),
                    at[0] if at else None, bool(at and at[1]),
                    tuple(n for n, k, after in variables if (k, after) == at))


def rounding(watch: Watch) -> float:
    """What counts as rounding: the coarser of the two precisions decides."""
    return max(SAME.get(w.run.provenance.get("precision", ""), SAME["float64"])
               for w in watch.both)


def judge(e: Evidence) -> tuple[str, str]:
    """(cause, sentence); the cause is one of CAUSES."""
    for name, look in JUDGES:
        said = look(e)
        if said is not None:
            return name, said
    return "unknown", CAUSES["unknown"]


def without_watching(plan: Plan, moment: Divergence, comparison: SpikeComparison,
                     labels: tuple[str, str]) -> tuple[str, str] | None:
    """The cause where spikes alone tell it: a diverged input, a source; else None."""
    if moment.upstream is not None:
        return "input", f"input differs: {moment.upstream} is on one of the two only"
    p = next(x for x in plan.populations if x.name == moment.population)
    if p.kind == NEURONS:
        return None
    if p.kind == POISSON:
        return "random", f"random numbers differ: {p.name} draws its spikes"
    late = "" if comparison.shift is None else f", but {_late(comparison.shift, labels)}"
    return "schedule", f"source {p.name} does not fire at the given times{late}"


def _late(k: int, labels: tuple[str, str]) -> str:
    behind = labels[1] if k > 0 else labels[0]
    return f"{abs(k)} step{'s' if abs(k) > 1 else ''} late throughout on {behind}"


# -- the judges -----------------------------------------------------------------------------------
def _not_repeated(e: Evidence) -> str | None:
    for label, w, name in zip(e.labels, e.watch.both, ("first", "second"), strict=True):
        if bool(np.isin(e.moment.step, w.spikes)) != (e.moment.only_in == name):
            return (f"run again, {label} does not fire as before in step {e.moment.step}: it does "
                    "not repeat its own runs")
    return None


def _record(e: Evidence) -> str | None:
    for label, w in zip(e.labels, e.watch.both, strict=True):
        if np.isin(e.moment.step, w.resets) and not np.isin(e.moment.step, w.spikes):
            lag = e.comparison.shift
            return (f"{label} resets the neuron in step {e.moment.step} but records no spike in it"
                    + (f"; {_late(lag, e.labels)}" if lag else ""))
    return None


def _reset(e: Evidence) -> str | None:
    if not e.after or e.departs is None:
        return None
    return (f"the reset of the spike of step {e.departs} differs: after it "
            f"{e.pair(e.variables[0], e.departs, after=True)}")


def _late_throughout(e: Evidence) -> str | None:
    if not e.comparison.shift:
        return None
    inputs = f"; in {_step(e.departs)} their trajectories part" if e.departs is not None else ""
    return f"{_late(e.comparison.shift, e.labels)}: a delay, or the order of the step{inputs}"


def _refractory(e: Evidence) -> str | None:
    if not e.soon_after_a_spike:
        return None
    if e.departs is None:
        silent = e.watch.second if e.moment.only_in == "first" else e.watch.first
        if [e.watch.met(w) for w in e.watch.both] != [True, True] or _moves(e, silent):
            return None
    elif e.departs == 0 or not any(_stands(e, n) for n in e.variables):
        return None
    seen = e.moment.step if e.departs is None else e.departs
    return (f"the refractory period after the spike of step {e.last} differs: in step {seen} one "
            "of the two still holds the neuron")


def _moves(e: Evidence, which: Watched) -> bool:
    """Whether a variable that refractoriness holds moved in the step of the divergence."""
    k = e.moment.step
    return any(bool(which.before[n][k] != which.after[n][k - 1])
               for n in e.watch.population.held if n in which.before)


def _stands(e: Evidence, name: str) -> bool:
    """Whether one of the two left a variable as it was in the step of departure, and one not."""
    assert e.departs is not None
    moved = [w.before[name][e.departs] != w.after[name][e.departs - 1] for w in e.watch.both]
    return bool(moved[0]) != bool(moved[1])


def _coupling(e: Evidence) -> str | None:
    names = [p.name for p in e.plan.populations]
    for q in e.plan.projections:
        for c in q.couplings:
            end = q.source if c.side == "pre" else q.target
            if names[end] == e.moment.population and c.variable in e.variables:
                return f"the continuous input by {q.name} differs: {_at_departure(e, c.variable)}"
    return None


def _timed(e: Evidence) -> str | None:
    names = [p.name for p in e.plan.populations]
    for w in e.plan.writes:
        if (names[w.population] == e.moment.population and w.variable in e.variables
                and not e.after):
            return f"the timed value of {w.variable} differs: {_at_departure(e, w.variable)}"
    return None


def _weights(e: Evidence) -> str | None:
    """Weights of what arrives in the step of departure, as they were when it began."""
    if e.departs is None:
        return None
    due = e.due(e.departs)
    for q in e.plan.projections:
        a, b = (w.get(q.name) for w in e.then)
        here = e.plan.populations[q.target].name == e.moment.population
        if not here or a is None or b is None or "w" not in a.final:
            continue
        at = np.flatnonzero(q.post == e.moment.neuron)
        pre, (x, y) = incoming(q, e.moment.neuron)[0], (w.final["w"][at] for w in (a, b))
        apart = ~(np.abs(x - y) <= ROUNDING * np.max(np.abs(x), initial=0.0))
        apart &= np.isin(pre, [d.neuron for d in due if d.projection == q.name])
        if apart.any():
            n = int(np.flatnonzero(apart)[0])
            one, other = (text(v[n], a.dims["w"]) or "0" for v in (x, y))
            return (f"the weights of {q.name} differ before any spike does, by its learning or from"
                    f" the start: that from neuron {pre[n]}, which acts in step {e.departs}, is "
                    f"{one} on {e.labels[0]} and {other} on {e.labels[1]}")
    return None


def _arrival(e: Evidence) -> str | None:
    if e.departs is None or not e.due(e.departs):
        return None
    x = e.due(e.departs)[0]
    return (f"what arrives in step {e.departs} differs in amount, or comes late: spike of {x}; "
            f"{_at_departure(e)}")


def _early(e: Evidence) -> str | None:
    if e.departs is None or _noisy(e.watch.population):
        return None
    due = e.due(e.departs + 1)
    if not due:
        return None
    return (f"the trajectories part in step {e.departs}, a step before the spike of {due[0]}: "
            "its delay is shorter on one of the two, or the order of the step differs")


def _random(e: Evidence) -> str | None:
    if e.departs is None or not _noisy(e.watch.population):
        return None
    return f"random numbers differ: {_at_departure(e)}"


def _noisy(p: PopulationPlan) -> bool:
    texts = [s.expr for s in (*p.integrate, *p.reset)] + ([p.threshold] if p.threshold else [])
    return any(calls_in(parse(t)) & set(RANDOM) for t in texts)


def _start(e: Evidence) -> str | None:
    if e.departs != 0:
        return None
    return f"initial values differ, or the first step's integration: {_at_departure(e)}"


def _grown(e: Evidence) -> str | None:
    if e.departs is None or e.differs is None or e.differs >= e.departs or not e.variables:
        return None
    a, b = (w.before[e.variables[0]] for w in e.watch.both)
    now, then = (abs(a[k] - b[k]) for k in (e.departs, e.departs - 1))
    if not 0 < now <= GROWTH * then:
        return None
    return (f"they differ by rounding from step {e.differs} on, which grows to more than "
            f"{rounding(e.watch):g} of the largest value in step {e.departs}: {_at_departure(e)}")


def _integration(e: Evidence) -> str | None:
    if e.departs is None:
        return None
    return f"integration or a parameter differs: {_at_departure(e)}"


def _at_threshold(e: Evidence) -> Iterator[tuple[str, str]]:
    """The trajectories are the same but for rounding, so the threshold itself is what differs."""
    met, gaps = ([f(w) for w in e.watch.both] for f in (e.watch.met, e.watch.distance))
    if gaps == [0.0, 0.0]:
        yield "comparison", "the value equals the threshold: > in one of the two, >= in the other"
    elif met[0] is None:
        yield "random", "random numbers differ: the threshold draws them"
    elif met[0] != met[1]:
        yield "rounding", ("the neuron stands at its threshold, and by rounding one is beyond it "
                           "and one is not")
    elif met[0]:
        yield "lost", f"the threshold is met on both, but {_silent(e)} fires no spike"
    else:
        yield "extra", f"{_firing(e)} fires although its threshold is not met"


def _firing(e: Evidence) -> str:
    return e.labels[0 if e.moment.only_in == "first" else 1]


def _silent(e: Evidence) -> str:
    return e.labels[1 if e.moment.only_in == "first" else 0]


def _decided(cause: str) -> Callable[[Evidence], str | None]:
    def look(e: Evidence) -> str | None:
        return dict(_at_threshold(e)).get(cause) if e.departs is None else None
    return look


def _at_departure(e: Evidence, name: str = "") -> str:
    assert e.departs is not None
    return (f"in {_step(e.departs)} {e.pair(name or e.variables[0], e.departs, e.after)}")


def _step(k: int | None) -> str:
    return f"step {k}"


JUDGES: tuple[tuple[str, Callable[[Evidence], str | None]], ...] = (
    ("not-repeated", _not_repeated), ("record", _record), ("reset", _reset),
    ("refractory", _refractory), ("late", _late_throughout), ("coupling", _coupling),
    ("timed-value", _timed), ("weights", _weights), ("amount", _arrival),
    ("random", _random), ("start", _start), ("delay", _early), ("grown-rounding", _grown),
    ("integration", _integration), *((c, _decided(c)) for c in (
        "comparison", "random", "rounding", "lost", "extra")))
