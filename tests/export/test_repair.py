"""What --repair does: the mended network means the same, or the report says by how much not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engram as eg
from engram import ms, mV, nA, pF
from engram.backends.export import ExportError
from engram.backends.export.dialects import DIALECTS
from engram.backends.export.targets import Order, _judged
from engram.models import LIF_COND_EXP, LIF_CURR_EXP, LIF_DELTA, static, stdp_additive

nS, pA = (eg.units.UNITS[u] for u in ("nsiemens", "pA"))


def network(weight: Any, synapse: Any = None, model: Any = LIF_CURR_EXP, delay: Any = 3*ms,
            times: Any = None, more: Any = (), **cell: Any) -> eg.Network:
    times = np.arange(5, 45, 2.0)*ms if times is None else times
    source = eg.Population("input", 4, eg.SpikeTimes(np.arange(len(times.value)) % 4, times))
    return eg.Network(
        [source, eg.Population("cells", 4, model, cell)],
        [eg.Projection("in", "input", "cells", eg.AllToAll(), synapse or static("i_exc"),
                       {"w": weight}, delay=delay), *more], dt=1*ms)


def repaired(net: eg.Network, to: str = "spinnaker") -> tuple[Any, list[Any], list[Any]]:
    return _judged(net, Order(to, 50, 0, False, True), DIALECTS[to])


def spikes(net: eg.Network) -> list[tuple[int, int]]:
    run = eg.simulate(net, 50*ms, backend="reference")
    s = run.spikes["cells"]
    return sorted(zip(s.i.tolist(), np.rint(s.t / ms).astype(int).tolist(), strict=True))


def test_mixed_signs_go_to_two_projections_and_the_network_stays_the_same(tmp_path: Path):
    signed = np.where(np.arange(16) % 3, 1.5, -0.4)*nA
    net = network(signed, tau_inh=5*ms, tau_exc=5*ms)
    with pytest.raises(ExportError, match=r"SPN002.*6 of 16 weights.*--repair does that"):
        eg.export(net, "spinnaker", tmp_path / "x", 50*ms)
    assert not list(tmp_path.iterdir()), "complete or absent"
    report = eg.export(net, "spinnaker", tmp_path / "x", 50*ms, repair=True)
    assert [f.code for f in report.repaired] == ["SPN002"]
    c, _, _ = repaired(net)
    mended = c.view.network
    assert [q.name for q in mended.projections] == ["in", "in_negative"]
    assert mended.projection("in_negative").synapse == static("i_inh")
    assert np.all(np.asarray(c.view.synapses[1].weight) == -0.4)  # PyNN's sign
    assert spikes(net)
    assert spikes(mended) == spikes(net)


def test_jumps_of_both_signs_keep_their_signs():
    net = network(np.where(np.arange(16) % 3, 9.0, -4.0)*mV, static("v", "volt"), LIF_DELTA)
    c, findings, _ = repaired(net)
    assert {s.receptor for s in c.view.synapses} == {"excitatory", "inhibitory"}
    assert not [f for f in findings if f.level == "error"]
    assert spikes(c.view.network) == spikes(net) != []


def test_a_negative_conductance_cannot_be_mended(tmp_path: Path):
    net = network(-3*nS, static("g_inh", "siemens"), LIF_COND_EXP)
    with pytest.raises(ExportError, match=r"SPN002.*wrong sign for the inhibitory"):
        eg.export(net, "spinnaker", tmp_path / "x", 50*ms, repair=True)


@pytest.mark.parametrize("plastic", [False, True])
def test_weights_that_vanish_are_scaled_with_the_membrane(plastic: bool):
    """A cell of 2 fF under currents of fA: nothing is left of them in 16 bits of nA."""
    weights = np.linspace(4e-6, 6e-6, 16)*nA
    net = network(weights, c_m=2e-3*pF)
    if plastic:
        net = replace(net, projections=[replace(
            net.projections[0], synapse=stdp_additive("i_exc"),
            parameters={"w_max": 8e-6*nA}, initial={"w": weights})])
    c, findings, done = repaired(net)
    assert [f.code for f in done] == ["SPN007"]
    assert not [f for f in findings if f.code == "SPN007"], "no weight is lost any more"
    factor = c.view.cell("cells").parameters["cm"] / 2e-6
    assert factor == 2**round(np.log2(factor)) >= 1024
    fires = spikes(net)
    assert len(fires) > 4
    assert spikes(c.view.network) == fires  # a power of two changes no digit of a float


def test_weights_beside_much_larger_ones_cannot_be_mended(tmp_path: Path):
    net = network(np.where(np.arange(16) % 2, 1e-5, 100.0)*nA)
    with pytest.raises(ExportError, match=r"SPN007.*8 of 16 weights become 0"):
        eg.export(net, "spinnaker", tmp_path / "x", 50*ms, repair=True)
    report = eg.export(net, "spinnaker", tmp_path / "x", 50*ms, lossy=True)
    assert [f.code for f in report.losses] == ["SPN007"]
    assert "## Losses" in (tmp_path / "x" / "report.md").read_text()


def test_delays_off_the_grid_are_rounded_and_the_error_is_told(tmp_path: Path):
    net = network(1*nA, delay=2.3*ms)
    with pytest.raises(ExportError, match=r"SPN004.*delays? off the grid.*2.3 ms is written as 2"):
        eg.export(net, "spinnaker", tmp_path / "x", 50*ms)
    report = eg.export(net, "spinnaker", tmp_path / "x", 50*ms, repair=True)
    [told] = report.repaired
    assert told.code == "SPN004"
    assert "an error of 0.3 ms" in told.value
    assert "delay=2.0" in (tmp_path / "x" / "run.py").read_text()


def test_spikes_that_fall_into_one_step_are_one_spike():
    times = np.array([5.0, 6.0, 7.0, 8.0, 5.2, 8.4])*ms
    net = network(1*nA, times=times)
    c, _, done = repaired(net)
    assert "spike times off the grid" in done[0].value
    source = c.view.plan.populations[0]
    assert list(zip(source.steps, source.indices, strict=True)) == [
        (5, 0), (6, 1), (7, 2), (8, 1), (8, 3)]


def test_a_coarser_step_is_asked_for_with_dt(tmp_path: Path):
    fine = replace(network(1*nA, delay=1.5*ms), dt=0.5*ms)
    eg.export(fine, "nest", tmp_path / "fine", 50*ms)
    with pytest.raises(ExportError, match="PYN004"):
        eg.export(fine, "nest", tmp_path / "coarse", 50*ms, dt=1*ms)


def test_input_waits_for_a_simulator_that_cannot_send_it_at_once(tmp_path: Path):
    early = network(1*nA, times=np.array([0.0, 1.0])*ms)
    with pytest.raises(ExportError, match=r"PYN013.*fires in step 0.*--repair does that"):
        eg.export(early, "nest", tmp_path / "x", 50*ms)
    report = eg.export(early, "nest", tmp_path / "x", 50*ms, repair=True)
    assert report.label_steps == {"input": 2, "cells": 3}
    assert list(np.load(tmp_path / "x" / "data.npz")["input.times"]) == [2.0, 3.0]
    assert "DURATION = 52.0" in (tmp_path / "x" / "run.py").read_text()
    driven = network(1*nA, times=np.array([0.0])*ms, i_offset=0.1*nA)
    with pytest.raises(ExportError, match="PYN013"):  # it would have moved while it waited
        eg.export(driven, "nest", tmp_path / "y", 50*ms, repair=True)
