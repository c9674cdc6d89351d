"""Memories in arrays at their edges: nothing, zeros, twins, what is no number, forgetting twice."""

from __future__ import annotations

import numpy as np
import pytest

from engram.experiments.memories.ann_entries import ENTRIES
from engram.models.ann.keyvalue import KeyValueMemory
from engram.models.ann.larimar import EpisodicMemory
from engram.models.ann.linear import LinearMemory
from engram.models.ann.ridge import RidgeMemory
from engram.models.ann.separation import entmax, sparsemax
from engram.models.memory import Need, random_patterns
from engram.simulator.errors import DescriptionError

SIZE = 7
CASES = [(entry, domain) for entry in ENTRIES for domain in entry.domains]
NAMES = [f"{entry.name} {domain}" for entry, domain in CASES]


def need_of(entry, domain, size=SIZE):
    ones = 2 if domain == "ksparse" else None
    return Need(size, size, domain, 3, auto=not entry.hetero, active=ones, value_active=ones)


def answers(memory, cues):
    """What is read of them, after a look at shapes and numbers."""
    found = memory.read(cues)
    assert found.values.shape == (len(cues), memory.spec.value_dim)
    assert found.score.shape == (len(cues),)
    assert np.isfinite(found.values).all()
    assert np.isfinite(found.score).all()
    assert all(np.isfinite(n) and n >= 0 for n in found.ops.as_dict().values())
    return found


@pytest.mark.parametrize(("entry", "domain"), CASES, ids=NAMES)
def test_nothing_zeros_and_twins_are_answered(entry, domain):
    memory = entry.build(need_of(entry, domain))
    ones = memory.spec.active
    drawn = random_patterns(np.random.default_rng(0), 5, SIZE, domain, ones)
    none, zeros = drawn[:0], np.zeros((2, SIZE))
    memory.reset(seed=1)
    for cues in (drawn, none, zeros):
        answers(memory, cues)
    memory.write(none, none)
    memory.write(drawn[:1], drawn[:1])
    memory.write(np.repeat(drawn[:1], 4, axis=0), np.repeat(drawn[:1], 4, axis=0))
    for cues in (drawn, none, zeros):
        answers(memory, cues)
    if domain in ("real", "ksparse"):  # the others have no pattern of zeros
        memory.write(zeros, zeros)
        answers(memory, drawn)
        answers(memory, zeros)
    memory.write(np.tile(drawn, (6, 1)), np.tile(drawn, (6, 1)))  # more than it was built for
    answers(memory, drawn)


@pytest.mark.parametrize("given", [
    [["a"] * SIZE], [["1"] * SIZE], np.full((1, SIZE), 1j), [[1.0], [1.0, 2.0]], [[None] * SIZE],
    np.full((1, SIZE), np.nan), np.full((1, SIZE), np.inf), np.full((1, SIZE), 1e30),
    np.zeros((1, SIZE), "datetime64[s]"), {"keys": 1}, 1.0, np.zeros((1, 1, SIZE))])
def test_what_is_no_pattern_is_refused_before_anything_changes(given):
    memory, good = LinearMemory(SIZE, SIZE, "real"), np.ones((1, SIZE))
    memory.write(good, good)
    before = memory.store.copy()
    for call in (lambda: memory.write(given, good), lambda: memory.write(good, given),
                 lambda: memory.read(given), lambda: memory.forget(keys=given)):
        with pytest.raises(DescriptionError, match=r"keys|values|queries"):
            call()
    np.testing.assert_array_equal(memory.store, before)


@pytest.mark.parametrize("strength", ["much", 1j, [1.0, 1.0], [None], np.nan, [[1.0]]])
def test_what_is_no_strength_is_refused(strength):
    with pytest.raises(DescriptionError, match="strength"):
        LinearMemory(3, 3, "real").write(np.ones((1, 3)), np.ones((1, 3)), strength=strength)


@pytest.mark.parametrize("steps", [0, -1, 1.5, "two", float("nan")])
def test_what_is_no_number_of_steps_is_refused(steps):
    with pytest.raises(DescriptionError, match="steps"):
        KeyValueMemory(3, 3, "real").read(np.ones((1, 3)), steps=steps)


@pytest.mark.parametrize(("rate", "steps"), [("half", 1), (1j, 1), (np.nan, 1), (1.5, 1),
                                             (0.5, 0.5), (0.5, -1)])
def test_what_is_no_decay_is_refused(rate, steps):
    with pytest.raises(DescriptionError, match="rate"):
        LinearMemory(3, 3, "real").forget(rate=rate, steps=steps)


def test_a_snapshot_of_another_memory_is_refused():
    memory, other = LinearMemory(3, 3), LinearMemory(4, 3)
    memory.write(np.eye(3), np.eye(3))
    before = memory.store.copy()
    with pytest.raises(DescriptionError, match=r"'store' of shape \(3, 4\); this memory"):
        memory.restore(other.snapshot())
    with pytest.raises(DescriptionError, match="no 'store' in a snapshot of covariance, seed"):
        memory.restore({"covariance": before, "seed": 1})
    np.testing.assert_array_equal(memory.store, before)


def shares(memory, keys, values):
    """How much of each value is read."""
    return (memory.read(keys).info["graded"] * values).sum(1) / (values**2).sum(1)


@pytest.mark.parametrize("make", [lambda: RidgeMemory(24, 10, "real", square=24.0),
                                  lambda: EpisodicMemory(24, 10, "real", slots=16)])
def test_a_pair_that_was_forgotten_can_be_written_again(make):
    rng = np.random.default_rng(2)
    keys, values = rng.standard_normal((8, 24)), rng.standard_normal((8, 10))
    memory = make()
    memory.write(keys, values)
    before = memory.read(keys).score
    memory.forget(keys=keys[:3])
    left = shares(memory, keys, values)
    assert np.abs(left[:3]).max() < 0.4  # values of 10 numbers are as alike as that by chance
    np.testing.assert_allclose(left[3:], 1.0, atol=0.02)
    assert memory.read(keys).score[:3].max() < 0.9 < before.min()
    memory.write(keys[:3], values[:3])
    # ridge: 0.001 of the first key's square, over what it shares with none of the others
    np.testing.assert_allclose(shares(memory, keys, values), 1.0, atol=0.02)


def test_what_ridge_forgot_by_decay_can_be_written_again():
    rng = np.random.default_rng(3)
    keys, values = rng.standard_normal((4, 24)), rng.standard_normal((4, 10))
    memory = RidgeMemory(24, 10, "real", square=24.0)
    memory.write(keys, values)
    memory.forget(rate=1.0)
    assert not memory.store.any()
    assert np.abs(memory.read(keys).score).max() < 1e-6
    memory.write(keys, values)
    np.testing.assert_allclose(shares(memory, keys, values), 1.0, atol=0.02)


def test_larimars_only_pair_leaves_nothing():
    memory = EpisodicMemory(24, 24, "real", slots=1)
    key = np.random.default_rng(4).standard_normal((1, 24))
    memory.write(key, key)
    memory.forget(keys=key)
    found = memory.read(key)
    assert np.abs(found.info["graded"]).max() == found.score[0] == 0.0


@pytest.mark.parametrize("far", [1e9, 1e17, 1e20])
def test_weights_of_large_scores_are_those_of_their_differences(far):
    z = np.array([[0.25, -2.0, 0.5], [0.0, 0.0, 0.0]])
    if far > 1e10:  # the next number of float64 is farther away than all of them
        z = np.array([[1.0, 0.0, 0.5], [0.0, 0.0, 0.0]]) * far
    for weigh in (sparsemax, lambda s: entmax(s, 1.5)):
        wanted = weigh(z) if far < 1e10 else np.array([[1.0, 0.0, 0.0], [1 / 3] * 3])
        np.testing.assert_allclose(weigh(z + far), wanted, atol=1e-6)
