"""Statements of both sides of a synapse may alternate, with temporaries, in any order."""

import numpy as np
import pytest
from backends_available import BACKENDS

import engram as eg
from engram import ms

CELL = eg.NeuronModel("cell", "dg/dt = -g/(5*ms) : 1", "g > 1", "g = 0")
TEXTS = {
    "temporary of a neuron": (
        "a += 1; w = clip(w - 0.1*b, 0, 2); g_post += w",
        "twice = 2*b; b += 1; w = clip(w + 0.1*a*twice, 0, 2)"),
    "temporary between statements of synapses": (
        "a += 1; g_post += w",
        "w = clip(w + 0.01*a, 0, 2); twice = 2*b; b += 1; w = clip(w + 0.1*a*twice, 0, 2)"),
    "temporary that is sent": (
        "r = 2*w; a += 1; g_post += r", "b += 1; w = clip(w + 0.1*a, 0, 2)"),
    "temporary of a neuron that is sent": (
        "r = 1 + a; w = clip(w - 0.1*b, 0, 2); a += 1; g_post += r*w",
        "b += 1; w = clip(w + 0.1*a, 0, 2)"),
    "temporary that changes its side": (
        "r = 1 + a; w = clip(w - 0.1*b, 0, 2); r = r*w; w = clip(w + 0.01*r, 0, 2); a += 1; "
        "g_post += r",
        "f = 2*b; f = f*w; w = clip(w + 0.1*a*f, 0, 2); b += 1; "
        "w = clip(w + 0.01*f + 0.01*b, 0, 2)"),
    "trace before and after its jump": (
        "w = clip(w + 0.1*a, 0, 2); a += 1; w = clip(w - 0.05*a, 0, 2); g_post += w",
        "w = clip(w + 0.1*b, 0, 2); b += 1; w = clip(w + 0.05*b, 0, 2)"),
}


def network(on_pre, on_post, delay):
    synapse = eg.SynapseModel("s", """w : 1
                                      da/dt = -a/(10*ms) : 1 (pre)
                                      db/dt = -b/(10*ms) : 1 (post)""", on_pre, on_post)
    return eg.Network(
        [eg.Population("a", 3, eg.SpikeTimes.of({0: [1, 4, 9], 1: [2, 4], 2: [3, 8]}, ms)),
         eg.Population("b", 2, CELL)],
        [eg.Projection("q", "a", "b", eg.AllToAll(), synapse, initial={"w": "0.5 + 0.1*i + 0.05*j"},
                       delay=delay)], dt=1*ms)


@pytest.mark.parametrize("delay", [1*ms, 3*ms, np.array([1, 2, 3, 1, 2, 3])*ms],
                         ids=["one step", "three steps", "mixed"])
@pytest.mark.parametrize("texts", TEXTS.values(), ids=list(TEXTS))
def test_backends_agree(texts, delay):
    runs = [eg.simulate(network(*texts, delay), 20*ms, backend=b) for b in BACKENDS]
    truth = runs[0]
    assert len(truth.spikes["b"]) > 2, "post events must happen"
    assert np.ptp(truth.weights["q"]["w"]) > 0.02, "weights must differ"
    assert runs[1].digest == truth.digest, "numba has the reference's bits"
    np.testing.assert_array_equal(runs[2].spikes["b"].step, truth.spikes["b"].step)
    # Brian2 integrates the traces by its own lines: the last bits may differ
    np.testing.assert_allclose(runs[2].weights["q"]["w"], truth.weights["q"]["w"], rtol=1e-11)
