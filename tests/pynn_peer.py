"""One script for PyNN, run on two simulators: layers of neurons behind given spikes.

As a program, `python pynn_peer.py nest FILE` runs every case on pyNN.nest and writes the spikes.
Times are multiples of 0.5 ms, which floats hold: NEST puts some of the others into the next step.
"""

from __future__ import annotations

import importlib
import sys

import numpy as np

N, T = 20, 200.0
CASES = {"IF_curr_exp": (0.9, -0.3), "IF_curr_alpha": (2.5, -0.3), "IF_cond_exp": (0.02, 0.01),
         "IF_curr_delta": (3.1, -1.0), "Tsodyks": (0.9, -0.3)}
"""Excitatory and inhibitory weight by cell type."""


def run(sim, case, **options):
    """Spike times of the two layers, and the potentials of the first, (steps + 1, N)."""
    sim.setup(timestep=0.1, min_delay=0.1, **options)
    rng = np.random.default_rng(3)
    weight, inhibition = CASES[case]
    times = [np.unique(np.round(rng.uniform(1.0, T - 20, 15) * 2) / 2).tolist() for _ in range(N)]
    source = sim.Population(N, sim.SpikeSourceArray(spike_times=times))
    cell = getattr(sim, "IF_curr_exp" if case == "Tsodyks" else case)
    first, second = sim.Population(N, cell()), sim.Population(N, cell())
    pairs = [[(i, j) for i in range(N) for j in range(N) if rng.random() < 0.3] for _ in "ab"]
    depressing = sim.TsodyksMarkramSynapse(weight=2*weight, delay=1.5, U=0.3, tau_rec=100.0,
                                           tau_facil=50.0)
    plain = sim.StaticSynapse(weight=weight, delay=1.5)
    sim.Projection(source, first, sim.FromListConnector(pairs[0]),
                   sim.StaticSynapse(weight=weight, delay=1.0), receptor_type="excitatory")
    sim.Projection(first, second, sim.FromListConnector(pairs[1]),
                   depressing if case == "Tsodyks" else plain, receptor_type="excitatory")
    sim.Projection(first, second, sim.OneToOneConnector(),
                   sim.StaticSynapse(weight=inhibition, delay=0.5), receptor_type="inhibitory")
    first.record("spikes")
    if case == "IF_curr_delta":  # pyNN.nest can neither record nor set v; NEST begins at -70 mV
        first.initialize(v=-70.0)
        second.initialize(v=-70.0)
    else:
        first.record("v")
    second.record("spikes")
    sim.run(T)
    spikes = [np.array([(n, t) for n, train in enumerate(
        p.get_data("spikes").segments[0].spiketrains) for t in train.magnitude])
        for p in (first, second)]
    signals = first.get_data().segments[0].analogsignals
    return *spikes, signals[0].magnitude if signals else np.zeros(0)


if __name__ == "__main__":
    peer = importlib.import_module(f"pyNN.{sys.argv[1]}")
    found = {}
    for name in CASES:
        for part, values in zip(("first", "second", "v"),
                                run(peer, name, spike_precision="on_grid"), strict=True):
            found[f"{name} {part}"] = values
    np.savez(sys.argv[2], **found)
