"""One neuron watched in two runs: every variable, before and after the reset of each step."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..simulator.equations import SECOND
from ..simulator.expressions import calls_in, evaluate, names_in, parse
from ..simulator.functions import RANDOM
from ..simulator.network import Network
from ..simulator.plan import Plan, PopulationPlan
from ..simulator.probes import SpikeProbe, StateProbe
from ..simulator.results import Results
from ..simulator.units import NONE, Dim, Quantity

Floats = NDArray[np.float64]
Runner = Callable[[Network, Quantity], Results]

SHADOW = "at_threshold_"
"""What the copy of a variable is called that a reset keeps: probes see the end of a step, when the
value that crossed the threshold is already reset."""

RESETS = "resets_at_threshold"
"""The name of a variable that counts the resets."""


@dataclass(frozen=True)
class Watched:
    """One neuron in one run, steps 0 .. n-1: by variable, (n,), SI.

    `before`: when the threshold was tested. `after`: at the end of the step. `spikes`: steps of
    the spikes recorded. `resets`: steps in which a reset ran (`spikes` in a model without resets).
    """

    before: dict[str, Floats]
    after: dict[str, Floats]
    spikes: NDArray[np.int64]
    resets: NDArray[np.int64]
    run: Results


@dataclass(frozen=True)
class Watch:
    """A neuron in both runs, and the plan of the network they ran."""

    population: PopulationPlan
    neuron: int
    step: int
    dims: dict[str, Dim]
    first: Watched
    second: Watched

    @property
    def both(self) -> tuple[Watched, Watched]:
        """The two."""
        return self.first, self.second

    def sides(self, which: Watched, at: Any) -> tuple[Floats, Floats] | None:
        """(left, right) of the threshold at steps `at`; None unless it is one comparison."""
        tree = parse(self.population.threshold) if self.population.threshold else None
        if not isinstance(tree, ast.Compare) or calls_in(tree) & set(RANDOM):
            return None
        if isinstance(tree.ops[0], (ast.Eq, ast.NotEq)):
            return None
        left, right = (evaluate(side, self._values(which, at))
                       for side in (tree.left, tree.comparators[0]))
        shape = np.shape(at)
        return np.broadcast_to(left, shape), np.broadcast_to(right, shape)

    def distance(self, which: Watched) -> float | None:
        """How far beyond the threshold at the divergence: positive on the side that fires."""
        tree, sides = parse(self.population.threshold), self.sides(which, np.array([self.step]))
        if sides is None or not isinstance(tree, ast.Compare):
            return None
        gap = float(sides[0][0] - sides[1][0])
        return gap if isinstance(tree.ops[0], (ast.Gt, ast.GtE)) else -gap

    def met(self, which: Watched) -> bool | None:
        """Whether the values at the divergence fulfil the threshold; None if it draws numbers."""
        tree = parse(self.population.threshold)
        if calls_in(tree) & set(RANDOM):
            return None
        return bool(np.all(evaluate(tree, self._values(which, np.array([self.step])))))

    @property
    def reads(self) -> list[str]:
        """State variables that the threshold reads."""
        names = names_in(parse(self.population.threshold))
        return [n for n in self.population.state if n in names]

    def _values(self, which: Watched, at: Any) -> Callable[[str], Any]:
        p = self.population

        def value_of(name: str) -> Any:
            if name in which.before:
                return which.before[name][at]
            if name == "_active":
                return np.ones(np.shape(at), dtype=bool)
            if name == "t":
                return np.asarray(at) * which.run.dt
            if name == "i":
                return float(self.neuron)
            value = p.constants[name]
            return value[self.neuron] if np.ndim(value) else value
        return value_of


def watch(network: Network, plan: Plan, population: str, neuron: int, step: int, steps: int,
          runners: tuple[Runner, Runner]) -> Watch:
    """Run both up to `steps` steps, with everything about a neuron of a model recorded."""
    p = next(x for x in plan.populations if x.name == population)
    model = network.population(population).model
    dims = {e.name: e.dim for e in model.parsed if e.name in p.state}
    prepared = watching(network, population, neuron, list(dims))
    first, second = (_watched(run(prepared, Quantity(steps * plan.dt, SECOND)), population, neuron,
                              list(dims), bool(model.reset)) for run in runners)
    return Watch(p, neuron, step, dims, first, second)


def watching(network: Network, population: str, neuron: int, names: list[str]) -> Network:
    """The network with every spike recorded, and one neuron's variables before and after resets."""
    model = network.population(population).model
    found = {e.name: e for e in model.parsed}
    kept = {SHADOW + n: (n, found[n].unit, found[n].dim) for n in names} if model.reset else {}
    if model.reset:
        kept[RESETS] = (f"{RESETS} + 1", "1", NONE)
        model = replace(
            model, equations="\n".join([model.equations, *(f"{n} : {k[1]}"
                                                           for n, k in kept.items())]),
            reset="\n".join([*(f"{n} = {k[0]}" for n, k in kept.items()), model.reset]),
            defaults={**model.defaults, **{n: Quantity(0.0, k[2]) for n, k in kept.items()}})
    populations = [replace(p, model=model) if p.name == population else p
                   for p in network.populations]
    probes: list[Any] = [SpikeProbe(p.name) for p in populations]
    if names or kept:
        probes.append(StateProbe(population, [*names, *kept], neurons=[neuron]))
    return replace(network, populations=populations, probes=probes)


def _watched(run: Results, population: str, neuron: int, names: list[str],
             resets: bool) -> Watched:
    spikes = run.spikes[population]
    fired = spikes.step[spikes.i == neuron]
    held = run.states[population].traces if names or resets else {}
    after = {n: held[n].values[:, 0] for n in names}
    if not resets:
        return Watched(after, after, fired, fired, run)
    at = np.flatnonzero(np.diff(held[RESETS].values[:, 0], prepend=0.0))
    before = {n: v.copy() for n, v in after.items()}
    for n in names:
        before[n][at] = held[SHADOW + n].values[at, 0]
    return Watched(before, after, fired, at, run)
