"""The rules of a fair comparison: every memory of the catalogue obeys, every planted fault is
caught, by its number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_faults import PLANTED, Good, LearnsFromReading, MixesTheBatch

from engram.experiments.memories import rules
from engram.experiments.memories.catalogue import MEMORIES, find
from engram.models.memory import (
    CannotDo,
    Need,
    NotWritable,
    OpCount,
)
from engram.simulator.errors import DescriptionError

ASSOCIATIVE = sorted(n for n, e in MEMORIES.items() if e.role == "associative")
ARRAYS = [n for n in ASSOCIATIVE if not MEMORIES[n].spiking]
NEED = Need(12, 12, "bipolar", items=4, queries=4)


def told(verdicts: list[rules.Verdict]) -> str:
    return "\n".join(map(str, rules.broken(verdicts)))


@pytest.mark.parametrize("name", ASSOCIATIVE)
def test_every_memory_of_the_catalogue_obeys(name: str) -> None:
    verdicts = rules.check(find(name))
    assert [v.number for v in verdicts] == list(range(7))
    assert not rules.broken(verdicts), told(verdicts)
    asked = [v.number for v in verdicts if v.ok]
    assert {0, 3, 5, 6} <= set(asked), "these rules ask something of every memory"


@pytest.mark.parametrize("name", ARRAYS)
@settings(max_examples=5, deadline=None, derandomize=True)
@given(data=st.data())
def test_arrays_obey_in_any_domain_at_any_size(name: str, data: st.DataObject) -> None:
    entry = find(name)
    domain = data.draw(st.sampled_from(entry.domains))
    size = data.draw(st.integers(12, 24))
    ones = data.draw(st.integers(2, 4)) if domain == "ksparse" else None
    auto = entry.auto and (not entry.hetero or data.draw(st.booleans()))
    need = Need(size, size, domain, items=data.draw(st.integers(1, 4)), auto=auto, active=ones,
                value_active=ones, queries=4)
    try:
        verdicts = rules.check(entry, need, data.draw(st.integers(0, 99)))
    except CannotDo:  # a refusal, before any work
        return
    assert not rules.broken(verdicts), told(verdicts)


@pytest.mark.parametrize("auto", [False, True])
def test_a_tie_on_the_way_is_settled_alike_alone_and_among_others(auto: bool) -> None:
    """Hops over values that cancel: the sign of what is left must not be that of its rounding."""
    need = Need(12, 12, "bipolar", items=4, auto=auto, queries=4)
    assert not rules.broken(rules.check(find("hops"), need, 2))


@pytest.mark.parametrize(("number", "fault"), [
    pytest.param(n, f, id=f"{n}-{f.__name__}") for n, faults in PLANTED.items() for f in faults])
def test_a_planted_fault_is_caught_by_its_rule(number: int, fault: type) -> None:
    (verdict,) = rules.check(fault, NEED, rules=(number,))
    assert verdict.ok is False
    assert verdict.number == number
    assert verdict.note, "a broken rule says what was found"
    assert f"rule {number} ({verdict.name}): BROKEN: " in str(verdict)


def test_the_memory_that_faults_are_planted_in_is_sound() -> None:
    verdicts = rules.check(Good, NEED)
    assert not rules.broken(verdicts), told(verdicts)


def test_a_failing_example_can_be_printed_and_fails_again() -> None:
    (verdict,) = rules.check(MixesTheBatch, NEED, rules=(1,))
    cues = verdict.example["queries"]
    assert "queries =" in str(verdict)
    assert len(str(verdict)) < 20_000, "an example is to be read"
    memory = MixesTheBatch(NEED)
    memory.write(cues[:4], cues[:4])
    alone = np.vstack([memory.read(c[None]).info["graded"] for c in cues])
    assert not np.allclose(memory.read(cues).info["graded"], alone)


class LearntBefore(Good):
    """A store that is not written: it echoes its keys."""

    def __init__(self, need: Need) -> None:
        super().__init__(need)
        self.spec = replace(self.spec, writable=False, order_free=True)
        self.store = np.eye(need.key_dim, dtype=np.float32)

    def reset(self, *, seed=None):
        self.store = np.eye(self.spec.key_dim, dtype=np.float32)

    def write(self, keys, values, *, strength=None):
        raise NotWritable("learnt beforehand")


class WritesAfterAll(LearntBefore):
    def write(self, keys, values, *, strength=None):
        return OpCount(mac=1)


class Reconsolidates(LearnsFromReading):
    def __init__(self, need: Need) -> None:
        super().__init__(need)
        self.spec = replace(self.spec, reconsolidation=True)


def test_rules_ask_nothing_of_what_a_spec_does_not_promise() -> None:
    verdicts = {v.number: v for v in rules.check(LearntBefore, NEED)}
    assert [n for n, v in verdicts.items() if v.ok is None] == [2, 4]
    assert not rules.broken(list(verdicts.values())), told(list(verdicts.values()))
    assert "asks nothing" in str(verdicts[2])
    (protocol,) = rules.check(WritesAfterAll, NEED, rules=(0,))
    assert "raises no NotWritable" in protocol.note
    (pure,) = rules.check(Reconsolidates, NEED, rules=(1,))
    assert pure.ok is None
    assert "reconsolidation" in pure.note


def test_an_error_inside_a_memory_is_named_with_its_rule() -> None:
    class Fails(Good):
        def read(self, queries, *, steps=None):
            raise ZeroDivisionError("of mine")

    verdicts = rules.check(Fails, NEED)
    assert [v.number for v in rules.broken(verdicts)] == [0, 1, 2, 3, 4, 5, 6]
    assert "ZeroDivisionError: of mine (test_memory_rules.py, line" in verdicts[1].note


def test_cannot_do_comes_through() -> None:
    def refuses(need: Need) -> None:
        raise CannotDo("only on Sundays")

    with pytest.raises(CannotDo, match="Sundays"):
        rules.check(refuses, NEED)
    with pytest.raises(DescriptionError, match="no memory 'nobody'"):
        find("nobody")
