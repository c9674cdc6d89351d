"""Batches: many copies of a network that differ in inputs, initial values, seeds and weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, fields, replace
from typing import Any

from .errors import DescriptionError
from .fields import integer, mapping, sequence
from .frozen import description, freeze, put, same
from .network import Network, Population, Projection
from .stimuli import SOURCES, StepCurrent

MOST = 1_000_000
"""Copies of a batch at most."""


@description
class Trial:
    """What one copy of a batch has of its own; the rest it shares with the others.

    `inputs`: source population -> SpikeTimes or Poisson, of the kind that stands in the network.
    `initial`: population -> {variable: value}; `weights`: projection -> {variable: value}, for
    variables that change in a run. `stimuli`: StepCurrents in place of those on the same variable,
    at the same times. `seed` keys the copy's random numbers; None: the run's seed plus its index.
    """

    seed: Any = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    initial: Mapping[str, Any] = field(default_factory=dict)
    weights: Mapping[str, Any] = field(default_factory=dict)
    stimuli: Any = ()

    def __post_init__(self) -> None:
        if self.seed is not None:
            put(self, "seed", integer(self.seed, "Trial: seed", 0, 2**64 - 1))
        for name in ("inputs", "initial", "weights"):
            put(self, name, freeze(mapping(getattr(self, name), f"Trial: {name}")))
        for name in ("initial", "weights"):
            for part, values in getattr(self, name).items():
                mapping(values, f"Trial: {name}[{part!r}]")
        for source, model in self.inputs.items():
            if not isinstance(model, SOURCES):
                raise DescriptionError(f"Trial: inputs[{source!r}] is {model!r}; give SpikeTimes "
                                       "or Poisson")
        put(self, "stimuli", sequence(self.stimuli, "Trial: stimuli"))
        for s in self.stimuli:
            if not isinstance(s, StepCurrent):
                raise DescriptionError(f"Trial: stimuli holds {s!r}, which is not a StepCurrent")

    def network(self, network: Network) -> Network:
        """The network of this trial by itself.

        Run with the trial's seed it equals the copy, bit for bit, as long as nothing that copies
        share is drawn at random: that is drawn from the seed of the batch.
        """
        populations = [self.population(p) for p in network.populations]
        projections = [self.projection(q) for q in network.projections]
        own = {(s.population, s.variable): s for s in self.stimuli}
        stimuli = [own.pop((s.population, s.variable), s) for s in network.stimuli]
        self.check(network)
        return replace(network, populations=populations, projections=projections, stimuli=stimuli)

    def population(self, p: Population) -> Population:
        """A population as it is in this trial."""
        if p.name in self.inputs:
            return replace(p, model=self.inputs[p.name])
        given = self.initial.get(p.name)
        return _given(p, given) if given else p

    def projection(self, q: Projection) -> Projection:
        """A projection as it is in this trial."""
        given = self.weights.get(q.name)
        return _given(q, given) if given else q

    def check(self, network: Network) -> None:
        """DescriptionError for a name that the network lacks, or an input of another kind."""
        for what, known in (("inputs", network.population), ("initial", network.population),
                            ("weights", network.projection)):
            for name in getattr(self, what):
                known(name)
        for name, model in self.inputs.items():
            there = network.population(name).model
            if type(there) is not type(model):
                raise DescriptionError(
                    f"Trial: input {name!r} is a {type(model).__name__}, but the network has a "
                    f"{type(there).__name__} there; copies of a batch share the kind of a source")
        known_stimuli = {(s.population, s.variable) for s in network.stimuli}
        for s in self.stimuli:
            if (s.population, s.variable) not in known_stimuli:
                raise DescriptionError(
                    f"Trial: a StepCurrent on {s.population}.{s.variable}, where the network has "
                    "none; add one to the network, at the same times")

    @classmethod
    def between(cls, network: Network, other: Network, seed: int | None = None) -> Trial:
        """What turns `network` into `other`; DescriptionError if that is more than a Trial holds.

        Parameters that never change, connections, delays and probes must be equal.
        """
        _same_rest(network, other)
        inputs, initial, weights = {}, {}, {}
        for p, o in zip(network.populations, other.populations, strict=True):
            if isinstance(o.model, SOURCES):
                if not same(p.model, o.model):
                    inputs[o.name] = o.model
                continue
            initial[o.name] = _changed(p, o)
        for q, o in zip(network.projections, other.projections, strict=True):
            weights[o.name] = _changed(q, o)
        stimuli = [o for s, o in zip(network.stimuli, other.stimuli, strict=True)
                   if not same(s, o)]
        found = cls(seed, inputs, {n: v for n, v in initial.items() if v},
                    {n: v for n, v in weights.items() if v}, stimuli)
        found.check(network)
        return found


def _given(part: Any, values: Mapping[str, Any]) -> Any:
    """A population or projection with other initial values."""
    return replace(part, parameters={n: v for n, v in part.parameters.items() if n not in values},
                   initial={**part.initial, **values})


def _changed(part: Any, other: Any) -> dict[str, Any]:
    """Values of `other` that are not those of `part`."""
    before = {**part.parameters, **part.initial}
    after = {**other.parameters, **other.initial}
    gone = sorted(set(before) - set(after))
    if gone:
        raise DescriptionError(f"{other.name!r} leaves out {', '.join(gone)}, which the network of "
                               "the batch gives; give the value in every copy")
    return {n: v for n, v in after.items()
            if n not in before or not same(v, before[n])}


def _same_rest(network: Network, other: Network) -> None:
    """DescriptionError unless the two differ in what a Trial may change only."""
    if not isinstance(other, Network):
        raise DescriptionError(f"batch holds {other!r}; give a number of copies, or a list of "
                               "Trials or Networks")
    for part in ("populations", "projections", "stimuli", "probes"):
        mine, theirs = getattr(network, part), getattr(other, part)
        if len(mine) != len(theirs):
            raise DescriptionError(f"batch: network {other.name!r} has {len(theirs)} {part}, the "
                                   f"first has {len(mine)}; copies share their structure")
    if not same((network.dt, network.probes), (other.dt, other.probes)):
        raise DescriptionError("batch: the networks differ in dt or probes; copies share them")
    for a, b in zip((*network.populations, *network.projections),
                    (*other.populations, *other.projections), strict=True):
        free = {"parameters", "initial"} | ({"model"} if isinstance(
            getattr(b, "model", None), SOURCES) else set())
        for f in fields(a):
            if f.name not in free and not same(getattr(a, f.name), getattr(b, f.name)):
                raise DescriptionError(f"batch: {b.name!r} differs from {a.name!r} of the first "
                                       f"network in its {f.name}; copies share their structure")


def trials_of(network: Network, batch: Any, seed: int) -> tuple[Trial, ...]:
    """The trials of `batch`: a number of copies, or a list of Trials or Networks; seeds filled in.

    DescriptionError for anything else.
    """
    if isinstance(batch, (int, bool)) or not isinstance(batch, Iterable):
        given: tuple[Any, ...] = (Trial(),) * integer(batch, "batch", 1, MOST)
    else:
        given = sequence(batch, "batch")
    if not given:
        raise DescriptionError("batch=[] holds no copy; give at least one Trial")
    out = []
    for b, item in enumerate(given):
        trial = item if isinstance(item, Trial) else Trial.between(network, item)
        out.append(replace(trial, seed=(seed + b) % 2**64) if trial.seed is None else trial)
    return tuple(out)
