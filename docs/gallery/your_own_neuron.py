"""A neuron of your own as text with units, and what it says when the text is wrong."""

from __future__ import annotations

import numpy as np

import engram as eg
from engram import ms, mV, nA

RESONATOR = eg.NeuronModel(
    "resonate-and-fire",  # a damped oscillation: fires for the right interval, not for strength
    """
    dv/dt = -v/tau - omega*u + i_syn/c_m : volt
    du/dt = -u/tau + omega*v : volt
    di_syn/dt = -i_syn/tau_syn : amp
    tau : second
    omega : hertz
    tau_syn : second
    c_m : farad
    v_th : volt
    """,
    threshold="v > v_th", reset="v = 0*mV; u = v_th",
    defaults={"tau": 50 * ms, "omega": 2 * np.pi / (20 * ms), "tau_syn": 1 * ms,
              "c_m": 0.1 * nA * ms / mV, "v_th": 15 * mV})
PULSE = eg.SynapseModel("pulse", "w : amp", "i_syn_post += w")

# Neuron k gets three pulses, `gaps[k]` ms apart; 20 ms is the period of the oscillation.
gaps = np.arange(5, 41, 5)
times = {int(k): [10, 10 + g, 10 + 2 * g] for k, g in enumerate(gaps)}
network = eg.Network(
    populations=[eg.Population("source", len(gaps), eg.SpikeTimes.of(times, ms)),
                 eg.Population("cells", len(gaps), RESONATOR)],
    projections=[eg.Projection("pulses", "source", "cells", eg.OneToOne(), PULSE, {"w": 1 * nA})],
    probes=[eg.StateProbe("cells", "v"), eg.SpikeProbe("cells")],
    dt=0.1 * ms)
run = eg.simulate(network, 120 * ms)  # a state is recorded after the reset of its step
for gap, count, v in zip(gaps, run.spikes["cells"].counts, (run.states["cells"]["v"] / mV).T,
                         strict=True):
    print(f"pulses every {gap:2} ms: highest v {v.max():4.1f} mV, spikes: {count}")

try:
    eg.NeuronModel("wrong", "dv/dt = -v : volt")
except eg.UnitError as error:
    print(f"and a mistake is found before anything runs: {error}")
