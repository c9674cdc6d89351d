"""Memories with one fault each, by the rule that it breaks, and one without."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from engram.models.ann.linear import LinearMemory
from engram.models.memory import MemorySpec, Need, OpCount, ReadResult


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


class WritesTheCallersKeys(Good):
    def write(self, keys, values, *, strength=None):
        done = super().write(keys, values)
        keys[:] = -keys
        return done


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


class SeedsTheGlobalGenerator(Good):
    def write(self, keys, values, *, strength=None):
        np.random.seed(1)  # noqa: NPY002 - the fault that is planted
        np.random.rand()  # noqa: NPY002
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


class HidesAStore(Good):
    """A list beside the store, in no snapshot and in no bits."""

    def reset(self, *, seed=None):
        super().reset(seed=seed)
        self.hidden = []

    def write(self, keys, values, *, strength=None):
        done = super().write(keys, values)
        self.hidden += zip(np.array(keys), np.array(values), strict=True)
        return done

    def read(self, queries, *, steps=None):
        got = super().read(queries)
        for row, query in enumerate(queries):
            for key, value in self.hidden:
                if (key == query).all():
                    got.values[row] = got.info["graded"][row] = value
        return got


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
        HalfRestored, TakesAnything, WritesThenRefuses, ValueErrors, WritesTheCallersKeys),
    1: (LearnsFromReading, WritesTheCaller, MixesTheBatch),
    2: (ForgetsWithinACall, SaysOrderFree),
    3: (GlobalGenerator, SeedsTheGlobalGenerator, PythonsGenerator, OtherEveryTime),
    4: (ForgetsNothing, ForgetsAll, DecaysOnce, AcceptsWhatItDoesNotSay, SaysOverwrite),
    5: (DoublesBehindFloats, OneBitItSays, HidesAStore, OverBudget),
    6: (FreeReads, FreeWrites, RunningSum, CheaperTogether, CodecThatKeepsItsPast),
}
