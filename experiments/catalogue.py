"""The memory models that run by name: `engram run NAME` and the gallery read this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

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


def _tripartite() -> Prepared:
    from ..models.astrocyte.demo import two_territories
    seconds = 2

    def describe(run: Results) -> list[str]:
        ca = run.states["astrocytes"].traces["ca"].values.max(axis=1) * 1e3  # from mM
        fired, released = (run.spikes[p].step * run.dt for p in ("cells", "astrocytes"))
        rows = [f"{q/2:.1f} to {q/2 + 0.5:.1f} s: {((fired >= q/2) & (fired < q/2 + 0.5)).sum()} "
                f"spikes, calcium up to {ca[q*50:q*50 + 50].max():.2f} uM"
                for q in range(2 * seconds)]
        return [*rows, "gliotransmitter is set free at " + (" and ".join(
            f"{t:.2f} s" for t in released) or "no time") + "; it weakens the synapses"]
    return Prepared(two_territories(), seconds * 1000 * ms, describe, (), ((0 * ms, "input on"),))


def _liquid() -> Prepared:
    from ..models.astrocyte.demo import PICTURES, small_liquid

    def describe(run: Results) -> list[str]:
        most = run.spikes["liquid"].step.max(initial=0) // 200 + 1
        liquid, given = (np.bincount(run.spikes[p].step // 200, minlength=most)
                         for p in ("liquid", "input"))
        rows = [f"pictures {10*n + 1} to {10*n + 10}: {a/max(b, 1):.2f} spikes of the liquid for "
                "one of the input" for n, (a, b) in enumerate(zip(liquid, given, strict=True))]
        w = {name: run.weights[name].final["w"].mean() for name in ("exc", "inh")}
        return [*rows, f"weights, from 3 at the start: {w['exc']:.2f} excitatory, "
                       f"{-w['inh']:.2f} inhibitory"]
    marks = tuple((20 * n * ms, f"picture {n + 1}") for n in range(0, PICTURES, 10))
    return Prepared(small_liquid(), 20 * PICTURES * ms, describe, ("exc", "inh"), marks)


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
    Demo("tripartite-synapse", "astrocytes hear their synapses and weaken them by gliotransmitter",
         _tripartite),
    Demo("steered-liquid", "an astrocyte weakens a liquid that fires more than its input",
         _liquid),
)

MODELS = {demo.name: demo for demo in DEMOS}
