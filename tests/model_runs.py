"""Small networks that the tests of the library run, always on the reference backend."""

from __future__ import annotations

import numpy as np

import engram as eg
from engram.models import LIF_CURR_EXP, static
from engram.simulator.units import ms, mV, pA


def run_alone(model, parameters, duration, dt, record=("v",), initial=None, size=1, seed=0):
    """One population by itself, spikes and `record` of every step."""
    net = eg.Network([eg.Population("cells", size, model, parameters, initial or {})],
                     probes=[eg.SpikeProbe("cells"), eg.StateProbe("cells", record)], dt=dt)
    return eg.simulate(net, duration, backend="reference", seed=seed)


def run_with_spike(model, synapse, weight, at, duration, dt, record, parameters=None):
    """One neuron that one spike reaches at time `at`; states are those of the ends of steps."""
    net = eg.Network(
        [eg.Population("source", 1, eg.SpikeTimes([0], [at/ms - dt/ms]*ms)),
         eg.Population("cells", 1, model, parameters or {})],
        [eg.Projection("q", "source", "cells", eg.OneToOne(), synapse, {"w": weight})],
        probes=[eg.StateProbe("cells", record), eg.SpikeProbe("cells")], dt=dt)
    return eg.simulate(net, duration, backend="reference")


FIRES_AT_ONCE = 100*mV
"""A jump of `v` that makes the neuron below fire in the step in which it arrives."""


def run_pairs(synapse, pre, post, duration, dt, parameters=None, w=5*pA, delay=None,
              record=("w",), model=LIF_CURR_EXP, cell=None, more=()):
    """One synapse whose two neurons fire at the steps `pre` and `post`.

    A postsynaptic spike of step k reaches the synapse at k + delay. Returns the Results; the
    weights of the synapse are `run.weights["q"]`.
    """
    step = dt/ms
    net = eg.Network(
        [eg.Population("source", 1, eg.SpikeTimes([0]*len(pre), np.array(pre)*step*ms)),
         eg.Population("teacher", 1, eg.SpikeTimes([0]*len(post), (np.array(post) - 1)*step*ms)),
         eg.Population("cells", 1, model, {"tau_ref": 0*ms, **(cell or {})})],
        [eg.Projection("q", "source", "cells", eg.OneToOne(), synapse, parameters or {},
                       {"w": w}, delay=delay),
         eg.Projection("force", "teacher", "cells", eg.OneToOne(), static("v", "volt"),
                       {"w": FIRES_AT_ONCE})],
        probes=[eg.SpikeProbe("source"), eg.SpikeProbe("cells"), *more,
                eg.WeightProbe("q", np.arange(0, round(duration/dt))*step*ms, record)], dt=dt)
    run = eg.simulate(net, duration, backend="reference")
    np.testing.assert_array_equal(run.spikes["cells"].step, sorted(post))  # or it tests nothing
    return run
