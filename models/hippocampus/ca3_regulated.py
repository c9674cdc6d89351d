"""CA3 with regulated activity: inhibition confines learning, and recall runs on frozen weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...simulator.equations import SECOND
from ...simulator.errors import DescriptionError
from ...simulator.network import Network, Population, Projection
from ...simulator.results import Results
from ...simulator.stimuli import SpikeTimes
from ...simulator.units import Quantity, split
from .ca3 import (
    ALL,
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

REPEATS, PERIOD, BETWEEN = 4, 10, 50
"""A pattern is learnt 4 times every 10 ms, and the next one starts 50 ms after it."""

TWICE, EVERY, START = (0, 3), 14, 1
"""A fragment is shown twice, 3 ms apart, and the next one 10 ms after that; first onset, ms."""


@dataclass(frozen=True)
class RegulatedCA3:
    """An autoassociative memory of `size` neurons that fires only while it is asked.

    Frozen: `learn` and `recall` return a new memory. All learning comes first, in the network
    `training()`; `network(weights)` recalls with the weights that it left. A recalled neuron needs
    some 5 nA: the recurrent weights outdo inhibition by less than 1 nA each, so patterns must be
    large (the published ones have 13 and 14 neurons, recalled from 9).
    """

    size: int = 15
    learnt: tuple[Operation, ...] = ()
    recalls: tuple[Operation, ...] = ()

    def __post_init__(self) -> None:
        check_size("size", self.size)

    @classmethod
    def published(cls) -> RegulatedCA3:
        """The paper's two overlapping patterns; the choice of fragments that tell them is ours."""
        one, two = [*range(1, 13), 14], range(14)
        return cls().learn(one).learn(two).recall(range(9)).recall([*range(1, 9), 14])

    def learn(self, pattern: Iterable[int]) -> RegulatedCA3:
        """Show a pattern four times, 10 ms apart, with inhibition of all others."""
        found = check_content(pattern, self.size, "pattern", "size")
        return replace(self, learnt=(*self.learnt, Operation(LEARN, None, found)))

    def recall(self, fragment: Iterable[int]) -> RegulatedCA3:
        """Show a part of a pattern twice, 3 ms apart."""
        found = check_content(fragment, self.size, "fragment", "size")
        return replace(self, recalls=(*self.recalls, Operation(RECALL, None, found)))

    @property
    def lessons(self) -> list[Presentation]:
        """Every pattern with the onset of its first repeat in ms."""
        check_any(self.learnt)
        repeats = tuple(PERIOD * k for k in range(REPEATS))
        return [Presentation(op, START + BETWEEN * n, repeats) for n, op in enumerate(self.learnt)]

    @property
    def timetable(self) -> list[Presentation]:
        """Every recall with its onset in ms, from the start of `network(weights)`."""
        check_any(self.recalls)
        return [Presentation(op, START + EVERY * n, TWICE) for n, op in enumerate(self.recalls)]

    @property
    def training_duration(self) -> Quantity:
        """Time that `training()` needs."""
        return Quantity((self.lessons[-1].onset + BETWEEN) * MS, SECOND)

    @property
    def duration(self) -> Quantity:
        """Time that `network(weights)` needs."""
        return Quantity((self.timetable[-1].onset + EVERY) * MS, SECOND)

    def training(self, probes: Iterable[Any] = ()) -> Network:
        """The circuit with plastic recurrent synapses, shown the patterns to learn."""
        rule = {"tau_plus": 9*ms, "tau_minus": 5*ms, "a_plus": 6*nA, "a_minus": 3*nA,
                "w_max": 12*nA}
        recurrent = Projection(RECURRENT, "pc", "pc", OTHERS, PAIR_STDP_SPINNAKER, rule,
                               delay=1*ms)
        now = [p.onset + k for p in self.lessons for k in p.offsets]
        return self._circuit(self.lessons, now, recurrent, 3*ms, probes)

    def weights(self, run: Results, variable: str = "w_sent") -> Quantity:
        """Recurrent weights that a run of `training()` left, one a synapse, by (pre, post).

        As read off a board; "w" also has the postsynaptic events after the last presynaptic spike.
        """
        weights: Quantity = run.weights[RECURRENT][variable]
        return weights

    def network(self, weights: Any, probes: Iterable[Any] = ()) -> Network:
        """The circuit with frozen recurrent `weights`, asked to recall; slower membranes."""
        synapses = self.size * (self.size - 1)
        if np.shape(split(weights)[0]) != (synapses,):
            raise DescriptionError(f"weights of shape {np.shape(split(weights)[0])}: a memory of "
                                   f"size {self.size} has {synapses} recurrent synapses; take them "
                                   "from weights(run) of a run of training()")
        recurrent = Projection(RECURRENT, "pc", "pc", OTHERS, EXC, {"w": weights}, delay=1*ms)
        return self._circuit(self.timetable, [], recurrent, 5*ms, probes)

    def _circuit(self, presented: Sequence[Presentation], lessons: list[int],
                 recurrent: Projection, tau_m: Any, probes: Iterable[Any]) -> Network:
        slow = {"tau_refrac": 2*ms}
        return Network(
            [Population("dg", self.size, SpikeTimes.of(spike_trains(presented), ms)),
             Population("learning", 1, SpikeTimes.of({0: lessons}, ms)),
             neurons("inh", self.size, **slow), neurons("pc", self.size, **slow, tau_m=tau_m)],
            [recurrent, wire("pc", "pc", OTHERS, INH, 11), wire("dg", "pc", ONE, EXC, 12),
             wire("learning", "inh", ALL, EXC, 8), wire("dg", "inh", ONE, INH, 8),
             wire("inh", "pc", ONE, INH, 12 * 15)],
            probes=tuple(probes), dt=1*ms, name="ca3-regulated")

    def decode(self, run: Results) -> list[PatternRecord]:
        """Who fires in each recall, beside who should."""
        stored = [op.content for op in self.learnt]
        return read_patterns(run, self.timetable, stored, 0, EVERY)

    def decode_training(self, run: Results) -> list[PatternRecord]:
        """Who fires while each pattern is learnt: the pattern, and nobody else."""
        return read_patterns(run, self.lessons, [], 0, BETWEEN)
