"""What a run reports of a synapse is its state at the end of the last step."""

import math

import numpy as np
import pytest
from backends_available import BACKENDS

import engram as eg
from engram import ms

FADES = eg.SynapseModel("fades", "dw/dt = -w/(10*ms) : 1", on_pre="w += 1; g_post += w")
CELL = eg.NeuronModel("cell", "g : 1", "g > 100", defaults={"g": 0})


def network(start):
    """One spike at 2 ms; one of two synapses never sees an event."""
    return eg.Network(
        [eg.Population("a", 2, eg.SpikeTimes.of({0: [2]}, ms)), eg.Population("b", 1, CELL)],
        [eg.Projection("ab", "a", "b", eg.AllToAll(), FADES, initial={"w": start})],
        probes=[eg.WeightProbe("ab", [1, 6]*ms)], dt=1*ms)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("start", [0.5, np.array([0.5, 0.5])])
def test_fading_weights_are_read_as_they_are(backend, start):
    got = eg.simulate(network(start), 10*ms, backend=backend)
    faded = [0.5*math.exp(-n/10) for n in (2, 7, 10)]  # after steps 1, 6 and 9
    grown = [math.exp(-n/10) for n in (4, 7)]  # one event at the end of step 2
    # an exponential of a sum against a product of exponentials: rounding only
    np.testing.assert_allclose(got.weights["ab"].history["w"],
                               [[faded[0], faded[0]], [faded[1] + grown[0], faded[1]]], rtol=1e-12)
    np.testing.assert_allclose(got.weights["ab"]["w"], [faded[2] + grown[1], faded[2]], rtol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_fading_weight_that_is_set_fades_from_there(backend):
    simulation = eg.compile(network(np.array([0.5, 0.5])), backend)
    simulation.run(5*ms)
    simulation.set_weights("ab", [1.0, 2.0])
    np.testing.assert_array_equal(simulation.weights("ab"), [1, 2])
    simulation.run(5*ms)
    np.testing.assert_allclose(simulation.weights("ab"), np.array([1, 2])*math.exp(-0.5),
                               rtol=1e-12)
