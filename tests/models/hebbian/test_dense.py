"""Dense networks against their naive sums, their closed forms and each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engram.models.hebbian import dense, hopfield, hopfield_theory
from engram.models.hebbian import dense_theory as theory
from engram.models.hebbian import patterns as pt
from engram.simulator.errors import DescriptionError


@pytest.mark.parametrize(("spins", "patterns"), [(60, 9), (30, 4), (41, 5), (20, 2)])
@pytest.mark.parametrize("parallel", [False, True])
def test_pairs_are_hopfields_network(spins: int, patterns: int, parallel: bool) -> None:
    for seed in range(5):  # one field in forty is 0 where K is even or N odd
        x = pt.random_signs(spins, patterns, seed)
        cue = pt.flipped(x[:, 0], 0.3, 2)
        np.testing.assert_array_equal(
            dense.stored(x, 2).relax(cue, sweeps=5, parallel=parallel),
            hopfield.recall(hopfield.hebb(x), cue, sweeps=5, parallel=parallel))


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
    # the full equations approach it from above as T falls; tanh is far narrower than its noise
    assert theory.edge_at(order, 1e-6) == pytest.approx(edge, abs=2e-4)


def test_the_edge_of_pairs_is_hopfields() -> None:
    edge, _ = hopfield_theory.capacity_edge()
    assert theory.edge_at(2, 1e-6, tolerance=1e-6) == pytest.approx(edge, abs=2e-6)
    m = theory.replica_symmetric(2, 1e-6, 0.1).m
    assert m == pytest.approx(hopfield_theory.overlap_at(0.1), abs=1e-6)
    assert theory.edge_at(2, 0.2) == pytest.approx(0.1226, abs=2e-4)  # less when warm


@pytest.mark.parametrize(("order", "quality", "number", "temperature"), [
    (2, 0.3, 21, 0.3), (3, 0.3, 21, 0.2), (4, 0.4, 11, 0.03)])
def test_what_is_taught_at_a_temperature_obeys_the_equations(order: int, quality: float,
                                                             number: int,
                                                             temperature: float) -> None:
    x = pt.random_signs(2000, 1, 1)
    network = dense.supervised(pt.examples(x, number, quality, 2), order, quality)
    state, seen = network.relax(x[:, 0], temperature, 50, 3), []
    for k in range(20):
        state = network.relax(state, temperature, 5, 3, first=50 + 5 * k)
        seen.append(pt.overlap(x[:, 0], state))
    rho = theory.entropy(quality, number)
    exact = theory.replica_symmetric(order, temperature, 0.0, rho)
    # spins share the examples' noise: 1 / sqrt(2000) of it, three times
    assert np.mean(seen) == pytest.approx(exact.m, abs=0.05)
    plain = theory.replica_symmetric(order, temperature, 0.0, rho, plain=True)
    assert (plain.m < exact.m - 0.06) == (order > 2)


@pytest.mark.parametrize("spread", [0.0, 3.0, 9.9, 10.1, 1e4])
@pytest.mark.parametrize("mean", [0.0, 2.0, 300.0])
def test_averages_over_a_wide_normal_number(mean: float, spread: float) -> None:
    u = np.linspace(-40.0, 40.0, 800_001)  # beyond, tanh is its sign
    if spread:
        density = np.exp(-0.5 * ((u - mean) / spread)**2) / spread / math.sqrt(2 * math.pi) * 1e-4
        beyond = 0.5 * (math.erf((mean - 40) / spread / 2**0.5)
                        + math.erf((mean + 40) / spread / 2**0.5))
        wanted = density @ np.tanh(u) + beyond, density @ (1 / np.cosh(u)**2)
    else:
        wanted = math.tanh(mean), 1 / math.cosh(mean)**2
    assert theory._averages(mean, spread) == pytest.approx(wanted, abs=1e-8)


def test_replica_symmetric_equations_hold_at_their_solution() -> None:
    p, temperature, gamma, rho = 3, 0.15, 0.1, 0.2
    m, n, q = theory.replica_symmetric(p, temperature, gamma, rho, plain=True)
    prime = 2 / (temperature * 6)
    z = np.random.default_rng(1).normal(size=2_000_000)
    g = prime * 1.5 * n**2 + z * math.sqrt(rho * (prime * 1.5 * n**2)**2
                                           + gamma * prime**2 * 1.5 * q**2)
    got = theory.replica_symmetric(p, temperature * 1.2**0.5, gamma * 1.2, rho)
    assert got == pytest.approx((m, n, q), abs=1e-9)  # what (1 + rho)^(1/2) does
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
    (lambda: theory.replica_symmetric(3, 0.0, 0.1), "temperature 0.0 must be above 0"),
    (lambda: theory.replica_symmetric(1, 0.1, 0.1), "order 1 must be 2 or more"),
    (lambda: theory.replica_symmetric(3, 0.1, -0.1), "load -0.1 must be 0 or more"),
    (lambda: theory.replica_symmetric(3, 0.1, 0.1, -1.0), "entropy -1.0 must be 0 or more"),
    (lambda: theory.edge_at(3, 0.1, tolerance=0.0), "tolerance 0.0 must be above 0"),
    (lambda: theory.overlap_at(float("nan"), 3), "load nan must be 0 or more"),
    (lambda: theory.one_step_supervised(-0.1, 0.0, 3), "load -0.1 must be 0 or more"),
    (lambda: theory.entropy(0.5, 0), "0 examples of each archetype"),
    (lambda: theory.load(0, 10, 3), "spins 0 must be 1 or more"),
])
def test_wrong_input_is_named(wrong: object, says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        wrong()
