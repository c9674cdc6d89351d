"""Ctrl-C during a run stops it between two steps, and it can go on from there."""

from __future__ import annotations

import signal
import threading

import numpy as np
import pytest

import engram as eg
from engram import Hz, ms, mV

STEPS = 2000


def network():
    lif = eg.NeuronModel("lif", "dv/dt = -v/(10*ms) : volt", threshold="v > 5*mV",
                         reset="v = 0*mV", defaults={"v": 0 * mV})
    pulse = eg.SynapseModel("pulse", "w : volt", on_pre="v_post += w")
    return eg.Network([eg.Population("in", 40, eg.Poisson(50 * Hz)), eg.Population("out", 30, lif)],
                      [eg.Projection("to", "in", "out", eg.FixedProbability(0.5), pulse,
                                     {"w": 2 * mV})], dt=0.1 * ms)


class PressOnce:
    """Presses Ctrl-C when first told of progress."""

    pressed = False

    def __call__(self, done):
        if not self.pressed:
            self.pressed = True
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("backend", ["reference", "numba"])
def test_an_interrupted_run_keeps_whole_steps_and_goes_on(backend):
    whole = eg.simulate(network(), 0.1 * STEPS * ms, backend)
    assert len(whole.spikes["out"]) > 100, "it must spike to mean anything"
    sim = eg.compile(network(), backend)
    part = sim.run(0.1 * STEPS * ms, PressOnce())
    assert part.provenance["interrupted"] is True
    assert 0 < part.steps < STEPS
    for name, spikes in part.spikes.items():
        early = whole.spikes[name].step < part.steps
        np.testing.assert_array_equal(spikes.step, whole.spikes[name].step[early])
        np.testing.assert_array_equal(spikes.i, whole.spikes[name].i[early])
    rest = sim.run((STEPS - part.steps) * 0.1 * ms)
    assert rest.provenance["interrupted"] is False
    assert rest.digest == whole.digest


def test_brian2_stops_early_and_goes_on():
    whole = eg.simulate(network(), 0.1 * STEPS * ms, "reference")
    sim = eg.compile(network(), "brian2")
    part = sim.run(0.1 * STEPS * ms, PressOnce())
    assert part.provenance["interrupted"] is True
    assert part.steps < STEPS
    rest = sim.run((STEPS - part.steps) * 0.1 * ms)
    for name, spikes in rest.spikes.items():
        np.testing.assert_array_equal(spikes.step, whole.spikes[name].step)
        np.testing.assert_array_equal(spikes.i, whole.spikes[name].i)


def test_a_second_ctrl_c_is_a_keyboard_interrupt_and_the_handler_is_put_back():
    before = signal.getsignal(signal.SIGINT)

    def twice(done):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        eg.compile(network(), "reference").run(10 * ms, twice)
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_run_without_touching_signals():
    found = []
    thread = threading.Thread(target=lambda: found.append(
        eg.simulate(network(), 10 * ms, "reference")))
    thread.start()
    thread.join()
    assert found[0].steps == 100
