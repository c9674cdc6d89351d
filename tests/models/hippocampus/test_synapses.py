"""The board's pair STDP, one pair at a time, against its closed form."""

from __future__ import annotations

import numpy as np
import pytest
from backends_available import BACKENDS

import engram as eg
from engram import ms, nA
from engram.models.hippocampus.synapses import PAIR_STDP_SPINNAKER
from engram.models.neurons import IF_CURR_EXP_SPINNAKER
from engram.models.synapses import static


def pair(pre, post, backend, w=3.0, f=1.0, delay=1):
    """Final w and w_sent in nA: sources spike at `pre`, one neuron is driven to spike at `post`."""
    net = eg.Network(
        [eg.Population("a", 1, eg.SpikeTimes.of({0: pre}, ms)),
         eg.Population("kick", 1, eg.SpikeTimes.of({0: [t - 1 for t in post]}, ms)),
         eg.Population("b", 1, IF_CURR_EXP_SPINNAKER, {"v_thresh": -50*eg.units.UNITS["mV"]})],
        [eg.Projection("plastic", "a", "b", eg.OneToOne(), PAIR_STDP_SPINNAKER, initial={"w": w*nA},
                       delay=delay*ms, dendritic_delay_fraction=f),
         eg.Projection("drive", "kick", "b", eg.OneToOne(), static("in_exc"), {"w": 100*nA})],
        dt=1*ms)
    run = eg.simulate(net, 60*ms, backend=backend)
    assert (run.spikes["b"].t / ms).tolist() == post
    weights = run.weights["plastic"]
    return float(weights["w"][0] / nA), float(weights["w_sent"][0] / nA)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("delta", [-12, -5, -2, -1, 0, 1, 4, 15])
def test_window(backend, delta):
    """A post spike arrives 1 ms late: at delta = -1 they coincide and w falls by all of A."""
    lag = delta + 1
    change = 6 * np.exp(-lag / 3) if lag > 0 else -6 * np.exp(lag / 3)
    w, _ = pair([20], [20 + delta], backend)
    assert w == pytest.approx(min(6, max(0, 3 + change)), abs=1e-12)  # one exp and one sum


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_pairs_count(backend):
    """Two pre spikes before one post spike add up."""
    w, sent = pair([10, 14], [20], backend, w=0.5)
    assert w == pytest.approx(0.5 + 6*(np.exp(-11/3) + np.exp(-7/3)), abs=1e-12)
    assert sent == 0.5  # the post spike came after the last presynaptic one


@pytest.mark.parametrize("backend", BACKENDS)
def test_delay_on_the_axon_moves_the_window(backend):
    """With half of 2 ms on the axon both arrive 1 ms late: equal times coincide, and depress."""
    assert pair([20], [20], backend, f=0.5, delay=2)[0] == 0.0
    assert pair([20], [21], backend, f=0.5, delay=2, w=1.0)[0] == pytest.approx(
        1 + 6*np.exp(-1/3), abs=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_weights_stay_in_bounds(backend):
    assert pair([20], [22, 26], backend, w=5.9)[0] == 6.0
    assert pair([20, 24], [19, 23], backend, w=0.1)[0] == 0.0
