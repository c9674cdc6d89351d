"""Lowering of a batch: what each copy has of its own, as arrays.

What copies share is drawn from the seed of the run, what a copy owns from its own seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .batch import Trial
from .check_network import check_part
from .clock import steps
from .errors import DescriptionError, naming
from .lower_population import initial_state, lower_source
from .lower_projection import initial_synapses
from .network import Network
from .plan import NEURONS, POISSON, Copy, Floats, Plan


def lower_batch(network: Network, plan: Plan, trials: Sequence[Trial],
                dtype: Any = np.float64) -> Plan:
    """`plan` with a Copy for each trial. DescriptionError for what does not fit."""
    draws = _drawing(network)
    copies = []
    for b, trial in enumerate(trials):
        with naming(f"copy {b} of the batch"):
            trial.check(network)
            copies.append(_copy(network, plan, trial, draws, dtype))
    return replace(plan, copies=tuple(copies))


def _drawing(network: Network) -> set[str]:
    """Populations and projections whose initial values are drawn at random somewhere."""
    out = set()
    for part in (*network.populations, *network.projections):
        model = getattr(part, "synapse", getattr(part, "model", None))
        values = {**getattr(model, "defaults", {}), **part.parameters, **part.initial}
        if any(isinstance(v, str) and "rand" in v for v in values.values()):
            out.add(part.name)
    return out


def _copy(network: Network, plan: Plan, trial: Trial, draws: set[str], dtype: Any) -> Copy:
    own = Copy(trial.seed)
    by_name = {p.name: p for p in network.populations}
    redrawn = draws if trial.seed != plan.seed else set()
    for n, p in enumerate(network.populations):
        if p.name in trial.inputs:
            _source(own, n, plan, trial.population(p))
        elif plan.populations[n].kind == NEURONS and p.name in redrawn | set(trial.initial):
            _state(own.state, n, plan.populations[n].state, trial.initial.get(p.name, {}),
                   f"population {p.name!r}", lambda p=p, n=n: initial_state(
                       _checked(trial.population(p), by_name), plan.populations[n], plan.dt,
                       trial.seed))
    for n, q in enumerate(network.projections):
        if q.name in redrawn | set(trial.weights):
            _state(own.synapses, n, plan.projections[n].state, trial.weights.get(q.name, {}),
                   f"projection {q.name!r}", lambda q=q, n=n: initial_synapses(
                       _checked(trial.projection(q), by_name), by_name, plan.projections[n],
                       plan.dt, trial.seed, dtype))
    _stimuli(own, network, plan, trial)
    return own


def _checked(part: Any, by_name: Mapping[str, Any]) -> Any:
    check_part(part, by_name)
    return part


def _state(out: dict[tuple[int, str], Floats], n: int, state: Mapping[str, Floats],
           given: Mapping[str, Any], where: str, resolve: Any) -> None:
    """Initial values of this copy where they are not those of the Plan."""
    for name in given:
        if name not in state:
            raise DescriptionError(
                f"{where}: {name!r} does not change in a run, so copies share it; those that a "
                f"copy may own: {', '.join(state) or 'none'}")
    for name, value in resolve().items():
        if not np.array_equal(value, state[name]):
            out[n, name] = value


def _source(own: Copy, n: int, plan: Plan, p: Any) -> None:
    there, here = plan.populations[n], lower_source(p, plan.dt)
    if here.kind == POISSON:
        if (here.start, here.stop) != (there.start, there.stop):
            raise DescriptionError(f"population {p.name!r}: a copy may have a Poisson rate of its "
                                   "own, but start and stop are shared")
        own.chance[n] = here.chance
    else:
        own.schedules[n] = here.steps, here.indices


def _stimuli(own: Copy, network: Network, plan: Plan, trial: Trial) -> None:
    for s in trial.stimuli:
        where = f"StepCurrent on {s.population}.{s.variable}"
        n = next(n for n, x in enumerate(network.stimuli)
                 if (x.population, x.variable) == (s.population, s.variable))
        there, size = plan.writes[n], network.population(s.population).size
        at = steps(s.times, plan.dt, f"{where}: time")
        values = np.asarray(s.values.value)
        if not np.array_equal(at, there.steps) or s.values.dim != network.stimuli[n].values.dim:
            raise DescriptionError(f"{where}: copies share times and unit; give values only")
        if values.ndim == 2 and values.shape[1] != size:
            raise DescriptionError(f"{where}: values of shape {values.shape} for {size} neurons")
        if there.values.ndim == 2 and values.ndim == 1:
            values = np.repeat(values[:, None], size, axis=1)
        if there.values.ndim != values.ndim:
            raise DescriptionError(f"{where}: values of shape {values.shape}, where the network "
                                   f"has {there.values.shape}; give the network one a neuron")
        own.values[n] = values
