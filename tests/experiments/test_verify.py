"""`engram.verify` catches planted errors in the step and the neuron where they act, and why."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from broken_backends import ADD, SUM, chain, plant, population, projection

import engram as eg
from engram import Hz, ms
from engram.experiments import verify as verify_module
from engram.experiments.divergence_cause import CAUSES
from engram.simulator.errors import DescriptionError, UnsupportedError

PAIR = ("reference", "broken")
TIMES = "(i == 0 and t > 0.0115 and t < 0.0125)"  # neuron 0 in step 12


def found(monkeypatch, change, network=None, steps=50):
    plant(monkeypatch, change)
    result = eg.verify(network or chain(), PAIR, steps * ms)
    assert sum(len(s) for s in result.first.spikes.values()) > 60, "it must spike to mean anything"
    return result


def hidden(plan, **fields):
    return population(plan, "hidden", **fields)


def scaled(q):
    return {**q.constants, "w": q.constants["w"] * 0.8}


CASES = {
    # 0.2 is left by the reset of step 6, and 1.1 is reached in step 11 instead of 1.2 in 12
    "a wrong reset": (lambda plan: hidden(plan, reset=lambda p: tuple(
        s._replace(expr="0.2") if s.target == "v" else s for s in p.reset)),
        0.3, (11, 0), "second", "reset", "step 6 differs: after it v is 0 on reference and 0.2"),
    # the input of step 8 is not lost
    "a refractory period of one step": (lambda plan: hidden(plan, refractory=1),
        0.3, (11, 0), "second", "refractory", "spike of step 6 differs: in step 8"),
    "a refractory period of three steps": (lambda plan: hidden(plan, refractory=3),
        0.3, (12, 0), "first", "refractory", "spike of step 6 differs: in step 9"),
    # 0.24 four times is 0.96
    "a wrong weight": (lambda plan: projection(plan, "in_hidden", constants=scaled),
        0.3, (6, 0), "first", "amount",
        "what arrives in step 3 differs in amount, or comes late: spike of input neuron 0, step 1"),
    # 0.25 four times is the threshold; 4e-15 more is beyond it
    "rounding": (lambda plan: projection(plan, "in_hidden", constants=lambda q: {
        **q.constants, "w": q.constants["w"] + 1e-15}),
        0.25, (6, 0), "second", "rounding", "one is beyond it and one is not"),
    "at least instead of above": (lambda plan: hidden(plan, threshold=lambda p:
        p.threshold.replace(">", ">=")),
        0.25, (6, 0), "second", "comparison", "> in one of the two, >= in the other"),
    "a spike that is dropped": (lambda plan: hidden(plan, threshold=lambda p:
        f"({p.threshold}) and not {TIMES}"),
        0.3, (12, 0), "first", "lost", "the threshold is met on both, but broken fires no spike"),
    "a spike too many": (lambda plan: hidden(plan, threshold=lambda p:
        f"({p.threshold}) or (i == 1 and t > 0.0095 and t < 0.0105)"),
        0.3, (10, 1), "second", "extra", "broken fires although its threshold is not met"),
    "another start": (lambda plan: hidden(plan, state=lambda p: {
        **p.state, "v": np.array([0.0, 0.2])}),
        0.3, (5, 1), "second", "start", "in step 0 v is 0 on reference and 0.2 on broken"),
    # 0.05 a step from step 0 on: 0.20 in step 3 where reference has 0.0 + 0.3
    "a drift": (lambda plan: hidden(plan, integrate=lambda p: (
        *p.integrate, eg.simulator.statements.Statement("v", "v + 0.05 * (t > 0.0015)"))),
        0.3, (5, 0), "second", "delay", "part in step 2, a step before"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_planted_error_is_found_where_it_acts_and_named(monkeypatch, name):
    change, w, at, only_in, cause, says = CASES[name]
    result = found(monkeypatch, change, chain(w))
    pair = result.pairs[0]
    why = pair.explanations[0]
    assert (why.moment.population, (why.moment.step, why.moment.neuron)) == ("hidden", at)
    assert why.moment.only_in == only_in
    assert why.cause == cause, why.says
    assert says in why.says
    assert not result.agrees
    assert pair.found.spikes[1].divergence == at
    assert why.fired_on == PAIR[only_in == "second"]
    json.dumps(result.to_dict(), allow_nan=False)
    text = result.text()
    assert f"first divergence: population hidden, step {at[0]}, neuron {at[1]}" in text
    assert f"likely cause: {cause}: " in text
    assert text.endswith("not all agree")


def test_values_and_distance_are_those_that_the_threshold_saw(monkeypatch):
    """Four times 0.25 is 1; each 1e-15 more is lost to rounding or 2**-52 wide at most."""
    change, w = CASES["rounding"][:2]
    why = found(monkeypatch, change, chain(w)).pairs[0].explanations[0]
    first, second = why.values["v"]
    assert first == 1.0
    assert 0 < second - 1.0 < 1e-14
    assert why.distance == (0.0, second - 1.0)
    assert (why.threshold, why.limit) == ("v > 1", 1.0)
    assert (why.differs, why.departs) == (3, None), "from the first input on, by rounding only"


def test_an_error_downstream_is_led_back_to_the_input(monkeypatch):
    result = found(monkeypatch, CASES["a wrong reset"][0])
    first, then = result.pairs[0].explanations
    assert then.moment.population == "out"
    assert then.cause == "input"
    upstream = then.moment.upstream
    assert (upstream.projection, upstream.source, upstream.neuron, upstream.step,
            upstream.arrives) == ("hidden_out", "hidden", 0, 11, 14)
    assert then.moment.step >= upstream.arrives
    assert str(first.moment) in result.text()


def later(name):
    return lambda plan: projection(plan, name, dendritic_steps=lambda q: q.dendritic_steps + 1)


def test_a_delay_one_step_longer_is_a_shift(monkeypatch):
    result = found(monkeypatch, later("in_hidden"))
    pair = result.pairs[0]
    assert (pair.verdict, pair.found.shift) == ("shift-equal", 1)
    assert [s.shift for s in pair.found.spikes] == [0, 1, 1]
    why = pair.explanations[0]
    assert (str(why.moment), why.cause) == ("population hidden, step 6, neuron 0", "late")
    assert "1 step late throughout on broken" in why.says
    assert "step 3 their trajectories part" in why.says
    assert "spike-equal after a shift of 1 step" in result.text()
    assert not result.agrees
    assert eg.verify(chain(), PAIR, 50 * ms, require="shift-equal").agrees


def test_shifts_that_differ_are_told_population_by_population(monkeypatch):
    pair = found(monkeypatch, later("hidden_out")).pairs[0]
    assert (pair.verdict, pair.found.shift) == ("shift-equal", None)
    assert [s.shift for s in pair.found.spikes] == [0, 0, 1]
    assert "shifts of 1 step in out" in pair.found.says
    assert (pair.explanations[0].moment.step, pair.explanations[0].cause) == (21, "late")


def test_a_source_that_is_early_is_the_cause(monkeypatch):
    def early(plan):
        return population(plan, "input", steps=lambda p: np.where(p.steps == 20, 0, p.steps)[
            np.argsort(np.where(p.steps == 20, 0, p.steps), kind="stable")])
    pair = found(monkeypatch, early).pairs[0]
    why = pair.explanations[0]
    assert (str(why.moment), why.cause) == ("population input, step 0, neuron 0", "schedule")
    assert pair.explanations[1].cause == "input"


def test_random_numbers_of_a_source_are_the_cause(monkeypatch):
    network = eg.Network([eg.Population("noise", 20, eg.Poisson(100 * Hz)),
                          eg.Population("cells", 3, SUM)],
                         [eg.Projection("q", "noise", "cells", eg.AllToAll(), ADD, {"w": 0.3})],
                         dt=1 * ms)
    why = found(monkeypatch, lambda plan: replace(plan, seed=plan.seed + 1), network, 200).pairs[
        0].explanations
    assert why[0].cause == "random"
    assert why[0].moment.population == "noise"


def test_random_numbers_of_a_neuron_are_the_cause(monkeypatch):
    model = eg.NeuronModel("noisy", "v : 1", update="v = v + rand()", threshold="v > 3",
                           reset="v = 0", defaults={"v": 0})
    network = eg.Network([eg.Population("cells", 9, model)], dt=1 * ms)
    result = found(monkeypatch, lambda plan: replace(plan, seed=plan.seed + 1), network, 200)
    assert result.pairs[0].explanations[0].cause == "random"


def test_a_value_set_at_a_time_is_the_cause(monkeypatch):
    model = eg.NeuronModel("driven", "v : 1\ndrive : 1", update="v = v + drive", threshold="v > 1",
                           reset="v = 0", defaults={"v": 0, "drive": 0})
    network = eg.Network([eg.Population("cells", 4, model)], [], [
        eg.StepCurrent("cells", "drive", [2, 10] * ms, [0.3, 0.6])], dt=1 * ms)

    def weaker(plan):
        return replace(plan, writes=tuple(replace(w, values=w.values * [1, 0.5])
                                          for w in plan.writes))
    why = found(monkeypatch, weaker, network).pairs[0].explanations[0]
    assert why.cause == "timed-value"
    assert why.departs == 10
    assert "drive is 0.6 on reference and 0.3 on broken" in why.says


def test_a_learning_rule_is_the_cause(monkeypatch):
    """Each event adds 0.03 instead of 0.02; the weight that arrives first is the one changed."""
    learn = eg.SynapseModel("learn", "w : 1", "w = w + 0.02\nv_post += w", defaults={"w": 0.2})

    def faster(plan):
        return projection(plan, "in_hidden", on_pre=lambda q: tuple(
            replace(e, expr=e.expr.replace("0.02", "0.03")) for e in q.on_pre))
    result = found(monkeypatch, faster, chain(synapse=learn))
    pair = result.pairs[0]
    why = pair.explanations[0]
    assert why.cause == "weights", why.says
    assert "in_hidden" in why.says
    assert pair.found.worst_weight.relative > 0.1
    assert why.departs == 3


def test_a_spike_that_is_not_recorded_is_told_from_one_that_is_not_fired(monkeypatch):
    real = verify_module.simulate

    def forgetful(network, duration, backend, seed):
        run = real(network, duration, "reference", seed=seed)
        if backend == "reference":
            return run
        s = run.spikes["hidden"]
        keep = (s.step != 12) | (s.i != 1)
        return replace(run, spikes={**run.spikes, "hidden": replace(s, step=s.step[keep],
                                                                    i=s.i[keep])})
    monkeypatch.setattr(verify_module, "simulate", forgetful)
    why = eg.verify(chain(), ("reference", "numba"), 50 * ms).pairs[0].explanations[0]
    assert (str(why.moment), why.cause) == ("population hidden, step 12, neuron 1", "record")


def test_a_backend_that_does_not_repeat_itself_is_told(monkeypatch):
    calls = []

    def once(plan):
        calls.append(plan)
        return CASES["a spike that is dropped"][0](plan) if len(calls) == 1 else plan
    why = found(monkeypatch, once).pairs[0].explanations[0]
    assert (why.moment.step, why.cause) == (12, "not-repeated")
    assert "broken" in why.says


def test_what_cannot_be_watched_is_told_without(monkeypatch):
    """A backend that refuses to record single neurons still gets its divergence."""
    plant(monkeypatch, CASES["a wrong reset"][0])
    real = verify_module.simulate

    def refusing(network, duration, backend, seed):
        if any(isinstance(p, eg.StateProbe) and p.neurons is not None for p in network.probes):
            raise UnsupportedError(backend, ["it records no single neurons"])
        return real(network, duration, backend, seed=seed)
    monkeypatch.setattr(verify_module, "simulate", refusing)
    why = eg.verify(chain(), PAIR, 50 * ms).pairs[0].explanations[0]
    assert (why.moment.step, why.cause) == (11, "unknown")
    assert "it records no single neurons" in why.says


# -- what agrees, and what is asked wrongly -------------------------------------------------------
TWICE = {"one": {"backend": "reference"}, "two": {"backend": "reference"}}


def test_equal_backends_are_bit_equal_and_options_may_be_given():
    result = eg.verify(chain(), TWICE, 50 * ms, require="bit-equal")
    assert result.agrees
    assert (result.label, result.verdict, result.pairs[0].label) == ("one", "bit-equal", "two")
    assert result.pairs[0].explanations == ()
    assert result.text().endswith("all agree")
    assert result.to_dict()["agree"] is True


def test_spikes_are_compared_that_nobody_asked_to_record(monkeypatch):
    network = replace(chain(), probes=[eg.SpikeProbe("out")])
    result = found(monkeypatch, CASES["a wrong reset"][0], network)
    assert result.pairs[0].explanations[0].moment.population == "hidden"


def test_states_at_the_end_are_compared_that_nobody_asked_to_record(monkeypatch):
    """Of a neuron that never fires, spikes tell nothing."""
    quiet = eg.NeuronModel("quiet", "v : 1", update="v = v", threshold="v > 9", defaults={"v": 0})
    network = eg.Network([*chain().populations, eg.Population("quiet", 1, quiet)],
                         chain().projections, probes=[eg.StateProbe("hidden", "v")], dt=1 * ms)
    assert eg.verify(network, TWICE, 50 * ms).verdict == "bit-equal"
    result = found(monkeypatch, lambda plan: population(plan, "quiet", state=lambda p: {
        "v": p.state["v"] + 1e-9}), network)
    pair = result.pairs[0]
    assert (pair.verdict, pair.found.mismatches) == ("spike-equal", 0)
    assert (pair.found.worst_state.part, pair.found.worst_state.difference) == ("quiet", 1e-9)
    assert "but recorded states differ by 1e-09 in quiet.v" in result.text()
    assert [len(result.first.states[n].traces["v"].step) for n in ("hidden", "out")] == [50, 2]


def test_a_network_of_which_only_sources_fire_shows_nothing():
    result = eg.verify(chain(), TWICE, 5 * ms)
    assert len(result.first.spikes["input"])
    assert (result.verdict, result.agrees) == ("nothing-fired", False)


def test_a_refusal_counts_unless_it_is_allowed(monkeypatch, tmp_path):
    real = verify_module.simulate

    def refusing(network, duration, backend, seed):
        if backend == "numba":
            raise UnsupportedError("numba", ["projection 'x': because"])
        return real(network, duration, "reference", seed=seed)
    monkeypatch.setattr(verify_module, "simulate", refusing)
    strict = eg.verify(chain(), ("reference", "numba", "brian2"), 50 * ms)
    assert (strict.verdict, strict.agrees) == ("refused", False)
    assert "projection 'x': because" in strict.text()
    strict.figure(tmp_path / "refused.png", "numba")
    assert (tmp_path / "refused.png").stat().st_size > 0
    lenient = eg.verify(chain(), ("reference", "numba", "brian2"), 50 * ms, allow_refused=True)
    assert (lenient.verdict, lenient.agrees) == ("bit-equal", True)
    alone = eg.verify(chain(), ("reference", "numba"), 50 * ms, allow_refused=True)
    assert not alone.agrees, "nothing was compared"


def test_a_name_of_the_catalogue_brings_its_own_duration():
    result = eg.verify("hippocampal-cam", TWICE)
    assert result.agrees
    assert result.first.steps > 100


@pytest.mark.parametrize(("arguments", "says"), [
    ({"backends": ["reference"]}, "two or more"),
    ({"backends": ["reference", "reference"]}, "each once"),
    ({"backends": ["reference", "nest"]}, "'nest' is not known"),
    ({"backends": TWICE, "require": "equal"}, "'equal' is no verdict; there are bit-equal"),
    ({"backends": TWICE, "duration": None}, "duration=100"),
    ({"backends": TWICE, "duration": 0 * ms}, "below 1 step"),
    ({"backends": TWICE, "network": 3}, "3 is not a Network")])
def test_mistakes_are_refused(arguments, says):
    with pytest.raises(DescriptionError, match=says):
        eg.verify(**{"network": chain(), "duration": 5 * ms, **arguments})


# -- files ----------------------------------------------------------------------------------------
def test_save_writes_the_report_and_the_figure(monkeypatch, tmp_path):
    result = found(monkeypatch, CASES["a wrong reset"][0])
    result.save(tmp_path / "report")
    assert sorted(p.name for p in (tmp_path / "report").iterdir()) == [
        "report.json", "report.png", "report.txt"]
    held = json.loads((tmp_path / "report" / "report.json").read_text())
    assert held["backends"]["broken"]["divergences"][0]["cause"] == "reset"
    assert (tmp_path / "report" / "report.txt").read_text() == result.text() + "\n"
    with pytest.raises(eg.ArchiveError, match="holds files already"):
        result.save(tmp_path / "report")
    result.save(tmp_path / "report", overwrite=True)


def test_every_kind_of_report_can_be_drawn(monkeypatch, tmp_path):
    equal = eg.verify(chain(), TWICE, 50 * ms)
    equal.figure(tmp_path / "equal.png", "two")
    eg.verify(chain(), TWICE, 1 * ms).figure(tmp_path / "short.png")
    found(monkeypatch, lambda plan: population(plan, "input", steps=lambda p: p.steps + 1)).figure(
        tmp_path / "source.png")  # of a source there is no trace
    assert all((tmp_path / f"{n}.png").stat().st_size > 5000 for n in ("equal", "source"))
    with pytest.raises(DescriptionError, match="'three' was not compared; there are two"):
        equal.figure(tmp_path / "x.png", "three")


def test_every_cause_that_is_named_here_is_explained():
    assert {case[4] for case in CASES.values()} <= set(CAUSES)
