"""The memory models that run by name: `engram run NAME` and the gallery read this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..models.hippocampus import HippocampalCAM
from ..models.hippocampus.circuit import PLASTIC
from ..models.hippocampus.protocol import Operation, braces
from ..simulator.network import Network
from ..simulator.results import Results
from ..simulator.units import UNITS, Quantity


@dataclass(frozen=True)
class Prepared:
    """A network ready to run.

    `duration` to run it for, what to say about the run (`describe`, lines of text), the names of
    the plastic projections worth plotting (`weights`), and what to write above the raster (`marks`:
    times, each with a label of a few short lines).
    """

    network: Network
    duration: Quantity
    describe: Callable[[Results], list[str]]
    weights: tuple[str, ...]
    marks: tuple[tuple[Quantity, str], ...] = ()


@dataclass(frozen=True)
class Demo:
    """A model under its name; `build()` makes the network and its protocol."""

    name: str
    summary: str
    build: Callable[[], Prepared]


def _cam() -> Prepared:
    memory = (HippocampalCAM(cues=5, contents=10)
              .learn(cue=0, content=[0, 1, 8, 9]).learn(cue=4, content=[1, 5, 6])
              .recall(cue=0).recall(content=[1]).forget(cue=0).recall(cue=0).recall(content=[1]))
    return Prepared(memory.network(), memory.duration,
                    lambda run: [str(record) for record in memory.decode(run)], PLASTIC,
                    tuple((t.onset * UNITS["ms"], _short(t.operation)) for t in memory.timetable))


def _short(operation: Operation) -> str:
    """An operation in a few short lines, as it stands above a raster."""
    cue = [] if operation.cue is None else [f"cue {operation.cue}"]
    content = [braces(operation.content)] if operation.content else []
    return "\n".join([operation.kind, *cue, *content])


DEMOS = (
    Demo("hippocampal-cam", "content-addressable memory: learn, recall by cue or content, forget",
         _cam),
)

MODELS = {demo.name: demo for demo in DEMOS}
