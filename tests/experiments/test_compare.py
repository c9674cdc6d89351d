"""Two runs compared: known mismatches, first divergence, verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engram import nA
from engram.experiments.compare import compare, spike_difference
from engram.simulator.errors import DescriptionError
from engram.simulator.results import Results, Spikes, Weights

AMP = nA.dim


def spikes(*pairs, size=5):
    table = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return Spikes(table[:, 0], table[:, 1], 1e-3, size)


def run(cells, w=None, steps=10):
    weights = {} if w is None else {"plastic": Weights(
        np.arange(len(w)), np.arange(len(w)), {"w": np.array(w, float)}, {"w": AMP},
        (len(w), len(w)))}
    return Results({"cells": cells}, {}, weights, 1e-3, steps, {})


def test_equal_runs_are_identical():
    found = compare(run(spikes((1, 0), (2, 4)), [1.0, np.nan]),
                    run(spikes((1, 0), (2, 4)), [1.0, np.nan]))
    assert (found.verdict, found.mismatches, found.spikes[0].divergence) == ("identical", 0, None)


def test_a_missing_and_a_moved_spike_are_counted_and_the_first_is_found():
    a = spikes((1, 0), (3, 2), (5, 1), (7, 4))
    b = spikes((1, 0), (4, 2), (5, 1))  # (3, 2) came a step late, (7, 4) never
    found = spike_difference("cells", a, b)
    assert (found.first, found.second, found.mismatches) == (4, 3, 3)
    assert found.divergence == (3, 2)
    assert compare(run(a), run(b)).verdict == "spikes differ"


def test_spikes_that_occur_twice_count_twice():
    assert spike_difference("cells", spikes((1, 0), (1, 0)), spikes((1, 0))).mismatches == 1


def test_empty_populations_compare():
    nobody = spikes(size=0)
    assert spike_difference("cells", nobody, nobody).mismatches == 0


def test_runs_without_a_spike_show_nothing():
    assert compare(run(spikes()), run(spikes())).verdict == "no spikes"


@pytest.mark.parametrize(("other", "verdict"), [
    ([1.0, 2.0], "identical"), ([1.0, 2.0 + 1e-9], "same spikes"), ([1.0, 2.1], "weights differ"),
    ([1.0, np.nan], "weights differ")])
def test_weights_are_judged_by_the_largest(other, verdict):
    found = compare(run(spikes((1, 0)), [1.0, 2.0]), run(spikes((1, 0)), other))
    assert found.verdict == verdict


def test_one_difference_in_many_projections_is_the_worst():
    a, b = run(spikes((1, 0)), [4.0]), run(spikes((1, 0)), [5.0])
    worst = compare(a, b).worst_weight
    assert (worst.projection, worst.variable, worst.difference, worst.relative) == (
        "plastic", "w", 1.0, 0.2)


@pytest.mark.parametrize(("other", "says"), [
    (run(spikes((1, 0)), [1.0], steps=11), "equal dt and duration"),
    (replace(run(spikes((1, 0)), [1.0]), spikes={"others": spikes()}), "cells, others"),
    (run(spikes((1, 0)), [1.0, 1.0]), "1 and 2 synapses"),
    (run(spikes((1, 0))), "different weights")])
def test_runs_that_cannot_be_compared_say_why(other, says):
    with pytest.raises(DescriptionError, match=says):
        compare(run(spikes((1, 0)), [1.0]), other)
