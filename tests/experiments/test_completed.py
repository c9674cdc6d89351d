"""A short memory of a user's is made whole, keeps the rules, and its mistakes are named."""

import numpy as np
import pytest

from engram.experiments.memories import rules
from engram.experiments.memories.completed import Completed, completed
from engram.models.memory import (
    AssociativeMemory,
    MemorySpec,
    Need,
    OpCount,
    ReadResult,
    products,
)
from engram.simulator.errors import DescriptionError

NEED = Need(8, 6, "bipolar", items=3, queries=3)


class Short:
    state = ("store",)

    def __init__(self, need):
        self.spec = MemorySpec(need.key_dim, need.value_dim, need.domain, order_free=True)

    def reset(self, *, seed=None):
        self.store = np.zeros((self.spec.value_dim, self.spec.key_dim), np.float32)

    def write(self, keys, values):
        self.store = (self.store + values.T @ keys).astype(np.float32)
        return products(keys, self.spec.value_dim) + OpCount(timesteps=len(keys))

    def read(self, cues):
        graded = cues @ self.store.T
        ops = products(cues, self.spec.value_dim) + OpCount(timesteps=len(cues))
        return ReadResult(np.where(graded >= 0, 1.0, -1.0), np.abs(graded).sum(1), ops)


def test_a_short_memory_keeps_every_rule():
    found = rules.check(lambda need: completed(Short(need)), NEED)
    assert [v.number for v in found if v.ok] == list(range(7))
    assert rules.broken(found) == []


def test_what_follows_from_its_arrays():
    memory = completed(Short(NEED))
    assert isinstance(memory, AssociativeMemory)
    assert memory.state_bits() == 32 * 8 * 6
    keys, values = np.ones((1, 8)), np.ones((1, 6))
    memory.write(keys, values)
    kept = memory.snapshot()
    memory.write(-keys, values)
    assert kept["store"].sum() == 48  # a copy
    memory.restore(kept)
    assert (memory.read(keys).values == values).all()
    with pytest.raises(DescriptionError, match="does not forget by decay; it can by nothing"):
        memory.forget(rate=0.5)


@pytest.mark.parametrize(("call", "says"), [
    (lambda m: m.write(np.ones((1, 7)), np.ones((1, 6))), "keys of shape"),
    (lambda m: m.write(np.ones((2, 8)), np.ones((1, 6))), "2 keys and 1 values"),
    (lambda m: m.write(np.ones((1, 8)), np.ones((1, 6)), strength=0.5), "leave strength out"),
    (lambda m: m.read(np.full((1, 8), 0.5)), "has -1, 1, and 0 where it is hidden"),
])
def test_arguments_are_checked_before_it_sees_them(call, says):
    with pytest.raises(DescriptionError, match=says):
        call(completed(Short(NEED)))


def test_a_whole_memory_is_left_alone():
    class Whole:
        pass
    memory = Whole()
    assert completed(memory) is memory
    assert not isinstance(completed(memory), Completed)


@pytest.mark.parametrize(("changes", "says"), [
    ({"state": ("stores",)}, "state names 'stores', which is no array"),
    ({"state": "store"}, "give a tuple of names"),
])
def test_mistakes_are_named(changes, says):
    memory = Short(NEED)
    for name, value in changes.items():
        setattr(memory, name, value)
    with pytest.raises(DescriptionError, match=says):
        completed(memory)


def test_a_missing_method_is_named():
    class NoRead:
        state = ("store",)
        spec = MemorySpec(8, 6, "bipolar")

        def reset(self, *, seed=None):
            self.store = np.zeros(1)

    with pytest.raises(DescriptionError, match="NoRead has `state` and no write, read"):
        completed(NoRead())
