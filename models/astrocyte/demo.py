"""Two small networks with astrocytes that show in seconds what they do."""

from __future__ import annotations

import numpy as np

from ...simulator.connectors import FixedProbability, FromArrays, OneToOne
from ...simulator.network import Network, Population, Projection
from ...simulator.probes import SpikeProbe, StateProbe
from ...simulator.stimuli import Poisson
from ...simulator.units import Hz, ms, nS, umolar
from ..neurons import LIF_COND_EXP
from .digits import digit
from .gchi import BEFORE, GAP_JUNCTION, GCHI
from .liquid import HEARD, SteeredLiquid
from .liquid_wiring import rates
from .tripartite import TERRITORY, tripartite, with_territory

PICTURES = 40


def two_territories() -> Network:
    """20 cells in the territories of two astrocytes that are joined, under 40 Poisson inputs."""
    return Network(
        [Population("input", 40, Poisson(30*Hz)),
         Population("cells", 20, with_territory(LIF_COND_EXP)),
         Population("astrocytes", 2, GCHI, initial={"ip3": 0.4*umolar}, clock=10)],
        [Projection("in", "input", "cells", FixedProbability(0.5), tripartite("g_exc"),
                    {"w": 8*nS}),
         Projection("territory", "astrocytes", "cells",
                    FromArrays(np.repeat([0, 1], 10), np.arange(20)), TERRITORY,
                    {"share": 1/400}),
         Projection("gap", "astrocytes", "astrocytes", FromArrays([0, 1], [1, 0]), GAP_JUNCTION),
         Projection("before", "astrocytes", "astrocytes", OneToOne(), BEFORE)],
        probes=[SpikeProbe("cells"), SpikeProbe("astrocytes"),
                StateProbe("astrocytes", "ca", every=10)], dt=1*ms, name="tripartite-synapse")


def small_liquid() -> Network:
    """216 neurons while they learn from 40 coarse digits, with a strong astrocyte."""
    shown = rates([digit(n % 10)[::8, ::8] for n in range(PICTURES)])
    return SteeredLiquid(side=6, inputs=shown.shape[1], w_astro=0.1).learning(
        shown, probes=[*HEARD, SpikeProbe("input"), StateProbe("astrocyte", "a")])
