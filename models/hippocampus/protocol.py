"""Operations on a memory of one-hot cues, in order, and what a perfect memory would answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...simulator.clock import steps
from ...simulator.errors import DescriptionError
from ...simulator.units import Quantity

MS = 1e-3

LEARN, RECALL, FORGET = "learn", "recall", "forget"


@dataclass(frozen=True)
class Operation:
    """`kind` is learn, recall or forget; a recall has either a cue or content."""

    kind: str
    cue: int | None = None
    content: tuple[int, ...] = ()

    def __str__(self) -> str:
        what = [f"cue {self.cue}"] if self.cue is not None else []
        what += [f"content {braces(self.content)}"] if self.content else []
        return f"{self.kind} {', '.join(what)}"


@dataclass(frozen=True)
class Answer:
    """What a perfect memory shows during one operation.

    `forgotten` is content that the cue held before the operation and does not hold after it.
    """

    cues: tuple[int, ...]
    content: tuple[int, ...]
    forgotten: tuple[int, ...] = ()


def perfect(operations: Iterable[Operation]) -> list[Answer]:
    """Answers of a perfect memory. Recall by content names every cue that shares any of it."""
    stored: dict[int, tuple[int, ...]] = {}
    answers = []
    for op in operations:
        held = stored.get(op.cue, ()) if op.cue is not None else ()
        if op.kind == RECALL:
            answers.append(_recalled(op, stored))
            continue
        assert op.cue is not None
        answers.append(Answer((op.cue,), op.content, tuple(sorted(set(held) - set(op.content)))))
        stored[op.cue] = op.content
    return answers


def _recalled(op: Operation, stored: dict[int, tuple[int, ...]]) -> Answer:
    if op.cue is not None:
        return Answer((op.cue,), stored.get(op.cue, ()))
    return Answer(tuple(sorted(c for c, held in stored.items() if set(held) & set(op.content))),
                  op.content)


def check_size(name: str, value: Any) -> None:
    """DescriptionError unless `value` is a positive whole number."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise DescriptionError(f"{name}={value!r} must be a whole number of neurons, at least 1")


def check_cue(cue: Any, cues: int) -> int:
    """The cue as an int; DescriptionError unless it is one of `cues`."""
    if isinstance(cue, bool) or not isinstance(cue, (int, np.integer)):
        raise DescriptionError(f"cue={cue!r} must be the number of one cue, 0 to {cues - 1}")
    if not 0 <= cue < cues:
        raise DescriptionError(f"cue={cue} does not exist: this memory has {cues} cues, 0 to "
                               f"{cues - 1}; make it with cues={max(int(cue), 0) + 1} or more")
    return int(cue)


def check_content(content: Any, contents: int, name: str = "content",
                  size: str = "contents") -> tuple[int, ...]:
    """Content as sorted distinct ints; DescriptionError when empty, repeated or out of range.

    `name` and `size` are what the caller's arguments are called.
    """
    example = f"such as {name}=[0, 3]"
    if isinstance(content, (str, bytes)) or not isinstance(content, Iterable):
        raise DescriptionError(f"{name}={content!r} must be a list of neurons, {example}")
    found = list(content)
    if not found:
        raise DescriptionError(f"{name}={content!r} is empty; name at least one neuron, {example}")
    for c in found:
        if isinstance(c, bool) or not isinstance(c, (int, np.integer)):
            raise DescriptionError(f"{name}={content!r} holds {c!r}; it must hold numbers of "
                                   f"neurons, {example}")
        if not 0 <= c < contents:
            raise DescriptionError(f"{name} neuron {c} does not exist: this memory has {contents},"
                                   f" 0 to {contents - 1}; make it with "
                                   f"{size}={max(int(c), 0) + 1} or more")
    if len(set(found)) != len(found):
        raise DescriptionError(f"{name}={content!r} names a neuron twice; name each once")
    return tuple(sorted(int(c) for c in found))


def intervals(timing: Any, table: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """(learn, recall): ms from an operation to the next, from a name in `table` or a duration.

    A duration stands for both; DescriptionError when it is below the documented minimum.
    """
    if isinstance(timing, str):
        if timing not in table:
            raise DescriptionError(f"timing={timing!r} is not known; there are "
                                   f"{', '.join(map(repr, table))}, or a duration such as 10*ms")
        return table[timing]
    if not isinstance(timing, Quantity) and not hasattr(timing, "dim"):
        raise DescriptionError(f"timing={timing!r} must be {' or '.join(map(repr, table))}, or a "
                               "duration such as 10*ms")
    least = max(table["paper"])
    count = steps(timing, MS, "timing", least)
    return count, count


def braces(content: Iterable[int]) -> str:
    """Content as a set is written: {0, 1}."""
    return "{" + ", ".join(map(str, content)) + "}"
