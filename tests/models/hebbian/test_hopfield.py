"""Hopfield networks: what each rule keeps, and that wrong input is named."""

from __future__ import annotations

import numpy as np
import pytest

from engram.models.hebbian import CliqueMemory, Willshaw, hopfield, hopfield_theory
from engram.models.hebbian import patterns as pt
from engram.simulator.errors import DescriptionError


def test_hebb_by_hand() -> None:
    j = hopfield.hebb([[1, 1], [1, -1], [-1, 1]])
    np.testing.assert_allclose(j, np.array([[0, 0, 0], [0, 0, -2], [0, -2, 0]]) / 3)


def test_few_patterns_are_completed_from_a_fifth_flipped() -> None:
    x = pt.random_signs(300, 15, 1)  # load 0.05
    ended = hopfield.recall(hopfield.hebb(x), pt.flipped(x, 0.2, 2))
    assert pt.overlap(x, ended).min() > 0.95
    assert pt.overlap(x, pt.flipped(x, 0.2, 2)).max() == pytest.approx(0.6)


def test_too_many_patterns_are_lost() -> None:
    x = pt.random_signs(300, 90, 1)  # load 0.3, twice what holds
    assert pt.overlap(x, hopfield.recall(hopfield.hebb(x), x)).mean() < 0.6


@pytest.mark.parametrize("parallel", [False, True])
def test_the_pseudo_inverse_keeps_every_pattern(parallel: bool) -> None:
    x = pt.random_signs(100, 95, 3)
    j = hopfield.pseudo_inverse(x, self_coupling=True)
    np.testing.assert_array_equal(hopfield.recall(j, x, parallel=parallel), x)
    np.testing.assert_allclose(j @ j, j, atol=1e-10)  # a projection


def test_clipped_couplings_keep_the_newest_and_lose_the_oldest() -> None:
    x = pt.random_signs(200, 200, 4)
    j = hopfield.clipped(x, 0.35)
    assert np.abs(j).max() <= 0.35 / np.sqrt(200) + 1e-15
    m = pt.overlap(x, hopfield.recall(j, x))
    assert m[-4:].mean() > 0.95
    assert m[:100].mean() < 0.4


def test_without_a_bound_clipping_is_hebb() -> None:
    x = pt.random_signs(40, 7, 5)
    np.testing.assert_allclose(hopfield.clipped(x, np.inf), hopfield.hebb(x), atol=1e-15)


def test_hot_spins_forget_and_cold_ones_do_not() -> None:
    x = pt.random_signs(400, 4, 6)
    j = hopfield.hebb(x)
    assert abs(pt.overlap(x[:, 0], hopfield.recall(j, x[:, 0], 3.0, 30))) < 0.3
    assert pt.overlap(x[:, 0], hopfield.recall(j, x[:, 0], 0.3, 30)) > 0.9


def test_a_batch_leaves_its_input_alone_and_does_not_depend_on_order_of_states() -> None:
    x = pt.random_signs(60, 6, 7)
    cue = pt.flipped(x, 0.1, 8)
    kept = cue.copy()
    batch = hopfield.recall(hopfield.hebb(x), cue)
    np.testing.assert_array_equal(cue, kept)
    np.testing.assert_array_equal(hopfield.recall(hopfield.hebb(x), cue[:, 2]), batch[:, 2])


@pytest.mark.parametrize(("wrong", "says"), [
    (lambda: hopfield.hebb(np.ones(5)), r"patterns: shape \(5,\); give \(spins, patterns\)"),
    (lambda: hopfield.hebb([[0, 1], [1, 1]]), r"patterns\[0, 0\] is .*0.*; entries are -1, 1; 2 x"),
    (lambda: hopfield.hebb([[2, 1], [1, 1]]), r"patterns\[0, 0\] is .*2"),
    (lambda: hopfield.pseudo_inverse(np.ones((3, 3))), "3 patterns of 3 spins"),
    (lambda: hopfield.clipped(np.ones((3, 1)), 0.0), r"bound 0\.0 must be above 0"),
    (lambda: hopfield.recall(np.zeros((3, 3)), [1, 1]), r"shape \(2,\); the network has 3 spins"),
    (lambda: hopfield.recall(np.zeros((2, 2)), [1, 1], -1.0), r"temperature -1\.0 must be 0"),
    (lambda: pt.random_signs(5, 5, 0, 1.5), r"dilution 1\.5 must be in 0 \.\.\. 1"),
    (lambda: pt.examples(np.ones((3, 1), np.int8), 0, 0.5, 0), "0 examples of each archetype"),
    (lambda: pt.examples(np.ones(3, np.int8), 2, 0.5, 0), r"archetypes: shape \(3,\)"),
    (lambda: pt.random_signs(0, 5, 0), "0 spins; it takes at least 1"),
    (lambda: pt.random_signs(5, 2.5, 0), "2.5 patterns; it must be a whole number"),
    (lambda: pt.random_signs(5, 5, -1), "seed -1; give a whole number of 0 or more"),
    (lambda: pt.overlap(np.ones((3, 2)), np.ones(4)), r"shape \(3, 2\) with a state of shape"),
    (lambda: hopfield.hebb([[1, 1], [1]]), "patterns: rows of different lengths"),
    (lambda: hopfield.recall(np.zeros((3, 2)), [1, 1, 1]), r"shape \(3, 2\); give \(N, N\)"),
    (lambda: hopfield.recall(np.zeros(3), [1, 1, 1]), r"shape \(3,\); give \(any, any\)"),
    (lambda: hopfield.recall([[0, np.nan], [1, 0]], [1, 1]), r"couplings: nan at \(0, 1\)"),
    (lambda: hopfield.recall(np.zeros((2, 2)), [1, 1], sweeps=-1), "-1 sweeps"),
    (lambda: hopfield.recall(np.zeros((2, 2)), [1, 1], seed=-1), "-1 as a seed"),
    (lambda: hopfield_theory.overlap_at(float("nan")), "load nan"),
    (lambda: pt.examples(np.ones((3, 1), np.int8), 5, 0.0, 0), r"quality 0\.0 must be above 0"),
])
def test_wrong_input_is_named(wrong: object, says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        wrong()


@pytest.mark.parametrize(("wrong", "says"), [
    (lambda: pt.random_signs(10**7, 10**7, 0), r"patterns of .* are free; use fewer"),
    (lambda: pt.examples(np.ones((10, 10), np.int8), 10**12, 0.5, 0), "examples of 10 archetypes"),
    (lambda: hopfield.hebb(np.ones((10**7, 1), np.int8)), "couplings of 10,000,000 spins take"),
    (lambda: Willshaw(10**8, 10**8), "100,000,000 by 100,000,000 synapses take"),
    (lambda: CliqueMemory(1000, 10**6), "connections of 1000 clusters of 1,000,000 units take")])
def test_what_does_not_fit_into_memory_is_named(wrong: object, says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        wrong()


def test_patterns_are_as_asked() -> None:
    x = pt.random_signs(20_000, 1, 1, 0.3)
    # 5 standard errors of a share of 20,000
    assert (x == 0).mean() == pytest.approx(0.3, abs=5 * 0.5 / 20_000**0.5)
    assert (x == 1).mean() == pytest.approx(0.35, abs=5 * 0.5 / 20_000**0.5)
    shown = pt.examples(np.ones((20_000, 1), np.int8), 1, 0.4, 2)
    assert shown.mean() == pytest.approx(0.4, abs=5 / 20_000**0.5)
    assert (pt.flipped(np.ones(50, np.int8), 0.3, 1) == -1).sum() == 15


def test_no_cue_no_answer() -> None:
    assert hopfield.recall(np.zeros((4, 4)), np.ones((4, 0))).shape == (4, 0)
