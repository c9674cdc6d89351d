"""The unit with an astrocyte-modulated threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import engram as eg
from engram import ms
from engram.models.astrocyte.modulated import AM_LIF

PLAIN = eg.NeuronModel(
    "plain", "u : 1\nfired : 1\ni_in : 1\nleak : 1\nth0 : 1",
    update="u = leak*u + i_in - fired*th0\nfired = 0", threshold="u >= th0", reset="fired = 1",
    defaults={"u": 0, "fired": 0, "leak": 0.9, "th0": 1})


def driven(model: Any, steps: int = 300, backend: str = "reference", **values: Any) -> Any:
    drive = np.random.default_rng(5).uniform(0, 0.5, (steps, 4))
    name = "i_in" if model is PLAIN else "i_offset"
    return eg.simulate(eg.Network(
        [eg.Population("n", 4, model, values, {"i_in": 0})],
        stimuli=[eg.StepCurrent("n", name, np.arange(steps)*ms, drive)],
        probes=[eg.SpikeProbe("n"), eg.StateProbe("n", "u"),
                *([] if model is PLAIN else [eg.StateProbe("n", ["a", "th"])])], dt=1*ms),
        steps*ms, backend=backend)


def test_without_modulation_it_is_plain_bit_for_bit() -> None:
    ours, plain = driven(AM_LIF, kappa=0), driven(PLAIN)
    assert len(plain.spikes["n"]) > 100
    np.testing.assert_array_equal(ours.spikes["n"].step, plain.spikes["n"].step)
    np.testing.assert_array_equal(ours.states["n"].traces["u"].values,
                                  plain.states["n"].traces["u"].values)


def test_a_spike_is_remembered_with_the_time_constant_of_the_memory() -> None:
    run = eg.simulate(eg.Network(
        [eg.Population("n", 1, AM_LIF, {"memory": 0.999, "kappa": 0}, {"u": 2})],
        probes=[eg.SpikeProbe("n"), eg.StateProbe("n", "a")], dt=1*ms), 900*ms,
        backend="reference")
    a = run.states["n"].traces["a"].values[:, 0]
    first = np.flatnonzero(a)[0]
    last = run.spikes["n"].step[-1]
    late = np.arange(last + 1, 900)
    tau = -1/np.polyfit(late, np.log(a[late]), 1)[0]
    assert tau == pytest.approx(-1/np.log(0.999), rel=1e-9)
    assert first == run.spikes["n"].step[0] + 1
    assert a[first] == pytest.approx(0.001, rel=1e-12)


@pytest.mark.parametrize(("kappa", "sign"), [(-0.5, 1), (0.5, -1)])
def test_kappa_makes_firing_easier_or_harder(kappa: float, sign: int) -> None:
    counts = [len(driven(AM_LIF, kappa=k, memory=0.9).spikes["n"]) for k in (kappa, 0)]
    assert (counts[0] - counts[1])*sign > 10


@pytest.mark.parametrize("backend", ["numba", "torch", "brian2"])
def test_other_backends(backend: str) -> None:
    ours, truth = (driven(AM_LIF, backend=b, kappa=-0.3) for b in (backend, "reference"))
    np.testing.assert_array_equal(ours.spikes["n"].step, truth.spikes["n"].step)
    np.testing.assert_array_equal(ours.spikes["n"].i, truth.spikes["n"].i)
