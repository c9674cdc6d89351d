"""CA3 in constant oscillation: a recalled pattern keeps firing until the next one arrives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ...simulator.equations import SECOND
from ...simulator.network import Network, Population, Projection
from ...simulator.results import Results
from ...simulator.stimuli import SpikeTimes
from ...simulator.units import Quantity
from .ca3 import (
    EXC,
    INH,
    ONE,
    OTHERS,
    RECURRENT,
    PatternRecord,
    Presentation,
    ms,
    nA,
    neurons,
    read_patterns,
    spike_trains,
    wire,
)
from .protocol import LEARN, MS, RECALL, Operation, check_content, check_size
from .schedule import check_any
from .synapses import PAIR_STDP_SPINNAKER

HOLD, EVERY, START = 5, 14, 1
"""ms: input held, from one onset to the next (so 10 ms between inputs), first onset."""

SETTLE = 3
"""ms after an onset from which only the new pattern fires: the last one takes two to die out."""


@dataclass(frozen=True)
class OscillatoryCA3:
    """An autoassociative memory of `size` neurons, each excited by one of the dentate gyrus.

    Frozen: `learn` and `recall` return a new memory. Patterns that share no neuron are recalled
    from fragments; the circuit keeps learning while it recalls.
    """

    size: int = 15
    operations: tuple[Operation, ...] = ()

    def __post_init__(self) -> None:
        check_size("size", self.size)

    @classmethod
    def published(cls) -> OscillatoryCA3:
        """The paper's experiment: three patterns of five, each recalled from four; 85 ms."""
        memory = cls()
        for first in (0, 10, 5):
            memory = memory.learn(range(first, first + 5))
        for fragment in (range(1, 5), range(10, 14), range(5, 9)):
            memory = memory.recall(fragment)
        return memory

    def learn(self, pattern: Iterable[int]) -> OscillatoryCA3:
        """Hold a pattern for 5 ms."""
        return self._then(LEARN, check_content(pattern, self.size, "pattern", "size"))

    def recall(self, fragment: Iterable[int]) -> OscillatoryCA3:
        """Hold a part of a pattern for 5 ms."""
        return self._then(RECALL, check_content(fragment, self.size, "fragment", "size"))

    def _then(self, kind: str, content: tuple[int, ...]) -> OscillatoryCA3:
        return replace(self, operations=(*self.operations, Operation(kind, None, content)))

    @property
    def timetable(self) -> list[Presentation]:
        """Every operation with its onset in ms."""
        check_any(self.operations)
        return [Presentation(op, START + EVERY * n, tuple(range(HOLD)))
                for n, op in enumerate(self.operations)]

    @property
    def duration(self) -> Quantity:
        """Up to where the next operation would start."""
        return Quantity((self.timetable[-1].onset + EVERY) * MS, SECOND)

    def network(self, probes: Iterable[Any] = ()) -> Network:
        """The circuit, driven by the operations."""
        trains = SpikeTimes.of(spike_trains(self.timetable), ms)
        rule = {"tau_plus": 3*ms, "tau_minus": 2*ms, "a_plus": 6*nA, "a_minus": 3*nA,
                "w_max": 12*nA}
        return Network(
            [Population("dg", self.size, trains), neurons("pc", self.size)],
            [Projection(RECURRENT, "pc", "pc", OTHERS, PAIR_STDP_SPINNAKER, rule, delay=1*ms),
             wire("pc", "pc", OTHERS, INH, 1.5), wire("dg", "pc", ONE, EXC, 6 * 14)],
            probes=tuple(probes), dt=1*ms, name="ca3-oscillatory")

    def decode(self, run: Results) -> list[PatternRecord]:
        """Who fires in each operation once it has settled, beside who should."""
        stored = [op.content for op in self.operations if op.kind == LEARN]
        return read_patterns(run, self.timetable, stored, SETTLE, EVERY)
