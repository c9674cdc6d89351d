"""A liquid whose plasticity an astrocyte steers (Ivanov and Michmizos 2021, NeurIPS 34: NALSM).

Neurons in a lattice are joined at random by distance and learn by spike timing. One astrocyte
counts their spikes less those of the input, slowly, and its state is the rate of depression: where
a spike causes more than one other, synapses weaken, where it causes fewer they do not. What was
learnt while many pictures passed is the start of every picture after, and a linear readout of the
spike counts says what it shows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...simulator.batch import Trial
from ...simulator.connectors import AllToAll, FromArrays, OneToOne
from ...simulator.errors import DescriptionError
from ...simulator.fields import integer
from ...simulator.free_memory import check_memory
from ...simulator.network import Network, Population, Projection, View
from ...simulator.probes import SpikeProbe
from ...simulator.results import Results
from ...simulator.stimuli import SpikeTimes, StepCurrent
from ...simulator.units import ms
from .liquid_cells import ASTROCYTE, CELL, EXCITES, INHIBITS, PIXEL, SHOWN, STEERS, counts
from .liquid_wiring import chances, drawn, input_pairs, lattice

WARM_UP, WATCH = 20, 250
"""Steps of a picture while the liquid learns, and while it is read."""

LEARNS = ("exc", "inh", "in")
"""The projections that learn."""

HEARD = (SpikeProbe("liquid"),)
"""What is recorded; `SILENT` records nothing but the weights, for long runs."""

SILENT = (SpikeProbe("astrocyte"),)


@dataclass(frozen=True)
class SteeredLiquid:
    """`side`^3 neurons, a fifth of them inhibitory, under `inputs` pixels; steps of 1 ms.

    `w_astro` is the gain of the astrocyte (the paper's: 0.015 for 1,000 neurons, 0.0075 for 8,000);
    with 0 the rates of depression and potentiation stay equal: plain plasticity. `seed` draws
    places, connections and the signs of the input.

    As in the authors' program (not all of it is in the paper): pictures come as `rates` gives them;
    weights start at 3, their largest; neurons and astrocyte start anew with each picture, weights
    do not while the liquid learns; when it is read every picture starts from the weights learnt,
    and both rates fade by 1 % a step. Here currents of successive spikes of a synapse add up
    (there the last one replaces the others), and synapses see the astrocyte a step late.
    """

    side: int = 10
    inputs: int = 784
    w_astro: float = 0.015
    seed: int = 1
    density: float = 0.15

    def __post_init__(self) -> None:
        integer(self.side, "SteeredLiquid: side", 2, 1000)
        integer(self.inputs, "SteeredLiquid: inputs", 1)
        integer(self.seed, "SteeredLiquid: seed", 0, 2**63 - 1)
        for name, most in (("density", 1.0), ("w_astro", sys.float_info.max)):
            value = getattr(self, name)
            if not isinstance(value, (int, float, np.number)) or not 0 <= value <= most:
                raise DescriptionError(f"SteeredLiquid: {name}={value!r} must be a number from 0 "
                                       f"{'to 1' if most == 1 else 'up'}")
        check_memory(24.0*self.inputs*self.size + 4.0*self.size**2, f"a liquid of {self.size:,} "
                     f"neurons under {self.inputs:,} inputs")

    @property
    def size(self) -> int:
        """Neurons of the liquid."""
        return self.side**3

    @property
    def excitatory(self) -> int:
        """The first of them are excitatory, so many."""
        return self.size - self.size//5

    def pairs(self) -> dict[str, tuple[Any, Any, Any]]:
        """pre, post and first weights by projection; `pre` of "inh" counts within the inhibitory.

        The order is that of results: by pre, then by post.
        """
        rng = np.random.default_rng([self.seed, 7])
        e = self.excitatory
        pre, post = lattice(self.side, e, rng)
        first = pre < e
        into, to = input_pairs(self.inputs, self.size, self.density, rng)
        return {"exc": (pre[first], post[first], np.full(first.sum(), 3.0)),
                "inh": (pre[~first] - e, post[~first], np.full((~first).sum(), -3.0)),
                "in": (into, to, rng.choice([-3.0, 3.0], len(into)))}

    def joined(self) -> Any:
        """Who reaches whom in the liquid, (size, size) booleans, row to column."""
        out = np.zeros((self.size, self.size), dtype=bool)
        for name, offset in (("exc", 0), ("inh", self.excitatory)):
            pre, post, _ = self.pairs()[name]
            out[pre + offset, post] = True
        return out

    def learning(self, rates: Any, seed: int = 0, weights: Mapping[str, Any] | None = None,
                 probes: Iterable[Any] = HEARD) -> Network:
        """The pictures `rates` (n, inputs), one after the other, 20 steps each; weights are kept.

        They start from `weights`, as `learnt` gives them; None: those of the start.
        """
        rates = chances(rates, self.inputs)
        starts = np.arange(len(rates))*WARM_UP
        times = np.stack((starts, starts + 1), axis=1).ravel()*ms
        anew = np.tile([1.0, 0.0], len(rates))
        return self.network(SpikeTimes(*drawn(rates, WARM_UP, seed)), weights, 1.0, probes, [
            StepCurrent(name, "anew", times, anew) for name in ("input", "liquid", "astrocyte")])

    def network(self, shown: SpikeTimes | None = None, weights: Mapping[str, Any] | None = None,
                keep: float = 0.99, probes: Iterable[Any] = HEARD,
                stimuli: Iterable[Any] = ()) -> Network:
        """One picture from `weights` by projection; None: those of the start.

        `shown` are the drawn pixels; a batch gives each copy its own, see `picture`. Both rates
        are multiplied by `keep` in every step.
        """
        if not 0 <= keep <= 1:
            raise DescriptionError(f"keep={keep!r} must be from 0 to 1: what a step leaves of both "
                                   "rates")
        wires = [Projection("shown", "pixels", "input", OneToOne(), SHOWN)]
        e, n, pairs = self.excitatory, self.size, self.pairs()
        given = {name: w for name, (*_, w) in pairs.items()} if weights is None else weights
        for name, (pre, post, w) in pairs.items():
            if not isinstance(given, Mapping) or np.shape(given.get(name)) != w.shape:
                raise DescriptionError(f"weights of {name!r} must be {len(w)} numbers, one a "
                                       "connection, in a dict as `learnt` gives it")
            source = {"exc": View("liquid", 0, e), "inh": View("liquid", e, n), "in": "input"}[name]
            low = {"exc": 0.0, "inh": -3.0, "in": -3.0}[name]
            wires.append(Projection(
                name, source, "liquid", FromArrays(pre, post),
                INHIBITS if name == "inh" else EXCITES,
                {"low": low, "high": 0.0 if name == "inh" else 3.0},
                initial={"w": given[name]}))
        return Network(
            [Population("pixels", self.inputs, shown or SpikeTimes([], []*ms)),
             Population("input", self.inputs, PIXEL), Population("liquid", n, CELL),
             Population("astrocyte", 1, ASTROCYTE, {"w": self.w_astro, "keep": keep})],
            [*wires, Projection("hears", "liquid", "astrocyte", AllToAll(), counts("liquid")),
             Projection("compares", "input", "astrocyte", AllToAll(), counts("given")),
             Projection("steers", "astrocyte", "liquid", AllToAll(), STEERS)],
            list(stimuli), list(probes), dt=1*ms, name="steered-liquid")

    def picture(self, rates: Any, seed: int, steps: int = WATCH) -> Trial:
        """A copy of `network` that shows one picture, `rates` (inputs,)."""
        shown = chances(np.reshape(rates, (1, -1)), self.inputs)
        return Trial(inputs={"pixels": SpikeTimes(*drawn(shown, steps, seed))})

    def learnt(self, run: Results) -> dict[str, Any]:
        """Weights at the end of a run of `learning`, as `network` takes them."""
        return {name: run.weights[name].final["w"] for name in LEARNS}


def lasting(pictures: int, steps: int = WARM_UP) -> Any:
    """Duration of `pictures` of `steps` each."""
    return pictures*steps*ms
