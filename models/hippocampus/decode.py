"""From output spikes to answers: what each operation recalled, and whether it was right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...simulator.equations import SECOND
from ...simulator.errors import DescriptionError
from ...simulator.results import Results
from ...simulator.units import Quantity
from .protocol import FORGET, LEARN, MS, RECALL, Answer, Operation, braces
from .schedule import Timed

Heard = Mapping[int, tuple[set[int], set[int]]]
"""Cues and contents at the output, by ms."""


@dataclass(frozen=True)
class Record:
    """What one operation did.

    `cues` and `content` were at the output within `cue_window` and `content_window` (first and
    last ms, as quantities), `forgotten` is old content that showed up once and was lost.
    `expected` is a perfect memory's answer; `stray` counts output spikes outside the windows.
    """

    operation: Operation
    onset: Quantity
    cue_window: Quantity
    content_window: Quantity
    cues: tuple[int, ...]
    content: tuple[int, ...]
    forgotten: tuple[int, ...]
    stray: int
    expected: Answer

    @property
    def ok(self) -> bool:
        """Whether the network answered as a perfect memory would, when it should."""
        return self.stray == 0 and self.expected == Answer(self.cues, self.content, self.forgotten)

    def __str__(self) -> str:
        op = self.operation
        said = []
        if op.kind == RECALL and op.cue is not None:
            said.append(f"content {braces(self.content)}")
        elif op.kind == RECALL:
            said.append(f"cues {braces(self.cues)}")
        if self.forgotten:
            said.append(f"forgets {braces(self.forgotten)}")
        text = f"{self.onset!r}: {op}" + (f" -> {', '.join(said)}" if said else "")
        return text if self.ok else f"{text}  (expected {self.expected})"


def output_by_ms(run: Results, cues: int) -> dict[int, tuple[set[int], set[int]]]:
    """Output spikes by ms: (cue lines, content neurons); the cue lines come first."""
    if "output" not in run.spikes:
        raise DescriptionError("the run recorded no spikes of 'output'; run the network of this "
                               "memory, with SpikeProbe('output') if it has spike probes")
    spikes = run.spikes["output"]
    heard: dict[int, tuple[set[int], set[int]]] = {}
    for t, i in zip(np.rint(spikes.step * (spikes.dt / MS)).astype(int), spikes.i, strict=True):
        cue, content = heard.setdefault(int(t), (set(), set()))
        if i < cues:
            cue.add(int(i))
        else:
            content.add(int(i) - cues)
    return heard


def check_length(run: Results, needed: int) -> None:
    """DescriptionError when the run is shorter than `needed` ms."""
    done = round(run.steps * run.dt / MS)
    if done < needed:
        raise DescriptionError(f"the run has {done} ms and the operations need {needed} ms; "
                               "simulate for the memory's .duration")


def read_out(heard: Heard, table: Sequence[Timed], latency: int, settled: int) -> list[Record]:
    """Records of the operations in `table`.

    `latency` is the ms from an input to its echo; what it recalls comes one later. `settled`, in
    ms, is when the last operation's output has ended.
    """
    ends = [t.onset + latency for t in table[1:]] + [settled]
    return [_record(heard, timed, latency, end) for timed, end in zip(table, ends, strict=True)]


def _record(heard: Heard, timed: Timed, latency: int, end: int) -> Record:
    op, first = timed.operation, timed.onset + latency
    cue_at, content_at = _expected_times(op, first, end)
    old_at = () if op.kind == RECALL else (first + 1,)
    shown = tuple(range(first, end)) if op.kind == FORGET else (*content_at, *old_at)
    stray = sum(len(heard[t][0]) * (t not in cue_at) + len(heard[t][1]) * (t not in shown)
                for t in range(first, end) if t in heard)
    return Record(op, _time(timed.onset), _window(cue_at), _window(content_at or old_at),
                  _union(heard, 0, cue_at), _union(heard, 1, content_at),
                  _union(heard, 1, old_at), stray, timed.answer)


def _expected_times(op: Operation, first: int, end: int) -> tuple[tuple[int, ...],
                                                                 tuple[int, ...]]:
    """When the cues and the content of an operation are at the output, in ms."""
    if op.kind == LEARN:
        return (first, first + 2), (first, first + 2)
    if op.kind == FORGET:
        return tuple(range(first, end)), ()
    return ((first + 1,), (first,)) if op.cue is None else ((first,), (first + 1,))


def _union(heard: Heard, part: int, times: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set().union(*(heard[t][part] for t in times if t in heard))))


def _time(ms: int) -> Quantity:
    return Quantity(ms * MS, SECOND)


def _window(times: Sequence[int]) -> Quantity:
    return Quantity(np.array([times[0], times[-1]]) * MS, SECOND)
