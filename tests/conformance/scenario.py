"""What a scenario is, the table that its modules fill, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

import engram as eg
from engram import ms


@dataclass(frozen=True)
class Scenario:
    """A small network, how long it runs, and how many spikes its neurons must fire at least.

    `answer(run)` raises AssertionError where a run differs from what is known by hand or by a
    formula; None where other backends are the only witness.
    """

    name: str
    build: Callable[[], Any]
    duration: Any
    least: int
    answer: Callable[[Any], None] | None = None


SCENARIOS: dict[str, Scenario] = {}

STEP = 0.1 * ms
"""The step of every scenario that does not say otherwise."""


def scenario(duration: Any, least: int,
             answer: Callable[[Any], None] | None = None) -> Callable[[Callable[[], Any]], Any]:
    """Enter the function below in SCENARIOS under its own name."""
    def enter(build: Callable[[], Any]) -> Callable[[], Any]:
        register(Scenario(build.__name__, build, duration, least, answer))
        return build
    return enter


def register(s: Scenario) -> None:
    """Enter a scenario; a name given twice would silently drop one."""
    if s.name in SCENARIOS:
        raise ValueError(f"there are two scenarios {s.name!r}; rename one")
    SCENARIOS[s.name] = s


def neuron_spikes(network: Any, run: Any) -> int:
    """Spikes of neurons: those of sources are given and prove nothing."""
    return sum(len(run.spikes[p.name]) for p in network.populations
               if isinstance(p.model, eg.NeuronModel))


RELAY = eg.NeuronModel(
    "relay", """
    dv/dt = -v/tau : 1 (unless refractory)
    g : 1
    tau : second
    rest : second
    """,
    threshold="v > 0.5", reset="v = 0", refractory="rest",
    defaults={"v": 0, "g": 0, "tau": 1*ms, "rest": 0*ms})
"""Fires in the step in which a weight of 1 reaches `v`; `g` only adds up what reaches it."""

TO_V = eg.SynapseModel("to v", "w : 1", "v_post += w", defaults={"w": 1})
TO_G = eg.SynapseModel("to g", "w : 1", "g_post += w", defaults={"w": 1})


def relays(name: str, size: int, **parameters: Any) -> Any:
    """A population of relays."""
    return eg.Population(name, size, RELAY, parameters)


def times(name: str, size: int, trains: dict[int, Iterable[int]], dt: Any = STEP) -> Any:
    """A source from {neuron: steps}."""
    pairs = [(n, k) for n, ks in trains.items() for k in ks]
    return eg.Population(name, size, eg.SpikeTimes(
        np.array([n for n, _ in pairs], np.int64), np.array([k for _, k in pairs]) * dt))


def raster(name: str, size: int, steps: int, p: float, seed: int, dt: Any = STEP) -> Any:
    """A source that fires with probability p in each step, the same in every run."""
    return eg.Population(name, size, eg.SpikeTimes.raster(
        np.random.default_rng(seed).random((steps, size)) < p, dt))


def fires(run: Any, name: str, expected: Iterable[tuple[int, int]]) -> None:
    """Assert that a population fired exactly `expected`, pairs of step and index."""
    got = np.stack([run.spikes[name].step, run.spikes[name].i], axis=1)
    wanted = np.array(sorted((k, i) for k, i in expected if 0 <= k < run.steps)).reshape(-1, 2)
    np.testing.assert_array_equal(got, wanted, err_msg=f"spikes (step, i) of {name!r}")


def holds(run: Any, name: str, variable: str, expected: Any, rtol: float = 1e-12) -> None:
    """Assert recorded values, (times, neurons).

    A few hundred steps of rounding, 1e-16 each, stay far below 1e-12 where nothing cancels.
    """
    got = run.states[name].traces[variable].values
    np.testing.assert_allclose(got, np.broadcast_to(expected, got.shape), rtol=rtol, atol=1e-15,
                               err_msg=f"{name}.{variable}")
