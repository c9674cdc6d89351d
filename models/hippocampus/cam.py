"""The spike-based content-addressable memory as a protocol: learn, recall, forget, decode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...simulator.equations import SECOND
from ...simulator.errors import DescriptionError
from ...simulator.network import Network
from ...simulator.results import Results
from ...simulator.units import Quantity
from .circuit import PLASTIC, cam_network
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

__all__ = ["HippocampalCAM", "cam_network"]

LATENCY = 5
"""ms from an input to its echo at the output."""

TIMINGS = {"safe": (30, 30), "paper": (7, 6)}
"""ms from a learn and from a recall to the next operation.

The traces decay by exp(-10) in 30 ms, so an operation moves the weight of an unrelated synapse by
at most 0.0017 nA, and the margin between a learnt weight and the firing threshold is 2.7 nA.
"""

FORGET_GAP = 14
"""Least ms between the two halves of forgetting: the first may not weaken what the second needs."""


@dataclass(frozen=True)
class HippocampalCAM:
    """A memory of `cues` one-hot cues, each with a set of `contents` content neurons.

    Frozen: `learn`, `recall` and `forget` return a new memory with one more operation.
    `timing` is "safe" (30 ms an operation, so that none disturbs another), "paper" (learn 7 ms,
    recall 6 ms, as the authors document), or a duration for every operation.

    Limits of the circuit itself, at any timing: a recall by several contents also strengthens
    each of them towards every cue that answers, so the same one twice ties them together; and
    learning anew on a cue leaves its old contents at half strength towards that cue, so two of
    them presented at once still recall it (`forget` first leaves nothing).
    """

    cues: int = 5
    contents: int = 10
    timing: Any = "safe"
    operations: tuple[Operation, ...] = ()

    def __post_init__(self) -> None:
        check_size("cues", self.cues)
        check_size("contents", self.contents)
        intervals(self.timing, TIMINGS)

    def learn(self, cue: int, content: Iterable[int]) -> HippocampalCAM:
        """Hold cue and content for 3 ms. What the cue held before is forgotten."""
        return self._then(Operation(LEARN, check_cue(cue, self.cues),
                                    check_content(content, self.contents)))

    def recall(self, cue: int | None = None,
               content: Iterable[int] | None = None) -> HippocampalCAM:
        """Present one cue, or content, for 1 ms. Content recalls all cues that share any of it."""
        if (cue is None) == (content is None):
            raise DescriptionError(f"recall(cue={cue!r}, content={content!r}): give a cue or "
                                   "content, not both; recall twice for both")
        if content is None:
            return self._then(Operation(RECALL, check_cue(cue, self.cues)))
        return self._then(Operation(RECALL, None, check_content(content, self.contents)))

    def forget(self, cue: int) -> HippocampalCAM:
        """Erase a cue and all that points to it, and learn nothing in its place.

        Our own protocol (the paper forgets by learning anew): the cue is held for 3 ms, then the
        content that it holds follows for 1 ms, an order that weakens content to cue; then the cue
        alone for 3 ms, which weakens cue to content. Both end below
        0.001 nA at safe timing.
        """
        return self._then(Operation(FORGET, check_cue(cue, self.cues)))

    def _then(self, operation: Operation) -> HippocampalCAM:
        return replace(self, operations=(*self.operations, operation))

    @property
    def timetable(self) -> list[Timed]:
        """Every operation with its onset and length in ms."""
        learn, recall = intervals(self.timing, TIMINGS)
        return timetable(self.operations, learn, recall, self._second_half)

    @property
    def _second_half(self) -> int:
        return max(intervals(self.timing, TIMINGS)[0], FORGET_GAP)

    @property
    def duration(self) -> Quantity:
        """Long enough for the last operation to show at the output."""
        return Quantity(self._settled * MS, SECOND)

    @property
    def _settled(self) -> int:
        check_any(self.operations)
        last = self.timetable[-1]
        half = self._second_half if last.operation.kind == FORGET and last.answer.forgotten else 0
        return max(last.onset + last.length, last.onset + half + HOLD + LATENCY + 1)

    def network(self, cue_spikes: Mapping[int, Any] | None = None,
                content_spikes: Mapping[int, Any] | None = None,
                probes: Iterable[Any] = ()) -> Network:
        """The circuit, driven by the operations, or by spikes of one's own.

        `cue_spikes` and `content_spikes` map a neuron to its times (quantities, or plain ms).
        """
        if cue_spikes is not None or content_spikes is not None:
            check_none(self.operations)
        else:
            cue_spikes, content_spikes = self.input_spikes()
        return cam_network(self.cues, self.contents, cue_spikes or {}, content_spikes or {}, probes)

    def input_spikes(self) -> tuple[Trains, Trains]:
        """Cue and content spikes of the operations: {neuron: [ms, ...]} of each."""
        check_any(self.operations)
        return trains(self.timetable, self._pulses)

    def _pulses(self, timed: Timed) -> list[Pulse]:
        op, old = timed.operation, timed.answer.forgotten
        if op.kind == RECALL:
            return [(0, True, op.content)]
        if op.kind == LEARN or not old:
            return hold(op)
        again = [(self._second_half + k, True, ()) for k in range(HOLD)]
        return [*hold(op), (HOLD, False, old), *again]

    def decode(self, run: Results) -> list[Record]:
        """What each operation showed at the output, beside a perfect memory's answer."""
        check_length(run, self._settled)
        heard = output_by_ms(run, self.cues)
        return read_out(heard, self.timetable, LATENCY, self._settled)

    def weights(self, run: Results, variable: str = "w_sent") -> dict[str, Quantity]:
        """Matrices of the plastic weights at the end of a run: cue_recall and content_recall.

        (cues, contents) and (contents, cues). "w_sent" is the weight that the last presynaptic
        spike sent, which is what the board's memory holds; "w" also has the postsynaptic events
        that came after it, so it is what the next spike will start from.
        """
        return {name: run.weights[name].matrix(variable) for name in PLASTIC}
