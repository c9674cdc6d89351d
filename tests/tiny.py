"""Networks small enough to be worked out by hand; the step is 1 ms throughout."""

from __future__ import annotations

from typing import Any

import engram as eg
from engram import ms

RELAY = eg.NeuronModel("relay", "v : 1", threshold="v > 0.5", reset="v = 0", defaults={"v": 0})
"""Fires in the step in which an input above 0.5 arrives, and forgets it."""

SUM = eg.NeuronModel("sum", "v : 1", defaults={"v": 0})
"""Adds up whatever arrives; never fires."""

COUNTER = eg.NeuronModel("counter", "v : 1", update="v = v + 1", defaults={"v": 0})
"""Holds k + 1 at the end of step k."""

ADD = eg.SynapseModel("add", "w : 1", "v_post += w", defaults={"w": 1})


def source(name: str, *steps: int) -> eg.Population:
    """One neuron that fires in the given steps."""
    return eg.Population(name, 1, eg.SpikeTimes([0] * len(steps), list(steps) * ms))


def sources(name: str, *trains: tuple[int, ...]) -> eg.Population:
    """One neuron a train, given in steps."""
    return eg.Population(name, len(trains), eg.SpikeTimes.of(dict(enumerate(trains)), ms))


def join(name: str, pre: Any, post: Any, synapse: Any = ADD, connector: Any = None,
         delay: Any = 1, **more: Any) -> eg.Projection:
    """A projection, all to all unless told otherwise, with its delay in steps."""
    return eg.Projection(name, pre, post, connector or eg.AllToAll(), synapse, delay=delay * ms,
                         **more)


def network(populations: list[Any], projections: Any = (), stimuli: Any = (), probes: Any = None,
            ) -> eg.Network:
    """With every state variable of every population recorded in every step, unless told which."""
    if probes is None:
        probes = [eg.SpikeProbe(p.name) for p in populations]
        probes += [eg.StateProbe(p.name, [e.name for e in p.model.parsed]) for p in populations
                   if isinstance(p.model, eg.NeuronModel)]
    return eg.Network(populations, projections, stimuli, probes, dt=1 * ms)


def run(net: eg.Network, steps: int, backend: str, **more: Any) -> Any:
    """Results after that many steps."""
    return eg.simulate(net, steps * ms, backend=backend, **more)


def trace(results: Any, population: str, variable: str = "v", neuron: int = 0) -> list[float]:
    """One neuron's recorded values, a number a step."""
    return results.states[population].traces[variable].values[:, neuron].tolist()


def fired(results: Any, population: str) -> list[int]:
    """Steps of the spikes of a population."""
    return results.spikes[population].step.tolist()
