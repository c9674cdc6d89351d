"""Patterns completed by the recurrent collaterals of CA3: what both models of it share.

Casanueva-Morato et al., "Spike-based computational models of bio-inspired memories in the
hippocampal CA3 region on SpiNNaker", IJCNN 2022 (arXiv 2205.04782). Weights, delays, neurons and
the timing of the presentations are the published ones; steps of 1 ms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...simulator.connectors import AllToAll, OneToOne
from ...simulator.equations import SECOND
from ...simulator.errors import DescriptionError
from ...simulator.network import Population, Projection
from ...simulator.results import Results
from ...simulator.units import UNITS, Quantity
from ..neurons import IF_CURR_EXP_SPINNAKER
from ..synapses import static
from .protocol import LEARN, MS, RECALL, Operation, braces

ms, mV, nA, nF = (UNITS[u] for u in ("ms", "mV", "nA", "nfarad"))

ONE, ALL, OTHERS = OneToOne(), AllToAll(), AllToAll(self_connections=False)
EXC, INH = static("in_exc"), static("in_inh")
RECURRENT = "pc_to_pc"


@dataclass(frozen=True)
class Presentation:
    """An operation, its onset in ms, and the ms after it at which its neurons are driven."""

    operation: Operation
    onset: int
    offsets: tuple[int, ...]


@dataclass(frozen=True)
class PatternRecord:
    """What a recall showed: `recalled` neurons, and the stored neurons that `expected` names."""

    operation: Operation
    onset: Quantity
    recalled: tuple[int, ...]
    expected: tuple[int, ...]

    @property
    def ok(self) -> bool:
        """Whether the whole pattern fired and nothing else."""
        return self.recalled == self.expected

    def __str__(self) -> str:
        text = f"{self.onset!r}: {self.operation.kind} {braces(self.operation.content)}"
        if self.operation.kind == RECALL:
            text += f" -> {braces(self.recalled)}"
        return text if self.ok else f"{text}  (expected {braces(self.expected)})"


def completed(fragment: Iterable[int], stored: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """All neurons of the stored patterns that contain `fragment`; itself where none does."""
    part = set(fragment)
    whole = part.union(*(p for p in stored if part <= set(p)))
    return tuple(sorted(whole))


def spike_trains(presented: Iterable[Presentation]) -> dict[int, list[int]]:
    """Spike times in ms by neuron."""
    out: dict[int, list[int]] = {}
    for p in presented:
        for i in p.operation.content:
            out.setdefault(i, []).extend(p.onset + k for k in p.offsets)
    return out


def neurons(name: str, size: int, **parameters: Any) -> Population:
    """Neurons of either model: threshold 5 mV above rest."""
    return Population(name, size, IF_CURR_EXP_SPINNAKER,
                      {"c_m": 0.27*nF, "tau_m": 3*ms, "v_thresh": -55*mV, **parameters})


def wire(source: str, target: str, connector: Any, synapse: Any, weight: float) -> Projection:
    """A fixed projection of `weight` nA and 1 ms, named after its ends."""
    suffix = "_inh" if synapse is INH else ""
    return Projection(f"{source}_to_{target}{suffix}", source, target, connector, synapse,
                      {"w": weight*nA}, delay=1*ms)


def read_patterns(run: Results, presented: Sequence[Presentation],
                  stored: Sequence[tuple[int, ...]], settle: int,
                  window: int) -> list[PatternRecord]:
    """Records of the operations: who fires from `settle` up to before `window` ms after onset."""
    need = max(p.onset for p in presented) + window
    if run.steps < need or "pc" not in run.spikes:
        raise DescriptionError(f"the run has {run.steps} ms with spikes of "
                               f"{', '.join(run.spikes) or 'nothing'}; the operations need {need} "
                               "ms with those of 'pc': run this memory's network for its duration")
    step, i = run.spikes["pc"].step, run.spikes["pc"].i
    records = []
    for p in presented:
        op, onset = p.operation, p.onset
        within = (step >= onset + settle) & (step < onset + window)
        fired = tuple(int(n) for n in np.unique(i[within]))
        wanted = op.content if op.kind == LEARN else completed(op.content, stored)
        records.append(PatternRecord(op, Quantity(onset * MS, SECOND), fired, wanted))
    return records
