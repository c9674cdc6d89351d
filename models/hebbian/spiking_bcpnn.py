"""An attractor memory of spiking neurons that learns by itself, in one shot, by the BCPNN rule.

`hypercolumns` of `units` each; a unit stands for a minicolumn and its spikes for those of all its
cells. A lesson makes one unit of each hypercolumn fire while the print-now signal kappa is on, and
the synapses between hypercolumns (`models.bcpnn`, gated by kappa) take the pattern up: what `Bcpnn`
does with its `share`, by spikes. In recall kappa is 0 and `open` lets drive, bias and synapses
through: a spike of a unit takes one threshold from every rival of its hypercolumn, as from itself,
so the unit of most support goes on firing. A cue makes the units that it names fire for a while;
then the network runs freely and settles. In lessons `open` is 0: nothing is recalled while learning
(as acetylcholine is held to do). All numbers set here are our choice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...simulator.connectors import FromArrays, OneToOne
from ...simulator.errors import DescriptionError
from ...simulator.free_memory import check_memory
from ...simulator.models import NeuronModel
from ...simulator.network import Network, Population, Projection
from ...simulator.results import Results
from ...simulator.stimuli import SpikeTimes, StepCurrent
from ...simulator.units import UNITS
from ..synapses import static
from ..synapses_bcpnn import bcpnn, joint
from .bcpnn import UNKNOWN, Symbols, check_size, symbols
from .bcpnn_traces import Probabilities, Rates

ms, Hz = UNITS["ms"], UNITS["hertz"]

INTERVAL = 300
"""ms from one operation to the next; the last 50 are silent, so that no trace outlives them."""

PERIOD = 10
"""ms between the spikes of a taught unit, in step with all others of its pattern."""

TAUGHT, PRINTED = (0, 150), (50, 150)
"""ms of a lesson in which teachers fire, and in which kappa is on: traces have come up by then."""

CUED, OPEN, JUDGED = (0, 100), (0, 250), (170, 250)
"""ms of a recall in which the cue fires, units are open, and spikes are counted."""

RATES = Rates(tau_zi=0.02, tau_zj=0.02, tau_p=1.0, f_max=1000 / PERIOD, eps=1e-4)
"""Those of the traces, in SI."""

DRIVE, GAIN = 2.0, 0.05
"""Thresholds by which a unit is driven without support, and by each nat of it."""

TRACES = {"tau_p": RATES.tau_p * 1000*ms, "f_max": RATES.f_max * Hz, "eps": RATES.eps}
TAU_S = 20*ms
RULE = {**TRACES, "tau_zi": RATES.tau_zi * 1000*ms, "tau_zj": RATES.tau_zj * 1000*ms,
        "w_gain": GAIN / float(RATES.f_max * Hz * TAU_S)}
"""At the rate `f_max` a unit's synapses say GAIN for each nat of their weights."""

ENOUGH = 8
"""Of fewer hypercolumns each says more than GAIN, so that all say as much as this many."""

STORED = "between"
"""The projection that learns."""

MINICOLUMN = NeuronModel(
    "minicolumn",
    """
    dv/dt = (open*(drive + gain*log(p) + s) - v)/tau_m : 1
    ds/dt = -s/tau_s : 1
    dz/dt = -z/tau_z : 1
    dp/dt = kappa*(z + eps - p)/tau_p : 1
    open : 1
    kappa : 1
    drive : 1
    gain : 1
    tau_m : second
    tau_s : second
    tau_z : second
    tau_p : second
    f_max : Hz
    eps : 1
    """,
    threshold="v > 1", reset="v = 0; z += 1/(f_max*tau_z)", method="rk4",
    defaults={**TRACES, "open": 0.0, "kappa": 0.0, "drive": DRIVE, "gain": GAIN, "tau_m": 20*ms,
              "tau_s": TAU_S, "tau_z": RATES.tau_zj * 1000*ms})
"""Its bias is gain log p, from its own trace; `s` is what its synapses say, in thresholds."""


@dataclass(frozen=True)
class SpikingBCPNN:
    """Frozen: `learn` and `recall` return a memory with one more operation.

    `share` is what a lesson takes of all probabilities, so a pattern fades by 1 - share with each
    later one. `operations` are (kind, active units), -1 where a cue says nothing.
    """

    hypercolumns: int
    units: int
    share: float = 0.1
    operations: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def __post_init__(self) -> None:
        check_size(self.hypercolumns, self.units, self.share)

    def learn(self, pattern: Any) -> SpikingBCPNN:
        """Store a pattern: one unit 0 ... units - 1 of each hypercolumn. Once is enough."""
        return self._with("learn", self._symbols(pattern, "pattern"))

    def recall(self, cue: Any) -> SpikingBCPNN:
        """Present a cue: a unit of each hypercolumn, -1 where none is known."""
        return self._with("recall", self._symbols(cue, "cue"))

    @property
    def kappa(self) -> float:
        """The print-now signal of a lesson: 1 - exp(-kappa printed/tau_p) is `share`."""
        printed = (PRINTED[1] - PRINTED[0]) / 1000
        return -math.log1p(-self.share) * RATES.tau_p / printed

    @property
    def duration(self) -> Any:
        """Time for all operations."""
        return max(len(self.operations), 1) * INTERVAL * ms

    def network(self) -> Network:
        """The units are `units`, hypercolumn by hypercolumn; `teacher` holds one for each."""
        n, prior = self.hypercolumns * self.units, 1.0 / self.units
        check_memory(100.0 * n * n, f"synapses of {n:,} units, all to all")
        pre, post = np.divmod(np.arange(n * n), n)
        own = pre // self.units == post // self.units
        inside, outside = own & (pre != post), ~own
        jump = static("v", "1")
        rule = {**RULE, "w_gain": RULE["w_gain"] * max(1.0, ENOUGH / self.hypercolumns)}
        return Network(
            [Population("teacher", n, self._teacher()),
             Population("units", n, MINICOLUMN, initial={"p": prior})],
            [Projection("teaching", "teacher", "units", OneToOne(), jump, {"w": 5.0}, delay=1*ms),
             Projection("rivals", "units", "units", FromArrays(pre[inside], post[inside]), jump,
                        {"w": -1.0}, delay=1*ms),
             Projection(STORED, "units", "units", FromArrays(pre[outside], post[outside]),
                        bcpnn("s", "1", gate="kappa"), rule,
                        {"p_i": prior, "p_j": prior, "q": (prior - RATES.eps)**2, "w": 0.0},
                        delay=2*ms, dendritic_delay_fraction=0.5)],
            [self._signal("kappa", "learn", PRINTED, self.kappa),
             self._signal("open", "recall", OPEN, 1.0)],
            dt=1*ms, name="spiking-bcpnn")

    def decode(self, run: Results) -> list[Symbols]:
        """The pattern (hypercolumns,) of each recall: -1 where no unit fired most in the end."""
        return [self._winners(run, n) for n, (kind, _) in enumerate(self.operations)
                if kind == "recall"]

    def probabilities(self, run: Results) -> Probabilities:
        """Pi, Pj (n,) and Pij (n, n) of the synapses after a run; NaN within a hypercolumn."""
        stored = run.weights[STORED]
        p_i, p_j = stored.matrix("p_i"), stored.matrix("p_j")
        p_ij = np.full(p_i.shape, np.nan)
        p_ij[stored.pre, stored.post] = joint(stored, RULE, gated=True)
        return Probabilities(np.nanmax(p_i, axis=1), np.nanmax(p_j, axis=0), p_ij)

    def _winners(self, run: Results, n: int) -> Symbols:
        spikes = run.spikes["units"]
        at = np.asarray(spikes.step) - n * INTERVAL
        who = np.asarray(spikes.i)[(at >= JUDGED[0]) & (at < JUDGED[1])]
        counts = np.bincount(who, minlength=self.hypercolumns * self.units)
        table = counts.reshape(self.hypercolumns, self.units)
        alone = (table == table.max(axis=1, keepdims=True)).sum(axis=1) == 1
        return np.where(alone, table.argmax(axis=1), UNKNOWN).astype(np.int64)

    def _symbols(self, given: Any, what: str) -> tuple[int, ...]:
        if np.shape(given) != (self.hypercolumns,):
            raise DescriptionError(f"spiking BCPNN: {what} of shape {np.shape(given)}; give "
                                   f"{self.hypercolumns} units, one a hypercolumn")
        found = symbols(np.asarray(given)[None], self.hypercolumns, self.units, what,
                        unknown=what == "cue")
        return tuple(int(x) for x in found[0])

    def _with(self, kind: str, active: tuple[int, ...]) -> SpikingBCPNN:
        return replace(self, operations=(*self.operations, (kind, active)))

    def _teacher(self) -> SpikeTimes:
        spikes = [(h * self.units + u, n * INTERVAL + at)
                  for n, (kind, active) in enumerate(self.operations)
                  for at in range(*(TAUGHT if kind == "learn" else CUED), PERIOD)
                  for h, u in enumerate(active) if u != UNKNOWN]
        who, when = np.array(spikes, np.int64).reshape(-1, 2).T
        return SpikeTimes(who, when * ms)

    def _signal(self, variable: str, kind: str, span: tuple[int, int], value: float) -> StepCurrent:
        steps: list[int] = [0]
        values: list[float] = [0.0]
        for n, (done, _) in enumerate(self.operations):
            if done == kind:
                steps += [n * INTERVAL + at for at in span]
                values += [value, 0.0]
        order: NDArray[np.int64] = np.unique(steps, return_index=True)[1]
        if len(steps) > 1 and steps[1] == 0:  # the first operation opens at once
            order[0] = 1
        return StepCurrent("units", variable, np.array(steps)[order] * ms, np.array(values)[order])
