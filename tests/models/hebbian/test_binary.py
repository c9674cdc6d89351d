"""Willshaw, cliques, their emergence, and lateral subspaces."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engram.models.hebbian import CliqueMemory, LateralSubspace, Lessons, Willshaw, cliques
from engram.models.hebbian import emergence as em
from engram.models.hebbian import willshaw as ws
from engram.models.hebbian.hlop import subspace_overlap
from engram.simulator.errors import DescriptionError


def test_willshaw_counts_are_those_of_theory() -> None:
    pairs, n, k = 1200, 500, 9
    keys, values = ws.sparse(pairs, n, k, 0), ws.sparse(pairs, n, k, 1)
    memory = Willshaw(n, n)
    memory.learn(keys[:700], values[:700])
    memory.learn(keys[700:], values[700:])
    p1 = ws.share_on(n, n, k, k, pairs)
    assert memory.on() == pytest.approx(p1, rel=0.02)
    got = memory.recall(keys)
    assert got[values].all(), "what was stored is always among what is recalled"
    wrong = (got & ~values).sum(axis=1).mean()
    by_use = ws.false_ones_by_use(n, n, k, k, pairs)
    # 4 standard errors of a count of rare events in 1,200 recalls
    assert wrong == pytest.approx(by_use, abs=4 * (by_use / pairs)**0.5)
    assert by_use > 1.3 * ws.false_ones(n, k, k, p1)
    half = keys.copy()
    half[:, : n // 2] = False
    assert memory.recall(half)[values].all()


def test_clique_errors_are_those_of_the_closed_form() -> None:
    messages, clusters, units, lost = 5000, 8, 256, 4
    memory = CliqueMemory(clusters, units)
    stored = cliques.random_messages(messages, clusters, units, 0)
    memory.learn(stored)
    assert memory.density() == pytest.approx(cliques.density(messages, units), abs=5e-4)
    assert cliques.density(messages, units) == pytest.approx(0.0735, abs=5e-5)
    cues = cliques.erased(stored, lost, 1)
    assert ((cues == -1).sum(axis=1) == lost).all()
    assert (memory.recall(cues, iterations=1) != stored).any(axis=1).mean() == pytest.approx(
        cliques.one_iteration_error(messages, clusters, units, lost), abs=0.015)
    for rule in cliques.RULES:
        assert (memory.recall(cues, rule) == stored).all(axis=1).mean() > 0.998


def test_a_code_of_cliques() -> None:
    assert cliques.minimum_distance(8) == 14
    assert cliques.bits_per_message(8, 256) == 64.0
    assert cliques.bits_per_message(8, 32, 64) == pytest.approx(
        math.log2(math.comb(64, 8)) + 40)
    a, b = np.array([[0, 1, 2]]), np.array([[0, 1, 3]])
    one, other = CliqueMemory(3, 4), CliqueMemory(3, 4)
    one.learn(a)
    other.learn(b)
    edges = [np.unpackbits(m.rows.view(np.uint8)) for m in (one, other)]
    assert (edges[0] != edges[1]).sum() / 2 == cliques.minimum_distance(3)  # each in both rows


def test_sparse_messages_are_completed_by_the_highest_scores_of_all() -> None:
    messages, clusters, units, used = 3000, 32, 32, 8
    memory = CliqueMemory(clusters, units)
    stored = cliques.random_messages(messages, clusters, units, 3, used)
    assert ((stored >= 0).sum(axis=1) == used).all()
    memory.learn(stored)
    assert memory.density() == pytest.approx(
        cliques.density(messages, units, used, clusters), rel=0.01)
    cues = cliques.erased(stored[:500], 4, 4)
    assert ((cues >= 0).sum(axis=1) == 4).all()
    assert (np.where(cues >= 0, cues, stored[:500]) == stored[:500]).all()
    found = memory.recall(cues, "sum-of-sum", 3, keep=used)
    assert (found == stored[:500]).all(axis=1).mean() > 0.98


def test_an_ambiguous_cue_is_an_error_and_not_a_guess() -> None:
    memory = CliqueMemory(3, 4)
    memory.learn([[0, 0, 0], [0, 1, 1]])
    assert memory.recall([[0, -1, -1], [-1, 1, -1], [-1, -1, -1]]).tolist() == [
        [0, cliques.AMBIGUOUS, cliques.AMBIGUOUS], [0, 1, 1], [cliques.EMPTY] * 3]


def test_noisy_learning_with_consolidation_grows_the_cliques() -> None:
    stored = cliques.random_messages(60, 6, 24, 1)
    weights = em.grow(stored, 24, seed=1)
    found = em.judge(weights, stored, 24)
    assert found.binary > 0.8
    assert found.agreement > 0.95
    assert found.hits > 0.99
    constant = em.judge(em.grow(stored, 24, Lessons(rates=(0.02, 0.02)), 1), stored, 24)
    assert constant.binary < 0.5
    memory = em.as_memory(weights, 6, 24)
    assert (memory.recall(cliques.erased(stored, 2, 2)) == stored).all(axis=1).mean() > 0.95


def test_a_subspace_is_found_kept_and_left_alone() -> None:
    rng = np.random.default_rng(1)
    basis = np.linalg.qr(rng.normal(size=(30, 6)))[0].T
    lateral = LateralSubspace(30, rate=0.05)
    lateral.add(3, seed=2)
    for _ in range(200):
        lateral.learn(rng.normal(size=(32, 3)) @ basis[:3] + 0.02 * rng.normal(size=(32, 30)))
    assert subspace_overlap(lateral.h, basis[:3]) > 0.999
    lateral.merge()
    kept = lateral.h.copy()
    lateral.add(3, seed=3)
    for _ in range(200):
        lateral.learn(rng.normal(size=(32, 6)) @ basis)
    np.testing.assert_array_equal(lateral.h[:3], kept)
    assert subspace_overlap(lateral.h, basis) > 0.999
    lateral.merge(orthonormal=True)
    inside = rng.normal(size=(5, 6)) @ lateral.h
    assert np.abs(lateral.project(inside)).max() < 1e-12
    across = np.eye(30) - basis.T @ basis
    outside = rng.normal(size=(5, 30)) @ across
    np.testing.assert_allclose(lateral.project(outside), outside, atol=0.05)


@pytest.mark.parametrize(("wrong", "says"), [
    (lambda: Willshaw(0, 3), "Willshaw: 0 inputs"),
    (lambda: Willshaw(2, 2).learn([[1, 0]], [[1, 0], [0, 1]]), "1 keys and 2 values"),
    (lambda: Willshaw(2, 2).recall([[1, 0, 0]]), r"cues have shape \(1, 3\); give \(Q, 2\)"),
    (lambda: Willshaw(2, 2).recall([[2, 0]]), "entries are 0 and 1"),
    (lambda: CliqueMemory(1, 4), "at least 2 clusters"),
    (lambda: CliqueMemory(2, 4).learn([[0, 4]]), "reach from 0 to 4; units are 0 to 3"),
    (lambda: CliqueMemory(2, 4).learn([[0, -2]]), "units are 0 to 3, and -1 is none"),
    (lambda: CliqueMemory(2, 4).recall([[0, 1]], keep=-1), "keep -1"),
    (lambda: CliqueMemory(2, 4).recall([[0.0, 1.0]]), "give integers"),
    (lambda: CliqueMemory(2, 4).recall([[0, 1]], "max"), "sum-of-max, sum-of-sum"),
    (lambda: cliques.erased(np.zeros((1, 2), int), 3, 0), "3 clusters erased of 2"),
    (lambda: Lessons(erasure=2.0), r"erasure 2\.0 must be in 0"),
    (lambda: LateralSubspace(4).add(5), "give 1 to 4"),
    (lambda: LateralSubspace(4).learn(np.zeros((2, 3))), r"give \(any, 4\)"),
    (lambda: LateralSubspace(4).learn([[0.0, 1.0, float("nan"), 0.0]]), r"nan at \(0, 2\)"),
    (lambda: LateralSubspace(4).project(np.zeros((2, 3))), r"shape \(2, 3\); give \(any, 4\)"),
    (lambda: LateralSubspace(10**7).add(10**6), "GiB"),
    (lambda: Willshaw(2, 2).learn([[1], [1, 0]], [[1, 0]] * 2), "rows of different lengths"),
    (lambda: Willshaw(2.5, 2), "Willshaw: 2.5 inputs; it must be a whole number"),
    (lambda: ws.share_on(10, 10, 11, 2, 5), "11 ones in 10"),
    (lambda: ws.sparse(10**9, 10**6, 1, 0), "GiB"),
    (lambda: ws.sparse(3, 8, 2, -1), "seed -1"),
    (lambda: cliques.random_messages(10**13, 4, 5, 0), "GiB"),
    (lambda: cliques.random_messages(3, 4, 0, 0), "0 units; it takes at least 1"),
    (lambda: cliques.random_messages(3, 4, 5, 0, used=5), "5 clusters used of 4"),
    (lambda: cliques.one_iteration_error(10, 4, 5, 5), "5 clusters erased of 4"),
    (lambda: cliques.bits_per_message(4, 5, 2), "4 clusters of 2 to choose from"),
    (lambda: em.grow(np.zeros((2, 3)), 4), "give integers"),
    (lambda: em.grow(np.full((2, 3), 4), 4), "units are 0 to 3"),
    (lambda: em.grow(np.zeros((2, 3), int), 10**7), "GiB"),
    (lambda: em.judge(np.zeros((3, 3)), np.zeros((2, 3), int), 4), r"give \(12, 12\)"),
    (lambda: Lessons(rates=(0.5, float("nan"))), "two rates above 0"),
    (lambda: Lessons(cost=float("nan")), "cost nan must be in 0"),
])
def test_wrong_input_is_named(wrong: object, says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        wrong()


def test_formulas_hold_to_their_ends() -> None:
    assert ws.share_on(9, 4, 9, 4, 1) == 1.0
    assert ws.share_on(9, 4, 2, 1, 0) == 0.0
    assert ws.false_ones_by_use(9, 4, 2, 4, 7) == 0.0
    # a key of all inputs: what is used by any of the other pairs is on
    assert ws.false_ones_by_use(9, 4, 9, 1, 2) == pytest.approx(3 * (1 - (3 / 4)**2))
    assert cliques.density(3, 1) == 1.0
    assert cliques.one_iteration_error(3, 4, 1, 2) == 0.0, "there is no other unit"
    assert cliques.one_iteration_error(3, 4, 5, 4) == 1.0, "nothing is known"
    assert cliques.one_iteration_error(3, 4, 5, 0) == 0.0
