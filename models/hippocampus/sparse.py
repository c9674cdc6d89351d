"""The sparse-learning hippocampal memory as a protocol: a binary cue recalls content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...simulator.equations import SECOND
from ...simulator.errors import DescriptionError
from ...simulator.network import Network
from ...simulator.results import Results
from ...simulator.units import Quantity
from .decode import Record, check_length, output_by_ms, read_out
from .protocol import (
    FORGET,
    LEARN,
    MS,
    RECALL,
    Operation,
    check_content,
    check_cue,
    check_size,
    intervals,
)
from .schedule import (
    HOLD,
    Pulse,
    Timed,
    Trains,
    check_any,
    check_none,
    hold,
    timetable,
    trains,
)
from .sparse_circuit import PLASTIC, bits_of, sparse_network


@dataclass(frozen=True)
class Variant:
    """Times in ms.

    `latency` from an input to its echo, `start` of the first operation (gates that invert need a
    moment), and `timings`: from a learn and from a recall to the next operation.
    """

    latency: int
    start: int
    timings: dict[str, tuple[int, int]]


VARIANTS = {"gates": Variant(6, 1, {"safe": (30, 30), "paper": (7, 6)}),
            "neurons": Variant(4, 0, {"safe": (30, 30), "paper": (7, 5)})}


@dataclass(frozen=True)
class SparseHippocampus:
    """A memory of `cues` cues, each given in binary, with a set of `contents` content neurons.

    DG decodes the cue to one neuron of CA3, which learns the content; CA1 encodes it again.
    `variant` "gates" decodes with logic gates, "neurons" with one neuron an address. Frozen:
    `learn`, `recall` and `forget` return a new memory. `timing` as in HippocampalCAM.
    """

    cues: int = 5
    contents: int = 10
    timing: Any = "safe"
    variant: str = "gates"
    operations: tuple[Operation, ...] = ()

    def __post_init__(self) -> None:
        check_size("cues", self.cues)
        check_size("contents", self.contents)
        if self.variant not in VARIANTS:
            raise DescriptionError(f"variant={self.variant!r} is not known; there are "
                                   f"{', '.join(map(repr, VARIANTS))}")
        intervals(self.timing, VARIANTS[self.variant].timings)

    def learn(self, cue: int, content: Iterable[int]) -> SparseHippocampus:
        """Hold cue and content for 3 ms. What the cue held before is forgotten."""
        return self._then(Operation(LEARN, check_cue(cue, self.cues),
                                    check_content(content, self.contents)))

    def recall(self, cue: int) -> SparseHippocampus:
        """Present the cue for 1 ms."""
        return self._then(Operation(RECALL, check_cue(cue, self.cues)))

    def forget(self, cue: int) -> SparseHippocampus:
        """Hold the cue without content for 3 ms: its weights end at zero."""
        return self._then(Operation(FORGET, check_cue(cue, self.cues)))

    def _then(self, operation: Operation) -> SparseHippocampus:
        return replace(self, operations=(*self.operations, operation))

    @property
    def timetable(self) -> list[Timed]:
        """Every operation with its onset and length in ms."""
        variant = VARIANTS[self.variant]
        return timetable(self.operations, *intervals(self.timing, variant.timings),
                         start=variant.start)

    @property
    def duration(self) -> Quantity:
        """Long enough for the last operation to show at the output."""
        return Quantity(self._settled * MS, SECOND)

    @property
    def _settled(self) -> int:
        check_any(self.operations)
        last = self.timetable[-1]
        return last.onset + max(last.length, HOLD + VARIANTS[self.variant].latency + 1)

    def network(self, cue_spikes: Mapping[int, Any] | None = None,
                content_spikes: Mapping[int, Any] | None = None,
                probes: Iterable[Any] = ()) -> Network:
        """The circuit, driven by the operations, or by spikes of one's own.

        `cue_spikes` maps a bit of the cue (least significant first; cue c is the number c + 1) to
        its times, `content_spikes` a content neuron (quantities, or plain ms).
        """
        if cue_spikes is not None or content_spikes is not None:
            check_none(self.operations)
        else:
            cue_spikes, content_spikes = self.input_spikes()
        return sparse_network(self.cues, self.contents, self.variant, cue_spikes or {},
                              content_spikes or {}, probes)

    def input_spikes(self) -> tuple[Trains, Trains]:
        """Spikes of the cue's bits and of the contents: {neuron: [ms, ...]} of each."""
        check_any(self.operations)
        cue, content = trains(self.timetable, _pulses)
        bits = {b: sorted(t for c, times in cue.items() if (c + 1) >> b & 1 for t in times)
                for b in range(bits_of(self.cues))}
        return {b: times for b, times in bits.items() if times}, content

    def decode(self, run: Results) -> list[Record]:
        """What each operation showed at the output, beside a perfect memory's answer."""
        check_length(run, self._settled)
        heard = {t: ({sum(1 << b for b in bits) - 1} if bits else set(), content)
                 for t, (bits, content) in output_by_ms(run, bits_of(self.cues)).items()}
        return read_out(heard, self.timetable, VARIANTS[self.variant].latency, self._settled)

    def weights(self, run: Results, variable: str = "w_sent") -> dict[str, Quantity]:
        """The plastic weights at the end of a run, (cues, contents); as in HippocampalCAM."""
        return {PLASTIC: run.weights[PLASTIC].matrix(variable)}


def _pulses(timed: Timed) -> list[Pulse]:
    return [(0, True, ())] if timed.operation.kind == RECALL else hold(timed.operation)
