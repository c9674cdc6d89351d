"""The rules of a fair comparison: every memory of the catalogue obeys, every planted fault is
caught, by its number."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.experiments.memories import rules
from engram.experiments.memories.catalogue import MEMORIES, find
from engram.models.ann.linear import LinearMemory
from engram.models.memory import (
    CannotDo,
    MemorySpec,
    Need,
    NotWritable,
    OpCount,
    ReadResult,
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
    size = data.draw(st.integers(10, 24))
    ones = data.draw(st.integers(2, 4)) if domain == "ksparse" else None
    auto = entry.auto and (not entry.hetero or data.draw(st.booleans()))
    need = Need(size, size, domain, items=data.draw(st.integers(1, 4)), auto=auto, active=ones,
                value_active=ones, queries=4)
    try:
        verdicts = rules.check(entry, need, data.draw(st.integers(0, 99)), (0, 1, 2, 3, 5, 6))
    except CannotDo:  # a refusal, before any work
        return
    assert not rules.broken(verdicts), told(verdicts)


class Good(LinearMemory):
    """A memory to plant faults in."""

    def __init__(self, need: Need) -> None:
        super().__init__(need.key_dim, need.value_dim, need.domain, active=need.active)


class NoForget:
    def __init__(self, need: Need) -> None:
        self.spec = MemorySpec(need.key_dim, need.value_dim, need.domain)

    def reset(self, *, seed=None):
        pass


class OtherShape(Good):
    def read(self, queries, *, steps=None):
        got = super().read(queries)
        return ReadResult(got.values[:, :-1], got.score, got.ops)


class OtherAlphabet(Good):
    def read(self, queries, *, steps=None):
        got = super().read(queries)
        return ReadResult(got.info["graded"], got.score, got.ops)


class NotAScore(Good):
    def read(self, queries, *, steps=None):
        got = super().read(queries)
        return ReadResult(got.values, got.score * np.nan, got.ops)


class NegativeCost(Good):
    def write(self, keys, values, *, strength=None):
        return super().write(keys, values) * -1.0


class NoBits(Good):
    def state_bits(self):
        return 0


class SharedSnapshot(Good):
    def write(self, keys, values, *, strength=None):
        self.store += np.float32(1) * (np.asarray(values).T @ np.asarray(keys)).astype(np.float32)
        return OpCount(mac=1)

    def snapshot(self):
        return {"store": self.store}


class HalfRestored(Good):
    def restore(self, state):
        self.store = np.array(state["store"]) * np.float32(0.5)


class TakesAnything(Good):
    def read(self, queries, *, steps=None):
        return super().read(np.sign(np.asarray(queries)[:, :self.spec.key_dim]))


class WritesThenRefuses(Good):
    def write(self, keys, values, *, strength=None):
        self.store[:] += 1
        return super().write(keys, values)


class ValueErrors(Good):
    def read(self, queries, *, steps=None):
        if np.shape(queries)[1] != self.spec.key_dim:
            raise ValueError("shapes")
        return super().read(queries)


class LearnsFromReading(Good):
    def read(self, queries, *, steps=None):
        got = super().read(queries)
        self.store += np.float32(0.01)
        return got


class WritesTheCaller(Good):
    def read(self, queries, *, steps=None):
        got = super().read(queries)
        queries[:] = -queries
        return got


class MixesTheBatch(Good):
    def read(self, queries, *, steps=None):
        got = super().read(queries)
        graded = got.info["graded"] - got.info["graded"].mean(axis=0)
        return ReadResult(np.where(graded >= 0, 1.0, -1.0), got.score, got.ops, {"graded": graded})


class ForgetsWithinACall(Good):
    def write(self, keys, values, *, strength=None):
        self.store = self.store * np.float32(0.5)  # once a call, not once an item
        return super().write(keys, values)


class SaysOrderFree(LinearMemory):
    def __init__(self, need: Need) -> None:
        super().__init__(need.key_dim, need.value_dim, need.domain, decay=0.7)
        self.spec = replace(self.spec, order_free=True)


class GlobalGenerator(Good):
    def write(self, keys, values, *, strength=None):
        np.random.rand()  # noqa: NPY002 - the fault that is planted
        return super().write(keys, values)


class PythonsGenerator(Good):
    def reset(self, *, seed=None):
        random.random()
        super().reset(seed=seed)


class OtherEveryTime(Good):
    def __init__(self, need: Need) -> None:
        self.rng = np.random.default_rng(0)
        super().__init__(need)

    def reset(self, *, seed=None):
        self.store = self.rng.standard_normal((self.spec.value_dim, self.spec.key_dim)).astype(
            np.float32)


class ForgetsNothing(Good):
    def forget(self, *, keys=None, rate=None, steps=1):
        return OpCount() if rate is None else super().forget(rate=rate, steps=steps)


class ForgetsAll(Good):
    def forget(self, *, keys=None, rate=None, steps=1):
        self.store[:] = 0
        return OpCount()


class DecaysOnce(Good):
    def forget(self, *, keys=None, rate=None, steps=1):
        return super().forget(keys=keys, rate=rate, steps=1)


class AcceptsWhatItDoesNotSay(Good):
    def __init__(self, need: Need) -> None:
        super().__init__(need)
        self.spec = replace(self.spec, supports_forget=frozenset({"key"}))

    def forget(self, *, keys=None, rate=None, steps=1):
        if rate is None:
            return super().forget(keys=keys)
        self.store *= np.float32(1 - rate)
        return OpCount()


class SaysOverwrite(Good):
    def __init__(self, need: Need) -> None:
        super().__init__(need)
        self.spec = replace(self.spec, supports_forget=frozenset({"key", "decay", "overwrite"}))

    def write(self, keys, values, *, strength=None):
        old = super().read(keys).info["graded"]
        return super().write(keys, np.where(np.abs(old) > 3, 0.0, values))


class DoublesBehindFloats(Good):
    def reset(self, *, seed=None):
        super().reset(seed=seed)
        self.store = self.store.astype(np.float64)

    def write(self, keys, values, *, strength=None):
        for key, value in zip(keys, values, strict=True):
            self.store = self.store + np.outer(value, key) * np.pi * np.arange(1, 13)
        return OpCount(mac=1)


class OneBitItSays(Good):
    def write(self, keys, values, *, strength=None):
        return super().write(keys, np.asarray(values) * np.linspace(1, 2, 12))

    def state_bits(self):
        return self.store.size


class OverBudget(Good):
    def __init__(self, need: Need) -> None:
        super().__init__(need)
        self.extra = 2 if need.state_bits else 1

    def state_bits(self):
        return super().state_bits() * self.extra


class FreeReads(Good):
    def read(self, queries, *, steps=None):
        got = super().read(queries)
        return ReadResult(got.values, got.score, OpCount(), got.info)


class FreeWrites(Good):
    def write(self, keys, values, *, strength=None):
        super().write(keys, values)
        return OpCount()


class RunningSum(Good):
    total = OpCount()

    def read(self, queries, *, steps=None):
        got = super().read(queries)
        self.total += got.ops
        return ReadResult(got.values, got.score, self.total, got.info)


class CheaperTogether(Good):
    def read(self, queries, *, steps=None):
        got = super().read(queries)
        return ReadResult(got.values, got.score, OpCount(mac=100.0 / len(np.asarray(queries))),
                          got.info)


class CodecThatKeepsItsPast(Good):
    codec_ops = OpCount(mac=1)


PLANTED = {
    0: (NoForget, OtherShape, OtherAlphabet, NotAScore, NegativeCost, NoBits, SharedSnapshot,
        HalfRestored, TakesAnything, WritesThenRefuses, ValueErrors),
    1: (LearnsFromReading, WritesTheCaller, MixesTheBatch),
    2: (ForgetsWithinACall, SaysOrderFree),
    3: (GlobalGenerator, PythonsGenerator, OtherEveryTime),
    4: (ForgetsNothing, ForgetsAll, DecaysOnce, AcceptsWhatItDoesNotSay, SaysOverwrite),
    5: (DoublesBehindFloats, OneBitItSays, OverBudget),
    6: (FreeReads, FreeWrites, RunningSum, CheaperTogether, CodecThatKeepsItsPast),
}


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
    assert [v.number for v in rules.broken(verdicts)] == [0, 1, 2, 3, 4, 6], "5 reads nothing"
    assert "ZeroDivisionError: of mine" in verdicts[1].note


def test_cannot_do_comes_through() -> None:
    def refuses(need: Need) -> None:
        raise CannotDo("only on Sundays")

    with pytest.raises(CannotDo, match="Sundays"):
        rules.check(refuses, NEED)
    with pytest.raises(DescriptionError, match="no memory 'nobody'"):
        find("nobody")
