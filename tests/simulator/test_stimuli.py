"""Sources: given spikes come back as given, Poisson trains have their law."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import SUM, network, run

import engram as eg
from engram import Hz, ms


@given(st.sets(st.tuples(st.integers(0, 30), st.integers(0, 4)), max_size=40), st.randoms())
def test_given_spikes_come_back_sorted(spikes, random):
    listed = list(spikes)
    random.shuffle(listed)
    model = eg.SpikeTimes([i for _, i in listed], np.array([k for k, _ in listed], float) * ms)
    got = run(network([eg.Population("a", 5, model)]), 25, "reference").spikes["a"]
    assert list(zip(got.step, got.i, strict=True)) == sorted(s for s in spikes if s[0] < 25)
    assert got.counts.sum() == len(got)
    assert [len(t) for t in got.trains()] == got.counts.tolist()


def test_the_three_ways_to_give_spikes_are_equal():
    plain = eg.SpikeTimes([0, 2, 2], [1, 0, 3] * ms)
    assert eg.SpikeTimes.of({0: [1], 2: [0, 3]}, ms) == plain
    assert eg.SpikeTimes.of({0: 1 * ms, 2: [0, 3] * ms}) == plain
    raster = np.zeros((4, 3), bool)
    raster[[1, 0, 3], [0, 2, 2]] = True
    by_row = eg.SpikeTimes.raster(raster, 1 * ms)
    assert sorted(zip(by_row.indices, by_row.times.value, strict=True)) == [
        (0, 0.001), (2, 0.0), (2, 0.003)]
    with pytest.raises(eg.DescriptionError, match="zeros and ones of shape"):
        eg.SpikeTimes.raster([[2, 0]], 1 * ms)
    assert len(eg.SpikeTimes([], [] * ms).indices) == 0


def test_poisson_counts_have_their_law():
    n, steps, p = 400, 500, np.repeat([0.0, 0.01, 0.2, 0.9], 100)
    net = network([eg.Population("a", n, eg.Poisson(p * 1000 * Hz))])
    counts = run(net, steps, "reference", seed=7).spikes["a"].counts.reshape(4, 100)
    assert (counts[0] == 0).all()
    for row, chance in zip(counts[1:], (0.01, 0.2, 0.9), strict=True):
        variance = steps * chance * (1 - chance)
        assert row.mean() == pytest.approx(steps * chance, abs=4 * math.sqrt(variance / 100))
        assert row.var() == pytest.approx(variance, rel=4 * math.sqrt(2 / 100))


def test_poisson_is_active_from_start_up_to_stop():
    p = eg.Population("a", 2000, eg.Poisson(500 * Hz, 3 * ms, 7 * ms))
    got = run(network([p]), 12, "reference").spikes["a"]
    assert sorted(set(got.step.tolist())) == [3, 4, 5, 6]
    per_step = np.bincount(got.step)[3:]
    assert per_step == pytest.approx([1000] * 4, abs=4 * math.sqrt(500))


def test_populations_draw_independent_trains():
    net = network([eg.Population(n, 3000, eg.Poisson(500 * Hz)) for n in "ab"])
    got = run(net, 1, "reference")
    a, b = (got.spikes[n].counts for n in "ab")
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / math.sqrt(3000)


def test_step_currents_may_differ_between_neurons_and_start_late():
    net = network([eg.Population("a", 2, SUM, {"v": [5, 6]})],
                  stimuli=[eg.StepCurrent("a", "v", [2, 4] * ms, [[1, 2], [3, 4]])])
    assert run(net, 6, "reference").states["a"]["v"].tolist() == [
        [5, 6], [5, 6], [1, 2], [1, 2], [3, 4], [3, 4]]
