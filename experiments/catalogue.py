"""The memory models that run by name: `engram run NAME` and the gallery read this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..models.hippocampus.cam import cam_network
from ..simulator.network import Network
from ..simulator.results import Results
from ..simulator.units import UNITS, Quantity

ms = UNITS["ms"]


@dataclass(frozen=True)
class Prepared:
    """A network ready to run.

    `duration` to run it for, what to say about the run (`describe`, lines of text), and the names
    of the plastic projections worth plotting (`weights`).
    """

    network: Network
    duration: Quantity
    describe: Callable[[Results], list[str]]
    weights: tuple[str, ...]


@dataclass(frozen=True)
class Demo:
    """A model under its name; `build()` makes the network and its protocol."""

    name: str
    summary: str
    build: Callable[[], Prepared]


def _cam() -> Prepared:
    network = cam_network(5, 10, {0: [0, 1, 2, 30]}, {1: [0, 1, 2], 8: [0, 1, 2]})
    return Prepared(network, 60 * ms, lambda run: [f"output spikes: {len(run.spikes['output'])}"],
                    ("cue_recall", "content_recall"))


DEMOS = (
    Demo("hippocampal-cam", "content-addressable memory: learn, recall by cue or content, forget",
         _cam),
)

MODELS = {demo.name: demo for demo in DEMOS}
