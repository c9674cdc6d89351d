"""Codecs give back what they coded within what they state, at the cost that they state."""

from __future__ import annotations

import numpy as np
import pytest

from engram.experiments.memories import rules
from engram.experiments.memories.cleanup import CleanupReadout
from engram.experiments.memories.codecs import KWTA, Bipolar, Identity, TwoRails
from engram.experiments.memories.codecs_in_time import TTFS, PopulationGauss, Rate
from engram.experiments.memories.coded import Coded
from engram.experiments.memories.projections import RandomProjection, dentate_gyrus
from engram.models.ann.linear import LinearMemory
from engram.models.ann.willshaw import WillshawMemory
from engram.models.memory import Need, OpCount, check_patterns, random_patterns
from engram.simulator.errors import DescriptionError

RNG = np.random.default_rng(5)
UNIT = RNG.random((20, 6))
SIGNED = RNG.standard_normal((20, 6))

CODECS = [(Identity(6, "real"), SIGNED), (Bipolar(6), SIGNED), (KWTA(6, 2), SIGNED),
          (TwoRails(6), np.sign(SIGNED)), (TwoRails(6, signs=False), (SIGNED > 0) * 1.0),
          (RandomProjection(6, 4), SIGNED), (RandomProjection(6, 9), SIGNED),
          (RandomProjection(6, 9, "bipolar"), SIGNED), (dentate_gyrus(6, 30, 3), SIGNED),
          (Rate(6, 8), UNIT), (TTFS(6, 8), UNIT), (PopulationGauss(6, 12), UNIT)]


@pytest.mark.parametrize(("codec", "x"), CODECS, ids=[type(c).__name__ for c, _ in CODECS])
def test_codes_are_of_the_declared_domain_and_repeat(codec, x) -> None:
    code, ops = codec.encode(x)
    check_patterns(code, codec.width, codec.domain, "code", codec.active)
    assert code.shape == (20, codec.width)
    again, cost = codec.encode(x)
    np.testing.assert_array_equal(code, again)
    assert ops == cost
    assert isinstance(ops, OpCount)
    assert all(count >= 0 for count in ops.as_dict().values())
    back, _ = codec.decode(code)
    assert back.shape == x.shape
    each = np.vstack([codec.encode(row)[0] for row in x])
    np.testing.assert_allclose(each, code, atol=1e-12, err_msg="a row is coded by itself")


@pytest.mark.parametrize("steps", [1, 2, 5, 16])
def test_rates_are_within_half_a_spike(steps: int) -> None:
    codec = Rate(6, steps)
    code, ops = codec.encode(UNIT)
    counts = code.reshape(20, steps, 6).sum(axis=1)
    np.testing.assert_array_equal(counts, np.floor(UNIT * steps + 0.5))
    back, _ = codec.decode(code)
    assert np.abs(back - UNIT).max() <= 0.5 / steps + 1e-12
    assert ops == OpCount(neuron_updates=120.0 * steps, spikes=code.sum(), timesteps=20.0 * steps)


def test_a_rate_is_spread_evenly() -> None:
    code, _ = Rate(1, 12).encode([[0.25]])
    gaps = np.diff(np.flatnonzero(code[0]))
    assert (gaps == 4).all()
    assert code.sum() == 3


@pytest.mark.parametrize("steps", [2, 5, 16])
def test_first_spikes_tell_a_number_by_their_time(steps: int) -> None:
    codec = TTFS(6, steps)
    code, ops = codec.encode(UNIT)
    assert ops.spikes == UNIT.size, "one spike a number"
    back, _ = codec.decode(code)
    assert np.abs(back - UNIT).max() <= 0.5 / (steps - 1) + 1e-12
    sooner, _ = codec.encode([[1.0, 0.0, 1.0, 0.0, 0.0, 0.0]])
    assert sooner.reshape(steps, 6)[0].tolist() == [1, 0, 1, 0, 0, 0]
    nothing, _ = codec.decode(np.zeros((1, codec.width)))
    assert (nothing == 0).all()
    twice = np.ones((1, codec.width))
    np.testing.assert_array_equal(codec.decode(twice)[0], np.ones((1, 6)))


def test_a_population_tells_a_number_within_a_hundredth_of_its_spacing() -> None:
    codec = PopulationGauss(6, 15, -2.0, 2.0)
    x = RNG.uniform(-2.0, 2.0, (50, 6))
    x[0] = [-2.0, 2.0, 0.0, -1.999, 1.999, 1e-9]
    code, _ = codec.encode(x)
    back, _ = codec.decode(code)
    assert codec.spacing == pytest.approx(0.5)
    # the tails beyond the outermost centre, 3 widths off, hold 0.5 % of the activity at the ends
    assert np.abs(back - x).max() < 0.01 * codec.spacing
    assert (codec.decode(np.zeros((1, codec.width)))[0] == 0.0).all()


def test_two_rails_say_signs_and_what_is_hidden() -> None:
    codec = TwoRails(4)
    code, ops = codec.encode([[1.0, -1.0, 0.0, 1.0]])
    assert code.tolist() == [[1, 0, 0, 1, 0, 1, 0, 0]]
    assert ops.spikes == 3
    assert codec.decode(code)[0].tolist() == [[1.0, -1.0, 0.0, 1.0]]
    flags = TwoRails(3, signs=False)
    code, _ = flags.encode([[1.0, 0.0, 1.0]])
    assert code.sum() == 3
    assert flags.decode(code)[0].tolist() == [[1.0, 0.0, 1.0]]


def test_projections_that_widen_are_exact_and_those_that_narrow_are_nearest() -> None:
    wide = RandomProjection(6, 20, seed=1)
    code, ops = wide.encode(SIGNED)
    np.testing.assert_allclose(np.linalg.norm(code, axis=1), 1.0)
    back, _ = wide.decode(code)
    np.testing.assert_allclose(back * np.linalg.norm(SIGNED, axis=1, keepdims=True), SIGNED,
                               atol=1e-12)
    assert ops.mac == 20 * 6 * 20 + 20 * 20, "the map, and the division by the norm"
    narrow = RandomProjection(6, 3, seed=1)
    np.testing.assert_allclose(narrow.map.T @ narrow.map, np.eye(3), atol=1e-12)
    kept = (SIGNED @ narrow.map) @ narrow.map.T
    residual = SIGNED - kept
    np.testing.assert_allclose(residual @ narrow.map, 0.0, atol=1e-12)
    assert not np.allclose(wide.map, RandomProjection(6, 20, seed=2).map), "a seed is a map"


def test_the_dentate_gyrus_keeps_patterns_apart() -> None:
    """Codes of inputs that share half of their direction overlap less than the inputs do."""
    shared = RNG.standard_normal(64)
    x = shared + RNG.standard_normal((40, 64))
    inputs = np.corrcoef(x)[np.triu_indices(40, 1)].mean()
    code, _ = dentate_gyrus(64, 1024, 20).encode(x)
    overlap = (code @ code.T / 20)[np.triu_indices(40, 1)].mean()
    assert inputs > 0.4
    assert overlap < 0.5 * inputs


@pytest.mark.parametrize("make", [
    lambda: Rate(3, 0), lambda: TTFS(3, 1), lambda: KWTA(3, 4), lambda: dentate_gyrus(3, 5, 0),
    lambda: PopulationGauss(3, 7), lambda: RandomProjection(0, 5),
    lambda: RandomProjection(4, 5, "real"),
    lambda: RandomProjection(4, 5, "unit", 2),
    lambda: Rate(3, 4).encode([[0.5, 1.5, 0.0]]), lambda: TTFS(3, 4).encode([[0.5, -0.5, 0.0]]),
    lambda: PopulationGauss(3, 9).encode([[0.0, 0.0, 2.0]]),
    lambda: Bipolar(3).encode([[1.0, 2.0]]),
    lambda: RandomProjection(3, 5).decode(np.zeros((1, 4))),
    lambda: KWTA(3, 1).encode([[0.0, np.nan, 0.0]])])
def test_what_cannot_be_coded_is_named(make) -> None:
    with pytest.raises(DescriptionError, match=r"\d|NaN|there are unit"):
        make()


def coded_willshaw(need: Need) -> Coded:
    codec = [dentate_gyrus(need.key_dim, 128, 6, seed) for seed in (0, 1)]
    return Coded(WillshawMemory(128, 128, 6, 6), *codec, need.domain, need.active,
                 need.value_active)


@pytest.mark.parametrize("domain", ["unit", "real", "bipolar", "binary"])
def test_a_coded_memory_obeys_the_rules_in_a_domain_that_its_memory_lacks(domain) -> None:
    verdicts = rules.check(coded_willshaw, Need(16, 16, domain, items=4, queries=4))
    assert not rules.broken(verdicts), "\n".join(map(str, rules.broken(verdicts)))
    assert "codec" in verdicts[6].note


def test_codec_operations_are_apart_from_those_of_the_memory() -> None:
    memory = coded_willshaw(Need(16, 16, "bipolar", items=5))
    keys, values = (random_patterns(RNG, 5, 16, "bipolar") for _ in range(2))
    memory.reset(seed=0)
    written = memory.write(keys, values)
    coding = memory.keys.encode(keys)[1] + memory.values.encode(values)[1]
    assert memory.codec_ops == coding
    alone = WillshawMemory(128, 128, 6, 6)
    assert written == alone.write(memory.keys.encode(keys)[0], memory.values.encode(values)[0])
    read = memory.read(keys)
    found = alone.read(memory.keys.encode(keys)[0])
    assert read.ops == found.ops
    assert memory.codec_ops == coding + memory.keys.encode(keys)[1] + memory.values.decode(
        found.values)[1]
    index, cosine, _ = CleanupReadout(values)(read.info["graded"])
    assert index.tolist() == [0, 1, 2, 3, 4]
    assert (cosine > 0.3).all()


def test_codes_that_do_not_fit_the_memory_are_refused() -> None:
    with pytest.raises(DescriptionError, match="takes 128 in 'ksparse'"):
        Coded(WillshawMemory(128, 128, 6), Bipolar(128), Bipolar(128), "bipolar")
    with pytest.raises(DescriptionError, match="one codec twice"):
        Coded(WillshawMemory(8, 8, 2, auto=True), KWTA(8, 2), KWTA(8, 2), "real")


def test_cleanup_is_by_cosine_and_says_nothing_of_silence() -> None:
    book = np.array([[3.0, 0.0], [1.0, 1.0], [0.0, -2.0]])
    clean = CleanupReadout(book)
    index, cosine, ops = clean([[1.0, 0.1], [0.4, 0.5], [0.0, -9.0], [0.0, 0.0]])
    assert index.tolist() == [0, 1, 2, -1]
    assert cosine[2] == pytest.approx(1.0)
    assert cosine[3] == 0.0
    assert ops.dense == 4 * 2 * 3
    np.testing.assert_array_equal(clean.clean([[5.0, 4.0], [0.0, 0.0]]), [[1.0, 1.0], [0.0, 0.0]])
    with pytest.raises(DescriptionError, match=r"\(0, 2\)"):
        CleanupReadout(np.zeros((0, 2)))


def test_a_linear_memory_does_signs_through_a_projection_to_half_its_size() -> None:
    codec = [RandomProjection(64, 32, seed=seed) for seed in (0, 1)]
    memory = Coded(LinearMemory(32, 32, "unit"), *codec, "bipolar")
    keys, values = (random_patterns(RNG, 4, 64, "bipolar") for _ in range(2))
    memory.write(keys, values)
    index, _, _ = CleanupReadout(values)(memory.read(keys).info["graded"])
    assert index.tolist() == [0, 1, 2, 3]
    assert memory.state_bits() == 32 * 32 * 32


def test_a_blend_of_two_values_in_32_bits_names_each_half_the_time() -> None:
    rng = np.random.default_rng(5)
    values = random_patterns(rng, 40, 64, "unit")
    blends = (values[:20].astype(np.float32) + values[20:].astype(np.float32)).astype(np.float64)
    chance = CleanupReadout(values).chance(blends, np.arange(20))
    np.testing.assert_array_equal(chance, 0.5)
