"""Graphs that snnTorch and Norse export fire here as the modules they were made from."""

from __future__ import annotations

import warnings

import nir
import numpy as np
import pytest
import snntorch as snn
import torch
from torch import nn

import engram as eg
from engram import ms, second

STEPS, INPUTS, HIDDEN, OUTPUTS = 100, 8, 10, 4
COMMON = {"reset_mechanism": "zero", "reset_delay": False, "init_hidden": True}


def each(n, value):
    """snnTorch exports what it was given, so a value for each neuron tells NIR their number."""
    return torch.full((n,), value)


def hidden(kind):
    decay, height = each(HIDDEN, 0.9), each(HIDDEN, 1.0)
    if kind == "Leaky":
        return snn.Leaky(decay, threshold=height, **COMMON)
    if kind == "Synaptic":
        return snn.Synaptic(each(HIDDEN, 0.8), decay, threshold=height, **COMMON)
    return snn.RLeaky(0.9, linear_features=HIDDEN, **COMMON)


def inputs():
    return (torch.rand(STEPS, 1, INPUTS) < 0.4).float()


@pytest.mark.parametrize("how", ["graph", "file"])
@pytest.mark.parametrize("kind", ["Leaky", "Synaptic", "RLeaky"])
def test_graphs_of_snntorch(kind, how, tmp_path):
    from snntorch.export_nir import export_to_nir
    torch.manual_seed(0)
    x = inputs()
    last = snn.Leaky(each(OUTPUTS, 0.8), threshold=each(OUTPUTS, 0.3), **COMMON)
    net = nn.Sequential(nn.Linear(INPUTS, HIDDEN), hidden(kind), nn.Linear(HIDDEN, OUTPUTS), last)
    with torch.no_grad():
        for n in (0, 2):
            net[n].weight.mul_(2).add_(0.05)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nirtorch names its own deprecations
            graph = export_to_nir(net, x[0], ignore_dims=[0])
        for n in (1, 3):
            net[n].reset_mem()
        truth = torch.stack([net(h)[0] for h in x]).numpy() != 0
    if how == "file":
        nir.write(tmp_path / "a.nir", graph)
        graph = tmp_path / "a.nir"
    read = eg.from_nir(graph, 0.1*ms, "euler", x[:, 0].numpy())  # snnTorch's built-in step
    run = eg.simulate(read.network, read.duration, backend="reference")
    assert truth.sum() > 50
    np.testing.assert_array_equal(read.rasters(run)[read.outputs[0]], truth)


def test_graphs_of_norse_whose_times_are_too_short_by_its_step():
    """Norse 1.1 writes tau = dt/tau_mem_inv; 1/dt as the unit of time undoes that."""
    torch.manual_seed(0)
    x = inputs()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch.jit, and nirtorch's own
        import norse.torch as norse
        cells = [norse.LIFBoxCell(norse.LIFBoxParameters(v_th=torch.as_tensor(v)))
                 for v in (0.15, 0.05)]
        net = norse.SequentialState(nn.Linear(INPUTS, HIDDEN), cells[0],
                                    nn.Linear(HIDDEN, OUTPUTS), cells[1])
        state, truth = None, []
        with torch.no_grad():
            for n in (0, 2):
                net[n].weight.add_(0.15)
            graph = norse.to_nir(net, x[0])
            for h in x:
                z, state = net(h, state)
                truth.append(z[0].numpy() != 0)
    read = eg.from_nir(graph, 1*ms, "euler", x[:, 0].numpy(), time_unit=1000*second)
    run = eg.simulate(read.network, read.duration, backend="reference")
    assert np.sum(truth) > 50
    np.testing.assert_array_equal(read.rasters(run)[read.outputs[0]], np.array(truth))
