"""What reaches a neuron, which divergence leads, and what a watched neuron was like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from broken_backends import SUM, chain

import engram as eg
from engram import ms
from engram.experiments.divergence import Input, arrivals, divergences, incoming
from engram.experiments.divergence_rerun import watch, watching
from engram.experiments.equivalence import equivalence
from engram.simulator.results import Spikes


def fan(delay, fraction=1.0):
    """Neurons 0 and 2 of `a` reach neuron 1 of `b`; neuron 1 of `a` reaches neuron 0."""
    connector = eg.FromArrays(np.array([0, 1, 2]), np.array([1, 0, 1]))
    learn = eg.SynapseModel("learn", "w : 1", "w = w + 1\nv_post += w", "w = w + 2")  # so that the
    # share of the delay before the synapse matters
    return eg.lower(eg.Network(
        [eg.Population("a", 3, SUM), eg.Population("b", 2, SUM)],
        [eg.Projection("q", "a", "b", connector, learn, {"w": 1}, delay=delay,
                       dendritic_delay_fraction=fraction)], dt=1 * ms))


@pytest.mark.parametrize(("delay", "fraction", "wanted"), [
    (3 * ms, 1.0, [3, 3]), (4 * ms, 0.25, [4, 4]), ([2, 5, 7] * ms, 1.0, [2, 7])])
def test_the_synapses_of_a_neuron_and_their_whole_delays(delay, fraction, wanted):
    q = fan(delay, fraction).projections[0]
    assert q.axonal_steps == (3 if fraction < 1 else 0)
    pre, steps = incoming(q, 1)
    assert (pre.tolist(), steps.tolist()) == ([0, 2], wanted)


def test_spikes_that_reach_a_neuron_are_listed_with_their_arrival():
    plan = fan([2, 5, 7] * ms)
    sent = {0: Spikes(np.array([1, 1, 4]), np.array([1, 2, 0]), 1e-3, 3)}
    assert list(arrivals(plan, sent, 1, 1)) == [Input("q", "a", 0, 4, 6), Input("q", "a", 2, 1, 8)]
    assert list(arrivals(plan, sent, 1, 0)) == [Input("q", "a", 1, 1, 6)]
    assert list(arrivals(plan, sent, 0, 0)) == []


def without(run, *spikes):
    """The run without some spikes: (population, step, neuron)."""
    held = dict(run.spikes)
    for name, step, i in spikes:
        s = held[name]
        keep = (s.step != step) | (s.i != i)
        assert not keep.all(), "it must have been there"
        held[name] = replace(s, step=s.step[keep], i=s.i[keep])
    return replace(run, spikes=held)


def parted(*spikes, network=None):
    network = network or chain()
    run = eg.simulate(network, 50 * ms, "reference")
    other = without(run, *spikes)
    return divergences(equivalence(run, other), eg.lower(network), run, other)


def test_the_earliest_leads_and_later_ones_name_what_reached_them():
    """`out` hears `hidden` 0 three steps later: it may be blamed from step 9 on, not before."""
    first, then = parted(("out", 21, 0), ("hidden", 18, 0))
    assert (first.population, first.step, first.upstream) == ("hidden", 18, None)
    assert then.upstream == Input("hidden_out", "hidden", 0, 18, 21)
    first, then = parted(("out", 21, 0), ("hidden", 24, 0))
    assert (first.population, first.upstream) == ("out", None)
    assert (then.population, then.step, then.neuron) == ("hidden", 24, 0)
    _, then = parted(("out", 21, 0), ("hidden", 18, 1))
    assert then.upstream is None, "hidden 1 reaches nobody"


def test_of_one_step_the_population_that_drives_the_other_leads():
    network = chain()
    turned = replace(network, populations=network.populations[::-1])  # `out` first, by declaration
    assert [d.population for d in parted(("hidden", 6, 0), ("input", 6, 0), network=turned)] == [
        "input", "hidden"]
    assert [d.population for d in parted(("hidden", 6, 0), ("input", 6, 0))] == ["input", "hidden"]


@pytest.mark.parametrize("backend", ["reference", "numba"])
def test_a_watched_neuron_is_seen_before_and_after_its_reset_and_fires_as_ever(backend):
    network = chain()
    run = eg.simulate(network, 20 * ms, backend)
    watched = eg.simulate(watching(network, "hidden", 1, ["v"]), 20 * ms, backend)
    for name in ("input", "hidden", "out"):
        assert np.array_equal(run.spikes[name].step, watched.spikes[name].step)

    def runner(network, duration):
        return eg.simulate(network, duration, backend)
    seen = watch(network, eg.lower(network), "hidden", 1, 6, 20, (runner, runner))
    assert seen.first.spikes.tolist() == seen.first.resets.tolist() == [6, 12, 18]
    # 0.3 added up in float64, exactly as the neuron adds it
    assert seen.first.before["v"][3:9].tolist() == [0.3, 0.6, 0.6 + 0.3, 0.6 + 0.3 + 0.3, 0, 0]
    assert seen.first.after["v"][6] == 0
    assert seen.distance(seen.first) == 0.6 + 0.3 + 0.3 - 1
    assert seen.met(seen.first) is True
    assert seen.reads == ["v"]
