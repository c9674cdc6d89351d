"""`engram.cell`: a model's text as a layer beside snnTorch's own."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import snntorch
import torch
from snntorch import surrogate
from torch import nn

import engram as eg
from engram import ms, mV, nA
from engram.models.neurons import LIF_CURR_EXP

LEAKY = eg.NeuronModel(
    "leaky", "v : 1\nx : 1\nfired : 1\nbeta : 1",
    update="v = beta*v + x - fired; x = 0; fired = 0", threshold="v > 1", reset="fired = 1",
    defaults={"v": 0, "x": 0, "fired": 0, "beta": 0.9})
"""snn.Leaky with reset by subtraction, which takes effect one step after the spike."""


def drive(*shape: int) -> Any:
    """Input that makes about a fifth of the neurons fire."""
    return torch.tensor(np.random.default_rng(0).normal(0.2, 0.5, shape), dtype=torch.float32)


def test_it_is_a_spiking_neuron_with_the_models_text() -> None:
    cell = eg.cell(LEAKY, "x")
    assert isinstance(cell, snntorch.SpikingNeuron)
    assert type(cell).__name__ == "Leaky"
    assert "beta : 1" in type(cell).__doc__
    assert "def integrate_0(S, C, active, t, draw):" in cell.source
    assert cell.state_names == ("v", "x", "fired")


def test_it_is_snntorchs_leaky_spike_for_spike() -> None:
    x = drive(60, 4, 3, 5)
    mine, theirs = eg.cell(LEAKY, "x"), snntorch.Leaky(beta=0.9)
    state, mem, total = (), theirs.reset_mem(), 0
    for step in x:
        spikes, *state = mine(step, *state)
        wanted, mem = theirs(step, mem)
        assert torch.equal(spikes, wanted)
        torch.testing.assert_close(state[0], mem, rtol=1e-6, atol=1e-6)  # float32, sums reordered
        total += int(wanted.sum())
    assert total > 200


def test_its_gradient_is_snntorchs() -> None:
    slopes = []
    for make in (lambda: eg.cell(LEAKY, "x", surrogate=surrogate.fast_sigmoid(slope=5)),
                 lambda: snntorch.Leaky(beta=0.9, spike_grad=surrogate.fast_sigmoid(slope=5))):
        x, cell, state, out = drive(20, 4, 6).requires_grad_(), make(), (), 0.0
        for step in x:
            spikes, *state = cell(step, *state)
            out = out + spikes.sum()
        out.backward()
        slopes.append(x.grad)
    assert slopes[0].abs().sum() > 0
    torch.testing.assert_close(slopes[0], slopes[1], rtol=1e-4, atol=1e-6)  # float32


def test_in_a_sequential_beside_snntorchs_layers() -> None:
    torch.manual_seed(0)
    mine = eg.cell(LIF_CURR_EXP, "i_exc", 1*ms, {"tau_ref": 2*ms}, init_hidden=True)
    scaled = nn.Linear(8, 6)
    with torch.no_grad():
        scaled.weight.mul_(2e-9)
        scaled.bias.zero_()
    net = nn.Sequential(scaled, mine, nn.Linear(6, 3), snntorch.Leaky(0.9, init_hidden=True,
                                                                       output=True))
    x = torch.rand(30, 5, 8)

    def run() -> Any:
        mine.reset_mem()
        net[3].reset_mem()
        return torch.stack([net(step)[1] for step in x])
    first = run()
    assert first.shape == (30, 5, 3)
    assert torch.equal(run(), first), "reset_mem goes back to the start"
    first.sum().backward()
    assert scaled.weight.grad.abs().sum() > 0


def test_it_is_the_reference() -> None:
    kick = np.random.default_rng(1).random((80, 7)) < 0.2
    weight = 1.5
    net = eg.Network(
        [eg.Population("in", 7, eg.SpikeTimes.raster(kick, 1*ms)),
         eg.Population("cells", 7, LIF_CURR_EXP, {"tau_ref": 2*ms})],
        [eg.Projection("one", "in", "cells", eg.OneToOne(),
                       eg.SynapseModel("s", "w : amp", "i_exc_post += w"), {"w": weight*nA})],
        dt=1*ms)
    truth = eg.simulate(net, 80*ms, backend="reference")
    cell = eg.cell(LIF_CURR_EXP, "i_exc", 1*ms, {"tau_ref": 2*ms}, dtype=torch.float64)
    spikes, state = [], ()
    for k in range(80):
        before = torch.tensor(kick[k - 1] * weight * 1e-9 if k else np.zeros(7))[None]
        s, *state = cell(before, *state)
        spikes.append(s[0])
    step, i = torch.stack(spikes).numpy().nonzero()
    assert len(step) > 20
    np.testing.assert_array_equal(step, truth.spikes["cells"].step)
    np.testing.assert_array_equal(i, truth.spikes["cells"].i)


def test_parameters_train_and_are_kept() -> None:
    cell = eg.cell(LEAKY, "x", parameters={"beta": np.linspace(0.5, 0.9, 6)}, train=("beta",))
    state, out = (), 0.0
    for step in drive(10, 4, 6):
        spikes, *state = cell(step, *state)
        out = out + spikes.sum()
    out.backward()
    ((name, beta),) = cell.named_parameters()
    assert name == "values.beta"
    assert beta.shape == (6,)
    assert beta.grad.abs().sum() > 0
    other = eg.cell(LEAKY, "x", parameters={"beta": 0.1*np.ones(6)}, train=("beta",))
    other.load_state_dict(cell.state_dict())
    assert torch.equal(other(drive(4, 6))[0], cell(drive(4, 6))[0])
    assert torch.equal(copy.deepcopy(cell)(drive(4, 6))[1], cell(drive(4, 6))[1])


def test_hidden_states_of_a_class_are_reset_together() -> None:
    one = eg.cell(LEAKY, "x", init_hidden=True)
    first = one(drive(4, 6))
    second = one(drive(4, 6))
    type(one).detach_hidden()
    type(one).reset_hidden()
    assert torch.equal(one(drive(4, 6)), first)
    assert not torch.equal(second, first)


def test_what_does_not_fit_is_named() -> None:
    cell = eg.cell(LEAKY, "x")
    _, *state = cell(drive(4, 6))
    with pytest.raises(eg.DescriptionError, match=r"\(4, 6\).*\(5, 6\)"):
        cell(drive(5, 6), *state)
    with pytest.raises(eg.DescriptionError, match=r"1 tensors of state for 3.*v, x, fired"):
        cell(drive(4, 6), state[0])
    with pytest.raises(eg.DescriptionError, match="keeps its own state"):
        eg.cell(LEAKY, "x", init_hidden=True)(drive(4, 6), *state)
    with pytest.raises(eg.DescriptionError, match="no variable or parameter 'y'"):
        eg.cell(LEAKY, "y")
    with pytest.raises(eg.DescriptionError, match="not a NeuronModel"):
        eg.cell("leaky", "x")
    with pytest.raises(eg.DescriptionError, match="6 neurons, the input is 5 wide"):
        eg.cell(LEAKY, "x", parameters={"beta": np.ones(6)})(drive(4, 5))
    with pytest.raises(eg.DescriptionError, match="one size"):
        eg.cell(LEAKY, "x", parameters={"beta": np.ones(6)}, initial={"v": np.zeros(5)})
    with pytest.raises(eg.DescriptionError, match=r"cell\.beta"):
        eg.cell(LEAKY, "x", train=("tau",))
    with pytest.raises(eg.UnitError, match="v_th"):
        eg.cell(LIF_CURR_EXP, "i_exc", parameters={"v_th": 3*nA})
    assert eg.cell(LIF_CURR_EXP, "i_exc", parameters={"v_th": -50*mV})
