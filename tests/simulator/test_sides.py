"""On which side of a synapse a variable lives: proved, declared, or contradicted."""

from __future__ import annotations

import numpy as np
import pytest
from backends_available import NUMERIC
from tiny import RELAY, SUM, join, network, run, sources

import engram as eg
from engram import ms
from engram.simulator.lower import lower
from engram.simulator.sides import find_sides

EQUATIONS = """
w : 1
dr/dt = -r/tau : 1
do/dt = -o/tau : 1
dc/dt = -c/tau : 1
tau : second
scale : 1
"""
ON_PRE = "r += scale\nc += r\nw = w + o"
ON_POST = "o += 1\nw = w - r"
GIVEN = {"w": 0, "tau": 5 * ms, "scale": 1}


def sides(equations=EQUATIONS, on_pre=ON_PRE, on_post=ON_POST, mixed=False, arrays=()):
    model = eg.SynapseModel("s", equations, on_pre, on_post)
    names = [e.name for e in model.parsed if e.kind != "subexpression"]
    return find_sides(model, {n: n not in arrays for n in names}, mixed, "projection 'q'")


def test_traces_move_to_their_side_and_weights_stay():
    assert sides() == {"w": "synapse", "r": "pre", "o": "post", "c": "pre", "tau": "shared",
                       "scale": "shared"}


def test_a_trace_that_reads_the_other_side_stays_in_the_synapse():
    found = sides(on_pre="r += scale\nc += o")
    assert (found["r"], found["c"]) == ("pre", "synapse")
    found = sides(on_pre="x = o\nr += x")
    assert found["r"] == "synapse"
    found = sides(on_pre="x = 2*scale\nr += x")
    assert found["r"] == "pre"


def test_the_neurons_own_variables_are_known_on_their_side():
    assert sides(on_pre="r += v_pre\nc += v_post")["r"] == "pre"
    assert sides(on_pre="r += v_pre\nc += v_post")["c"] == "synapse"


def test_values_that_differ_between_synapses_keep_what_they_touch_there():
    assert sides(arrays=["scale"])["r"] == "synapse"
    assert sides(arrays=["r"])["r"] == "synapse"
    assert sides(arrays=["tau"])["o"] == "synapse"


def test_with_mixed_delays_nothing_that_changes_lives_on_the_post_side():
    assert sides(mixed=True)["o"] == "synapse"
    assert sides(mixed=True)["r"] == "pre"


def test_clock_driven_variables_stay():
    assert sides(EQUATIONS.replace("dr/dt = -r/tau : 1", "dr/dt = -r/tau : 1 (clock-driven)"))[
        "r"] == "synapse"


@pytest.mark.parametrize(("flag", "on_pre", "on_post", "says"), [
    ("pre", "r += 1", "r += 1", r"'r' is flagged \(pre\) but on_post writes it"),
    ("post", "r += 1", "", r"'r' is flagged \(post\) but on_pre writes it"),
    ("pre", "r += w", "w += 1", r"'r' is flagged \(pre\) but what changes it differs"),
    ("post", "", "r += v_pre", r"'r' is flagged \(post\) but what changes it differs"),
])
def test_a_flag_that_contradicts_the_text_is_refused(flag, on_pre, on_post, says):
    with pytest.raises(eg.DescriptionError, match=says):
        sides(f"w : 1\nr : 1 ({flag})", on_pre, on_post)


def weights(backend, flags, **given):
    """Weights and traces after a run in which both sides fire at irregular times."""
    text = EQUATIONS
    for name, flag in flags.items():
        text = text.replace(f"-{name}/tau : 1", f"-{name}/tau : 1 ({flag})")
    model = eg.SynapseModel("s", text, ON_PRE + "\nv_post += 0.1*w", ON_POST, defaults=GIVEN)
    trains = [(1, 4, 9, 12, 25), (2, 4, 14, 26), (30,)]
    drive = [(k,) for k in (3, 8, 13)]
    net = network([sources("a", *trains), sources("d", *drive), eg.Population("b", 3, RELAY)],
                  [join("learn", "a", "b", model, delay=3, **given),
                   join("force", "d", "b", connector=eg.OneToOne())])
    got = run(net, 40, backend)
    assert len(got.spikes["b"]) >= 3, "the targets must fire to mean anything"
    return got.weights["learn"]["w"]


@pytest.mark.parametrize("backend", NUMERIC)
def test_where_a_variable_lives_changes_no_weight(backend):
    proved = weights(backend, {})
    assert np.any(proved > 0)
    assert np.any(proved < 0)
    declared = weights(backend, {"r": "pre", "o": "post"})
    np.testing.assert_array_equal(proved, declared)
    # kept in each synapse, decayed in every step or only when an event comes: rounding differs
    for kept in ({"r": "clock-driven", "o": "clock-driven", "c": "clock-driven"},
                 {"r": "event-driven"}):
        np.testing.assert_allclose(weights(backend, kept), proved, rtol=1e-13, atol=1e-13)
    lazy = weights(backend, {}, initial={"r": np.zeros(9), "o": np.zeros(9)})
    np.testing.assert_allclose(lazy, proved, rtol=1e-13, atol=1e-13)


def test_the_plan_keeps_one_trace_a_neuron_and_says_what_runs_when():
    model = eg.SynapseModel("s", EQUATIONS, ON_PRE + "\nv_post += w", ON_POST, defaults=GIVEN)
    net = network([sources("a", *[()] * 7), eg.Population("b", 5, SUM)],
                  [join("ab", "a", "b", model, delay=2)])
    (q,) = lower(net).projections
    assert {n: len(v) for n, v in q.state.items()} == {"w": 35, "r": 7, "c": 7, "o": 5}
    assert [(e.target, e.side) for e in q.on_pre] == [
        ("r", "neuron"), ("c", "neuron"), ("w", "synapse")]
    assert [(e.target, e.side) for e in q.on_post] == [("o", "neuron"), ("w", "synapse")]
    assert sorted(q.decay) == ["post", "pre"]
    assert [(s.variable, s.buffered) for s in q.sends] == [("v", True)]
    assert q.dense
    assert (q.axonal_steps, q.dendritic_steps, q.longest, q.learns) == (0, 2, 2, True)
