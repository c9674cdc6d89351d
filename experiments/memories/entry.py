"""A memory under its name: what it is, where it comes from, how it is built for a task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ...models.memory import Domain

Role = Literal["associative", "layer", "learner"]


@dataclass(frozen=True)
class LayerNeed:
    """What a task asks of a sequence layer: width of its input and output, length, seed."""

    width: int
    length: int
    seed: int = 0


@dataclass(frozen=True)
class Entry:
    """A row of the catalogue of memories.

    `role`: "associative" is built from a `models.memory.Need` and is an AssociativeMemory; "layer"
    from a LayerNeed and is a torch module that is a SequenceMemory; "learner" is a way to learn
    task after task. `build(need)` raises CannotDo with the reason for the table where the memory
    cannot be that. `knob` names the whole number of `build(need, knob)` that sets the size of the
    store (slots, cues, bits); None where the need alone sets it.

    `domains`: what it takes by itself, the best first. `auto`, `hetero`: which tasks it can do.
    `family` chooses the theory lines ("hopfield", "willshaw", "linear"...). `second_hand`: the
    equation is known only from other people's accounts of the paper.
    """

    name: str
    summary: str
    source: str
    build: Callable[..., Any]
    role: Role = "associative"
    spiking: bool = False
    domains: tuple[Domain, ...] = ("unit", "real", "bipolar", "ksparse")
    auto: bool = True
    hetero: bool = True
    family: str = ""
    knob: str | None = None
    second_hand: bool = False
