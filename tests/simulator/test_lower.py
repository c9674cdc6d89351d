"""Lowering: whole steps, constants folded, nothing that a run does not need."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import ADD, RELAY, SUM, join, network, run, source

import engram as eg
from engram import ms, mV
from engram.simulator.clock import steps
from engram.simulator.lower import lower


@pytest.mark.parametrize(("time", "dt", "count"), [
    (0.3 * ms, 0.1, 3), (0.7 * ms, 0.1, 7), (1.1 * ms, 0.1, 11), (2.9 * ms, 0.1, 29),
    (0 * ms, 0.1, 0), (1e4 * ms, 0.1, 100_000), (1 * ms, 1 / 3, 3), (100.1 * ms, 0.1, 1001)])
def test_times_are_counted_in_whole_steps(time, dt, count):
    assert steps(time, dt * 1e-3, "x") == count
    assert steps(time * np.ones(2), dt * 1e-3, "x").tolist() == [count, count]


@pytest.mark.parametrize(("time", "dt"), [(0.25, 0.1), (0.1, 0.3), (1.0001, 1), (1000.05, 0.1)])
def test_nothing_is_rounded(time, dt):
    with pytest.raises(eg.DescriptionError, match=r"x = .* is not a whole number of steps of dt"):
        steps(time * ms, dt * 1e-3, "x")


def test_every_whole_multiple_is_found_whole():
    for dt in (1e-4, 1e-3, 2.5e-5, 1 / 3e3):
        count = np.arange(0, 200_000, 37)
        np.testing.assert_array_equal(steps(eg.Quantity(count * dt, ms.dim), dt, "x"), count)


TWICE = eg.NeuronModel("twice", """
    dv/dt = (e_l + 3*mV - v)/tau : volt
    e_l : volt
    tau : second
    unused : 1
    """, threshold="v > e_l + 2*mV", reset="shift = 1*mV\nv = e_l + shift",
    defaults={"tau": 10 * ms, "e_l": -60 * mV, "v": -60 * mV, "unused": 5})


def test_constants_of_integration_threshold_and_reset_stay_apart():
    (p,) = lower(eg.Network([eg.Population("a", 2, TWICE)])).populations
    assert p.constants[p.threshold.split()[-1]] == pytest.approx(-58e-3)
    ((target, value),) = p.reset
    assert (target, p.constants[value]) == ("v", pytest.approx(-59e-3))
    assert "unused" not in p.constants
    net = eg.Network([eg.Population("a", 1, TWICE)], probes=[eg.StateProbe("a", "v")], dt=1 * ms)
    v = (eg.simulate(net, 11 * ms, "reference").states["a"]["v"] / mV)[:, 0]
    # from -60 towards -57 with 10 ms: above -58 after 10 ln 3 = 10.99 ms, that is in step 10
    expected = -57 - 3 * np.exp(-np.arange(1, 12) / 10)
    expected[10] = -59
    np.testing.assert_allclose(v, expected, rtol=1e-13)


def test_a_temporary_of_one_list_is_not_that_of_another():
    model = eg.NeuronModel("m", "v : 1", update="a = 1\nv = v + a", threshold="v > 2.5",
                           reset="a = 7\nv = -a", defaults={"v": 0})
    net = network([eg.Population("p", 1, model)])
    v = run(net, 5, "reference").states["p"]["v"]
    assert v[:, 0].tolist() == [1, 2, -7, -6, -5]


def test_a_temporary_may_be_assigned_twice_and_read_between():
    model = eg.NeuronModel("m", "v : 1\nw : 1", update="a = 1\nv = a\na = a + 1\nw = a",
                           defaults={"v": 0, "w": 0})
    states = run(network([eg.Population("p", 1, model)]), 2, "reference").states["p"]
    assert (states["v"][0, 0], states["w"][0, 0]) == (1, 2)


def test_parameters_that_something_writes_become_state():
    def state_of(**more):
        net = network([source("a", 0), eg.Population("b", 1, SUM)], **more, probes=[])
        return set(lower(net).populations[1].state), set(lower(net).populations[1].constants)
    assert state_of() == (set(), {"dt", "N"})
    assert state_of(projections=[join("ab", "a", "b")])[0] == {"v"}
    assert state_of(stimuli=[eg.StepCurrent("b", "v", 0 * ms, 1)])[0] == {"v"}


def test_equal_delays_are_one_number_and_the_dense_case_is_seen():
    def plan(**given):
        net = network([source("a", 0), eg.Population("b", 3, RELAY)],
                      [eg.Projection("ab", "a", "b", **{"connector": eg.AllToAll(), "synapse": ADD,
                                                        **given})])
        return lower(net).projections[0]
    q = plan(delay=[2, 2, 2] * ms)
    assert (q.dendritic_steps, q.axonal_steps, q.mixed, q.dense) == (2, 0, False, True)
    q = plan(delay=[2, 3, 2] * ms)
    assert (q.dendritic_steps.tolist(), q.mixed, q.longest) == ([2, 3, 2], True, 3)
    assert plan(connector=eg.FromArrays([0, 0], [0, 2])).dense is False
    assert plan(connector=eg.FromArrays([0, 0, 0], [0, 0, 2])).dense is False


def test_the_same_description_and_seed_give_the_same_plan():
    net = network([eg.Population("b", 3, TWICE, initial={"v": "mV*rand()"})])
    a, b = (lower(net, seed=4) for _ in range(2))
    np.testing.assert_array_equal(a.populations[0].state["v"], b.populations[0].state["v"])
    assert a.populations[0].integrate == b.populations[0].integrate
    assert (a.digest, a.seed, a.dt) == (net.digest, 4, 0.001)


def test_subexpressions_can_be_recorded_and_read_by_synapses():
    model = eg.NeuronModel("m", "v : 1\ntwice = 2*v : 1\nfour = 2*twice : 1", update="v = v + 1",
                           defaults={"v": 0})
    look = eg.SynapseModel("look", "v_post = four_pre : 1 (summed)")
    net = network([eg.Population("a", 1, model), eg.Population("b", 1, SUM)],
                  [join("ab", "a", "b", look)])
    got = run(net, 3, "reference")
    assert got.states["a"]["four"][:, 0].tolist() == [4, 8, 12]
    assert got.states["b"]["v"][:, 0].tolist() == [0, 4, 8]
