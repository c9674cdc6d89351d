"""Memories made of memories: hops, windows, mixtures, replay, three stores."""

import numpy as np
import pytest

from engram.models.ann.delta import DeltaMemory
from engram.models.ann.features import MappedMemory, projection
from engram.models.ann.hops import Hops
from engram.models.ann.keyvalue import KeyValueMemory
from engram.models.ann.linear import LinearMemory
from engram.models.ann.replay import ReplayBuffer
from engram.models.ann.routed import Routed
from engram.models.ann.three_store import ThreeStoreMemory
from engram.models.ann.window import WindowPlusCompressed
from engram.models.memory import MemorySpec, random_patterns
from engram.simulator.errors import DescriptionError


def unit(seed, count, dim):
    return random_patterns(np.random.default_rng(seed), count, dim, "unit")


def cosine(a, b):
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def graded(memory, cues, **more):
    return memory.read(cues, **more).info["graded"]


def chained(make, hops, length=3, dim=64, draws=12):
    """Accuracy of a choice of two by distance in 16 chains, each link stored in both directions."""
    right = {distance: [] for distance in range(1, length)}
    for draw in range(draws):
        x = unit(draw, 16 * length, dim).reshape(16, length, dim)
        links = [(x[:, i], x[:, i + 1]) for i in range(length - 1)]
        links += [(b, a) for a, b in links]
        memory = Hops(make(dim), hops)
        memory.write(*(np.concatenate(part) for part in zip(*links, strict=True)))
        for distance, found in right.items():
            for i in range(length - distance):
                answer, lure = x[:, i + distance], np.roll(x[:, i + distance], 1, axis=0)
                y = graded(memory, x[:, i])
                found.append(((y * answer).sum(1) > (y * lure).sum(1)).mean())
    return [float(np.mean(found)) for found in right.values()]


def softmax_of(dim):
    return KeyValueMemory(dim, dim, beta=32)


@pytest.mark.parametrize(("hops", "direct", "inferred"), [(1, 1.0, 0.45), (2, 1.0, 0.991),
                                                          (3, 1.0, 0.928)])
def test_two_hops_infer_what_one_cannot(hops, direct, inferred):
    """AB and AC of A-B-C; one hop is at chance (its 0.45 is of other draws)."""
    near, far = chained(softmax_of, hops)
    assert near == pytest.approx(direct, abs=0.01)
    assert far == pytest.approx(inferred, abs=0.10 if hops == 1 else 0.04)


def test_the_far_end_of_four_takes_three_hops():
    """AD was 0.52, 0.53, 0.83 and 0.86 for one to four hops, AC and BD near 1 for two."""
    ends = [chained(softmax_of, hops, length=4)[2] for hops in (1, 2, 3, 4)]
    assert max(ends[:2]) < 0.65
    assert min(ends[2:]) > 0.75
    assert chained(softmax_of, 2, length=4)[1] > 0.95


def test_a_linear_memory_hops_too():
    assert chained(lambda dim: LinearMemory(dim, dim), 2)[1] == pytest.approx(0.887, abs=0.06)


def test_the_last_hop_alone_walks_along_a_chain():
    x = unit(30, 5, 32)
    memory = Hops(KeyValueMemory(32, 32), 3, "last")
    memory.write(x[:4], x[1:])
    np.testing.assert_allclose(graded(memory, x[:1]), x[3:4], atol=1e-4)
    np.testing.assert_allclose(graded(memory, x[:1], steps=2), x[2:3], atol=1e-4)
    read = memory.read(x[:1])
    one = memory.inner.read(x[:1]).ops
    assert read.ops.dense == 3 * one.dense
    assert len(read.info["hops"]) == 3


def test_hops_of_signs_ask_with_signs():
    x = random_patterns(np.random.default_rng(31), 4, 32, "bipolar")
    memory = Hops(LinearMemory(32, 32, "bipolar"), 2, "last")
    memory.write(x[:3], x[1:])
    assert (memory.read(x[:1]).values == x[2]).mean() > 0.8


def test_window_recalls_its_pairs_and_the_rest_follows_the_delta_curve():
    keys, values = unit(32, 200, 64), unit(33, 200, 64)
    memory, alone = WindowPlusCompressed(DeltaMemory(64, 64), window=24), DeltaMemory(64, 64)
    memory.write(keys, values)
    alone.write(keys[:-24], values[:-24])
    found = memory.read(keys)
    assert cosine(found.info["graded"][-24:], values[-24:]).min() > 0.99
    assert found.info["in_window"][-24:].min() > 0.99
    outside = np.flatnonzero(found.info["in_window"][:-24] < 1e-3)
    assert len(outside) > 165, "few of 176 have a cosine of nearly 0.5 with a key of the window"
    np.testing.assert_allclose(found.info["graded"][outside], graded(alone, keys[outside]),
                               atol=1e-3)
    assert memory.state_bits() == 32 * (24 * 128 + 64 * 64)


def test_a_window_gives_up_its_pairs_before_it_decays():
    keys, values = unit(34, 6, 32), unit(35, 6, 32)
    memory, alone = WindowPlusCompressed(DeltaMemory(32, 32), window=4), DeltaMemory(32, 32)
    for each in (memory, alone):
        each.write(keys, values)
        each.forget(rate=0.5)
    np.testing.assert_allclose(graded(memory, keys), graded(alone, keys), atol=1e-6)


def quarters(dim):
    """Four memories of a quarter of the dimensions each: the bits of one."""
    def one(seed):
        narrow = projection(dim, dim // 4, seed)
        return MappedMemory(LinearMemory(dim // 4, dim, "real"), narrow, MemorySpec(dim, dim,
                                                                                    "unit"))
    return Routed([one(seed) for seed in range(4)])


def test_a_mixture_of_equal_bits_holds_what_one_memory_holds():
    keys, values = unit(36, 128, 64), unit(37, 128, 64)
    mixture, one = quarters(64), LinearMemory(64, 64)
    assert mixture.state_bits() == one.state_bits()
    mixture.write(keys, values)
    one.write(keys, values)
    shared = mixture.route(keys).sum(0)
    assert shared.min() > 10
    mixed, alone = (cosine(graded(m, keys), values).mean() for m in (mixture, one))
    assert mixed == pytest.approx(alone, abs=0.06), "1/4 of the pairs in 1/4 of the dimensions"


def test_a_mixture_of_equal_size_holds_as_much_more_as_it_has_memories():
    keys, values = unit(38, 256, 64), unit(39, 256, 64)
    mixture, one = Routed([LinearMemory(64, 64) for _ in range(4)]), LinearMemory(64, 64)
    for memory in (mixture, one):
        memory.write(keys, values)
    found = cosine(graded(mixture, keys), values).mean()
    # four times the dimensions would give 1 / sqrt(1 + 255 / 256); routing is by direction, so the
    # keys of a memory are a little alike
    assert found == pytest.approx(1 / np.sqrt(2), abs=0.04)
    assert found > cosine(graded(one, keys), values).mean() + 0.15


def test_a_router_of_two_writes_and_reads_by_its_weights():
    keys, values = unit(40, 5, 16), unit(41, 5, 16)
    memory = Routed([LinearMemory(16, 16) for _ in range(3)], top=2)
    memory.reset(seed=4)
    memory.write(keys, values)
    weights = memory.route(keys)
    assert ((weights > 0).sum(1) == 2).all()
    np.testing.assert_allclose(weights.sum(1), 1.0)
    for which, inner in enumerate(memory.memories):
        np.testing.assert_allclose(inner.store, (values.T * weights[:, which]) @ keys, atol=1e-6)
    wanted = sum(weights[:, m, None] * (keys @ memory.memories[m].store.T) for m in range(3))
    np.testing.assert_allclose(graded(memory, keys), wanted, atol=1e-6)


def test_replay_keeps_old_pairs_alive():
    keys, values = unit(42, 60, 64), unit(43, 60, 64)
    replayed, alone = ReplayBuffer(DeltaMemory(64, 64), 60, 8), DeltaMemory(64, 64)
    replayed.reset(seed=1)
    for memory in (replayed, alone):
        memory.write(keys, values)
    old = [cosine(graded(m, keys[:20]), values[:20]).mean() for m in (replayed, alone)]
    assert old[0] > old[1] + 0.15


def test_a_reservoir_is_a_uniform_sample():
    kept = np.zeros(40)
    for seed in range(200):
        memory = ReplayBuffer(LinearMemory(40, 40), size=10, replays=1)
        memory.reset(seed=seed)
        memory.write(np.eye(40), np.eye(40))
        kept += memory.slots[0].sum(0)
    assert kept.sum() == 2000
    # 50 each, a spread of sqrt(200 / 4 * 3 / 4) = 6.1: 40 places stay within 4 of it
    assert np.abs(kept - 50).max() < 25


def test_three_stores_take_constant_room_and_keep_clusters():
    rng = np.random.default_rng(44)
    centres, answers = unit(45, 6, 64), unit(46, 6, 64)
    which = rng.integers(0, 6, 400)
    keys = centres[which] + 0.03 * rng.standard_normal((400, 64))
    keys /= np.linalg.norm(keys, axis=1, keepdims=True)
    memory = ThreeStoreMemory(64, 64, working=16, keep=4, prototypes=4, long=24)
    empty = memory.state_bits()
    memory.write(keys, answers[which])
    assert memory.state_bits() == empty
    assert memory.sizes.tolist()[2] == 24
    assert cosine(graded(memory, centres), answers).min() > 0.95, "of 400 pairs 41 rows are left"


def test_the_last_pairs_are_in_sensory_and_working_store():
    keys, values = unit(47, 100, 32), unit(48, 100, 32)
    memory = ThreeStoreMemory(32, 32, working=16, keep=4, prototypes=4, long=8)
    memory.write(keys, values)
    np.testing.assert_allclose(memory.keys[0], keys[-1], atol=1e-7)
    assert cosine(graded(memory, keys[-5:]), values[-5:]).min() > 0.99
    assert cosine(graded(memory, keys[1:50]), values[1:50]).mean() < 0.7, "bounded room: some go"


def test_consolidation_keeps_what_is_used():
    keys, values = unit(49, 30, 64), unit(50, 30, 64)
    memory = ThreeStoreMemory(64, 64, working=12, keep=2, prototypes=2, long=6, beta=64)
    order = [0, 1, 2, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8]
    memory.write(keys[order], values[order])
    long = memory.keys[memory._rows(2)]
    nearest = (long @ keys.T).argmax(1)
    assert set(nearest.tolist()) <= {1, 2}, "looked up again and again"


def test_parts_that_do_not_fit_are_named():
    with pytest.raises(DescriptionError, match="one size"):
        Hops(LinearMemory(4, 5))
    with pytest.raises(DescriptionError, match="mode 'all'"):
        Hops(LinearMemory(4, 4), 2, "all")
    with pytest.raises(DescriptionError, match="one shape"):
        Routed([LinearMemory(4, 4), LinearMemory(5, 4)])
    with pytest.raises(DescriptionError, match="margin 1"):
        WindowPlusCompressed(DeltaMemory(4, 4), margin=1.0)
    with pytest.raises(DescriptionError, match="working 4, keep 4"):
        ThreeStoreMemory(4, 4, working=4, keep=4)
