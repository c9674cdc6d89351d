"""The execution contract, point by point, with answers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from backends_available import NUMERIC
from tiny import (
    ADD,
    COUNTER,
    RELAY,
    SUM,
    fired,
    join,
    network,
    run,
    source,
    sources,
    trace,
)

import engram as eg
from engram import ms

pytestmark = pytest.mark.parametrize("backend", NUMERIC)


# -- 2 and 3: order, labels, delays --------------------------------------------------------------
@pytest.mark.parametrize("delay", range(1, 21))
def test_a_spike_arrives_its_delay_later_and_fires_its_target_in_that_step(backend, delay):
    net = network([source("a", 2), eg.Population("b", 1, RELAY), eg.Population("c", 1, RELAY)],
                  [join("ab", "a", "b", delay=delay), join("bc", "b", "c", delay=delay)])
    got = run(net, 50, backend)
    assert fired(got, "a") == [2]
    assert fired(got, "b") == [2 + delay]
    assert fired(got, "c") == [2 + 2 * delay]
    assert (got.spikes["c"].t / ms).tolist() == pytest.approx([2.0 + 2 * delay], rel=1e-15)


def test_the_default_delay_is_one_step(backend):
    q = eg.Projection("ab", "a", "b", eg.OneToOne(), ADD)
    got = run(network([source("a", 0), eg.Population("b", 1, RELAY)], [q]), 3, backend)
    assert fired(got, "b") == [1]


def test_time_is_counted_not_added_up(backend):
    net = eg.Network([eg.Population("a", 1, eg.SpikeTimes([0], [0.7] * ms)),
                      eg.Population("b", 1, RELAY)],
                     [eg.Projection("ab", "a", "b", eg.OneToOne(), ADD, delay=0.3 * ms)],
                     dt=0.1 * ms)
    # in floats 0.3/0.1 is below 3 and 0.7/0.1 below 7: truncation would lose a step each
    assert fired(eg.simulate(net, 1.2 * ms, backend=backend), "b") == [10]


def test_mixed_delays_deliver_each_synapse_at_its_own_time(backend):
    delay = np.arange(20, 0, -1)
    net = network([source("a", 1, 3), eg.Population("b", 20, RELAY)],
                  [join("ab", "a", "b", delay=delay)])
    got = run(net, 30, backend)
    expected = sorted((k + d, 20 - d) for k in (1, 3) for d in range(1, 21))
    assert list(zip(got.spikes["b"].step, got.spikes["b"].i, strict=True)) == expected


def test_mixed_delays_follow_the_connectors_order_of_synapses(backend):
    net = network([sources("a", (0,), (0,)), eg.Population("b", 3, SUM)],
                  [join("ab", "a", "b", connector=eg.FromArrays([1, 0, 1, 0], [2, 1, 0, 1]),
                        parameters={"w": [1, 2, 4, 8]}, delay=np.array([1, 2, 3, 4]))])
    v = run(net, 6, backend).states["b"]["v"]
    assert v[:, 0].tolist() == [0, 0, 0, 4, 4, 4]
    assert v[:, 1].tolist() == [0, 0, 2, 2, 10, 10]
    assert v[:, 2].tolist() == [0, 1, 1, 1, 1, 1]


def test_multapses_act_one_by_one(backend):
    net = network([source("a", 0), eg.Population("b", 1, SUM)],
                  [join("ab", "a", "b", connector=eg.FromArrays([0, 0, 0], [0, 0, 0]),
                        parameters={"w": [1, 2, 4]})])
    assert trace(run(net, 3, backend), "b") == [0, 7, 7]


def test_order_within_a_step(backend):
    # deliver, integrate: the input of step 2 is what `seen` finds in step 2;
    # integrate, fire: `v` moves by 10 and crosses in the same step;
    # fire, reset, learn: the pre event of step 2 reads the reset value -7, not the one that fired;
    # learn, record: the weight of the end of step 2 has it.
    model = eg.NeuronModel("b", "v : 1\nseen : 1", update="seen = v\nv = v + 10*(seen > 0)",
                           threshold="v > 5", reset="v = -7", defaults={"v": 0, "seen": 0})
    read = eg.SynapseModel("read", "w : 1", on_pre="w = v_post", defaults={"w": 0})
    net = network([source("a", 1), source("late", 2), eg.Population("b", 1, model)],
                  [join("ab", "a", "b"), join("look", "late", "b", read)],
                  probes=[eg.SpikeProbe("b"), eg.StateProbe("b", ["v", "seen"]),
                          eg.WeightProbe("look", [1, 2] * ms)])
    got = run(net, 4, backend)
    assert trace(got, "b", "seen") == [0, 0, 1, -7]
    assert trace(got, "b", "v") == [0, 0, -7, -7]
    assert fired(got, "b") == [2]
    assert got.weights["look"].history["w"].ravel().tolist() == [0, -7]


# -- 4 and 5: threshold, refractory period -------------------------------------------------------
@pytest.mark.parametrize(("sign", "first"), [(">=", 1), (">", 2)])
def test_a_value_exactly_on_threshold(backend, sign, first):
    model = eg.NeuronModel("ramp", "v : 1", update="v = v + 0.5", threshold=f"v {sign} 1",
                           reset="v = -100", defaults={"v": 0})
    assert fired(run(network([eg.Population("a", 1, model)]), 5, backend), "a") == [first]


@pytest.mark.parametrize("hold", [0, 1, 2, 5])
def test_refractory_holds_exactly_its_steps(backend, hold):
    model = eg.NeuronModel("ramp", "v : 1 (unless refractory)", update="v = v + 1",
                           threshold="v >= 2", reset="v = 0", refractory=hold * ms,
                           defaults={"v": 0})
    got = run(network([eg.Population("a", 1, model)]), 30, backend)
    period = hold + 2
    assert fired(got, "a") == list(range(1, 30, period))
    assert trace(got, "a") == ([1, 0] + [0] * hold) * (30 // period) + (
        [1, 0] + [0] * hold)[:30 % period]


@pytest.mark.parametrize("hold", [0, 1, 2, 5])
def test_input_in_the_refractory_period_is_lost_only_where_it_is_held(backend, hold):
    model = eg.NeuronModel("both", "v : 1 (unless refractory)\nu : 1", threshold="v > 0.5",
                           reset="v = 0", refractory=hold * ms, defaults={"v": 0, "u": 0})
    double = eg.SynapseModel("double", on_pre="v_post += 1\nu_post += 1")
    net = network([source("a", *range(20)), eg.Population("b", 1, model)],
                  [join("ab", "a", "b", double)])
    got = run(net, 21, backend)
    assert fired(got, "b") == list(range(1, 21, hold + 1))
    assert trace(got, "b", "u") == list(range(21))
    assert set(trace(got, "b", "v")) == {0}


def test_a_refractory_neuron_does_not_fire_even_above_threshold(backend):
    model = eg.NeuronModel("stays", "v : 1", threshold="v > 0.5", refractory=3 * ms,
                           defaults={"v": 0})
    net = network([source("a", 0), eg.Population("b", 1, model)], [join("ab", "a", "b")])
    assert fired(run(net, 12, backend), "b") == [1, 5, 9]


def test_each_neuron_has_the_refractory_period_of_its_parameter(backend):
    model = eg.NeuronModel("ramp", "v : 1 (unless refractory)\nhold : second",
                           update="v = v + 1", threshold="v >= 1", reset="v = 0",
                           refractory="hold", defaults={"v": 0})
    p = eg.Population("a", 3, model, {"hold": [0, 1, 4] * ms})
    got = run(network([p]), 10, backend)
    assert got.spikes["a"].counts.tolist() == [10, 5, 2]


# -- 6: learning ---------------------------------------------------------------------------------
# A pre event appends the digit 1 to w, a post event the digit 2: w spells the order of events.
SPELL = eg.SynapseModel("spell", "w : 1", on_pre="w = 10*w + 1", on_post="w = 10*w + 2",
                        defaults={"w": 0})


def spelled(backend, pre, post, delay, fraction, steps=20):
    """w at the end, for a synapse whose target fires in the steps `post`."""
    net = network([source("a", *pre), source("drive", *(k - 1 for k in post)),
                   eg.Population("b", 1, RELAY)],
                  [join("learn", "a", "b", SPELL, delay=delay, dendritic_delay_fraction=fraction),
                   join("force", "drive", "b")])
    got = run(net, steps, backend)
    assert fired(got, "b") == list(post), "the target must fire as planned to mean anything"
    return got.weights["learn"]["w"].tolist()


@pytest.mark.parametrize(("pre", "post", "delay", "fraction", "word"), [
    ([5], [4], 1, 1.0, 21),     # post of 4 comes at 5, pre of 5 at 5: post events run first
    ([5], [5], 1, 1.0, 12),     # post of 5 comes at 6
    ([5], [3], 1, 1.0, 21),
    ([5], [2], 3, 1.0, 21),     # both at 5
    ([5], [3], 3, 1.0, 12),     # post at 6
    ([5], [5], 2, 0.5, 21),     # both at 6
    ([5], [6], 2, 0.5, 12),     # pre at 6, post at 7
    ([5], [7], 4, 0.25, 21),    # pre at 5 + 3, post at 7 + 1
    ([5], [8], 4, 0.25, 12),    # pre at 8, post at 9
    ([5], [3], 4, 0.75, 21),    # pre at 5 + 1, post at 3 + 3
    ([3, 5], [4], 1, 1.0, 121),
    ([3, 4, 5], [2, 3, 4], 1, 1.0, 212121),
    ([3, 4, 5], [3, 4, 5], 1, 1.0, 121212),
])
def test_events_reach_the_synapse_in_order(backend, pre, post, delay, fraction, word):
    assert spelled(backend, pre, post, delay, fraction) == [word]


def test_with_mixed_delays_each_synapse_has_its_own_order(backend):
    net = network([source("a", 6), source("drive", 3), eg.Population("b", 1, RELAY)],
                  [join("learn", "a", "b", SPELL, connector=eg.FromArrays([0, 0, 0], [0, 0, 0]),
                        delay=np.array([1, 2, 3])),
                   join("force", "drive", "b")])
    assert run(net, 20, backend).weights["learn"]["w"].tolist() == [21, 21, 12]


def test_traces_decay_before_events_and_statements_run_in_the_texts_order(backend):
    trace_of = "dr/dt = -r/tau : 1\ntau : second\nw : 1"
    before = eg.SynapseModel("before", trace_of, on_pre="w = r\nr += 1")
    after = eg.SynapseModel("after", trace_of, on_pre="r += 1\nw = r")
    given = {"parameters": {"tau": 4 * ms}, "initial": {"w": 0, "r": 0}}
    net = network([source("a", 2, 5), eg.Population("b", 1, SUM)],
                  [join("x", "a", "b", before, **given), join("y", "a", "b", after, **given)])
    got = run(net, 6, backend)
    decayed = np.exp(-3 / 4)  # three steps of decay between steps 2 and 5
    assert got.weights["x"]["w"][0] == pytest.approx(decayed, rel=1e-15)
    assert got.weights["y"]["w"][0] == pytest.approx(1 + decayed, rel=1e-15)


@pytest.mark.parametrize("delay", [1, 2, 3, 7])
def test_the_weight_sent_is_the_one_the_pre_event_leaves(backend, delay):
    # w: 1 from the first event; 10 + 1 from the second; a post event between adds 100 to w, but
    # not to what is already under way
    grow = eg.SynapseModel("grow", "w : 1", on_pre="w = 10*w + 1\nv_post += w",
                           on_post="w = w + 100", defaults={"w": 0})
    target = eg.NeuronModel("b", "v : 1\nu : 1", threshold="u > 0.5", reset="u = 0",
                            defaults={"v": 0, "u": 0})
    kick = eg.SynapseModel("kick", on_pre="u_post += 1")
    post = 9 - delay  # its event comes at 9: after the pre event of 8, before that one arrives
    net = network([source("a", 5, 8), source("drive", post - 1), eg.Population("b", 1, target)],
                  [join("learn", "a", "b", grow, delay=delay), join("force", "drive", "b", kick)])
    got = run(net, 20, backend)
    v = trace(got, "b")
    assert fired(got, "b") == [post]
    assert v[5 + delay] - v[4 + delay] == 1
    assert v[8 + delay] - v[7 + delay] == 11
    assert got.weights["learn"]["w"].tolist() == [111]


@pytest.mark.parametrize("delay", [1, 2, 5])
def test_a_decaying_weight_is_sent_as_it_is_at_the_event(backend, delay):
    fade = eg.SynapseModel("fade", "dw/dt = -w/tau : 1\ntau : second", "v_post += w",
                           defaults={"tau": 4 * ms})
    net = network([sources("a", (3,), (6,)), eg.Population("b", 2, SUM)],
                  [join("ab", "a", "b", fade, connector=eg.OneToOne(), delay=delay,
                        initial={"w": [1, 2]})])
    got = run(net, 15, backend)
    # the decay of steps 0 .. k has happened when the event of step k runs
    assert trace(got, "b", neuron=0)[-1] == pytest.approx(np.exp(-4 / 4), rel=1e-14)
    assert trace(got, "b", neuron=1)[-1] == pytest.approx(2 * np.exp(-7 / 4), rel=1e-14)


def test_any_fraction_arrives_after_the_whole_delay(backend):
    plastic = eg.SynapseModel("p", "w : 1", on_pre="w = w + 1\nv_post += w", defaults={"w": 0})
    for fraction in (0.25, 0.5, 0.75, 1.0):
        net = network([source("a", 3), eg.Population("b", 1, RELAY)],
                      [join("ab", "a", "b", plastic, delay=4,
                            dendritic_delay_fraction=fraction)])
        assert fired(run(net, 12, backend), "b") == [7]


# -- 7: sums in a fixed order --------------------------------------------------------------------
BIG = 1e16  # 1e16 + 1 is 1e16 in float64, 1e16 + 2 is not


@pytest.mark.parametrize(("weights", "total"), [
    ((BIG, 1, -BIG), 0), ((BIG, -BIG, 1), 1), ((1, BIG, -BIG), 0), ((1, 1, BIG), BIG + 2),
    ((BIG, 1, 1), BIG)])
def test_spikes_are_summed_by_index_of_their_source(backend, weights, total):
    net = network([sources("a", (0,), (0,), (0,)), eg.Population("b", 1, SUM)],
                  [join("ab", "a", "b", parameters={"w": weights})])
    assert trace(run(net, 2, backend), "b") == [0, total]


@pytest.mark.parametrize(("weights", "total"), [((BIG, 1, -BIG), 0), ((BIG, -BIG, 1), 1)])
def test_projections_are_summed_as_they_are_declared(backend, weights, total):
    net = network([source("a", 0), eg.Population("b", 1, SUM)],
                  [join(f"ab{n}", "a", "b", parameters={"w": w}) for n, w in enumerate(weights)])
    assert trace(run(net, 2, backend), "b") == [0, total]


def test_values_that_are_kept_while_they_travel_are_summed_first(backend):
    kept = eg.SynapseModel("kept", "w : 1", on_pre="w = w + 0\nv_post += w", defaults={"w": 1})
    for synapse, total in ((ADD, BIG), (kept, BIG + 2)):
        net = network([sources("a", (0,), (0,)), eg.Population("b", 1, SUM, {"v": BIG})],
                      [join("ab", "a", "b", synapse, delay=2)])
        assert trace(run(net, 3, backend), "b") == [BIG, BIG, total]


# -- 9: couplings, timed values, clocks ----------------------------------------------------------
GAP = eg.SynapseModel("gap", "v_post = g*c_pre : 1 (summed)\ng : 1", defaults={"g": 1})
COUNTS = eg.NeuronModel("counts", "c : 1", update="c = c + 1", defaults={"c": 0})


def test_a_coupling_is_the_sum_of_the_step_before(backend):
    net = network([eg.Population("a", 3, COUNTS, initial={"c": [0, 10, 20]}),
                   eg.Population("b", 1, SUM)], [join("gap", "a", "b", GAP)])
    assert trace(run(net, 4, backend), "b") == [30, 33, 36, 39]


def test_a_coupling_may_write_the_pre_side_and_comes_before_integration(backend):
    model = eg.NeuronModel("sees", "v : 1\nseen : 1", update="seen = v", defaults={"v": 0,
                                                                                  "seen": -1})
    back = eg.SynapseModel("back", "v_pre = c_post : 1 (summed)")
    net = network([eg.Population("a", 1, model), eg.Population("b", 2, COUNTS)],
                  [join("back", "a", "b", back)])
    assert trace(run(net, 3, backend), "a", "seen") == [0, 2, 4]


def test_deliver_couples_then_sets_then_adds(backend):
    net = network([eg.Population("a", 1, COUNTS), source("s", 1, 3), eg.Population("b", 1, SUM)],
                  [join("gap", "a", "b", GAP), join("sb", "s", "b")],
                  [eg.StepCurrent("b", "v", [2, 4] * ms, [100, 200])])
    # coupling: k; set at 2 and 4; a spike arrives at 2 and 4
    assert trace(run(net, 6, backend), "b") == [0, 1, 101, 3, 201, 5]


def test_values_set_at_a_time_act_in_that_step_and_stay(backend):
    model = eg.NeuronModel("follow", "v : 1\ndrive : 1", update="v = drive",
                           defaults={"v": 0, "drive": 0})
    net = network([eg.Population("b", 2, model)],
                  stimuli=[eg.StepCurrent("b", "drive", [1, 3] * ms, [[1, 2], [3, 4]])])
    got = run(net, 5, backend)
    assert trace(got, "b", "v", 0) == [0, 1, 1, 3, 3]
    assert trace(got, "b", "v", 1) == [0, 2, 2, 4, 4]


def test_a_clock_integrates_and_fires_in_the_steps_it_divides(backend):
    model = eg.NeuronModel("slow", "v : 1\nu : 1\ntime : second",
                           update="u = u + 1\ntime = time + dt", threshold="v > 0.5",
                           reset="v = 0", defaults={"v": 0, "u": 0, "time": 0 * ms})
    net = network([source("a", 3), eg.Population("b", 1, model, clock=3)], [join("ab", "a", "b")])
    got = run(net, 10, backend)
    assert trace(got, "b", "u") == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4]
    assert trace(got, "b", "time") == pytest.approx([0.003 * n for n in trace(got, "b", "u")])
    assert trace(got, "b", "v") == [0, 0, 0, 0, 1, 1, 0, 0, 0, 0]  # arrives at 4, waits until 6
    assert fired(got, "b") == [6]


def test_equations_on_a_clock_advance_by_its_step(backend):
    decay = eg.NeuronModel("decay", "dv/dt = -v/tau : 1\ntau : second", defaults={"tau": 6 * ms})
    net = network([eg.Population("b", 1, decay, initial={"v": 1}, clock=3)])
    expected = [np.exp(-3 * (1 + k // 3) / 6) for k in range(7)]
    assert trace(run(net, 7, backend), "b") == pytest.approx(expected, rel=1e-14)


# -- 8 and the whole: records, runs that continue ------------------------------------------------
def test_probes_see_the_end_of_their_steps(backend):
    net = network([eg.Population("b", 3, COUNTER)],
                  probes=[eg.StateProbe("b", "v", every=3, neurons=[2, 0])])
    got = run(net, 8, backend)
    assert got.states["b"]["v"].tolist() == [[1, 1], [4, 4], [7, 7]]
    assert (got.states["b"].t / ms).tolist() == pytest.approx([0, 3, 6])


def test_a_run_that_continues_is_the_run_in_one(backend):
    net = network([source("a", *range(0, 40, 3)), eg.Population("b", 4, RELAY),
                   eg.Population("n", 30, eg.Poisson(100 * eg.Hz))],
                  [join("ab", "a", "b", SPELL, delay=3), join("f", "a", "b", delay=5),
                   join("nb", "n", "b", delay=2)])
    whole = run(net, 30, backend, seed=5)
    sim = eg.compile(net, backend, seed=5)
    for part in (1, 0, 7, 22):
        parts = sim.run(part * ms)
    again = eg.compile(net, backend, seed=5)
    again.run(11 * ms)
    again.reset()
    fresh = again.run(30 * ms)
    assert len(whole.spikes["b"]) > 20, "the target must fire to mean anything"
    for other in (parts, fresh):
        for name in ("a", "b", "n"):
            np.testing.assert_array_equal(whole.spikes[name].step, other.spikes[name].step)
            np.testing.assert_array_equal(whole.spikes[name].i, other.spikes[name].i)
        np.testing.assert_array_equal(whole.weights["ab"]["w"],
                                      other.weights["ab"]["w"])
        np.testing.assert_array_equal(whole.states["b"]["v"], other.states["b"]["v"])
