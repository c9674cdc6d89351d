"""Synapses with equations of their own, on rows with gaps: values of targets are read ahead."""

import numpy as np
import pytest

import engram as eg
from engram import ms
from engram.backends.numba import runner
from engram.backends.numba.gather import PIECE
from engram.simulator.lower import lower

CELL = eg.NeuronModel(
    "cell", "dg/dt = (bias - g)/tau : 1\nbias : 1\ntau : second", "g > 1", "g = 0",
    defaults={"bias": 0.0, "tau": 5*ms})
RULE = eg.SynapseModel(
    "rule", """
    w : 1
    da/dt = -a/(10*ms) : 1 (pre)
    db/dt = -b/(20*ms) : 1 (post)
    dx/dt = bias_post*(a*b*exp(-x) + g_post - x)/tau_post : 1 (clock-driven)
    """, "a += 1; w = clip(w + 0.01*x*bias_post - 0.1*b, 0, 1); g_post += w",
    "b += 1; w = clip(w + 0.1*x, 0, 1)", method="rk4", defaults={"w": 0.2})
POSTS = 2*PIECE + 77


def network(share):
    """`share` of all pairs are joined; every third neuron is too quiet to fire by itself."""
    rng = np.random.default_rng(1)
    given = {"bias": np.where(np.arange(POSTS) % 3, 1.3, 0.6), "tau": rng.uniform(3, 9, POSTS)*ms}
    who = np.concatenate([rng.permutation(9)[:3] for _ in range(27)])
    return eg.Network(
        [eg.Population("a", 9, eg.SpikeTimes(who, np.arange(81)//3*ms)),
         eg.Population("b", POSTS, CELL, given)],
        [eg.Projection("q", "a", "b", eg.FixedProbability(share), RULE, delay=2*ms)], dt=1*ms)


@pytest.mark.parametrize("share", [0.95, 0.02])
def test_the_bits_are_those_of_the_reference(share, monkeypatch):
    monkeypatch.setattr(runner, "TUNE", False)
    truth = eg.simulate(network(share), 30*ms, backend="reference")
    assert np.ptp(truth.weights["q"]["x"]) > 0.1, "the equation must do something"
    assert len(truth.spikes["b"]) > POSTS
    for threads in (1, 3):
        assert eg.simulate(network(share), 30*ms, backend="numba",
                           threads=threads).digest == truth.digest
    synapses = len(truth.weights["q"]["x"])
    trials = [eg.Trial(0, weights={"q": {"x": np.full(synapses, x)}}) for x in (0.0, 0.5, 1.0)]
    copies = eg.simulate(network(share), 30*ms, backend="numba", threads=2, batch=trials)
    alone = [eg.simulate(trial.network(network(share)), 30*ms, backend="reference")
             for trial in trials]
    assert [run.digest for run in copies] == [run.digest for run in alone]
    assert len({run.digest for run in alone}) == 3


def test_values_are_read_ahead():
    text = runner.NumbaRunner(lower(network(0.5))).program.text
    for name in ("b", "bias_post", "g_post", "tau_post"):
        assert f"h_{name}[s - at]" in text, name
    whole = eg.Network(network(0.5).populations, [eg.Projection(
        "q", "a", "b", eg.AllToAll(), RULE, delay=2*ms)], dt=1*ms)
    assert "h_b" not in runner.NumbaRunner(lower(whole)).program.text, "rows without gaps need not"
