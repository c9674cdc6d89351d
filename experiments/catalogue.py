"""The memory models that run by name: `engram run NAME` and the gallery read this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..backends.simulation import simulate
from ..models.hippocampus import (
    HippocampalCAM,
    OscillatoryCA3,
    RegulatedCA3,
    SparseHippocampus,
)
from ..models.hippocampus.protocol import Operation, braces
from ..simulator.network import Network
from ..simulator.results import Results
from ..simulator.units import UNITS, Quantity

ms = UNITS["ms"]


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
    return _prepared(memory, ("cue_recall", "content_recall"))


def _sparse() -> Prepared:
    memory = (SparseHippocampus(cues=5, contents=10)
              .learn(cue=3, content=[0, 7, 8, 9]).learn(cue=0, content=[1, 2]).recall(cue=3)
              .learn(cue=3, content=[4, 5]).recall(cue=3).forget(cue=0).recall(cue=0))
    return _prepared(memory, ("cue_to_content",))


def _oscillatory() -> Prepared:
    return _prepared(OscillatoryCA3.published(), ("pc_to_pc",))


def _prepared(memory: Any, weights: tuple[str, ...]) -> Prepared:
    """A memory whose whole protocol is one run."""
    return Prepared(memory.network(), memory.duration,
                    lambda run: [str(record) for record in memory.decode(run)], weights,
                    tuple((t.onset * ms, _short(t.operation)) for t in memory.timetable))


def _regulated() -> Prepared:
    memory = RegulatedCA3.published()

    def describe(run: Results) -> list[str]:
        """The run is the training; recall follows on the same backend, with what it left."""
        recall = simulate(memory.network(memory.weights(run)), memory.duration,
                          backend=run.provenance["backend"])
        return [*(str(r) for r in memory.decode_training(run)), "then, with frozen weights:",
                *(str(r) for r in memory.decode(recall))]
    return Prepared(memory.training(), memory.training_duration, describe, ("pc_to_pc",),
                    tuple((t.onset * ms, _short(t.operation)) for t in memory.lessons))


def _bcpnn() -> Prepared:
    from ..models.hebbian.spiking_bcpnn import INTERVAL, STORED, SpikingBCPNN  # its package: Numba
    a, b, c = ([4, 0, 0, 1, 0, 4, 4, 2], [0, 0, 1, 2, 3, 2, 1, 0], [3, 3, 0, 0, 2, 1, 4, 2])
    memory = SpikingBCPNN(8, 5).learn(a).learn(b).learn(c)
    for pattern in (a, b, c):
        memory = memory.recall([*pattern[:4], -1, -1, -1, -1])
    memory = memory.recall([*a[:6], *b[6:]])
    said = [(kind, "".join(".01234"[x + 1] for x in active)) for kind, active in memory.operations]

    def describe(run: Results) -> list[str]:
        """Lessons, then what each cue led to."""
        found = iter(memory.decode(run))
        return [f"{kind} {text}" + ("" if kind == "learn" else " -> " + "".join(
            ".01234"[x + 1] for x in next(found))) for kind, text in said]
    return Prepared(memory.network(), memory.duration, describe, (STORED,),
                    tuple((n * INTERVAL * ms, f"{kind}\n{text}")
                          for n, (kind, text) in enumerate(said)))


def _short(operation: Operation) -> str:
    """An operation in a few short lines, as it stands above a raster."""
    cue = [] if operation.cue is None else [f"cue {operation.cue}"]
    content = [braces(operation.content)] if operation.content else []
    return "\n".join([operation.kind, *cue, *content])


DEMOS = (
    Demo("hippocampal-cam", "content-addressable memory: learn, recall by cue or content, forget",
         _cam),
    Demo("sparse-hippocampus", "DG, CA3 and CA1: a binary cue recalls sparse content", _sparse),
    Demo("ca3-oscillatory", "CA3 completes patterns from fragments and keeps them firing",
         _oscillatory),
    Demo("ca3-regulated", "CA3 learns under inhibition and recalls with frozen weights",
         _regulated),
    Demo("bcpnn", "attractors learnt in one lesson each: completes cues, settles rivals", _bcpnn),
)

MODELS = {demo.name: demo for demo in DEMOS}
