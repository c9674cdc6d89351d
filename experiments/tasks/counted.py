"""A memory in a task: what it is asked is counted by phase, and a point says what it took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ...models.memory import NOTHING, CannotDo, Need, OpCount, ReadResult
from .task import At, Point, Setting


class Counted:
    """`memory` with sums of what its writes, reads and codec cost.

    A point has all writes since the memory was built, repetitions included, and the reads since the
    point before.
    """

    def __init__(self, memory: Any) -> None:
        self.memory = memory
        self.recount()

    def recount(self) -> None:
        """All counts at 0: another condition begins, from an empty memory."""
        self.items = self.queries = 0
        self.written: OpCount = NOTHING
        self.read_ops: OpCount = NOTHING
        self._codec_of_writes: OpCount = NOTHING
        self._codec_of_reads: OpCount = NOTHING

    def restart(self, rng: np.random.Generator) -> None:
        """Empty, with a seed of that generator's. What was counted stays: a point has all
        repetitions since `recount`."""
        self.memory.reset(seed=int(rng.integers(2**31)))

    def write(self, keys: Any, values: Any) -> None:
        """Store pairs, if there are any."""
        if len(keys) == 0:
            return
        before = self._codec()
        self.written = self.written + self.memory.write(keys, values)
        self._codec_of_writes = self._codec_of_writes + (self._codec() - before)
        self.items += len(keys)

    def read(self, cues: Any) -> ReadResult:
        """What the cues recall."""
        before = self._codec()
        found: ReadResult = self.memory.read(cues)
        self._codec_of_reads = self._codec_of_reads + (self._codec() - before)
        self.read_ops = self.read_ops + found.ops
        self.queries += len(cues)
        return found

    def point(self, at: At, metrics: dict[str, float], last: bool = True) -> Point:
        """The point of that condition. The counts of reads then begin anew, unless further points
        come from the same reads: `last` False."""
        found = Point(at, metrics, {"write": self.written, "read": self.read_ops,
                                    "codec": self._codec_of_writes + self._codec_of_reads},
                      self.items, self.queries, self.memory.state_bits(), self.codings())
        if last:
            self.read_ops = self._codec_of_reads = NOTHING
            self.queries = 0
        return found

    def codings(self) -> dict[str, int]:
        """Bits of the store in the memory's other lossless codings, by name."""
        told = getattr(self.memory, "codings", None)
        return {} if told is None else dict(told())

    def fewest_bits(self) -> int:
        """Of the declared store and its other codings, at least 1."""
        return max(1, int(min([self.memory.state_bits(), *self.codings().values()])))

    def _codec(self) -> OpCount:
        ops: OpCount = getattr(self.memory, "codec_ops", NOTHING)
        return ops


def built_for(setting: Setting, needs: Iterable[Need]) -> Iterator[tuple[Need, Counted]]:
    """Each need with an empty memory for it; needs that the memory cannot meet are left out.

    If it can meet none of them, CannotDo with the reason of the last.
    """
    reason, some = None, False
    for done, need in enumerate(needs := list(needs)):
        try:
            memory = setting.memory_for(need)
        except CannotDo as problem:
            reason = problem
        else:
            some = True
            yield need, Counted(memory)
        setting.tell((done + 1) / len(needs))
    if not some and reason is not None:
        raise reason


def must_take_pairs(setting: Setting) -> None:
    """CannotDo if the memory stores patterns only as their own cues."""
    if not setting.entry.hetero:
        raise CannotDo(f"{setting.entry.name} is auto-associative; the task has keys and values "
                       "of their own")
