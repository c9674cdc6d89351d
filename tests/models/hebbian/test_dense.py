"""Dense networks against their naive sums, their closed forms and each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engram.models.hebbian import dense, hopfield
from engram.models.hebbian import dense_theory as theory
from engram.models.hebbian import patterns as pt
from engram.simulator.errors import DescriptionError


def test_pairs_are_hopfields_network() -> None:
    x = pt.random_signs(60, 9, 1)
    cue = pt.flipped(x[:, 0], 0.3, 2)
    j = hopfield.hebb(x)
    np.testing.assert_array_equal(dense.stored(x, 2).relax(cue), hopfield.recall(j, cue))


@pytest.mark.parametrize("order", [3, 4])
def test_more_patterns_are_kept_than_spins(order: int) -> None:
    x = pt.random_signs(60, 150, 3)  # of 3,600 / 8 pairs: load 0.125 at P = 3
    network = dense.stored(x, order)
    ended = np.array([network.relax(pt.flipped(c, 0.1, 4)) for c in x[:, :10].T]).T
    assert pt.overlap(x[:, :10], ended).mean() > 0.98
    assert pt.overlap(x, hopfield.recall(hopfield.hebb(x), x)).mean() < 0.6


def test_one_example_without_noise_is_the_archetype() -> None:
    x = pt.random_signs(30, 8, 5)
    shown = pt.examples(x, 1, 1.0, 6)
    cue = pt.flipped(x[:, 0], 0.2, 7)
    told = dense.stored(x, 3)
    for network in (dense.supervised(shown, 3, 1.0), dense.unsupervised(shown, 3, 1.0)):
        assert network.scale == pytest.approx(told.scale)
        np.testing.assert_array_equal(network.relax(cue, 0.1, 5, 1), told.relax(cue, 0.1, 5, 1))


@pytest.mark.parametrize("taught", [True, False])
def test_archetypes_are_learnt_from_examples_alone(taught: bool) -> None:
    x = pt.random_signs(200, 10, 8)
    shown = pt.examples(x, 60, 0.5, 9)
    network = (dense.supervised if taught else dense.unsupervised)(shown, 3, 0.5)
    ended = network.relax(shown[:, 0, 0])
    assert pt.overlap(x[:, 0], shown[:, 0, 0]) < 0.65
    assert pt.overlap(x[:, 0], ended) > 0.95


def test_the_overlap_after_a_step_is_the_closed_form() -> None:
    spins, k, m, quality = 400, 2000, 20, 0.5
    x = pt.random_signs(spins, k, 10)
    network = dense.supervised(pt.examples(x, m, quality, 11), 3, quality)
    got = np.mean([pt.overlap(c, network.relax(c, 0.0, 1, parallel=True)) for c in x[:, :20].T])
    form = theory.one_step_supervised(theory.load(spins, k, 3), theory.entropy(quality, m), 3)
    assert got == pytest.approx(form, abs=0.015)  # 20 patterns of 400 spins; 1 / N beside


def test_going_on_is_one_longer_run() -> None:
    x = pt.random_signs(50, 30, 12)
    network = dense.stored(x, 3)
    half = network.relax(x[:, 0], 0.2, 4, seed=3)
    np.testing.assert_array_equal(network.relax(half, 0.2, 5, seed=3, first=4),
                                  network.relax(x[:, 0], 0.2, 9, seed=3))


@pytest.mark.parametrize(("order", "gamma", "m"), [(3, 0.37829, 0.8385), (4, 0.39572, 0.9179)])
def test_the_edge_of_the_line_at_t_0(order: int, gamma: float, m: float) -> None:
    edge, overlap = theory.capacity_edge(order)
    assert edge == pytest.approx(gamma, abs=1e-5)
    assert overlap == pytest.approx(m, abs=1e-4)
    below = theory.overlap_at(edge - 1e-4, order)
    assert below == pytest.approx(math.erf(
        below ** (order - 1) * math.sqrt(order / (4 * (edge - 1e-4)))), abs=1e-9)
    assert below > 0.8
    assert theory.overlap_at(edge + 1e-4, order) < 1e-3
    # the full equations approach it from above as T falls
    assert theory.edge_at(order, 0.02 / math.factorial(order)) == pytest.approx(edge, abs=0.006)


def test_replica_symmetric_equations_hold_at_their_solution() -> None:
    p, temperature, gamma, rho = 3, 0.15, 0.1, 0.2
    m, n, q = theory.replica_symmetric(p, temperature, gamma, rho)
    prime = 2 / (temperature * 6)
    z = np.random.default_rng(1).normal(size=2_000_000)
    g = prime * 1.5 * n**2 + z * math.sqrt(rho * (prime * 1.5 * n**2)**2
                                           + gamma * prime**2 * 1.5 * q**2)
    # 5 standard errors of a mean of two million numbers below 1
    assert np.tanh(g).mean() == pytest.approx(m, abs=5 / 2e6**0.5)
    assert (np.tanh(g)**2).mean() == pytest.approx(q, abs=5 / 2e6**0.5)
    assert n == pytest.approx(m / 1.2 + prime * 1.5 * rho * n**2 * (1 - q) / 1.2, abs=1e-9)


def test_too_hot_is_not_retrieved() -> None:
    assert theory.replica_symmetric(3, 0.4, 0.01).m < 1e-6
    assert theory.edge_at(3, 0.4) == 0.0


@pytest.mark.parametrize(("wrong", "says"), [
    (lambda: dense.stored(np.ones((4, 2)), 1), "P = 1 with 4 spins"),
    (lambda: dense.stored(np.ones((4, 2)), 5), "P = 5 with 4 spins"),
    (lambda: dense.stored(np.ones((5000, 2), np.int8), 9), r"above 2\*\*63"),
    (lambda: dense.supervised(np.ones((4, 2)), 3, 0.5), r"give \(spins, archetypes, examples\)"),
    (lambda: dense.unsupervised(np.ones((4, 2, 2)), 3, 2.0), r"quality 2\.0"),
    (lambda: theory.overlap_at(0.1, 2), "lacks the reaction"),
    (lambda: theory.replica_symmetric(3, 0.0, 0.1), "must be above 0"),
])
def test_wrong_input_is_named(wrong: object, says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        wrong()
