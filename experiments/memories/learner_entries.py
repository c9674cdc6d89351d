"""Ways to learn task after task, by name: a method of `continual` and an entry here."""

from __future__ import annotations

from dataclasses import dataclass

from .entry import Entry


@dataclass(frozen=True)
class Learner:
    """A method of `experiments.continual` and the network it trains, by their names there."""

    method: str
    network: str = "mlp"


def _learner(name: str, summary: str, source: str, made: Learner, spiking: bool = False) -> Entry:
    return Entry(name, summary, source, lambda need: made, role="learner", spiking=spiking,
                 family="learner")


_HLOP = "Xiao et al. 2024"

ENTRIES = (
    _learner("naive", "training on each task in turn, nothing else", "McCloskey and Cohen 1989",
             Learner("naive")),
    _learner("replay", "replay of 200 kept samples", "Robins 1995", Learner("replay")),
    _learner("replay-compressed", "replay of 200 samples kept as codes",
             "Robins 1995; Hayes et al. 2020", Learner("replay-compressed")),
    _learner("ewc", "elastic weight consolidation", "Kirkpatrick et al. 2017", Learner("ewc")),
    _learner("hlop", "gradients kept out of learnt subspaces (HLOP)", _HLOP, Learner("hlop")),
    _learner("naive-spiking", "spiking network, surrogate gradients, nothing else",
             "Neftci et al. 2019", Learner("naive", "bptt"), spiking=True),
    _learner("hlop-spiking", "HLOP with spiking lateral units in a spiking network",
             _HLOP, Learner("hlop-spiking", "bptt"), spiking=True),
)
