"""The networks of Stimberg, Goodman, Brette and De Pitta 2019 (bioRxiv 198366), by figure.

Parameters are those of the authors' programs. Figure 6 is in `neuron_glia`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from ...simulator import NeuronModel
from ...simulator.connectors import AllToAll, FromArrays, OneToOne
from ...simulator.fields import integer
from ...simulator.network import Network, Population, Projection, View
from ...simulator.probes import SpikeProbe
from ...simulator.stimuli import SpikeTimes, StepCurrent
from ...simulator.units import Hz, ms, second, umolar
from .gchi import BEFORE, GAP_JUNCTION, GCHI, SPILLOVER
from .tripartite import TERRITORY, tripartite, with_territory

PACEMAKER = NeuronModel("pacemaker", "dx/dt = f0 : 1\nf0 : Hz", threshold="x > 1", reset="x = 0",
                        method="euler", defaults={"f0": 0.5*Hz})

SINK = NeuronModel("sink", "got : 1", defaults={"got": 0})
"""A target that adds up what reaches it."""

TRANSIENT = 16_500
"""ms before the first spike of figure 3."""

SPIKES = (0, 50, 100, 150, 200, 300, 310, 320, 330, 340, 350, 360, 370, 380, 390, 400)
"""ms after that."""

NO_RECEPTORS = {"o_beta": 0*umolar/second}


def activated_cell(probes: Iterable[Any] = (), method: str = "euler") -> Network:
    """Figure 2: a neuron of 0.5 Hz activates one astrocyte; Euler steps of 1 ms as published."""
    values = {"o_beta": 5*umolar/second, "o_delta": 0.2*umolar/second, "k_delta": 0.3*umolar,
              "omega_5p": 0.1/second, "k_d": 0.5*umolar, "k_p": 0.1*umolar,
              "f_ex": 0.09*umolar/second}
    return Network(
        [Population("source", 1, PACEMAKER),
         Population("astrocyte", 1, replace(GCHI, method=method), values)],
        [Projection("spillover", "source", "astrocyte", AllToAll(), SPILLOVER, {"rho_c": 0.001})],
        probes=[SpikeProbe("source"), *probes], dt=1*ms, name="astrocyte-activated")


def three_synapses(probes: Iterable[Any] = (), transient: int = TRANSIENT) -> Network:
    """Figure 3: one spike train through synapses without an astrocyte, and with one of two.

    The astrocytes are held at 0.8 and 1.25 umolar of IP3, so that they oscillate. `transient` ms
    pass before the spikes.
    """
    train = np.array(SPIKES) + transient
    return Network(
        [Population("source", 1, SpikeTimes(np.zeros(len(train), int), train*ms)),
         Population("target", 3, with_territory(SINK)),
         Population("astrocyte", 2, GCHI, {
             **NO_RECEPTORS, "f_ex": 2*umolar/second, "ip3_bias": np.array([0.8, 1.25])*umolar},
             {"ip3": 0.4*umolar})],
        [Projection("synapse", "source", "target", AllToAll(), tripartite("got", "1"), {"w": 1},
                    {"x": 0}),
         Projection("territory", "astrocyte", View("target", 1, 3), OneToOne(), TERRITORY),
         Projection("before", "astrocyte", "astrocyte", OneToOne(), BEFORE)],
        probes=probes, dt=1*ms, name="astrocyte-synapses")


def ring(cells: int = 50, probes: Iterable[Any] = (), periods: int = 80) -> Network:
    """Figure 5: a ring joined by gap junctions; one cell is driven 20 s of every 50 s.

    The driven cell is `cells` // 2. Two cells are one pair, one cell is alone.
    """
    integer(cells, "cells of a ring", 1)
    integer(periods, "periods of a ring", 1)
    on = 50*np.arange(periods)
    drive = np.zeros((2*periods, cells))
    drive[::2, cells//2] = 1.0
    pre, ways = np.arange(cells), (1, -1)[:cells - 1]
    post = [(pre + way) % cells for way in ways]
    return Network(
        [Population("ring", cells, GCHI, {**NO_RECEPTORS, "f_ex": 0.09*umolar/second})],
        [Projection("gap", "ring", "ring", FromArrays(np.tile(pre, len(ways)),
                                                      np.concatenate([pre[:0], *post])),
                    GAP_JUNCTION)],
        [StepCurrent("ring", "ip3_bias", np.stack((on, on + 20), axis=1).ravel()*second,
                     drive*umolar)],
        [SpikeProbe("ring"), *probes], dt=50*ms, name="astrocyte-ring")
