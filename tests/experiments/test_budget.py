"""Memories at equal bits of state: the largest that fits, or why none does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engram.experiments.memories.budget import bits_when_full, built, largest, projected
from engram.experiments.memories.catalogue import MEMORIES, find
from engram.experiments.memories.coded import Coded
from engram.experiments.memories.entry import Entry
from engram.models.ann.linear import LinearMemory
from engram.models.memory import CannotDo, Need, random_patterns

NEED = Need(24, 24, "ksparse", items=12, active=4, value_active=4, queries=12)
ARRAYS = sorted(n for n, e in MEMORIES.items() if e.role == "associative" and not e.spiking)


def need_of(entry: Entry, bits: int | None) -> Need:
    domain = "ksparse" if "ksparse" in entry.domains else entry.domains[0]
    ones = 4 if domain == "ksparse" else None
    return replace(NEED, domain=domain, active=ones, value_active=ones, auto=not entry.hetero,
                   state_bits=bits)


def build_or_reason(entry: Entry, need: Need) -> tuple[Any, str | None]:
    try:
        return built(entry, need), None
    except CannotDo as why:
        return None, str(why)


@pytest.mark.parametrize(("bits_of", "budget", "answer"), [
    (lambda n: n * n, 1000, 31), (lambda n: 7 * n if n > 2 else None, 1000, 142),
    (lambda n: 100, 1000, 1), (lambda n: min(n, 37), 1000, 37), (lambda n: 8 * n, 8, 1),
    (lambda n: n if n < 50 else None, 1000, 49), (lambda n: 2**n, 1000, 9),
    (lambda n: 5 * (n // 4), 17, 15), (lambda n: 900, 899, None), (lambda n: None, 10, None)])
def test_the_largest_number_that_fits(bits_of, budget: int, answer: int | None) -> None:
    found, fewest = largest(bits_of, budget)
    assert found == answer
    assert fewest == next((b for n in range(1, 17) if (b := bits_of(n)) is not None), None)


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("budget", [3_000, 40_000])
def test_every_memory_stays_within_the_budget_or_says_why_not(name: str, budget: int) -> None:
    entry = find(name)
    need = need_of(entry, budget)
    memory, why = build_or_reason(entry, need)
    if memory is None:
        assert why is not None
        assert name in why
        assert str(budget) in why
        assert budget < 40_000, "that is enough for every memory"
        return
    memory.reset(seed=0)
    rng = np.random.default_rng(0)
    keys, values = (random_patterns(rng, 12, 24, need.domain, need.active) for _ in range(2))
    memory.write(keys, keys if need.auto else values)
    assert 0 < memory.state_bits() <= budget
    read = memory.read(keys)
    assert read.values.shape == (12, 24)
    assert (memory.spec.key_dim, memory.spec.domain) == (24, need.domain)


@pytest.mark.parametrize("name", ["dense-3", "dense-associative-exp"])
def test_stores_that_grow_keep_to_the_budget_with_more_items_than_are_tried(name: str) -> None:
    need = Need(24, 24, "bipolar", items=6000, auto=True, state_bits=100_000)
    memory = built(find(name), need)
    rng = np.random.default_rng(1)
    x = random_patterns(rng, 6000, 24, "bipolar")
    memory.write(x, x)
    assert 50_000 < memory.state_bits() <= 100_000


def test_a_memory_is_as_large_as_the_budget_allows() -> None:
    memory = built(find("willshaw"), need_of(find("willshaw"), 10_000))
    assert memory.state_bits() == 100 * 100
    slots = built(find("softmax-kv"), need_of(find("softmax-kv"), 10_000))
    assert slots.state_bits() == 6 * 48 * 32, "6 pairs of 48 numbers of 32 bits; 7 are too many"


def test_a_native_size_that_fits_best_needs_no_codec() -> None:
    entry = find("willshaw")
    assert not isinstance(built(entry, need_of(entry, 24 * 24)), Coded)
    assert isinstance(built(entry, need_of(entry, 25 * 25)), Coded)
    assert isinstance(built(entry, need_of(entry, 23 * 23)), Coded)


def test_projections_are_of_the_kind_that_the_memory_takes() -> None:
    for name, domain in (("willshaw", "ksparse"), ("hopfield", "bipolar"), ("linear", "unit")):
        entry = find(name)
        memory = projected(entry, need_of(entry, None), 30)
        assert isinstance(memory, Coded)
        assert memory.memory.spec.domain == domain
        assert memory.memory.spec.key_dim == 30


def test_a_budget_below_the_smallest_memory_names_both_numbers() -> None:
    entry = find("softmax-kv")
    with pytest.raises(CannotDo, match=r"softmax-kv takes 1536 bits of state at least; .* is 1000"):
        built(entry, need_of(entry, 1000))


def test_a_memory_that_cannot_be_built_says_why() -> None:
    def never(need: Need, knob: int) -> LinearMemory:
        raise CannotDo("there is no such thing")

    with pytest.raises(CannotDo, match="no such thing"):
        built(Entry("mine", "", "", never, knob="size"), replace(NEED, state_bits=100))


def test_bits_are_those_of_a_full_store() -> None:
    entry = find("softmax-kv")
    memory = entry.build(need_of(entry, None))
    assert bits_when_full(memory, NEED) == 12 * 48 * 32
    memory.write(random_patterns(np.random.default_rng(0), 1, 24, "ksparse", 4),
                 random_patterns(np.random.default_rng(1), 1, 24, "ksparse", 4))
    assert memory.state_bits() == 48 * 32, "it was left empty"
    fixed = LinearMemory(24, 24, "ksparse", active=4)
    assert bits_when_full(fixed, NEED) == 24 * 24 * 32


def test_equal_bits_let_one_bit_synapses_hold_what_copies_cannot() -> None:
    """64 pairs in 16 kbit: slots of 32 bits hold 4 of them, a matrix of one-bit synapses all."""
    need = Need(64, 64, "ksparse", items=64, active=6, value_active=6, state_bits=16384)
    rng = np.random.default_rng(0)
    keys, values = (random_patterns(rng, 64, 64, "ksparse", 6) for _ in range(2))
    recall = {}
    for name in ("willshaw", "softmax-kv"):
        memory = built(find(name), need)
        memory.reset(seed=0)
        memory.write(keys, values)
        said = memory.read(keys).info["graded"]
        recall[name] = float((said @ values.T).argmax(1).__eq__(np.arange(64)).mean())
    assert recall["willshaw"] > 0.9
    assert recall["softmax-kv"] < 0.15


def test_linear_stores_are_projected_on_both_sides_and_never_widened() -> None:
    """45 x 45 numbers of 32 bits hold 16 pairs of 64; twice the bits are the store as it is."""
    rng = np.random.default_rng(0)
    keys, values = (random_patterns(rng, 16, 64, "unit") for _ in range(2))
    for bits, coded in ((65_536, True), (64 * 64 * 32, False), (10 * 64 * 64 * 32, False)):
        need = Need(64, 64, "unit", items=16, state_bits=bits)
        memory = built(find("linear"), need)
        assert isinstance(memory, Coded) is coded
        memory.reset(seed=0)
        memory.write(keys, values)
        assert (memory.read(keys).info["graded"] @ values.T).argmax(1).tolist() == list(range(16))
        assert memory.state_bits() == (45 * 45 * 32 if coded else 64 * 64 * 32)


def test_spiking_memories_are_sized_by_their_synapses() -> None:
    """CAM: 16 bits for each of 2 x cues x 48 synapses; Willshaw: one bit for each of n x n."""
    rng = np.random.default_rng(3)
    keys, values = (random_patterns(rng, 12, 24, "ksparse", 4) for _ in range(2))
    cam = built(find("hippocampal-cam"), replace(NEED, state_bits=20_000))
    assert cam.state_bits() == 13 * 2 * 48 * 16, "13 cues; 14 take 21,504 bits"
    spiking = built(find("spiking-willshaw"), replace(NEED, state_bits=2_600))
    array = built(find("willshaw"), replace(NEED, state_bits=2_600))
    assert spiking.state_bits() == array.state_bits() == 50 * 50
    for memory in (spiking, array):
        memory.write(keys, values)
    a, b = (memory.read(keys).info["graded"] for memory in (spiking, array))
    np.testing.assert_allclose(a, b, atol=1e-12, err_msg="both recall the codes of all values")
