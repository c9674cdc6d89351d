"""The Willshaw matrix as a network of spiking neurons that learns by itself, in one shot.

A key's input neurons fire together. Each excites the outputs that it has a stored synapse to with
lambda + 1 and inhibits all outputs with lambda (feed-forward inhibition), lambda being the number
of inputs: so an output crosses its threshold where no active input lacks a synapse to it, which is
Willshaw's rule. In learning, teachers make the value's outputs fire with the key, and a synapse
whose two sides fire together is stored. An output that fires without its teacher has all those
synapses already, so neither recall nor a wrong spike changes anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...simulator.connectors import AllToAll, OneToOne
from ...simulator.errors import DescriptionError
from ...simulator.free_memory import check_memory
from ...simulator.models import SynapseModel
from ...simulator.network import Network, Population, Projection
from ...simulator.results import Results
from ...simulator.stimuli import SpikeTimes
from ...simulator.units import UNITS
from ..neurons import LIF_DELTA
from ..synapses import static
from .checks import check_count
from .willshaw import Flags

ms, mV = UNITS["ms"], UNITS["mV"]

UNIT = 1.0
"""mV: what one more stored synapse adds."""

CELL = {"tau_m": 2*ms, "v_rest": -65*mV, "v_reset": -65*mV, "v_th": -64.7*mV, "tau_ref": 0*ms}
"""A unit is 0.61 mV where the threshold is looked at, a step later, so one is above 0.3 mV."""

INTERVAL = 50
"""ms from one operation to the next: the membrane's memory of the last falls by exp(-25)."""

STORED = "stored"
"""The projection that learns."""

ONE_SHOT = SynapseModel(
    "one-shot coincidence",
    """
    w : volt
    w_max : volt
    dr/dt = -r/tau : 1 (pre)
    tau : second
    """,
    on_pre="r = 1; v_post += w", on_post="w = clip(w + w_max*int(r > 0.3), 0*mV, w_max)",
    defaults={"w": 0*mV, "w_max": 1*mV, "tau": 3*ms})
"""A postsynaptic spike up to 3 ms after a presynaptic one switches the synapse on, for good."""


@dataclass(frozen=True)
class SpikingWillshaw:
    """`inputs` by `outputs`. Frozen: `learn` and `recall` return a memory with one more operation.

    `operations` are (key, value) as sorted tuples of active neurons; the value of a recall is None.
    """

    inputs: int
    outputs: int
    operations: tuple[tuple[tuple[int, ...], tuple[int, ...] | None], ...] = ()

    def __post_init__(self) -> None:
        for what, number in (("inputs", self.inputs), ("outputs", self.outputs)):
            check_count(number, what, where="spiking Willshaw: ")

    def learn(self, key: Iterable[int], value: Iterable[int]) -> SpikingWillshaw:
        """Store a pair."""
        return self._with(_who(key, self.inputs, "key"), _who(value, self.outputs, "value"))

    def recall(self, key: Iterable[int]) -> SpikingWillshaw:
        """Present a key, or a part of one."""
        return self._with(_who(key, self.inputs, "key"), None)

    @property
    def duration(self) -> Any:
        """Time for all operations."""
        return max(len(self.operations), 1) * INTERVAL * ms

    def network(self) -> Network:
        """The network with its keys and teachers as spike sources; outputs are `out`."""
        check_memory(80.0 * self.inputs * self.outputs,
                     f"spiking Willshaw: two synapses for each of {self.inputs:,} inputs and "
                     f"{self.outputs:,} outputs")
        inhibition = float(self.inputs) * UNIT
        teach = {"w": 4.0 * (inhibition + UNIT) * self.inputs * mV}
        jump = static("v", "volt")
        projections = [
            Projection(STORED, "key", "out", AllToAll(), ONE_SHOT,
                       {"w_max": (inhibition + UNIT) * mV}, delay=1*ms),
            Projection("inhibition", "key", "out", AllToAll(), jump, {"w": -inhibition * mV},
                       delay=1*ms),
            Projection("teaching", "teacher", "out", OneToOne(), jump, teach, delay=1*ms)]
        return Network(
            [Population("key", self.inputs, self._source(0)),
             Population("teacher", self.outputs, self._source(1)),
             Population("out", self.outputs, LIF_DELTA, CELL)],
            projections, dt=1*ms, name="spiking-willshaw")

    def decode(self, run: Results) -> list[Flags]:
        """Which outputs (outputs,) fired in each recall, in order."""
        spikes = run.spikes["out"]
        found = []
        for n, (_, value) in enumerate(self.operations):
            if value is None:
                at = np.asarray(spikes.step) // INTERVAL == n
                flags = np.zeros(self.outputs, bool)
                flags[np.asarray(spikes.i)[at]] = True
                found.append(flags)
        return found

    def stored(self, run: Results) -> Flags:
        """The synapses (inputs, outputs) that are on after a run."""
        weights = run.weights[STORED]
        return np.asarray(weights.matrix() > 0*mV)

    def _with(self, key: tuple[int, ...], value: tuple[int, ...] | None) -> SpikingWillshaw:
        return replace(self, operations=(*self.operations, (key, value)))

    def _source(self, side: int) -> SpikeTimes:
        spikes = [(neuron, INTERVAL * n) for n, operation in enumerate(self.operations)
                  for neuron in operation[side] or ()]
        who, when = np.array(spikes, np.int64).reshape(-1, 2).T
        return SpikeTimes(who, when * ms)


def _who(given: Iterable[int], size: int, what: str) -> tuple[int, ...]:
    asked = np.asarray([*given] if isinstance(given, Iterable) else given)
    if asked.ndim != 1 or (asked.size and asked.dtype.kind not in "iu"):
        raise DescriptionError(f"spiking Willshaw: {what} {given!r}; give the numbers of active "
                               "neurons, such as [1, 4]; np.flatnonzero makes them of flags")
    found = tuple(sorted({int(x) for x in asked}))
    if not found or found[0] < 0 or found[-1] >= size:
        raise DescriptionError(f"spiking Willshaw: {what} {found}; give one or more of 0 to "
                               f"{size - 1}")
    return found
