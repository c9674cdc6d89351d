"""Cliques, Willshaw, winners, lateral learning, consolidation: naive and compiled agree."""

from __future__ import annotations

import numpy as np
import pytest

from engram.kernels import (
    bits,
    clique,
    clique_numba,
    consolidation,
    consolidation_numba,
    lateral,
    lateral_numba,
    willshaw,
    willshaw_numba,
    winners,
    winners_numba,
)


@pytest.mark.parametrize("columns", [1, 63, 64, 65, 200])
def test_packing_and_back(columns: int) -> None:
    flags = np.random.default_rng(columns).random((3, 2, columns)) < 0.5
    words = bits.pack(flags)
    assert words.shape == (3, 2, bits.words_for(columns))
    np.testing.assert_array_equal(bits.unpack(words, columns), flags)
    assert int(words[0, 0, 0]) & 1 == flags[0, 0, 0]


@pytest.mark.parametrize(("clusters", "units", "messages"), [(4, 10, 40), (5, 70, 900)])
@pytest.mark.parametrize("by_cluster", [True, False])
def test_cliques_in_words_answer_as_booleans_do(clusters: int, units: int, messages: int,
                                                by_cluster: bool) -> None:
    stored = np.random.default_rng(1).integers(0, units, (messages, clusters))
    weights = np.zeros((clusters * units,) * 2, bool)
    clique.learn(weights, stored, units)
    rows = clique_numba.empty(clusters, units)
    clique_numba.learn(rows, stored, units)
    np.testing.assert_array_equal(rows, clique_numba.packed(weights, units))
    cues = stored[:40].copy()
    cues[:, :clusters // 2] = -1
    cues[:3] = -1  # nothing to go by
    for iterations, memory in ((1, 1), (4, 1), (4, 0), (3, 2)):
        naive = clique.retrieve(weights, cues, units, iterations, memory, by_cluster)
        fast = clique_numba.retrieve(rows, cues, units, iterations, memory, by_cluster)
        np.testing.assert_array_equal(fast, naive)
    assert not naive[:3].any()
    right = (clique.answers(naive) == stored[:40]).all(axis=1)
    assert 0 < right.sum() < 40, "some must succeed and some fail for this to mean anything"


@pytest.mark.parametrize("by_cluster", [True, False])
@pytest.mark.parametrize("keep", [1, 3, 6, 500])
def test_sparse_cliques_in_words_answer_as_booleans_do(keep: int, by_cluster: bool) -> None:
    rng = np.random.default_rng(6)
    stored = rng.integers(0, 20, (120, 9))
    stored[rng.random(stored.shape) < 0.4] = -1
    weights = np.zeros((180, 180), bool)
    clique.learn(weights, stored, 20)
    rows = clique_numba.empty(9, 20)
    clique_numba.learn(rows, stored, 20)
    np.testing.assert_array_equal(rows, clique_numba.packed(weights, 20))
    cues = np.where(rng.random((40, 9)) < 0.5, stored[:40], -1)
    cues[0] = -1
    for iterations, memory in ((1, 1), (3, 0), (3, 2)):
        naive = clique.retrieve(weights, cues, 20, iterations, memory, by_cluster, keep)
        fast = clique_numba.retrieve(rows, cues, 20, iterations, memory, by_cluster, keep)
        np.testing.assert_array_equal(fast, naive)
    assert naive.sum() >= 39 * min(keep, 2)
    assert not naive[0].any()


def test_two_messages_by_hand() -> None:
    stored = np.array([[0, 0, 0], [0, 1, 1]])
    weights = np.zeros((6, 6), bool)
    clique.learn(weights, stored, 2)
    assert weights.sum() == 3 * 2 * 2  # three edges each, none shared, both directions
    assert not weights[0, 1]  # of one cluster
    active = clique.retrieve(weights, np.array([[0, -1, -1], [-1, 1, -1]]), 2)
    np.testing.assert_array_equal(clique.answers(active), [[0, -2, -2], [0, 1, 1]])
    assert clique.answers(np.zeros((1, 3, 2), bool)).tolist() == [[-1, -1, -1]]


def test_willshaw_in_words_counts_as_booleans_do() -> None:
    rng = np.random.default_rng(2)
    inputs, outputs = rng.random((20, 100)) < 0.1, rng.random((20, 70)) < 0.1
    weights = np.zeros((100, 70), bool)
    willshaw.learn(weights, inputs, outputs)
    assert weights[3, 5] == (inputs[:, 3] & outputs[:, 5]).any()
    rows = np.zeros((70, bits.words_for(100)), np.uint64)
    willshaw_numba.learn(rows, inputs, outputs)
    np.testing.assert_array_equal(bits.unpack(rows, 100).T, weights)
    naive = willshaw.sums(weights, inputs)
    np.testing.assert_array_equal(willshaw_numba.sums(rows, inputs), naive)
    assert (naive[outputs] == np.repeat(inputs.sum(1), outputs.sum(1))).all()


@pytest.mark.parametrize("k", [0, 1, 3, 12])
def test_winners(k: int) -> None:
    values = np.random.default_rng(3).integers(0, 5, (6, 12)).astype(float)
    np.testing.assert_array_equal(winners_numba.winners(values, k), winners.winners(values, k))


def test_ties_at_the_last_place_all_win() -> None:
    assert winners.winners([[3.0, 2.0, 2.0, 1.0]], 2).tolist() == [[True, True, True, False]]


@pytest.mark.parametrize("levels", [0, 40])
def test_lateral_learning(levels: int) -> None:
    rng = np.random.default_rng(4)
    h, x = rng.normal(size=(3, 7)), rng.normal(size=(4, 7))
    naive, fast, m_naive, m_fast = h.copy(), h.copy(), np.zeros_like(h), np.zeros_like(h)
    for _ in range(3):
        lateral.step(naive, m_naive, x, 0.1, 1, levels)
    lateral_numba.step(fast, m_fast, x, 0.1, 1, levels, times=3)
    np.testing.assert_array_equal(fast, naive)  # sums in one order, so no tolerance
    np.testing.assert_array_equal(fast[0], h[0])
    np.testing.assert_array_equal(m_fast[0], 0.0)
    assert (fast[1:] != h[1:]).all()


def test_lateral_learning_of_one_batch_by_hand() -> None:
    h, m = np.array([[1.0, 0.0]]), np.zeros((1, 2))
    lateral.step(h, m, np.array([[2.0, 1.0]]), 0.5)
    # y = 2; x - H^T y = (0, 1); dH = (0, 2); m = 0.1 dH; H grows by 0.5 m
    np.testing.assert_allclose(h, [[1.0, 0.1]], rtol=1e-15)
    h, m = np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])
    lateral.step(h, m, np.array([[2.0, 1.0]]), 0.5)
    np.testing.assert_allclose(h, [[0.45, 0.0]], rtol=1e-15)  # momentum alone: 0.5 * 0.9
    assert lateral.quantised(0.74, 40) == 0.5
    assert lateral.quantised(99.0, 40) == 20.0


def test_consolidation() -> None:
    naive, fast = np.full((20, 20), 0.5), np.full((20, 20), 0.5)
    active = np.random.default_rng(5).random((30, 20)) < 0.2
    consolidation.present(naive, active, 0.3, 0.4)
    consolidation_numba.present(fast, active, 0.3, 0.4)
    np.testing.assert_array_equal(fast, naive)
    assert naive.min() == 0.0
    assert naive.max() > 0.9


def test_one_presentation_moves_the_rows_of_active_units_alone() -> None:
    weights = np.full((3, 3), 0.5)
    consolidation.present(weights, np.array([[True, True, False]]), 0.2, 0.25)
    np.testing.assert_allclose(weights, [[0.65, 0.65, 0.45]] * 2 + [[0.5] * 3], rtol=1e-15)
    consolidation.present(weights, np.array([[True, False, False]]), 4.0, 0.25)
    np.testing.assert_array_equal(weights[0], [1.0, 0.0, 0.0])
