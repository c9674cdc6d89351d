"""Stopped at any step and resumed on any backend, a run is the unbroken one, bit for bit."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backends_available import NUMERIC
from conformance.compare import differences
from conformance.networks import STEPS, random_numbers
from conformance.scenario import STEP
from conformance.scenarios import SCENARIOS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engram as eg

PAIRS = list(product(NUMERIC, NUMERIC))
EXACT = 0.0
"""Tolerance of joined runs: every backend here does the same operations in the same order."""


def joined(network: Any, first: str, second: str, stop: Any, rest: Any, path: Path,
           **options: Any) -> Any:
    """A run of `stop` on one backend and of `rest` on another."""
    simulation = eg.compile(network, first, seed=5, **options)
    simulation.run(stop)
    simulation.checkpoint(path)
    return eg.resume(path, second).run(rest)


@given(network=random_numbers(), stop=st.integers(0, STEPS))
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_networks_at_random_steps_on_all_pairs(
        tmp_path_factory: Any, network: Any, stop: int) -> None:
    path = tmp_path_factory.getbasetemp() / "checkpoint.h5"
    truth = eg.simulate(network, STEPS*STEP, backend="reference", seed=5)
    for first in NUMERIC:
        simulation = eg.compile(network, first, seed=5)
        simulation.run(stop*STEP)
        simulation.checkpoint(path)
        for second in NUMERIC:
            got = eg.resume(path, second).run((STEPS - stop)*STEP)
            assert differences(got, truth, EXACT) == [], (first, second)


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenarios_at_three_steps(name: str, tmp_path: Path) -> None:
    s = SCENARIOS[name]
    network = s.build()
    steps = round(s.duration/network.dt)
    truth = eg.simulate(network, s.duration, backend="reference", seed=5)
    for stop, (first, second) in zip((1, steps//3, 2*steps//3),
                                     (("numba", "torch"), ("reference", "numba"),
                                      ("torch", "reference")), strict=True):
        got = joined(network, first, second, stop*network.dt, (steps - stop)*network.dt,
                     tmp_path/"c.h5")
        assert differences(got, truth, EXACT) == [], (stop, first, second)


@given(network=random_numbers(), stop=st.integers(1, STEPS - 1))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_batch_resumes_copy_by_copy(tmp_path_factory: Any, network: Any, stop: int) -> None:
    path = tmp_path_factory.getbasetemp() / "batch.h5"
    truth = eg.simulate(network, STEPS*STEP, backend="reference", seed=5, batch=3)
    for first, second in PAIRS:
        got = joined(network, first, second, stop*STEP, (STEPS - stop)*STEP, path, batch=3)
        assert len(got) == 3
        for mine, own in zip(got, truth, strict=True):
            assert differences(mine, own, EXACT) == [], (first, second)


def test_snapshots_of_all_backends_are_equal() -> None:
    """Not only what follows from them: the same numbers in the same places."""
    s = SCENARIOS["hippocampal_cam"]
    taken = []
    for backend in NUMERIC:
        simulation = eg.compile(s.build(), backend, seed=5)
        simulation.run(20*simulation.network.dt)
        (snapshot,) = simulation.runner.snapshot()
        taken.append(snapshot)
    assert any(len(p.steps) for p in taken[0].populations), "spikes must be under way"
    for other in taken[1:]:
        for p, q in zip(taken[0].populations, other.populations, strict=True):
            for name in ("until", "pending", "steps", "indices"):
                np.testing.assert_array_equal(getattr(p, name), getattr(q, name))
        for a, b in zip(taken[0].projections, other.projections, strict=True):
            np.testing.assert_array_equal(a.last, b.last)
            assert a.way.keys() == b.way.keys()
            for m in a.way:
                np.testing.assert_array_equal(a.way[m], b.way[m])
