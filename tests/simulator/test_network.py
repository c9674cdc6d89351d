"""Descriptions are frozen data: equal when rebuilt, hashed alike in every process, run alike."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from conformance.networks import random_structures
from hypothesis import HealthCheck, given, settings
from tiny import ADD, COUNTER, RELAY, SUM, join, network, run, source

import engram as eg
from engram import Hz, ms, mV

BUILD = """
import engram as eg
from engram import ms, mV, Hz
cell = eg.NeuronModel("cell", "dv/dt = (e_l - v)/tau : volt\\ne_l : volt\\ntau : second",
                      threshold="v > 5*mV", reset="v = e_l", defaults={"tau": 10*ms, "e_l": 0*mV})
jump = eg.SynapseModel("jump", "w : volt", "v_post += w", defaults={"w": 1*mV})
net = eg.Network(
    [eg.Population("a", 3, eg.Poisson([1, 2, 3]*Hz)),
     eg.Population("b", 2, cell, {"e_l": [1, 2]*mV}, {"v": "rand()*mV"})],
    [eg.Projection("ab", "a", eg.View("b", 0, 1), eg.FixedProbability(0.5), jump, delay=2*ms)],
    probes=[eg.StateProbe("b", "v", neurons=[1])])
"""


def built():
    scope = {}
    exec(BUILD, scope)
    return scope["net"]


def test_rebuilding_gives_an_equal_network():
    a, b = built(), built()
    assert a == b
    assert hash(a) == hash(b)
    assert a.digest == b.digest
    assert len({a, b}) == 1
    for again in (copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        assert again == a


def test_the_digest_is_the_same_in_every_process():
    digests = {subprocess.run([sys.executable, "-c", BUILD + "print(net.digest)"], check=True,
                              capture_output=True, text=True, cwd="/", env={
                                  "PYTHONHASHSEED": seed}).stdout.strip() for seed in "12"}
    assert digests == {built().digest}


@pytest.mark.parametrize(("before", "after"), [
    ("[1, 2, 3]*Hz", "[1, 2, 4]*Hz"), ("[1, 2]*mV", "[1, 2.0001]*mV"), ("0, 1", "1, 2"),
    ("FixedProbability(0.5)", "FixedProbability(0.25)"), ("2*ms", "3*ms"), ("[1])]", "[0])]"),
    ("v > 5*mV", "v >= 5*mV"), ("rand()*mV", "randn()*mV"), ("1*mV}", "2*mV}"),
])
def test_any_difference_makes_another_network(before, after):
    assert BUILD.count(before) == 1
    scope = {}
    exec(BUILD.replace(before, after), scope)
    assert scope["net"] != built()
    assert scope["net"].digest != built().digest


def test_descriptions_do_not_change():
    net, given = built(), np.ones(3) * mV
    with pytest.raises(AttributeError):
        net.dt = 1 * ms
    with pytest.raises(TypeError):
        net.population("b").parameters["e_l"] = 3 * mV
    with pytest.raises(ValueError, match="read-only"):
        net.population("b").parameters["e_l"].value[0] = 3
    p = eg.Population("c", 3, net.population("b").model, {"e_l": given})
    given.value[0] = 7
    assert p.parameters["e_l"].value.tolist() == [0.001] * 3, "a copy was kept"


def test_parts_are_found_by_name():
    net = built()
    assert net.population("b").size == 2
    assert net.projection("ab").source == "a"
    assert repr(net) == "<Network network: 2 populations, 5 neurons, 1 projections>"
    with pytest.raises(eg.DescriptionError, match="no population 'c'; there are a, b"):
        net.population("c")
    with pytest.raises(eg.DescriptionError, match="no projection 'c'; there are ab"):
        net.projection("c")


def test_views_are_parts_of_a_population():
    net = network([source("a", 0), eg.Population("b", 5, SUM)],
                  [join("one", "a", eg.View("b", 1, 3)), join("none", "a", eg.View("b", 2, 2)),
                   join("all", "a", eg.View("b", 0, 5), parameters={"w": 10})])
    assert run(net, 2, "reference").states["b"]["v"][-1].tolist() == [10, 11, 11, 10, 10]


def test_values_for_a_view_are_its_own():
    cells = eg.SynapseModel("s", "w : 1\nf : 1 (pre)", "v_post += w*f", defaults={"w": 1})
    spikes = eg.Population("a", 4, eg.SpikeTimes.of({n: [0] for n in range(4)}, ms))
    net = network([spikes, eg.Population("b", 3, SUM)],
                  [join("ab", eg.View("a", 1, 3), eg.View("b", 1, 3), cells,
                        parameters={"f": [2, 3], "w": [1, 10, 100, 1000]})])
    assert run(net, 2, "reference").states["b"]["v"][-1].tolist() == [0, 302, 3020]


def test_a_network_without_projections_or_spikes_runs():
    got = run(eg.Network([eg.Population("a", 2, COUNTER)], dt=1 * ms), 3, "reference")
    assert len(got.spikes["a"]) == 0
    assert (got.duration / ms, dict(got.states), got.weights) == (3, {}, {})


def test_probes_choose_what_is_recorded():
    pops = [source("a", 0), eg.Population("b", 1, RELAY)]
    assert set(run(eg.Network(pops, dt=1 * ms), 2, "reference").spikes) == {"a", "b"}
    some = eg.Network(pops, probes=[eg.SpikeProbe("b")], dt=1 * ms)
    assert set(run(some, 2, "reference").spikes) == {"b"}


def test_equal_parts_in_another_order_are_another_network():
    a, b = source("a", 1), source("b", 1)
    assert eg.Network([a, b]) != eg.Network([b, a])  # sums are made in the order of declaration
    q = [join("x", "a", "b", ADD)]
    with pytest.raises(eg.DescriptionError, match="'b' has no 'v'"):
        eg.Network([a, b], q)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(random_structures())
def test_a_random_network_runs_the_same_twice_and_rebuilt(net):
    again = eg.Network(net.populations, net.projections, net.stimuli, net.probes, net.dt, net.name)
    assert again == net
    assert pickle.loads(pickle.dumps(net)).digest == net.digest
    runs = [eg.simulate(n, 6 * ms, "reference", seed=3) for n in (net, net, again)]
    for other in runs[1:]:
        for name, spikes in runs[0].spikes.items():
            np.testing.assert_array_equal(spikes.step, other.spikes[name].step)
            np.testing.assert_array_equal(spikes.i, other.spikes[name].i)
        for name, states in runs[0].states.items():
            for variable in states:
                np.testing.assert_array_equal(states[variable], other.states[name][variable])


def test_rates_and_texts_depend_on_the_seed_alone():
    counts = [run(network([eg.Population("a", 50, eg.Poisson(200 * Hz))]), 50, "reference",
                  seed=s).spikes["a"].i.tolist() for s in (1, 1, 2)]
    assert counts[0] == counts[1] != counts[2]
