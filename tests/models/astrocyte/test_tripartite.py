"""Synapses with an astrocyte against the published example, and their own laws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conformance.compare import TOLERANCE, differences

import engram as eg
from engram import Hz, ms
from engram.models.astrocyte.stimberg import SINK, SPIKES, TRANSIENT, three_synapses
from engram.models.astrocyte.tripartite import TERRITORY, tripartite, with_territory
from engram.models.synapses import tsodyks_markram
from engram.simulator.units import mmolar, second, umolar

ALONE = (.6, .3671, .1540, .1035, .0958, .1629, .0429, .0220, .0201, .0199, *(.0198,)*6)
WEAK = (.1392, .2105, .2191, .1943, .1617, .1462, .1128, .0773, .0507, .0348, .0266, .0229, .0214,
        .0207, .0204, .0202)
U_ALONE = (.6, .8032, .8720, .8953, .9032, .8590, .9323, .9607, .9717, .9760, .9776, .9782, .9785,
           .9786, .9786, .9786)
X_ALONE = (.4, .0900, .0226, .0121, .0103, .0268, .0031)
"""Figure 3 of the source, its program run independently; four decimals are known."""


def test_release_with_and_without_gliotransmission() -> None:
    at = (np.array(SPIKES) + TRANSIENT)*ms
    run = eg.simulate(three_synapses([
        eg.WeightProbe("synapse", at, ["r", "u", "x"]), eg.SpikeProbe("astrocyte"),
        eg.StateProbe("astrocyte", ["ca", "g_a"])]), 16_950*ms)
    found = run.weights["synapse"].history_values
    for got, expected in ((found["r"][:, 0], ALONE), (found["r"][:, 1], WEAK),
                          (found["u"][:, 0], U_ALONE), (found["x"][:7, 0], X_ALONE)):
        np.testing.assert_allclose(got, expected, atol=6e-5)  # rounding of what is known
    np.testing.assert_allclose(found["r"].sum(axis=0)[:2], (1.7070, 1.4788), atol=1e-4)
    ca, g_a = (run.states["astrocyte"].traces[n].values for n in ("ca", "g_a"))
    # a spike is labelled with its step, a value of the source with the end of it, 1 ms later
    assert run.spikes["astrocyte"].step[run.spikes["astrocyte"].i == 0][0] + 1 == 2085
    assert ca[:, 0].max()*1e3 == pytest.approx(1.0446, abs=1e-3)
    assert ca[:, 0].argmax() + 1 == pytest.approx(3053, abs=1)
    assert g_a.max(axis=0)*1e3 == pytest.approx(78.0, abs=1e-9)


def held(g_a: float, alpha: float = 0.0, backend: str = "reference") -> Any:
    """A synapse in gliotransmitter of constant concentration (umolar), four spikes."""
    return eg.simulate(eg.Network(
        [eg.Population("source", 1, eg.SpikeTimes([0]*4, np.array([100, 120, 140, 160])*ms)),
         eg.Population("target", 2, with_territory(SINK), {"g_a": g_a*umolar})],
        [eg.Projection("s", "source", "target", eg.AllToAll(), tripartite("got", "1"),
                       {"w": [1, 2], "alpha": alpha})],
        probes=[eg.StateProbe("target", ["got", "y_s", "gamma_s"])], dt=1*ms), 180*ms,
        backend=backend)


def test_without_gliotransmitter_it_is_a_facilitating_depressing_synapse() -> None:
    run = held(0)
    plain = eg.simulate(eg.Network(
        [eg.Population("source", 1, eg.SpikeTimes([0]*4, np.array([100, 120, 140, 160])*ms)),
         eg.Population("target", 1, SINK)],
        [eg.Projection("s", "source", "target", eg.AllToAll(), tsodyks_markram("got", "1"),
                       {"w": 1, "U": 0.6, "tau_f": 1/3.33*second, "tau_d": 0.5*second})],
        probes=[eg.StateProbe("target", "got")], dt=1*ms), 180*ms, backend="reference")
    got = run.states["target"].traces["got"].values
    np.testing.assert_allclose(got[:, 0], plain.states["target"].traces["got"].values[:, 0],
                               rtol=1e-12)
    np.testing.assert_allclose(got[:, 1], 2*got[:, 0], rtol=1e-15)


def test_receptors_bind_as_the_formula_says() -> None:
    """gamma' = o g (1 - gamma) - w gamma from 0: gamma = o g/(o g + w) (1 - exp(-(o g + w) t))."""
    run = held(1.0)
    rate, back = 1.5, 1/120
    t = 1e-3*(np.arange(run.steps) + 1)
    expected = rate/(rate + back)*-np.expm1(-(rate + back)*t)
    for n in (0, 1):
        np.testing.assert_allclose(run.states["target"].traces["gamma_s"].values[:, n], expected,
                                   rtol=1e-10)


@pytest.mark.parametrize(("alpha", "sign"), [(0.0, -1), (0.6, 0), (0.9, 1)])
def test_alpha_sets_the_direction(alpha: float, sign: int) -> None:
    bathed, plain = (held(g, alpha).states["target"].traces["got"].values for g in (5.0, 0.0))
    first = bathed[105, 0] - plain[105, 0]
    assert abs(first) < 1e-12 if sign == 0 else first*sign > 0.05


def test_the_glutamate_of_a_neuron_is_that_of_its_synapses() -> None:
    """One decaying sum is the sum of decaying parts; what arrives decays in that step already."""
    run = held(0)
    got, y_s = (run.states["target"].traces[n].values[:, 0] for n in ("got", "y_s"))
    released = np.diff(got, prepend=0.0)  # what arrived in each step, w = 1
    k = np.arange(run.steps)
    parts = np.where(k[:, None] >= k, released*np.exp(-0.04*(k[:, None] - k + 1)), 0.0)
    np.testing.assert_allclose(y_s, 0.005*500*parts.sum(axis=1), rtol=1e-10)


def test_a_territory_shares_and_means() -> None:
    from engram.models.astrocyte.gchi import GCHI
    run = eg.simulate(eg.Network(
        [eg.Population("target", 3, with_territory(SINK), initial={
            "y_s": np.array([1.0, 2.0, 6.0])*mmolar}),
         eg.Population("cells", 2, GCHI, initial={"g_a": np.array([3.0, 4.0])*umolar})],
        [eg.Projection("t", "cells", "target", eg.FromArrays([0, 0, 1], [0, 1, 2]), TERRITORY,
                       {"share": np.array([0.5, 0.5, 1])})],
        probes=[eg.StateProbe("target", "g_a"), eg.StateProbe("cells", "y_s")], dt=1*ms), 1*ms,
        backend="reference")
    np.testing.assert_allclose(run.states["target"].traces["g_a"].values[0]*1e3, [3, 3, 4])
    np.testing.assert_allclose(run.states["cells"].traces["y_s"].values[0], [1.5, 6])


def test_a_territory_takes_a_neuron() -> None:
    for model in (None, "LIF_COND_EXP", eg.Poisson(5*Hz)):
        with pytest.raises(eg.DescriptionError, match=r"with_territory of .*give a NeuronModel"):
            with_territory(model)


@pytest.mark.parametrize("backend", ["numba", "torch", "brian2"])
def test_other_backends(backend: str) -> None:
    probes = [eg.StateProbe("target", ["got", "gamma_s", "y_s"], every=5),
              eg.StateProbe("astrocyte", ["ca", "g_a", "y_s"], every=5)]
    network = three_synapses(probes, transient=1800)
    runs = [eg.simulate(network, 2250*ms, backend=b) for b in ("reference", backend)]
    assert len(runs[0].spikes["astrocyte"]) >= 2
    assert differences(runs[1], runs[0], TOLERANCE[
        "brian2" if backend == "brian2" else "reference"]) == []
