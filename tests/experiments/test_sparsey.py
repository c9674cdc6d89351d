"""Sparsey behind the face of a memory, and its reproduction."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest

from engram.experiments.memories.budget import built
from engram.experiments.memories.catalogue import find
from engram.experiments.memories.spiking.sparsey import SparseyMemory
from engram.experiments.reproductions import find as find_reproduction
from engram.experiments.reproductions import reproduce
from engram.models.memory import CannotDo, Need, random_patterns
from engram.simulator.errors import DescriptionError

SIZE, ONES, ITEMS = 256, 8, 200
NEED = Need(SIZE, SIZE, "ksparse", items=ITEMS, active=ONES, value_active=ONES)


@pytest.fixture(scope="module")
def pairs() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    keys, values = (random_patterns(rng, ITEMS, SIZE, "ksparse", ONES) for _ in range(2))
    return keys, values


def spoilt(keys: np.ndarray, lost: int, rng: np.random.Generator) -> np.ndarray:
    cues = keys.copy()
    for cue in cues:
        cue[rng.choice(np.flatnonzero(cue), lost, replace=False)] = 0.0
    return cues


def test_pairs_are_recalled_from_parts_and_the_unknown_is_told(pairs) -> None:
    keys, values = pairs
    memory = find("sparsey").build(NEED)
    memory.write(keys, values)
    rng = np.random.default_rng(2)
    for lost in (0, 2):
        read = memory.read(spoilt(keys, lost, rng))
        assert (read.values * values).sum(axis=1).mean() / ONES > 0.99
    known = memory.read(keys)
    unknown = memory.read(random_patterns(rng, ITEMS, SIZE, "ksparse", ONES))
    assert known.score.min() == 1.0
    assert unknown.score.mean() < 0.7, "familiarity tells what was never stored"
    assert not memory.read(np.zeros((1, SIZE))).values.any()


def test_the_answer_is_that_of_the_synapses(pairs) -> None:
    keys, values = (x[:20] for x in pairs)
    memory = SparseyMemory(SIZE, SIZE, ONES, modules=4, cells=8)
    memory.write(keys, values)
    codes = memory.read(keys).info["codes"]
    winners = memory.column.ones(codes)
    wanted = np.zeros((32, SIZE))
    for code, value in zip(winners, values, strict=True):
        wanted = np.maximum(wanted, np.outer(code, value))
    np.testing.assert_array_equal(memory.read(keys).info["graded"], winners @ wanted)


def test_a_read_costs_the_same_with_one_in_store_as_with_all(pairs) -> None:
    keys, values = pairs
    memory = find("sparsey").build(NEED)
    memory.write(keys[:1], values[:1])
    first, bits = memory.read(keys[:5]).ops, memory.state_bits()
    memory.write(keys[1:], values[1:])
    assert memory.read(keys[:5]).ops == first
    assert memory.state_bits() == bits == 8 * memory.column.cells * 2 * SIZE
    units = 8 * memory.column.cells
    assert (first.ac, first.neuron_updates) == (5 * (ONES * units + 8 * SIZE), 5 * units)
    assert first.spikes == 0.0


def test_patterns_are_completed(pairs) -> None:
    keys, _ = pairs
    memory = find("sparsey").build(replace(NEED, auto=True))
    memory.write(keys, keys)
    cues = spoilt(keys, 4, np.random.default_rng(3))
    read = memory.read(cues)
    assert (read.values == keys).all(axis=1).mean() > 0.95
    assert read.info["iterations"].max() > 1
    assert (memory.read(cues, steps=1).info["iterations"] == 1).all()


def test_a_snapshot_holds_the_draws_to_come(pairs) -> None:
    keys, values = pairs
    memory, other = (SparseyMemory(SIZE, SIZE, ONES, selection="core") for _ in range(2))
    memory.reset(seed=7)
    memory.write(keys[:30], values[:30])
    other.restore(memory.snapshot())
    for one in (memory, other):
        one.write(keys[30:60], values[30:60])
    np.testing.assert_array_equal(other.column.rows, memory.column.rows)
    np.testing.assert_array_equal(other.outputs, memory.outputs)
    assert other.column.state.tolist() == memory.column.state.tolist()


def test_bits_are_those_of_the_budget(pairs) -> None:
    keys, values = pairs
    recalled = []
    for budget in (60_000, 120_000, 240_000):
        memory = built(find("sparsey"), replace(NEED, state_bits=budget))
        memory.write(keys, values)
        assert 0.9 * budget < memory.state_bits() <= budget
        assert 0 < memory.codings()["entropy"] < memory.state_bits()
        recalled.append((memory.read(keys).values * values).sum() / values.sum())
    assert recalled[0] < recalled[1] < recalled[2]
    with pytest.raises(CannotDo, match="8192 bits"):
        built(find("sparsey"), replace(NEED, state_bits=1000))


def test_what_it_cannot_do() -> None:
    with pytest.raises(CannotDo, match="bipolar"):
        find("sparsey").build(Need(16, 16, "bipolar", items=4))
    with pytest.raises(CannotDo, match="operations"):
        find("sparsey").build(replace(NEED, items=10**6))
    with pytest.raises(DescriptionError, match="does not forget"):
        find("sparsey").build(NEED).forget(rate=0.5)


@pytest.fixture(scope="module")
def measured() -> dict:
    return reproduce(find_reproduction("sparsey")).measured


def test_the_reproduction_passes(measured) -> None:
    what = find_reproduction("sparsey")
    rows = what.judge(measured)
    assert len(rows) > 50
    assert [row for row in rows if not row.passes] == []
    assert what.draw(measured).size == 3


def test_a_spoilt_measurement_does_not_pass(measured) -> None:
    for part, found in measured.items():
        spoilt = copy.deepcopy(measured)
        if isinstance(found, list):
            spoilt[part] = [x + 0.05 for x in found]
        else:
            for key, value in found.items():
                spoilt[part][key] = (value * 0.4 + 0.3 if not isinstance(value, list) else
                                     [1.0 - x + 0.01 * n for n, x in enumerate(value)])
                if key == "closed":
                    spoilt[part][key] = value
        assert any(not row.passes for row in find_reproduction("sparsey").judge(spoilt)), part
