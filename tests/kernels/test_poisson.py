from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.kernels import philox, poisson
from engram.kernels.poisson_numba import next_spike_nb

PROBABILITY = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 5e-324, 1e-300, 1e-17, 1 - 2**-53]))


def both_ways(monkeypatch, *args):
    """Spikes from the reference and from the compiled kernel, each with its own `pending`."""
    out = []
    for limit in (math.inf, -1):
        monkeypatch.setattr(poisson, "COMPILE_ABOVE", limit)
        pending = poisson.next_spike(args[0], args[1], args[3], np.arange(args[2].size), args[2])
        out.append((*poisson.trains(*args, pending), pending))
    return out


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1),
       st.one_of(st.integers(0, 2**48 + 9), st.just(poisson.NEVER)), st.integers(0, 2**32 - 1),
       PROBABILITY)
def test_next_spike_agrees_with_its_twin_and_never_overflows(seed, obj, step, index, p):
    k0, k1 = (np.uint32(k) for k in philox.key(seed))
    got = poisson.next_spike(seed, obj, step, index, p)
    assert got == next_spike_nb(k0, k1, np.uint32(obj), step, index, p)
    assert got == poisson.next_spike(seed, obj, np.array([step]), index, p)[0]
    assert step <= got < 2**63 - 1


def test_compiled_trains_equal_the_reference(monkeypatch):
    p = np.random.default_rng(0).uniform(0, 0.3, 40)
    p[[0, 7]] = 0.0, 1.0
    slow, fast = both_ways(monkeypatch, 5, 9, p, 2**33, 2**33 + 60)
    assert slow[0].size > 200, "the trains must spike to mean anything"
    for a, b in zip(slow, fast, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == b.dtype == np.int64


@pytest.mark.parametrize("limit", [math.inf, -1])
def test_a_train_in_pieces_is_the_train_in_one(monkeypatch, limit):
    monkeypatch.setattr(poisson, "COMPILE_ABOVE", limit)
    p = np.linspace(0, 0.2, 30)
    whole = poisson.trains(1, 2, p, 0, 200)
    pending = poisson.next_spike(1, 2, 0, np.arange(30), p)
    pieces = [poisson.trains(1, 2, p, a, b, pending) for a, b in [(0, 100), (100, 101), (101, 200)]]
    for k in (0, 1):
        np.testing.assert_array_equal(np.concatenate([q[k] for q in pieces]), whole[k])
    assert (pending >= 200).all()


def test_spikes_are_sorted_distinct_and_inside_the_window():
    step, i = poisson.trains(3, 4, np.full(50, 0.1), 10, 90)
    assert step.min() >= 10
    assert step.max() < 90
    assert (np.diff(step * 50 + i) > 0).all()  # by step, then neuron; no neuron twice in a step


@pytest.mark.parametrize("p", [0.002, 0.1, 0.7])
def test_counts_follow_the_binomial_law(p):
    n, steps = 4000, 100
    _, i = poisson.trains(11, 5, np.full(n, p), 0, steps)
    counts = np.bincount(i, minlength=n)
    mean, var = steps * p, steps * p * (1 - p)
    fourth = 2 * var**2 + var * (1 - 6 * p * (1 - p))  # fourth central moment less var^2
    assert abs(counts.mean() - mean) < 4 * math.sqrt(var / n)  # four standard errors
    assert abs(counts.var() - var) < 4 * math.sqrt(fourth / n)


def test_every_step_is_an_equal_and_independent_trial():
    n, steps, p = 20_000, 12, 0.3
    step, i = poisson.trains(2, 5, np.full(n, p), 0, steps)
    raster = np.zeros((n, steps))
    raster[i, step] = 1
    assert (abs(raster.mean(0) - p) < 4 * math.sqrt(p * (1 - p) / n)).all()
    correlation = np.corrcoef(raster.T) - np.eye(steps)
    assert abs(correlation).max() < 4.5 / math.sqrt(n)  # 66 pairs, so a little above four sigma


def test_gaps_are_geometric():
    p = 0.05
    step, _ = poisson.trains(7, 1, np.array([p]), 0, 400_000)
    gaps = np.diff(step)
    n = gaps.size
    for k in (1, 2, 10, 40):
        tail = (1 - p) ** k
        assert abs((gaps > k).mean() - tail) < 4 * math.sqrt(tail * (1 - tail) / n)
    assert abs(gaps.mean() - 1 / p) < 4 * math.sqrt((1 - p) / p**2 / n)


def test_ends_of_the_range():
    step, i = poisson.trains(1, 1, np.array([0.0, 1.0]), 5, 9)
    np.testing.assert_array_equal(step, [5, 6, 7, 8])
    np.testing.assert_array_equal(i, [1, 1, 1, 1])
    assert poisson.next_spike(1, 1, 5, 0, 0.0) == poisson.NEVER
    for nothing in (poisson.trains(1, 1, np.array([0.5]), 5, 5),
                    poisson.trains(1, 1, np.zeros(0), 0, 9)):
        assert [a.size for a in nothing] == [0, 0]
