"""snnTorch in both directions: equal spikes against snnTorch itself, and what is refused."""

from __future__ import annotations

import itertools
from typing import Any

import ann_runs
import numpy as np
import pytest
import snntorch as snn
import torch
from torch import nn

import engram as eg
from engram import ms

DECAYS = torch.linspace(0.6, 0.9, 12)
RESETS = ("subtract", "zero", "none")


def cell(name: str, reset: str, at_once: bool) -> Any:
    """A cell of 12 neurons; parameters of its own for each neuron where it can have them."""
    torch.manual_seed(3)
    late = {"reset_mechanism": reset, "reset_delay": not at_once}
    return {
        "Leaky": lambda: snn.Leaky(DECAYS, threshold=0.7 + 0.2 * DECAYS, graded_spikes_factor=1.5,
                                   **late),
        "Synaptic": lambda: snn.Synaptic(0.5, DECAYS, **late),
        "RLeaky": lambda: snn.RLeaky(DECAYS, linear_features=12, **late),
        "RLeaky one to one": lambda: snn.RLeaky(0.9, all_to_all=False, V=-0.6, **late),
        "RSynaptic": lambda: snn.RSynaptic(0.4, DECAYS, linear_features=12, **late),
        "RSynaptic one to one": lambda: snn.RSynaptic(0.4, DECAYS, all_to_all=False,
                                                      V=torch.rand(12) - 0.5, **late),
        "Alpha": lambda: snn.Alpha(0.8, 0.5, reset_mechanism=reset)}[name]()


CASES = [(n, r, at_once) for n, r, at_once in itertools.product(
    ("Leaky", "Synaptic", "RLeaky", "RLeaky one to one", "RSynaptic", "RSynaptic one to one",
     "Alpha"), RESETS, (False, True)) if not (at_once and n.startswith(("RSyn", "Alpha")))]


@pytest.mark.parametrize("kind", ["spikes", "values"])
@pytest.mark.parametrize(("name", "reset", "at_once"), CASES)
def test_import_fires_as_snntorch(name: str, reset: str, at_once: bool, kind: str) -> None:
    modules = ann_runs.around(cell(name, reset, at_once), snn.Leaky(0.8), 2.5)
    x = ann_runs.drive(kind, 60, 2, 6)
    found = ann_runs.by_snntorch(modules, x)
    for b in range(2):
        imported = eg.from_snntorch(modules, inputs=x[:, b])
        assert imported.shift == ({"input": 0, "layer1": 1, "layer2": 2} if kind == "spikes"
                                  else {"layer1": 0, "layer2": 1})
        ann_runs.compare(imported, found, b, "reference")


def test_import_is_the_same_on_numba() -> None:
    modules = ann_runs.around(cell("RLeaky", "zero", False), snn.Alpha(0.9, 0.7), 2.5)
    x = ann_runs.drive("spikes", 60, 1, 6)
    ann_runs.compare(eg.from_snntorch(modules, inputs=x[:, 0]),
                     ann_runs.by_snntorch(modules, x), 0, "numba")


@pytest.mark.parametrize("kind", ["spikes", "values"])
def test_a_batch_of_the_module_is_a_batch_here(kind: str) -> None:
    modules = ann_runs.around(cell("Synaptic", "subtract", False), snn.Leaky(0.8), 2.5)
    x = ann_runs.drive(kind, 60, 3, 6)
    found = ann_runs.by_snntorch(modules, x)
    imported = eg.from_snntorch(modules, inputs=x[:, 0])
    runs = eg.simulate(imported.network, imported.duration, batch=imported.trials(x))
    assert not np.array_equal(found[1][:, 0], found[1][:, 1])
    for b in range(3):
        got = imported.rasters(runs[b])
        np.testing.assert_array_equal(got["layer1"], found[0][:, b])
        np.testing.assert_array_equal(got["layer2"], found[1][:, b])


def test_sequential_with_flatten_and_hidden_state() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(6, 5, bias=False),
                        nn.Sequential(snn.Leaky(0.9, init_hidden=True), nn.Dropout(0.5))).eval()
    x = ann_runs.drive("spikes", 40, 1, 6)
    with torch.no_grad():
        net[1].weight.abs_()
        found = torch.stack([net(h.float()) for h in x]).numpy() != 0
    imported = eg.from_snntorch(net, dt=2 * ms, inputs=x[:, 0])
    assert imported.duration == 41 * 2 * ms
    assert imported.network.population("layer1").model.name == "snntorch_leaky_subtract"
    ann_runs.compare(imported, [found], 0)


@pytest.mark.parametrize(("reset", "beta"), [*((r, 0.83) for r in RESETS), ("subtract", 1.2)])
def test_membrane_is_equal_bit_for_bit(reset: str, beta: float) -> None:
    leaky = snn.Leaky(beta, reset_mechanism=reset).double()
    x = ann_runs.drive("values", 50, 1, 4)
    imported = eg.from_snntorch(leaky, inputs=x[:, 0])
    network = eg.Network(imported.network.populations, (), imported.network.stimuli,
                         [eg.StateProbe("layer1", "mem")], dt=1 * ms)
    run = eg.simulate(network, 50 * ms, backend="reference")
    mem = torch.zeros(1, 4, dtype=torch.float64)
    for k, h in enumerate(x):
        _, mem = leaky(h, mem)
        np.testing.assert_array_equal(run.states["layer1"]["mem"][k], mem[0].numpy())


def test_a_layer_with_bias_waits_for_its_first_step() -> None:
    modules: list[Any] = [snn.Leaky(0.9), nn.Linear(3, 2), snn.Leaky(0.5, threshold=0.2)]
    with torch.no_grad():
        modules[1].weight.zero_()
        modules[1].bias.fill_(0.15)
    x = torch.zeros(12, 1, 3, dtype=torch.float64)
    imported = eg.from_snntorch(modules, inputs=x[:, 0])
    found = ann_runs.by_snntorch(modules, x)
    got = imported.rasters(eg.simulate(imported.network, imported.duration))
    assert found[1].sum() > 4
    np.testing.assert_array_equal(got["layer2"], found[1][:, 0])


class Custom(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)


REFUSED = [
    ([snn.Leaky(0.9, state_quant=lambda x: x)], "state_quant rounds"),
    ([snn.Leaky(0.9, spike_grad=lambda x: (x >= 0).float())], "not a Heaviside"),
    ([snn.Leaky(0.9, graded_spikes_factor=0.0)], "sends nothing"),
    ([snn.RSynaptic(0.5, 0.9, linear_features=2, reset_delay=False)], "does not work in snnTorch"),
    ([snn.RLeaky(0.9, conv2d_channels=1, kernel_size=3)], "is a Conv2d"),
    ([nn.Conv2d(1, 1, 3), snn.Leaky(0.9)], "Conv2d has no counterpart"),
    ([snn.Lapicque(0.9)], "Lapicque has no counterpart"),
    ([nn.Linear(2, 2), nn.Linear(2, 2), snn.Leaky(0.9)], "Linear follows Linear"),
    ([snn.Leaky(0.9), nn.Linear(2, 2)], "the last Linear has no cell"),
    ([nn.Dropout(0.5), snn.Leaky(0.9)], "call .eval()"),
    ([nn.Flatten()], "no cell in the module"),
]


@pytest.mark.parametrize(("modules", "reason"), REFUSED)
def test_what_cannot_be_imported_is_refused_with_a_reason(modules: Any, reason: str) -> None:
    with pytest.raises(eg.UnsupportedError) as problem:
        eg.from_snntorch(modules)
    assert any(reason in r for r in problem.value.reasons)


def test_inhibition_is_refused() -> None:
    with pytest.warns(UserWarning, match="unstable"):
        leaky = snn.Leaky(0.9, inhibition=True)
    with pytest.raises(eg.UnsupportedError, match="lets one neuron"):
        eg.from_snntorch([leaky])


def test_inputs_and_sizes_that_do_not_fit() -> None:
    with pytest.raises(eg.DescriptionError, match=r"give its layers as a list"):
        eg.from_snntorch(Custom())
    with pytest.raises(eg.DescriptionError, match="the first layer takes 6"):
        eg.from_snntorch([nn.Linear(6, 2), snn.Leaky(0.9)], inputs=np.zeros((5, 4)))
    with pytest.raises(eg.DescriptionError, match="of a batch give one entry"):
        eg.from_snntorch([nn.Linear(6, 2), snn.Leaky(0.9)], inputs=np.zeros((5, 4, 6)))
    with pytest.raises(eg.DescriptionError, match="the cell of layer 1 has 3 neurons"):
        eg.from_snntorch([nn.Linear(6, 2), snn.Leaky(torch.full((3,), 0.9))])
    with pytest.raises(eg.DescriptionError, match="nothing tells the number of inputs"):
        eg.from_snntorch([snn.Leaky(0.9)])


@pytest.mark.parametrize("kind", ["spikes", "values"])
@pytest.mark.parametrize(("name", "reset", "at_once"), CASES)
def test_round_trip(name: str, reset: str, at_once: bool, kind: str) -> None:
    modules = ann_runs.around(cell(name, reset, at_once), snn.Leaky(0.8), 2.5)
    x = ann_runs.drive(kind, 50, 1, 6)
    imported = eg.from_snntorch(modules, inputs=x[:, 0])
    module = eg.to_snntorch(imported.network)
    kinds = [type(c) for c in module.cells.values()]
    assert kinds == [type(modules[1]), snn.Leaky]
    found = ann_runs.by_snntorch(modules, x)
    steps = 50 + max(imported.shift.values())
    out = module(steps=steps)
    for n, wanted in enumerate(found, 1):
        shift = imported.shift[f"layer{n}"]
        assert wanted.sum() > 10
        got = out[f"layer{n}"][shift:shift + 50, 0].detach().numpy() != 0
        np.testing.assert_array_equal(got, wanted[:, 0])

