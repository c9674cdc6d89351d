"""Stored pairs read by similarity: separations, modern Hopfield, eviction, consolidation."""

import numpy as np
import pytest

from engram.models.ann.camelot import ConsolidatedMemory
from engram.models.ann.keyvalue import KeyValueMemory
from engram.models.ann.larimar import EpisodicMemory, ben_cohen
from engram.models.ann.lattice import LatticeMemory
from engram.models.ann.separation import (
    clipped,
    entmax,
    named,
    nearest,
    softmax,
    softmax_1,
    sparsemax,
)
from engram.models.ann.slots import Slots
from engram.models.memory import random_patterns
from engram.simulator.errors import DescriptionError


def unit(seed, count, dim):
    return random_patterns(np.random.default_rng(seed), count, dim, "unit")


def cosine(a, b):
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


Z = np.random.default_rng(1).standard_normal((40, 25)) * 4


@pytest.mark.parametrize("scale", [1.0, 100.0, -100.0])
def test_softmax_1_is_the_softmax_with_a_zero_beside(scale):
    z = Z * scale
    with_nothing = softmax(np.hstack([np.zeros((len(z), 1)), z]))
    np.testing.assert_allclose(softmax_1(z), with_nothing[:, 1:], atol=1e-15)


def test_clipped_weights_reach_zero_and_one():
    weights = clipped(Z * 5)
    np.testing.assert_allclose(weights, np.clip(softmax_1(Z * 5) * 1.125 - 0.025, 0, 1))
    assert ((weights == 0).any(1) & (weights <= 1).all(1)).all()
    assert (weights == 1).any()


@pytest.mark.parametrize("alpha", [1.25, 1.5, 1.8, 2.0, 3.0])
def test_entmax_is_that_of_the_library(alpha):
    import torch
    from entmax import entmax15, entmax_bisect
    from entmax import sparsemax as theirs
    exact = {1.5: entmax15, 2.0: theirs}.get(
        alpha, lambda z, dim: entmax_bisect(z, alpha, dim=dim, n_iter=60))
    wanted = exact(torch.tensor(Z), dim=1).numpy()
    np.testing.assert_allclose(entmax(Z, alpha), wanted, atol=1e-9)
    np.testing.assert_array_equal(entmax(Z, alpha) > 0, wanted > 0)


def test_sparsemax_is_entmax_of_2_and_softmax_that_of_1():
    np.testing.assert_allclose(sparsemax(Z), entmax(Z, 2.0), atol=1e-12)
    np.testing.assert_array_equal(entmax(Z, 1.0), softmax(Z))
    np.testing.assert_array_equal(nearest(Z).argmax(1), Z.argmax(1))


def test_fewer_weights_are_not_zero_as_alpha_grows():
    support = [(entmax(Z, alpha) > 0).sum(1).mean() for alpha in (1.0, 1.25, 1.5, 2.0)]
    assert support[0] == 25
    assert support == sorted(support, reverse=True)
    assert support[-1] < 3


def test_sparsemax_retrieves_exactly_where_the_margin_exceeds_one_over_beta():
    x = unit(2, 30, 64)
    margin = 1 - (x @ x.T - 2 * np.eye(30)).max()
    for beta, support in ((1.05 / margin, 1), (0.2 / margin, 2)):
        memory = KeyValueMemory(64, 64, beta=beta, separation=named("sparsemax"), auto=True)
        memory.write(x, x)
        found = memory.read(x)
        sizes = (found.info["weights"] > 0).sum(1)
        assert (sizes == 1).all() if support == 1 else sizes.max() >= support
        if support == 1:
            np.testing.assert_allclose(found.info["graded"], x, atol=1e-7)  # float32 rows


@pytest.mark.parametrize("name", ["softmax", "softmax-1", "clipped", "sparsemax", "entmax",
                                  "nearest"])
def test_every_separation_answers_an_empty_store(name):
    memory = KeyValueMemory(8, 8, separation=named(name))
    found = memory.read(unit(3, 2, 8))
    assert not found.values.any()
    assert not found.score.any()


@pytest.mark.parametrize(("beta", "low", "high"), [(1.0, 0.05, 0.1), (4.0, 0.08, 0.13),
                                                   (8.0, 0.999, 1.0), (16.0, 0.999999, 1.01)])
def test_from_a_mean_of_all_to_one_pattern_between_beta_4_and_8(beta, low, high):
    """0.070, 0.104, 0.9996 and 1.000 in another implementation (d = 64, 200 patterns, 3 steps)."""
    x = np.concatenate([unit(seed, 200, 64) for seed in (4, 5)])
    got = []
    for part in (x[:200], x[200:]):
        memory = KeyValueMemory(64, 64, beta=beta, auto=True, steps=3)
        memory.write(part, part)
        got.append(cosine(memory.read(part).info["graded"], part).mean())
    assert low < np.mean(got) <= high


def good(dim, count, seed=6):
    """The share of patterns on a sphere of radius sqrt(d - 1) that one step leaves within 10 %."""
    x = unit(seed, count, dim) * np.sqrt(dim - 1)
    memory = KeyValueMemory(dim, dim, "real", beta=1.0, auto=True)
    memory.write(x, x)
    off = np.linalg.norm(memory.read(x[:400]).info["graded"] - x[:400], axis=1)
    return (off < 0.1 * np.linalg.norm(x[:400], axis=1)).mean()


@pytest.mark.parametrize(("dim", "inside", "outside"), [(8, 5, 14), (10, 15, 50), (12, 140, 400),
                                                        (16, 2200, 5000)])
def test_modern_hopfield_capacity_grows_exponentially(dim, inside, outside):
    """8, 27, 235 and 3264 patterns of which nine in ten are good, in another implementation."""
    few = np.mean([good(dim, inside, seed) for seed in range(7, 10 if dim > 12 else 27)])
    many = np.mean([good(dim, outside, seed) for seed in range(7, 10 if dim > 12 else 27)])
    assert few >= 0.9 > many


def test_iteration_stops_at_rest():
    x = unit(8, 20, 32)
    memory = KeyValueMemory(32, 32, beta=32, auto=True, steps=10)
    memory.write(x, x)
    cue = x + 0.05 * unit(9, 20, 32)
    found = memory.read(cue)
    assert 1 < found.info["iterations"].max() < 10
    one = memory.read(cue, steps=1)
    assert (one.info["iterations"] == 1).all()
    assert cosine(found.info["graded"], x).min() >= cosine(one.info["graded"], x).min()


def test_softmax_1_rejects_what_was_never_stored():
    x, strange = unit(10, 50, 64), unit(11, 50, 64)
    memory = KeyValueMemory(64, 64, separation=named("softmax-1"), margin=0.5)
    memory.write(x, x)
    known, unknown = memory.read(x), memory.read(strange)
    assert known.score.min() > 0.99 > 0.6 > unknown.score.max()
    assert np.linalg.norm(unknown.info["graded"], axis=1).mean() < 0.05
    assert np.linalg.norm(known.info["graded"], axis=1).min() > 0.99


def test_recall_of_1024_keys_by_softmax_and_softmax_1():
    keys, values = unit(12, 1024, 64), unit(13, 1024, 64)
    for name in ("softmax", "softmax-1"):
        memory = KeyValueMemory(64, 64, separation=named(name))
        memory.write(keys, values)
        found = memory.read(keys).info["graded"]
        assert ((found @ values.T).argmax(1) == np.arange(1024)).all()


def test_slots_drop_the_oldest_and_a_key_written_again_is_two_or_one():
    keys, values = np.eye(6), np.eye(6)[::-1]
    memory = KeyValueMemory(6, 6, slots=4)
    assert memory.state_bits() == 32 * 12 * 4, "of all slots, whether they are used or not"
    memory.write(keys, values)
    np.testing.assert_array_equal(memory.read(keys).score, [0, 0, 1, 1, 1, 1])
    both, last = KeyValueMemory(6, 6), KeyValueMemory(6, 6, replace=True)
    for memory in (both, last):
        memory.write(keys[[0, 1, 0]], values[[0, 1, 2]])
    np.testing.assert_allclose(both.read(keys[:1]).info["graded"][0], (values[0] + values[2]) / 2,
                               atol=1e-12)
    np.testing.assert_allclose(last.read(keys[:1]).info["graded"][0], values[2], atol=1e-12)
    both.forget(keys=keys[:1])
    assert both.slots.count == 1


def test_cheapest_codings_of_sparse_pairs():
    memory = KeyValueMemory(256, 128, "ksparse", active=8, value_active=4)
    x = random_patterns(np.random.default_rng(14), 10, 256, "ksparse", 8)
    y = random_patterns(np.random.default_rng(15), 10, 128, "ksparse", 4)
    memory.write(x, y)
    assert memory.state_bits() == 10 * 384 * 32
    assert memory.codings() == {"bits": 10 * 384, "indices": 10 * (8 * 8 + 4 * 7)}


@pytest.mark.parametrize("domain", ["bipolar", "ksparse", "binary"])
@pytest.mark.parametrize("slots", [None, 7])
def test_packed_pairs_answer_alike_and_take_a_bit(domain, slots):
    rng = np.random.default_rng(28)
    x, y = (random_patterns(rng, 10, n, domain, 3) for n in (20, 12))
    plain, packed = (KeyValueMemory(20, 12, domain, slots=slots, packed=small, active=3,
                                    value_active=3) for small in (False, True))
    for memory in (plain, packed):
        memory.write(x, y)
        memory.forget(keys=x[5:6])
    assert packed.state_bits() * 32 == plain.state_bits()
    a, b = plain.read(x), packed.read(x)
    np.testing.assert_array_equal(a.info["graded"], b.info["graded"])
    assert a.ops.bytes_rw == 32 * b.ops.bytes_rw
    again = KeyValueMemory(20, 12, domain, slots=slots, packed=True, active=3, value_active=3)
    again.restore(packed.snapshot())
    np.testing.assert_array_equal(again.read(x).info["graded"], b.info["graded"])


def test_slots_keep_their_order_through_eviction_removal_and_snapshot():
    slots = Slots((1,), 4)
    for n in range(6):
        slots.put([n])
    assert slots[0][slots.order()].ravel().tolist() == [2, 3, 4, 5]
    slots.drop(slots.find([3]))
    assert slots[0][slots.order()].ravel().tolist() == [2, 4, 5]
    other = Slots((1,), 4)
    slots.put([7])
    assert slots.put([8])[0] == [2]
    other.restore(slots.snapshot())
    assert other[0][other.order()].ravel().tolist() == [4, 5, 7, 8]
    assert other.find([2]) is None
    assert other.put([9])[0] == [4]


def test_two_clusters_become_two_modes_that_average_their_members():
    rng = np.random.default_rng(16)
    centres = unit(17, 2, 64)
    which = rng.integers(0, 2, 60)
    keys = centres[which] + rng.standard_normal((60, 64)) * 0.02
    keys /= np.linalg.norm(keys, axis=1, keepdims=True)
    memory = ConsolidatedMemory(64, 64, slots=8)
    memory.write(keys, keys)
    assert sorted(memory.counts[memory.counts > 0]) == sorted(np.bincount(which))
    used = memory.keys[:2] / np.linalg.norm(memory.keys[:2], axis=1, keepdims=True)
    error = np.linalg.norm(used - centres[[which[0], 1 - which[0]]], axis=1)
    expected = 0.02 * np.sqrt(64 / memory.counts[:2])
    np.testing.assert_allclose(error, expected, rtol=0.35)  # 64 numbers of spread 0.02 / sqrt(c)


def test_the_mode_that_was_least_recently_written_makes_room():
    memory = ConsolidatedMemory(5, 5, slots=3)
    eye = np.eye(5)
    memory.write(eye[[0, 1, 2, 0]], eye[[0, 1, 2, 0]])
    memory.write(eye[3:4], eye[3:4])
    assert memory.read(eye).score.round(6).tolist() == [1, 0, 1, 1, 0]
    memory.write(eye[4:], eye[4:])
    assert memory.read(eye).score.round(6).tolist() == [1, 0, 0, 1, 1]


@pytest.mark.parametrize(("shape", "wanted"), [
    ((512, 768), (0.131, 0.004, 5e-7)), ((128, 256), (0.322, 0.012, 3e-7))])
def test_pseudo_inverse_by_iteration(shape, wanted):
    a = np.random.default_rng(18).standard_normal(shape)
    for steps, residual in zip((3, 7, 15), wanted, strict=True):
        got = np.linalg.norm(a @ ben_cohen(a, steps, 5e-4) @ a - a) / np.linalg.norm(a)
        # another draw of the matrix, and figures of one digit
        assert got == pytest.approx(residual, rel=0.25) or (steps == 15 and got < 3e-6)
    safe = ben_cohen(1e3 * a[:40, :90], 40)
    np.testing.assert_allclose(safe, np.linalg.pinv(1e3 * a[:40, :90]), atol=1e-12)


@pytest.mark.parametrize(("count", "off", "tolerance"), [(64, 0.0, 1e-6), (128, 0.0, 1e-4),
                                                         (192, 0.314, 0.02), (512, 0.543, 0.02)])
def test_larimar_is_exact_up_to_its_slots(count, off, tolerance):
    z = np.random.default_rng(19).standard_normal((count, 256))
    memory = EpisodicMemory(256, 256, "real", slots=128, auto=True)
    memory.write(z, z)
    error = np.linalg.norm(memory.read(z).info["graded"] - z) / np.linalg.norm(z)
    assert error == pytest.approx(off, abs=tolerance)


@pytest.mark.parametrize("count", [16, 64, 128])
def test_larimar_reduces_noise_to_the_share_of_its_span(count):
    rng = np.random.default_rng(20)
    z = rng.standard_normal((count, 256))
    memory = EpisodicMemory(256, 256, "real", slots=128, auto=True)
    memory.write(z, z)
    found = memory.read(z + 0.5 * rng.standard_normal(z.shape)).info["graded"]
    assert np.sqrt(((found - z) ** 2).mean()) == pytest.approx(0.5 * np.sqrt(count / 256), rel=0.1)


def test_larimar_written_in_turn_is_the_direct_write():
    rng = np.random.default_rng(21)
    z = rng.standard_normal((20, 48))
    memory = EpisodicMemory(48, 48, "real", slots=32, auto=True)
    memory.reset(seed=5)
    memory.write(z, z)
    w = z @ memory._prior()
    np.testing.assert_allclose(memory.memory, np.linalg.pinv(w) @ z, atol=1e-5)


def test_larimar_forgets_one_pair_and_keeps_the_others():
    keys, values = unit(22, 20, 64), unit(23, 20, 64)
    memory = EpisodicMemory(64, 64, slots=32)
    memory.write(keys, values)
    memory.forget(keys=keys[:1])
    found = memory.read(keys)
    assert cosine(found.info["graded"][:1], values[:1])[0] < 0.5
    assert cosine(found.info["graded"][1:], values[1:]).min() > 0.999
    assert found.score[0] < 0.9 < 0.999 < found.score[1:].min()


def test_a_lattice_slot_that_holds_an_item_stays_where_it_is():
    k, v = unit(24, 1, 16), unit(25, 1, 16)
    memory = LatticeMemory(16, 16, slots=1)
    for _ in range(60):
        memory.write(k, v)
    np.testing.assert_allclose(memory.held[0], np.hstack([k, v])[0] / np.sqrt(2), atol=1e-6)
    before = memory.held.copy()
    memory.write(k, v)
    np.testing.assert_allclose(memory.held, before, atol=1e-7)
    np.testing.assert_allclose(np.linalg.norm(memory.held, axis=1), 1.0, atol=1e-6)


def test_a_lattice_recalls_what_it_was_written():
    keys, values = unit(26, 20, 64), unit(27, 20, 64)
    memory = LatticeMemory(64, 64, slots=200)
    memory.reset(seed=1)
    memory.write(keys, values)
    found = memory.read(keys).info["graded"]
    assert ((found @ values.T).argmax(1) == np.arange(20)).mean() > 0.8


def test_sizes_that_make_no_sense_are_named():
    for wrong in (lambda: KeyValueMemory(4, 4, beta=0.0), lambda: KeyValueMemory(4, 4, slots=0),
                  lambda: ConsolidatedMemory(4, 4, threshold=2.0), lambda: named("hardmax"),
                  lambda: EpisodicMemory(4, 4, noise=0.0), lambda: LatticeMemory(4, 4, slots=0),
                  lambda: KeyValueMemory(4, 4, packed=True), lambda: entmax(Z, 0.5),
                  lambda: ben_cohen(Z, -1)):
        with pytest.raises(DescriptionError):
            wrong()
