"""Views, energy and NeuroBench's metrics against worked numbers and against NeuroBench itself."""

import numpy as np
import pytest
import snntorch as snn
import torch
from neurobench.metrics.static import ConnectionSparsity, Footprint, ParameterCount
from neurobench.metrics.workload import (
    ActivationSparsity,
    MembraneUpdates,
    SynapticOperations,
)
from neurobench.models import SNNTorchModel, TorchModel
from snntorch import surrogate

from engram.experiments.metrics.energy import CAVEATS, TARGETS, energy
from engram.experiments.metrics.neurobench import neurobench, stores, synaptic_operations
from engram.experiments.metrics.views import VIEWS, disagreement, orders, views
from engram.models.ann.linear import LinearMemory
from engram.models.memory import NOTHING, OpCount, products, random_patterns
from engram.simulator.errors import DescriptionError

SPIKING_READ = OpCount(ac=501, neuron_updates=2048)  # a Willshaw of spiking neurons, 256 pairs
SOFTMAX_READ = OpCount(dense=512 * 256, mac=512 * 256, exp=256)


def on(target, ops):
    return next(e for e in energy(ops) if e.target == target)


def test_energy_of_worked_examples():
    found = on("45 nm, float32", SPIKING_READ)
    assert found.nominal == pytest.approx(501 * 0.9 + 2048 * 4.6)  # 9.9 nJ
    assert found.low == pytest.approx((501 + 2048) * 0.9)
    assert on("45 nm, float32", OpCount(ac=501)).low == pytest.approx(450.9)  # 0.45 nJ, events only
    assert on("45 nm, float32", SOFTMAX_READ).nominal == pytest.approx(602931.2)  # 603 nJ
    assert on("SpiNNaker 1", OpCount(ac=10, neuron_updates=4)).low == pytest.approx(
        10 * 13.3e3 + 4 * 26e3)


def test_energy_is_a_range_with_source_and_caveat_or_a_reason():
    for ops in (SPIKING_READ, SOFTMAX_READ, OpCount(ac=5, weight_updates=3, neuron_updates=1)):
        for found in energy(ops):
            assert found.source
            assert found.caveat
            assert (found.low is None) == bool(found.reason)
            if found.low is not None:
                assert 0 < found.low <= found.nominal <= found.high
    assert all(low <= nominal <= high for t in TARGETS for low, nominal, high in (
        r for r in (t.ac, t.mac, t.weight, t.spike, t.byte) if r is not None))
    assert len(CAVEATS) == 3


def test_a_chip_of_synaptic_events_says_nothing_of_multiplications():
    refused = {e.target for e in energy(SOFTMAX_READ) if e.reason}
    assert {"Loihi", "TrueNorth", "SpiNNaker 1", "SpiNNaker 2"} <= refused
    assert "256 exponentials" in on("45 nm, float32", SOFTMAX_READ).caveat
    assert on("TrueNorth", OpCount(ac=1, spikes=1, weight_updates=1)).reason.startswith(
        "TrueNorth does not learn")


def test_two_memories_change_places_with_the_view():
    sparse, dense = OpCount(dense=65536, ac=501, neuron_updates=2048), OpCount(dense=9000, mac=9000)
    assert disagreement(sparse, dense) == (["effective"], ["dense", "updates"])
    assert orders({"a": sparse, "b": dense})["dense"] == ("b", "a")
    assert orders({"a": sparse, "b": dense})["bytes"] == ("a", "b")
    assert set(views(NOTHING)) == set(VIEWS)


def test_products_are_told_apart_by_the_input():
    x = np.zeros((2, 8))
    x[0, :3] = 1
    assert products(x, 5) == OpCount(dense=80, ac=15)
    assert products(-x, 5) == OpCount(dense=80, sign_flips=15)
    assert products(x * 0.5, 5) == OpCount(dense=80, mac=15)
    assert products(x * 0.5, 5, binary_weights=True) == OpCount(dense=80, ac=15)


def brute_force(layer, inputs):
    """Every product of a Linear, one at a time."""
    w, x = layer.weight.detach().numpy(), inputs.numpy()
    return sum(1.0 for row in x for j in range(w.shape[0]) for i in range(w.shape[1])
               if w[j, i] != 0 and row[i] != 0)


def test_synaptic_operations_one_by_one():
    torch.manual_seed(1)
    layer = torch.nn.Linear(7, 5)
    with torch.no_grad():
        layer.weight[0, :4] = 0
    inputs = torch.randn(3, 7) * (torch.rand(3, 7) > 0.5)
    effective, dense, spiking = synaptic_operations(layer, inputs)
    assert (effective, dense, spiking) == (brute_force(layer, inputs), 3 * 7 * 5, False)
    assert synaptic_operations(layer, torch.sign(inputs))[2]


def ann():
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(100, 50), torch.nn.ReLU(), torch.nn.Linear(50, 10))
    with torch.no_grad():
        net[0].weight[:, :7] = 0
    return net


class Snn(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(2)
        grad = surrogate.atan()
        self.first = torch.nn.Linear(100, 50)
        self.lif = snn.Leaky(0.9, init_hidden=True, spike_grad=grad)
        self.last = torch.nn.Linear(50, 10)
        self.out = snn.Leaky(0.9, init_hidden=True, output=True, spike_grad=grad)

    def forward(self, x):
        return self.out(self.last(self.lif(self.first(x))))


def theirs(model, data):
    model.register_hooks()
    preds = model(data)
    batch = (data, torch.zeros(len(data)))
    found = {"Footprint": Footprint()(model), "ParameterCount": ParameterCount()(model),
             "ConnectionSparsity": ConnectionSparsity()(model),
             "ActivationSparsity": ActivationSparsity()(model, preds, batch),
             "MembraneUpdates": MembraneUpdates()(model, preds, batch),
             **{k: float(v) for k, v in SynapticOperations()(model, preds, batch).items()}}
    model.cleanup_hooks()
    return found


@pytest.mark.parametrize("kind", ["real", "binary", "signs"])
def test_an_ann_agrees_with_neurobench(kind):
    net, rng = ann(), torch.Generator().manual_seed(3)
    x = torch.randn(16, 100, generator=rng)
    x = {"real": x, "binary": (x > 1.3).float(), "signs": torch.sign(x)}[kind]
    ours, peer = neurobench(net, lambda: net(x), 16), theirs(TorchModel(net), x)
    assert {k: getattr(ours, k) for k in peer} == pytest.approx(peer)
    assert ours.not_covered == ()


def test_a_spiking_network_agrees_with_neurobench():
    net = Snn()
    x = (torch.rand(8, 20, 100, generator=torch.Generator().manual_seed(4)) < 0.1).float()
    peer = theirs(SNNTorchModel(net), x)
    snn.utils.reset(net)
    ours = neurobench(net, lambda: [net(x[:, t]) for t in range(20)], 8)
    assert {k: getattr(ours, k) for k in peer} == pytest.approx(peer)
    assert ours.Effective_ACs > 0
    assert ours.Dense == 20 * (100 * 50 + 50 * 10)


def test_a_store_is_seen_and_a_recurrent_layer_is_named():
    rng = np.random.default_rng(5)
    memory = LinearMemory(12, 6)
    memory.write(random_patterns(rng, 4, 12, "unit"), random_patterns(rng, 4, 6, "unit"))
    module = stores(memory, linear="store")
    cues = random_patterns(rng, 3, 12, "unit")
    found = neurobench(module, lambda: module(torch.from_numpy(cues).float()), 3)
    assert found.Footprint * 8 == memory.state_bits()
    assert found.Effective_MACs * 3 == memory.read(cues).ops.mac
    assert neurobench(torch.nn.LSTM(3, 4), lambda: None, 1).not_covered == ("module (LSTM)",)
    with pytest.raises(DescriptionError, match="no array 'weights'; it has store"):
        stores(memory, linear="weights")
    with pytest.raises(DescriptionError, match="0 samples"):
        neurobench(module, lambda: None, 0)
