"""A Hopfield network of spiking neurons: a neuron fires in a step where its spin is +1.

With n_j = (1 + s_j) / 2 the field is sum_j J_ij s_j = sum_j 2 J_ij n_j - sum_j J_ij: recurrent
spikes of weight 2 J and a bias. Spikes take one step, so a step is one parallel sweep of
`hopfield.recall`. At temperature T a neuron fires with probability (1 + tanh(h / T)) / 2. A cue
overrides all neurons for one step. At T = 0 each neuron also excites itself by a billionth of the
largest sum of couplings, so that it goes on as it is where its field is 0 but for rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...simulator.connectors import FromArrays, OneToOne
from ...simulator.errors import DescriptionError
from ...simulator.models import NeuronModel
from ...simulator.network import Network, Population, Projection, View
from ...simulator.results import Results
from ...simulator.stimuli import SpikeTimes
from ...simulator.units import UNITS
from ..synapses import static
from .hopfield import square
from .patterns import Signs, inverse, start

ms = UNITS["ms"]

UNITS_OF_SPIN = """
v : 1
drive : 1
bias : 1
"""

SPIN = NeuronModel("threshold unit", UNITS_OF_SPIN, update="v = drive + bias; drive = 0",
                   threshold="v > 0", reset="v = 0", defaults={"v": 0, "drive": 0, "bias": 0})
"""Fires where what arrived in this step and the bias are above 0; nothing is left of it after."""

WARM_SPIN = NeuronModel(
    "threshold unit with temperature", UNITS_OF_SPIN + "chance : 1\nbeta : 1\n",
    update="v = drive + bias; drive = 0; chance = rand()",
    threshold="chance < 0.5*(1 + tanh(beta*v))", reset="v = 0", 
    defaults={"v": 0, "drive": 0, "chance": 1, "bias": 0, "beta": 1})
"""The same under Glauber's rule at inverse temperature `beta`."""


@dataclass(frozen=True, eq=False)
class SpikingHopfield:
    """Couplings (N, N), such as `hopfield.hebb` makes; `cues` are presented `steps` apart.

    Frozen: `recall` returns a network with one more cue.
    """

    couplings: NDArray[np.float64]
    temperature: float = 0.0
    steps: int = 20
    cues: tuple[Signs, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "couplings", square(self.couplings))
        inverse(self.temperature)
        if self.steps < 2:
            raise DescriptionError(f"spiking Hopfield: {self.steps} steps a recall; give 2 or more")

    def recall(self, cue: Any) -> SpikingHopfield:
        """Begin from a state (N,) of +-1."""
        return replace(self, cues=(*self.cues, start(cue, len(self.couplings))))

    @property
    def duration(self) -> Any:
        """Time for all cues: a step in which they fire, and `steps` each."""
        return (max(len(self.cues), 1) * self.steps + 1) * ms

    def network(self) -> Network:
        """Neurons are `cells`; `cue` holds a neuron for each +1 and then one for each -1."""
        j, n = self.couplings, len(self.couplings)
        if self.temperature == 0:
            most = float(np.abs(j).sum(axis=1).max(initial=0.0))
            j = j + 1e-9 * (most or 1.0) * np.eye(n)
        override = 2.0 * float(np.abs(j).sum(axis=1).max(initial=0.0)) + 1.0
        post, pre = np.nonzero(j)
        reach = static("drive", "1")
        model, extra = (SPIN, {}) if self.temperature == 0 else (
            WARM_SPIN, {"beta": inverse(self.temperature)})
        return Network(
            [Population("cue", 2 * n, self._source()),
             Population("cells", n, model, {"bias": -j.sum(axis=1), **extra})],
            [Projection("recurrent", "cells", "cells", FromArrays(pre, post), reach,
                        {"w": 2.0 * j[post, pre]}, delay=1*ms),
             Projection("up", View("cue", 0, n), "cells", OneToOne(), reach, {"w": override},
                        delay=1*ms),
             Projection("down", View("cue", n, 2 * n), "cells", OneToOne(), reach,
                        {"w": -override}, delay=1*ms)],
            dt=1*ms, name="spiking-hopfield")

    def decode(self, run: Results) -> list[Signs]:
        """The spins (steps, N) of each recall: row 0 is the cue, row k the state k sweeps on."""
        raster = np.full((run.steps, len(self.couplings)), -1, np.int8)
        spikes = run.spikes["cells"]
        raster[np.asarray(spikes.step), np.asarray(spikes.i)] = 1
        firsts = [1 + self.steps * n for n in range(len(self.cues))]
        return [raster[k:k + self.steps] for k in firsts]

    def _source(self) -> SpikeTimes:
        n = len(self.couplings)
        spikes = [(i if s > 0 else n + i, self.steps * k)
                  for k, cue in enumerate(self.cues) for i, s in enumerate(cue)]
        who, when = np.array(spikes, np.int64).reshape(-1, 2).T
        return SpikeTimes(who, when * ms)
