"""A balanced network of 4,000 neurons: the CUBA benchmark of Vogels and Abbott (2005)."""

from __future__ import annotations

import numpy as np

import engram as eg
from engram import ms, mV

NEURON = eg.NeuronModel(
    "cuba",
    """
    dv/dt = (ge + gi - (v - v_rest))/tau_m : volt (unless refractory)
    dge/dt = -ge/tau_e : volt
    dgi/dt = -gi/tau_i : volt
    v_rest : volt
    v_reset : volt
    v_th : volt
    tau_m : second
    tau_e : second
    tau_i : second
    """,
    threshold="v > v_th", reset="v = v_reset", refractory=5 * ms,
    defaults={"v_rest": -49 * mV, "v_reset": -60 * mV, "v_th": -50 * mV, "tau_m": 20 * ms,
              "tau_e": 5 * ms, "tau_i": 10 * ms})
EXCITE = eg.SynapseModel("excite", "w : volt", "ge_post += w")
INHIBIT = eg.SynapseModel("inhibit", "w : volt", "gi_post += w")

network = eg.Network(
    populations=[eg.Population("cells", 4000, NEURON,
                               initial={"v": "v_reset + rand()*(v_th - v_reset)"})],
    projections=[
        eg.Projection("exc", eg.View("cells", 0, 3200), "cells", eg.FixedProbability(0.02),
                      EXCITE, {"w": 1.62 * mV}),
        eg.Projection("inh", eg.View("cells", 3200, 4000), "cells", eg.FixedProbability(0.02),
                      INHIBIT, {"w": -9 * mV})],
    dt=0.1 * ms)

run = eg.simulate(network, 1000 * ms)  # seed=0: the same spikes every time
spikes = run.spikes["cells"]
late = spikes.t / ms >= 200
rate = late.sum() / 4000 / 0.8
gaps = [np.diff(train / ms) for train in spikes.trains() if len(train) > 5]
cv = np.mean([g.std() / g.mean() for g in gaps])
print(f"{len(spikes)} spikes; after 200 ms {rate:.1f} Hz a neuron")
print(f"coefficient of variation of the intervals: {cv:.2f} (a clock has 0, a Poisson process 1)")
