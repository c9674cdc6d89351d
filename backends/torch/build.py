"""From a network and what is asked of its module to a Plan in which that can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from ...simulator.equations import PARAMETER
from ...simulator.errors import DescriptionError, UnsupportedError
from ...simulator.expressions import parse
from ...simulator.lower import lower
from ...simulator.models import NeuronModel
from ...simulator.network import Network
from ...simulator.plan import NEURONS, Plan
from ...simulator.probes import SpikeProbe, StateProbe
from ...simulator.stimuli import SpikeTimes, StepCurrent
from ...simulator.units import Quantity, split
from .names import names, part_and_variable, refuse_rules, spread_weights
from .ops import Exact, Surrogate
from .scale import distance
from .train import Recipe, recipe

Place = int | tuple[int, str]


@dataclass(frozen=True, eq=False)
class Made:
    """A Plan, the recipes of its populations, and where inputs come in and outputs are read.

    `inputs`: name -> population (its spikes) or (population, variable); `writes`: those that are
    set, not added. `outputs`: name -> (population, StateRecord or None, which of its names).
    """

    plan: Plan
    models: dict[str, Any]
    recipes: dict[int, Recipe]
    trained: dict[str, frozenset[str]]
    inputs: dict[str, Place]
    writes: frozenset[Place]
    outputs: dict[str, tuple[int, int | None, int]]
    surrogate: Any
    scale: dict[int, float]
    reset_grad: bool = False
    relaxed: bool = False
    detach: frozenset[str] = frozenset()
    tensors: dict[tuple[str, int], frozenset[str]] = field(default_factory=dict)

    def fires(self, n: int, dtype: Any) -> Any:
        """What turns the threshold condition of population n into a spike."""
        if n not in self.scale:
            return Exact(dtype)
        return Surrogate(dtype, self.surrogate, self.scale[n], self.relaxed)

    def check(self, inputs: Mapping[str, Any], copies: int | None,
              kind: Any) -> tuple[dict[Place, Any], int, int]:
        """Inputs by place as lists of rows, steps, copies; DescriptionError where they differ."""
        out: dict[Place, Any] = {}
        steps: int | None = None
        for name, x in inputs.items():
            place = self.inputs[name]
            size = self.plan.populations[place if isinstance(place, int) else place[0]].size
            if not isinstance(x, torch.Tensor) or x.dim() != 3 or x.shape[2] != size:
                got = tuple(x.shape) if isinstance(x, torch.Tensor) else type(x).__name__
                raise DescriptionError(f"input {name!r} is {got}; give a tensor (steps, batch, "
                                       f"{size}), time first")
            if x.device != kind.device:
                raise DescriptionError(f"input {name!r} is on {x.device}, the module on "
                                       f"{kind.device}; move one: x.to({str(kind.device)!r})")
            if steps not in (None, x.shape[0]):
                raise DescriptionError(f"input {name!r} has {x.shape[0]} steps, another has "
                                       f"{steps}; give all inputs the same number")
            if copies not in (None, x.shape[1]):
                raise DescriptionError(
                    f"input {name!r} has a batch of {x.shape[1]}, another input or the state has "
                    f"{copies}; give the same, or state=None to begin anew")
            steps, copies = x.shape[0], x.shape[1]
            out[place] = x.to(kind.dtype).unbind(0)
        return out, steps or 0, copies or 1


def make(network: Network, dt: Any, seed: int, *, train: Sequence[str] = (), inputs: Any = None,
         outputs: Any = None, surrogate: Any = None, scale: Any = None, reset_grad: bool = False,
         relaxed: bool = False, detach: Sequence[str] = ()) -> Made:
    """All that a module needs. DescriptionError, UnsupportedError: what cannot be done, and why."""
    if not isinstance(network, Network):
        raise DescriptionError(f"{network!r} is not a Network; as_module takes a description")
    by_part = _trained(network, names(train, "train"))
    into = _inputs(network, inputs)
    out_names = names(outputs, "outputs") if outputs is not None else tuple(
        p.name for p in network.populations if isinstance(p.model, NeuronModel))
    detach = names(detach, "detach")
    for name in detach:
        network.projection(name)
    changed, records = _prepared(network, by_part, into, out_names)
    plan = lower(changed, dt, seed)
    order = [p.name for p in plan.populations]
    recipes = {n: recipe(p, plan.populations[n], plan.dt, seed, by_part.get(p.name, frozenset()))
               for n, p in enumerate(changed.populations) if isinstance(p.model, NeuronModel)}
    populations = tuple(recipes[n].plan if n in recipes else p
                        for n, p in enumerate(plan.populations))
    plan = replace(plan, populations=populations, writes=tuple(
        w for w in plan.writes if (w.population, w.variable) not in {
            (order.index(a), b) for a, b in into if b}))
    reasons = refuse_rules(plan, by_part, frozenset(detach))
    if reasons:
        raise UnsupportedError("torch", reasons, "this network cannot be trained as it is")
    places: dict[str, Place] = {f"{a}.{b}" if b else a: (order.index(a), b) if b
                                else order.index(a) for a, b in into}
    tensors = {("population", n): r.tensors for n, r in recipes.items()}
    tensors |= {("projection", n): by_part.get(q.name, frozenset())
                for n, q in enumerate(plan.projections)}
    return Made(plan, {p.name: p.model for p in changed.populations
                       if isinstance(p.model, NeuronModel)}, recipes, by_part, places,
                frozenset(x for x in places.values() if isinstance(x, tuple) and _is_parameter(
                    changed.populations[x[0]].model, x[1])),
                {n: (order.index(part_and_variable(n)[0]), *records[n]) for n in out_names},
                _surrogate(surrogate), _scales(plan, scale, order), reset_grad, relaxed,
                frozenset(detach), tensors)


def _trained(network: Network, train: Sequence[str]) -> dict[str, frozenset[str]]:
    """Names to train by population or projection."""
    parts = {p.name: p for p in (*network.populations, *network.projections)}
    out: dict[str, set[str]] = {}
    for name in train:
        part, variable = part_and_variable(name)
        model = getattr(parts.get(part), "synapse", None) or getattr(parts.get(part), "model", None)
        known = [e.name for e in model.parsed if e.kind != "subexpression"] if hasattr(
            model, "parsed") else []
        if variable not in known:
            every = ", ".join(f"{part}.{n}" for n in known) or f"the parts are {', '.join(parts)}"
            raise DescriptionError(f"train: there is no parameter {name!r}; {every}")
        out.setdefault(part, set()).add(variable)
    return {n: frozenset(v) for n, v in out.items()}


def _inputs(network: Network, inputs: Any) -> list[tuple[str, str]]:
    """(population, variable or '') of each input."""
    if inputs is None:
        return [(p.name, "") for p in network.populations if isinstance(p.model, SpikeTimes)]
    out = []
    for name in names(inputs, "inputs"):
        part, variable = part_and_variable(name)
        model = network.population(part).model
        is_neuron = isinstance(model, NeuronModel)
        if is_neuron != bool(variable):
            raise DescriptionError(
                f"inputs: {name!r} " + ("is a population of neurons; name a variable or parameter "
                                        f"of it, {part}.v" if is_neuron else
                                        f"is a variable of a source; give its spikes: {part!r}"))
        if is_neuron and variable not in {e.name for e in model.parsed
                                          if e.kind != "subexpression"}:
            raise DescriptionError(f"inputs: {part!r} has no variable or parameter {variable!r}; "
                                   f"it has {', '.join(e.name for e in model.parsed)}")
        out.append((part, variable))
    return out


def _is_parameter(model: Any, variable: str) -> bool:
    """Whether an input sets `variable`: nothing in the model's own text writes it."""
    from ...simulator.lower_population import _own_writes
    kind = next(e.kind for e in model.parsed if e.name == variable)
    return kind == PARAMETER and variable not in _own_writes(model)


def _prepared(network: Network, by_part: dict[str, frozenset[str]], into: list[tuple[str, str]],
              outputs: Sequence[str]) -> tuple[Network, dict[str, tuple[int | None, int]]]:
    """The network with probes for outputs, inputs as what changes, and a weight a synapse."""
    stimuli = list(network.stimuli)
    for part, variable in into:
        if variable and not any((s.population, s.variable) == (part, variable) for s in stimuli):
            dim = next(e.dim for e in network.population(part).model.parsed if e.name == variable)
            stimuli.append(StepCurrent(part, variable, Quantity(np.zeros(1), (
                0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)), Quantity(np.zeros(1), dim)))
    probes: list[Any] = [SpikeProbe(p.name) for p in network.populations]
    records: dict[str, tuple[int | None, int]] = {}
    number = 0
    for name in outputs:
        part, variable = part_and_variable(name)
        if network.population(part) and not variable:
            records[name] = (None, 0)
            continue
        probes.append(StateProbe(part, [variable]))
        records[name] = (number, 0)
        number += 1
    return replace(network, stimuli=tuple(stimuli), probes=tuple(probes), projections=tuple(
        spread_weights(q, network, by_part[q.name]) if q.name in by_part else q
        for q in network.projections)), records


def _surrogate(surrogate: Any) -> Any:
    if surrogate is None:
        from ..packages import load
        load("snntorch")
        from snntorch.surrogate import atan
        return atan()
    if not callable(surrogate):
        raise DescriptionError(f"surrogate={surrogate!r} is not a function; give one of "
                               "snntorch.surrogate, such as fast_sigmoid(slope=25)")
    return surrogate


def _scales(plan: Plan, scale: Any, order: Sequence[str]) -> dict[int, float]:
    """The unit of each population's distance from its threshold."""
    given = scale if isinstance(scale, Mapping) else {}
    unknown = set(given) - set(order)
    if unknown:
        raise DescriptionError(f"scale names {sorted(unknown)}; the populations are "
                               f"{', '.join(order)}")
    out = {}
    for n, p in enumerate(plan.populations):
        if p.kind != NEURONS or not p.threshold:
            continue
        value = given.get(p.name) if isinstance(scale, Mapping) else scale
        number = distance(p, parse(p.threshold)) if value is None else float(split(value)[0])
        if not (np.isfinite(number) and number > 0):
            raise DescriptionError(f"scale={value!r} of {p.name!r} must be positive")
        out[n] = number
    return out
