"""`lower(network, dt, seed)`: a description becomes a Plan."""

from __future__ import annotations

from typing import Any

import numpy as np

from .clock import one_time, steps
from .equations import SUBEXPRESSION, inline
from .errors import DescriptionError, naming
from .expressions import names_in
from .lower_population import expression, lower_neurons, lower_source, trim
from .lower_projection import lower_projection
from .models import NeuronModel, neuron_names
from .network import Network
from .plan import Plan, PopulationPlan, StateRecord, TimedWrite, WeightRecord
from .probes import SpikeProbe, StateProbe, WeightProbe
from .statements import parse_lines


def lower(network: Network, dt: Any = None, seed: int = 0, dtype: Any = np.float64) -> Plan:
    """The Plan of `network` at step `dt` (a time; None: the network's own) and `seed`.

    Arrays over synapses have `dtype`, all others float64. Raises DescriptionError for whatever
    does not fit the step: delays, refractory periods, spike times.
    """
    step = step_size(network, dt)
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**64:
        raise DescriptionError(f"seed = {seed!r} must be a whole number from 0 to 2**64 - 1")
    by_name = {p.name: p for p in network.populations}
    written, read = _touched(network, by_name)
    plans: dict[str, PopulationPlan] = {}
    for p in network.populations:
        with naming(f"population {p.name!r}"):
            plans[p.name] = (lower_neurons(p, step, int(seed), written[p.name])
                             if isinstance(p.model, NeuronModel) else lower_source(p, step))
    projections = []
    for q in network.projections:
        with naming(f"projection {q.name!r}"):
            projections.append(lower_projection(q, by_name, plans, step, int(seed), dtype))
    writes, states, weights, spikes = _records(network, by_name, plans, step)
    populations = tuple(trim(p, read[p.name]) for p in plans.values())
    return Plan(network.name, step, int(seed), populations, tuple(projections), writes, spikes,
                states, weights, network.digest)


def step_size(network: Network, dt: Any = None) -> float:
    """Seconds of a step: `dt`, or the network's own where it is None."""
    if not isinstance(network, Network):
        raise DescriptionError(f"{network!r} is not a Network; build one of populations and "
                               "projections first")
    step = one_time(network.dt if dt is None else dt, "dt")
    if not step > 0:
        raise DescriptionError(f"dt = {dt!r} must be positive")
    return step


def _touched(network: Network, by_name: dict[str, Any]) -> tuple[dict[str, set[str]],
                                                                 dict[str, set[str]]]:
    """By population: the variables others write, and the names others read."""
    written: dict[str, set[str]] = {n: set() for n in by_name}
    read: dict[str, set[str]] = {n: set() for n in by_name}
    for q in network.projections:
        side = {label: getattr(end, "population", end)
                for label, end in (("pre", q.source), ("post", q.target))}
        targets = [line.target for line in parse_lines(q.synapse.on_pre)]
        targets += [e.name for e in q.synapse.parsed if "summed" in e.flags]
        for name in targets:
            if name.endswith(("_pre", "_post")):
                base, label = name.rsplit("_", 1)
                written[side[label]].add(base)
        for name in neuron_names(q.synapse):
            base, label = name.rsplit("_", 1)
            read[side[label]] |= {base} | _below(by_name[side[label]], base)
    for s in network.stimuli:
        written[s.population].add(s.variable)
    for probe in network.probes:
        if isinstance(probe, StateProbe):
            for name in probe.variables:
                read[probe.population] |= {name} | _below(by_name[probe.population], name)
    return written, read


def _below(p: Any, name: str) -> set[str]:
    """Names that a subexpression of a population stands for."""
    if any(e.name == name and e.kind == SUBEXPRESSION for e in p.model.parsed):
        return names_in(inline(p.model.parsed)[name])
    return set()


def _records(network: Network, by_name: dict[str, Any], plans: dict[str, PopulationPlan],
             dt: float) -> tuple[tuple[TimedWrite, ...], tuple[StateRecord, ...],
                                 tuple[WeightRecord, ...], tuple[int, ...]]:
    order = list(by_name)
    writes = tuple(TimedWrite(
        order.index(s.population), s.variable,
        steps(s.times, dt, f"StepCurrent on {s.population}.{s.variable}: time"),
        np.asarray(s.values.value)) for s in network.stimuli)
    states, weights, spikes = [], [], []
    for probe in network.probes:
        if isinstance(probe, StateProbe):
            p = by_name[probe.population]
            neurons = np.arange(p.size) if probe.neurons is None else probe.neurons
            exprs = tuple(expression(p, n, plans[p.name]) for n in probe.variables)
            states.append(StateRecord(order.index(p.name), probe.variables, exprs, probe.every,
                                      neurons))
        elif isinstance(probe, WeightProbe):
            at = steps(probe.times, dt, f"WeightProbe on {probe.projection!r}: time")
            weights.append(WeightRecord([q.name for q in network.projections].index(
                probe.projection), probe.variables, np.unique(np.atleast_1d(at))))
        elif isinstance(probe, SpikeProbe):
            spikes.append(order.index(probe.population))
    if not any(isinstance(p, SpikeProbe) for p in network.probes):
        spikes = list(range(len(order)))
    return writes, tuple(states), tuple(weights), tuple(sorted(set(spikes)))
