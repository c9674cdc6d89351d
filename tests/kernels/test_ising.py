"""Spin dynamics: by hand, against Boltzmann, and the compiled twins spin for spin."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from engram.kernels import ising, ising_numba, pbody, pbody_numba

SIZE = 11


def spins(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), shape)


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("beta", [0.0, 0.4, math.inf])
def test_compiled_spins_are_the_naive_ones(beta: float, parallel: bool) -> None:
    rng = np.random.default_rng(1)
    coupling, bias = rng.normal(size=(SIZE, SIZE)), rng.normal(size=SIZE)
    start = spins(2, SIZE)
    states = [start.copy(), start.copy()]
    flips = [module.sweep(coupling, bias, state, beta, 7, 3, 5, 6, parallel)
             for module, state in zip((ising, ising_numba), states, strict=True)]
    assert not np.array_equal(states[0], start)
    np.testing.assert_array_equal(*states)
    assert flips[0] == flips[1]


def test_a_run_in_two_parts_is_the_run_in_one() -> None:
    coupling, bias = np.random.default_rng(3).normal(size=(SIZE, SIZE)), np.zeros(SIZE)
    whole, parts = spins(4, SIZE), spins(4, SIZE)
    ising_numba.sweep(coupling, bias, whole, 0.5, 1, 0, 0, 9)
    ising_numba.sweep(coupling, bias, parts, 0.5, 1, 0, 0, 4)
    ising_numba.sweep(coupling, bias, parts, 0.5, 1, 0, 4, 5)
    np.testing.assert_array_equal(whole, parts)


def test_at_t_0_a_spin_without_a_field_stays() -> None:
    state = np.array([1, -1], np.int8)
    assert ising_numba.sweep(np.zeros((2, 2)), np.zeros(2), state, math.inf, 0, 0) == 0
    np.testing.assert_array_equal(state, [1, -1])


@pytest.mark.parametrize("order", [2, 3, 4])
def test_glauber_dynamics_visits_states_as_boltzmann_says(order: int) -> None:
    n, sweeps, beta = 4, 40_000, 0.7
    patterns = spins(5, n, 3)
    ones, scale = np.ones(3), 0.3
    every = [np.array(s, np.int8) for s in itertools.product([-1, 1], repeat=n)]
    weight = np.array([math.exp(-beta * pbody.energy(patterns.astype(float), ones, s, order, scale))
                       for s in every])
    state, counts = spins(6, n), np.zeros(len(every))
    for k in range(sweeps):
        pbody_numba.sweep_signs(patterns, state, order, scale, beta, 9, 0, k)
        counts[int("".join("01"[(s + 1) // 2] for s in state), 2)] += 1
    # 5 standard errors of the largest probability, were sweeps independent; they nearly are
    np.testing.assert_allclose(counts / sweeps, weight / weight.sum(), atol=5 * 0.5 / sweeps**0.5)
    assert weight.max() / weight.min() > 1.5, "the states must differ to mean anything"


@pytest.mark.parametrize("order", [2, 3, 4, 5])
def test_the_energy_is_the_sum_over_tuples_of_distinct_spins(order: int) -> None:
    patterns, state = np.random.default_rng(order).normal(size=(7, 2)), spins(8, 7)
    weights = np.array([1.0, 0.4])
    brute = -0.5 * sum(weights[mu] * np.prod([patterns[i, mu] * state[i] for i in tuple_])
                       for mu in range(2) for tuple_ in itertools.combinations(range(7), order))
    assert pbody.energy(patterns, weights, state, order, 0.5) == pytest.approx(brute, rel=1e-12)
    for i in range(7):
        other = state.copy()
        other[i] = -other[i]
        rise = pbody.energy(patterns, weights, other, order, 0.5) - brute
        h = pbody.field(patterns, weights, state, order, 0.5, i)
        assert rise == pytest.approx(2 * state[i] * h, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("beta", [0.05, math.inf])
@pytest.mark.parametrize("order", [2, 3, 4, 5])
def test_compiled_p_body_spins_are_the_naive_ones(order: int, beta: float, parallel: bool) -> None:
    signs = spins(10, SIZE, 5)
    start, ones = spins(11, SIZE), np.ones(5)
    rest = (order, 0.3, beta, 1, 2, 0, 4, parallel)
    states = [start.copy() for _ in range(3)]
    flips = [pbody.sweep(signs.astype(float), ones, states[0], *rest),
             pbody_numba.sweep_signs(signs, states[1], *rest),
             pbody_numba.sweep_reals(signs.astype(float), ones, states[2], *rest)]
    assert not np.array_equal(states[0], start)
    np.testing.assert_array_equal(states[0], states[1])
    np.testing.assert_array_equal(states[0], states[2])
    assert len(set(flips)) == 1


@pytest.mark.parametrize("order", [2, 3, 4])
def test_patterns_of_any_numbers_and_weights(order: int) -> None:
    rng = np.random.default_rng(12)
    patterns, weights = rng.normal(size=(SIZE, 4)), rng.uniform(0.2, 1.0, 4)
    states = [spins(13, SIZE), spins(13, SIZE)]
    pbody.sweep(patterns, weights, states[0], order, 0.2, 0.3, 1, 2, 0, 5)
    pbody_numba.sweep_reals(patterns, weights, states[1], order, 0.2, 0.3, 1, 2, 0, 5)
    np.testing.assert_array_equal(*states)


def test_fields_of_signs_by_the_naive_sum() -> None:
    patterns, state = spins(14, SIZE, 6), spins(15, SIZE)
    for order in (2, 3, 4, 6):
        naive = [pbody.field(patterns.astype(float), np.ones(6), state, order, 1.0, i)
                 for i in range(SIZE)]
        np.testing.assert_array_equal(pbody_numba.fields_signs(patterns, state, order, 1.0), naive)


def test_a_field_beyond_63_bits_is_refused() -> None:
    with pytest.raises(OverflowError, match="5000 spins and 10000 patterns at P = 8"):
        pbody_numba.tables(5000, 10_000, 8)
