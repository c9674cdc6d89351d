"""When each operation happens, and the spikes that carry it in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...simulator.errors import DescriptionError
from .protocol import FORGET, RECALL, Answer, Operation, perfect

HOLD = 3
"""ms for which learning holds its input."""

Pulse = tuple[int, bool, tuple[int, ...]]
"""ms after the onset, whether the operation's cue is present, content that is present."""

Trains = dict[int, list[int]]
"""Spike times in ms by neuron."""


@dataclass(frozen=True)
class Timed:
    """An operation, the ms at which its input starts, and how long nothing else may start."""

    operation: Operation
    onset: int
    length: int
    answer: Answer


def timetable(operations: Sequence[Operation], learn: int, recall: int,
              forget: int = 0, start: int = 0) -> list[Timed]:
    """Operations one after the other from `start`; lengths in ms.

    `forget` comes on top of `learn` where there is something to erase.
    """
    out, now = [], start
    for op, answer in zip(operations, perfect(operations), strict=True):
        length = recall if op.kind == RECALL else learn
        if op.kind == FORGET and answer.forgotten:
            length += forget
        out.append(Timed(op, now, length, answer))
        now += length
    return out


def hold(operation: Operation) -> list[Pulse]:
    """What learning shows: cue and content for three consecutive ms."""
    return [(k, True, operation.content) for k in range(HOLD)]


def trains(table: Sequence[Timed], pulses: Callable[[Timed], list[Pulse]]) -> tuple[Trains, Trains]:
    """Spike times of the cues and of the contents."""
    cue: Trains = {}
    content: Trains = {}
    for timed in table:
        for offset, present, shown in pulses(timed):
            if present and timed.operation.cue is not None:
                cue.setdefault(timed.operation.cue, []).append(timed.onset + offset)
            for c in shown:
                content.setdefault(c, []).append(timed.onset + offset)
    return cue, content


def check_any(operations: Sequence[Operation]) -> None:
    """DescriptionError where there is nothing to run."""
    if not operations:
        raise DescriptionError(
            "this memory has no operations. learn, recall and forget return a new memory: keep it, "
            "as in cam = cam.learn(cue=0, content=[1]); for spikes of your own use "
            "network(cue_spikes=..., content_spikes=...) and a duration of your own")


def check_none(operations: Sequence[Operation]) -> None:
    """DescriptionError where spikes are given beside operations."""
    if operations:
        raise DescriptionError(f"this memory has {len(operations)} operations, so network() takes "
                               "no spikes; give them to a memory without operations")
