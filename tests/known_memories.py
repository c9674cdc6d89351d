"""Memories whose answers are known: a dictionary, a source of noise, one that decays by a law."""

from __future__ import annotations

from typing import Any

import numpy as np

from engram.experiments.memories.entry import Entry
from engram.experiments.tasks.task import Setting, Task
from engram.models.memory import (
    MemorySpec,
    Need,
    OpCount,
    ReadResult,
    random_patterns,
)

ALL = ("unit", "bipolar", "ksparse", "real", "binary")


def spec_of(need: Need, **more: Any) -> MemorySpec:
    return MemorySpec(need.key_dim, need.value_dim, need.domain, auto=need.auto, active=need.active,
                      value_active=need.value_active, **more)


class Dictionary:
    """The newest value of the stored key that is nearest to the cue. Each write costs an
    accumulate a pair, each read a multiply-accumulate a cue."""

    def __init__(self, need: Need) -> None:
        self.spec = spec_of(need)
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        self.keys = np.zeros((0, self.spec.key_dim))
        self.values = np.zeros((0, self.spec.value_dim))

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        self.keys = np.concatenate([self.keys, keys])
        self.values = np.concatenate([self.values, values])
        return OpCount(ac=len(keys))

    def ages(self, queries: Any) -> tuple[Any, Any]:
        """The age of the key that is meant by each cue, and its cosine."""
        norms = np.linalg.norm(self.keys, axis=1)
        newest_first = ((self.keys / norms[:, None]) @ np.asarray(queries, float).T)[::-1]
        ages = np.round(newest_first, 9).argmax(0)
        return ages, newest_first[ages, np.arange(len(queries))]

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        ages, likes = self.ages(queries)
        return ReadResult(self.values[::-1][ages], likes, OpCount(mac=len(queries)))

    def forget(self, **what: Any) -> OpCount:
        raise NotImplementedError

    def state_bits(self) -> int:
        return 64 * (self.keys.size + self.values.size)

    def codings(self) -> dict[str, int]:
        return {"half": self.state_bits() // 2}

    def snapshot(self) -> dict[str, Any]:
        return {"keys": self.keys.copy(), "values": self.values.copy()}

    def restore(self, state: Any) -> None:
        self.keys, self.values = state["keys"].copy(), state["values"].copy()


class Noise(Dictionary):
    """Reads patterns that have nothing to do with anything."""

    def reset(self, *, seed: int | None = None) -> None:
        super().reset()
        self.rng = np.random.default_rng(seed)

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        values = random_patterns(self.rng, len(queries), self.spec.value_dim, self.spec.domain,
                                 self.spec.ones_of_a_value())
        return ReadResult(values, self.rng.random(len(queries)), OpCount(mac=len(queries)))


class Window(Dictionary):
    """Reads nothing of an age of 40 or more."""

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        found = super().read(queries)
        found.values *= (self.ages(queries)[0] < 40)[:, None]
        return found


class Decaying(Dictionary):
    """Reads 0.95^age of the value."""

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        found = super().read(queries)
        found.info["graded"] = found.values * (0.95 ** self.ages(queries)[0])[:, None]
        return found


def entry(kind: Any, domain: str = "unit", **more: Any) -> Entry:
    return Entry(kind.__name__.lower(), "", "", kind, domains=(domain,), **more)


def points(task: Task, kind: Any, domain: str = "unit", seed: int = 0, **more: Any) -> list[Any]:
    return task.run(Setting(entry(kind, domain, **more), "ci", seed))
