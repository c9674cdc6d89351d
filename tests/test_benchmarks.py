"""The benchmark of plasticity times one network on both sides: with equal input, equal spikes."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import engram as eg
from engram import ms
from engram.backends.brian2.session import session

ROOT = Path(__file__).parents[1]
STEPS = 600


@pytest.mark.parametrize(("name", "least"), [("dense", 40), ("sparse", 400)])
def test_plastic_network_of_brian2_is_ours(name, least, monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    ours = importlib.import_module("benchmarks.networks")
    network = getattr(ours, name)()
    # as many spikes a step as the benchmark's Poisson sources send, the same for both sides
    step, i = np.nonzero(np.random.default_rng(3).random((STEPS, 10_000)) < 15e-4)
    network = replace(network, populations=(
        eg.Population("sources", 10_000, eg.SpikeTimes(i, step*0.1*ms)), network.populations[1]))
    run = eg.simulate(network, STEPS*0.1*ms, backend="numba")
    with session(False, None) as b2:
        theirs = importlib.import_module("benchmarks.brian2_child")
        plan = eg.lower(network)
        clock = b2.Clock(0.1*b2.ms)
        group = theirs.cells(plan, network.populations[1].size, False)
        sources = b2.SpikeGeneratorGroup(10_000, i, step*0.1*b2.ms, sorted=True, clock=clock)
        synapses, spikes = theirs.plastic(sources, group, plan), b2.SpikeMonitor(group)
        b2.Network(group, sources, synapses, spikes).run(STEPS*0.1*b2.ms)
        got = np.round(np.array(spikes.t/b2.ms)*10).astype(int), np.array(spikes.i)
        weights = np.array(synapses.w)
    assert len(got[0]) >= least, "it must spike to mean anything"
    np.testing.assert_array_equal(got[0], run.spikes["cells"].step)
    np.testing.assert_array_equal(got[1], run.spikes["cells"].i)
    assert np.abs(weights - plan.projections[0].state["w"]).max() > 0.02, "and learn"
    # 1e-12: some hundred roundings of numbers below 1; one step more or less in a pair is 5e-5
    np.testing.assert_allclose(weights, run.weights["plastic"]["w"], rtol=0, atol=1e-12)
