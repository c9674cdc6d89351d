"""Scenarios of whole networks: recurrence, Poisson input, odd sizes, views, multapses, the CAM."""

from __future__ import annotations

from typing import Any

import numpy as np
from conformance.recorded_cam import CONTENTS, CUES, RECALL_ROWS, RECORDED, spikes, trains
from conformance.scenario import (
    STEP,
    TO_G,
    TO_V,
    fires,
    holds,
    raster,
    relays,
    scenario,
    times,
)

import engram as eg
from engram import Hz, ms, mV, nA
from engram.models.hippocampus.cam import cam_network
from engram.models.neurons import LIF_COND_EXP, LIF_CURR_EXP, LIF_DELTA, LIF_NOISE
from engram.models.synapses import static, stdp_additive

ALL, ONE = eg.AllToAll(), eg.OneToOne()


@scenario(80*ms, 150)
def recurrent() -> Any:
    """Excitation and inhibition at random, each with a delay, on conductances (COBA in small)."""
    nS = eg.units.nS
    cells = eg.Population("cells", 50, LIF_COND_EXP, {"i_offset": 0.3*nA, "tau_ref": 2*ms},
                          {"v": "v_rest + rand()*10*mV"})
    return eg.Network(
        [cells],
        [eg.Projection("exc", eg.View("cells", 0, 40), "cells", eg.FixedProbability(
            0.2, self_connections=False), static("g_exc", "siemens"), {"w": 3*nS}, delay=1.5*ms),
         eg.Projection("inh", eg.View("cells", 40, 50), "cells", eg.FixedInDegree(4),
                       static("g_inh", "siemens"), {"w": 6*nS}, delay=0.8*ms)],
        probes=[eg.StateProbe("cells", ["v", "g_exc"], every=10, neurons=[0, 39, 40, 49])])


RATES = np.array([0, 100, 200, 400, 800, 300, 300, 300])


def _poisson_answer(run: Any) -> None:
    late, all_ = run.spikes["late"], run.spikes["in"]
    assert late.step.min() >= 200, "nothing before start"
    assert late.step.max() < 500, "nothing at or after stop"
    for count, rate in zip(all_.counts, RATES, strict=True):  # binomial: 4 standard deviations
        p = rate * 1e-4
        assert abs(count - p*run.steps) <= 4*np.sqrt(run.steps*p*(1 - p)), (count, rate)
    assert len(np.unique(all_.counts[5:])) > 1, "neurons of one rate differ"


@scenario(80*ms, 30, _poisson_answer)
def poisson_input() -> Any:
    """Poisson sources with a rate each, and one that is active for a while."""
    return eg.Network(
        [eg.Population("in", 8, eg.Poisson(RATES*Hz)),
         eg.Population("late", 3, eg.Poisson(500*Hz, 20*ms, 50*ms)),
         eg.Population("cells", 5, LIF_CURR_EXP, {"tau_ref": 1*ms})],
        [eg.Projection("e", "in", "cells", ALL, static("i_exc"), {"w": "(0.05 + 0.01*j)*nA"}),
         eg.Projection("i", "late", "cells", ALL, static("i_inh"), {"w": 0.05*nA}, delay=2*ms)],
        probes=[eg.StateProbe("cells", "v", every=5)])


def _sizes_answer(run: Any) -> None:
    fires(run, "none", [])
    fires(run, "one", [(k + 1, 0) for k in run.spikes["in"].step])
    fires(run, "after", [(k + 2, j) for k in run.spikes["in"].step for j in range(3)])


@scenario(20*ms, 30, _sizes_answer)
def odd_sizes() -> Any:
    """Populations without neurons, of one neuron, views of nothing, projections of no synapse."""
    return eg.Network(
        [times("in", 1, {0: range(0, 190, 20)}), times("silent", 0, {}), relays("none", 0),
         relays("one", 1), relays("after", 3)],
        [eg.Projection("a", "in", "none", ALL, TO_V), eg.Projection("b", "none", "one", ALL, TO_V),
         eg.Projection("c", "silent", "one", ALL, TO_V), eg.Projection("d", "in", "one", ALL, TO_V),
         eg.Projection("e", "one", eg.View("after", 1, 1), ALL, TO_V),
         eg.Projection("f", "one", "after", ALL, TO_V),
         eg.Projection("g", "one", "after", eg.FromArrays([], []), stdp_additive("g", "1"),
                       {"w_max": 1}, {"w": 0})],
        probes=[eg.StateProbe("none", "v"), eg.StateProbe("one", "v", neurons=[]),
                eg.StateProbe("after", "v", every=3)])


def _views_answer(run: Any) -> None:
    pairs = list(zip(run.spikes["in"].step, run.spikes["in"].i, strict=True))
    middle = [(k + 1, i + 3) for k, i in pairs if 2 <= i < 5]
    fires(run, "out", [*middle, *((k + 1, j - 5) for k, j in middle)])
    g = np.zeros((run.steps, 10))
    for k, i in pairs:
        if i >= 4 and k + 1 < run.steps:
            g[k + 1:, 8:] += 10*(i - 4) + np.arange(2) + 1
    holds(run, "out", "g", g)


@scenario(20*ms, 60, _views_answer)
def views() -> Any:
    """Parts of populations: neuron to neuron, within one population, and with weights by index."""
    return eg.Network(
        [raster("in", 7, 200, 0.06, 15), relays("out", 10)],
        [eg.Projection("shift", eg.View("in", 2, 5), eg.View("out", 5, 8), ONE, TO_V),
         eg.Projection("back", eg.View("out", 5, 8), eg.View("out", 0, 3), ONE, TO_V),
         eg.Projection("some", eg.View("in", 4, 7), eg.View("out", 8, 10), ALL, TO_G,
                       {"w": "10*i + j + 1"})], probes=[eg.StateProbe("out", ["v", "g"])])


@scenario(30*ms, 20)
def views_that_learn() -> Any:
    """Plastic synapses between views: traces by neuron, values given for the view only."""
    rule = eg.SynapseModel(
        "viewed", "w : 1\ndr/dt = -r/tau : 1 (pre)\ndo/dt = -o/(3*ms) : 1 (post)\n"
        "tau : second (pre)\ngain : 1 (post)",
        on_pre="w = clip(w - 0.1*o, 0, 2); r += 1; v_post += w",
        on_post="w = clip(w + 0.1*gain*r, 0, 2); o += 1")
    return eg.Network(
        [raster("in", 6, 300, 0.05, 16), relays("out", 7, tau=3*ms, rest=5*STEP)],
        [eg.Projection("s", eg.View("in", 1, 5), eg.View("out", 2, 6), ALL, rule,
                       {"tau": np.array([1, 2, 3, 4])*ms, "gain": np.array([1, 2, 3, 4])},
                       {"w": "0.3 + 0.02*(i + j)"}, delay=3*STEP),
         eg.Projection("t", "in", "out", eg.FixedProbability(0.2), TO_V, {"w": 0.4})],
        probes=[eg.StateProbe("out", "v", every=2)])


def _multapses_answer(run: Any) -> None:
    g = np.zeros((run.steps + 9, 3))
    for k, i in zip(run.spikes["in"].step, run.spikes["in"].i, strict=True):
        for pre, post, w, d in zip(*MULTI, strict=True):
            if pre == i:
                g[k + d:, post] += w
    holds(run, "out", "g", g[:run.steps])


MULTI = (np.array([2, 0, 0, 1, 0, 2, 0]), np.array([1, 2, 0, 0, 2, 1, 2]),
         np.array([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4]), np.array([1, 4, 2, 3, 2, 5, 4]))


@scenario(20*ms, 30, _multapses_answer)
def multapses() -> Any:
    """Several synapses between one pair, in no order, with weights and delays of their own."""
    pre, post, w, d = MULTI
    return eg.Network(
        [raster("in", 3, 200, 0.08, 17), relays("out", 3)],
        [eg.Projection("g", "in", "out", eg.FromArrays(pre, post), TO_G, {"w": w}, delay=d*STEP),
         eg.Projection("v", "in", "out", eg.FromArrays(pre, post), TO_V, {"w": w}, delay=2*STEP)],
        probes=[eg.StateProbe("out", "g")])


@scenario(25*ms, 150)
def wide() -> Any:
    """More neurons than the fast backend handles at a time, with a dense and a sparse layer."""
    return eg.Network(
        [raster("in", 20, 250, 0.02, 18), eg.Population(
            "a", 300, LIF_DELTA, {"tau_ref": 1*ms}, {"v": "v_rest + rand()*8*mV"}),
         eg.Population("b", 150, LIF_DELTA)],
        [eg.Projection("dense", "in", "a", ALL, static("v", "volt"), {"w": "rand()*2*mV"}),
         eg.Projection("sparse", "a", "b", eg.FixedOutDegree(20), static("v", "volt"),
                       {"w": 2*mV}, delay="(1 + int(5*rand()))*0.1*ms")],
        probes=[eg.StateProbe("b", "v", every=10, neurons=[0, 77, 149])])


RELEASE = eg.SynapseModel("release", "w : 1\nlost : 1",
                          "ok = int(rand() < 0.6); lost += 1 - ok; v_post += w*ok",
                          defaults={"w": 1, "lost": 0})


def _release_answer(run: Any) -> None:
    lost = run.weights["s"].final["lost"].reshape(4, 5)
    events = run.spikes["in"].counts.sum() * 5
    # binomial: 4 standard deviations
    assert abs(lost.sum() - 0.4*events) <= 4*np.sqrt(0.24*events), (lost.sum(), events)
    assert (lost.min(axis=1) < lost.max(axis=1)).all(), "each synapse draws for itself"


@scenario(30*ms, 60, _release_answer)
def random_release() -> Any:
    """Synapses that draw at each event whether they transmit."""
    return eg.Network(
        [raster("in", 4, 300, 0.05, 19), relays("out", 5)],
        [eg.Projection("s", "in", "out", ALL, RELEASE, delay=2*STEP)],
        probes=[eg.StateProbe("out", "v", every=3)])


@scenario(50*ms, 30)
def random_neurons() -> Any:
    """Noise by Heun and Milstein, and resets to a random value."""
    noisy = [eg.NeuronModel(
        f"noisy {m}", "dv/dt = (1.5 - v)/tau + (0.2 + 0.1*v)*xi/sqrt(tau) : 1\ntau : second",
        threshold="v > 1", reset="v = 0.3*rand()", refractory=STEP, method=m,
        defaults={"tau": 5*ms}) for m in ("heun", "milstein")]
    return eg.Network(
        [*(eg.Population(m.name.replace(" ", "_"), 4, m) for m in noisy),
         eg.Population("lif", 3, LIF_NOISE, {"sigma": 3*mV, "i_offset": 0.12*nA})],
        probes=[eg.StateProbe("noisy_heun", "v"), eg.StateProbe("lif", "v", every=2)])


def _cam_answer(run: Any) -> None:
    for name, text in RECORDED.items():
        expected = spikes(text)
        if name.startswith("output"):
            continue
        fires(run, name, expected)
    fires(run, "output", spikes(RECORDED["output_cue"])
          | {(k, n + 5) for k, n in spikes(RECORDED["output_content"])})
    w = run.weights["cue_recall"].matrix("w_sent") / nA
    for cue, row in RECALL_ROWS.items():  # the source gives two decimals
        np.testing.assert_allclose(w[cue], row, atol=0.005)


@scenario(90*ms, 200, _cam_answer)
def hippocampal_cam() -> Any:
    """The published functional experiment: learn, recall both ways, forget."""
    return cam_network(5, 10, trains(CUES), trains(CONTENTS))
