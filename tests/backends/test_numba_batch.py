"""Copies of a batch whose compiled calls end at different steps."""

from __future__ import annotations

import engram as eg
from engram import Hz, ms, mV
from engram.backends.numba import runner as numba


def test_copies_that_stop_at_different_steps_record_the_same_rows(monkeypatch):
    lif = eg.NeuronModel("lif", "dv/dt = -v/(10*ms) : volt", threshold="v > 5*mV",
                         reset="v = 0*mV", defaults={"v": 0 * mV})
    pulse = eg.SynapseModel("pulse", "w : volt", on_pre="v_post += w")
    net = eg.Network(
        [eg.Population("in", 40, eg.Poisson(50 * Hz)), eg.Population("out", 30, lif)],
        [eg.Projection("to", "in", "out", eg.FixedProbability(0.5), pulse, {"w": 2 * mV})],
        probes=[eg.SpikeProbe("in"), eg.SpikeProbe("out"), eg.StateProbe("out", "v", 3)],
        dt=0.1 * ms)
    truth = eg.simulate(net, 100 * ms, "reference", batch=3)
    room = 64  # spikes of a call; 40 neurons may fire in a step, so calls end early, each its own
    assert min(len(r.spikes["in"]) for r in truth) > 2 * room, "several calls for each copy"
    monkeypatch.setattr(numba, "SPIKES", room)
    assert [r.digest for r in eg.simulate(net, 100 * ms, "numba", batch=3)] == [
        r.digest for r in truth]
