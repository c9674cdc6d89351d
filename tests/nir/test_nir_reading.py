"""NIR graphs as networks: twenty graphs, steps by hand, convolutions, what is refused."""

from __future__ import annotations

import h5py
import nir
import numpy as np
import pytest
import torch
from nir_graphs import GRAPHS, SIZE, chain, conv2d, cuba, integrate, lif, recurrent, weights, wired

import engram as eg
from engram import ms
from engram.backends.nir.graph import wiring
from engram.backends.nir.linear import matrix, shape_after
from engram.backends.nir.timing import shifts

STEPS = 60


def inputs(graph, seed=0, chance=0.3):
    rng = np.random.default_rng(seed)
    tables = {n: rng.random((STEPS, int(np.prod(x.input_type["input"])))) < chance
              for n, x in graph.inputs.items()}
    return {n: t.astype(float) for n, t in tables.items()}


def simulate(reading, **more):
    return eg.simulate(reading.network, reading.duration, backend="reference", **more)


def spikes(reading):
    return reading.rasters(simulate(reading))


@pytest.mark.parametrize("method", ["exact", "hold", "euler"])
@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_survives_a_round_trip(name, method, tmp_path):
    graph = GRAPHS[name]()
    nir.write(tmp_path / "theirs.nir", graph)
    first = eg.from_nir(tmp_path / "theirs.nir", 1*ms, method)
    written = eg.to_nir(first.network, tmp_path / "ours.nir")
    again = eg.from_nir(tmp_path / "ours.nir", 1*ms, method)
    assert again.network == first.network
    assert eg.from_nir(tmp_path / "ours.nir").network == first.network
    assert written.shift == first.shift == again.shift


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_does_something(name):
    graph = GRAPHS[name]()
    first = eg.from_nir(graph, 1*ms, inputs=inputs(graph))
    run = simulate(first)
    counts = [len(run.spikes[n]) for n in run.spikes]
    assert min(counts) > 5
    for states in run.states.values():
        assert np.abs(states["v"]).max() > 0.1


def by_hand(node, x, method, h=1e-3):
    """Spikes of one LIF or CubaLIF, neuron by neuron, from NIR's equations."""
    n = x.shape[1]
    leak, th, re, r = node.v_leak, node.v_threshold, node.v_reset, node.r
    v, i, out = leak.copy(), np.zeros(n), []
    cubic = isinstance(node, nir.CubaLIF)
    tau = node.tau_mem if cubic else node.tau
    for row in x:
        fine = 2000 if method != "euler" else 1
        if cubic:
            hold = node.w_in * row if method != "exact" else 0.0
            i = i + (h / node.tau_syn) * node.w_in * row * (method == "exact")
        elif method == "exact":
            v = v + h / tau * r * row
        for _ in range(fine):
            dt = h / fine
            if cubic:
                i = i + dt / node.tau_syn * (hold - i)
            drive = i if cubic else row * (method != "exact")
            v = v + dt / tau * (leak - v + r * drive)
        fired = v > th
        v = np.where(fired, re, v)
        out.append(fired)
    return np.array(out)


@pytest.mark.parametrize("method", ["exact", "hold", "euler"])
@pytest.mark.parametrize("make", [lif, cuba])
def test_steps_are_those_of_the_equations(make, method):
    node = make(SIZE, v_reset=np.linspace(-0.3, 0, SIZE), v_leak=np.linspace(-0.2, 0.2, SIZE))
    x = inputs(chain(node))["input"] * np.linspace(0.5, 1.5, SIZE)
    reading = eg.from_nir(chain(nir.Scale(np.linspace(0.5, 1.5, SIZE)), node), 1*ms, method,
                          (x > 0).astype(float))
    truth = by_hand(node, x, method)
    assert truth.sum() > 30
    np.testing.assert_array_equal(spikes(reading)["node1"], truth)


def test_integrate_and_fire_counts_whole_inputs_or_the_equations():
    graph = chain(nir.Linear(np.full((1, 1), 0.9)), integrate(1), size=1)
    x = np.ones((10, 1))
    assert np.flatnonzero(spikes(eg.from_nir(graph, 1*ms, inputs=x))["node1"]).tolist() == [2, 5, 8]
    graph.nodes["node1"].r = np.full(1, 1000.0)
    slow = eg.from_nir(graph, 1*ms, inputs=x, per="second")
    assert np.flatnonzero(spikes(slow)["node1"]).tolist() == [2, 5, 8]


def test_values_as_input_equal_spikes_as_input():
    graph = recurrent()
    x = inputs(graph)["input"]
    half = recurrent()
    half.nodes["w"].weight, half.nodes["back"].weight = (
        graph.nodes["w"].weight * 2, graph.nodes["back"].weight)
    spiking = spikes(eg.from_nir(graph, 1*ms, inputs=x))["a"]
    valued = spikes(eg.from_nir(half, 1*ms, inputs=x / 2))["a"]
    assert spiking.sum() > 20
    np.testing.assert_array_equal(spiking, valued)


def test_a_batch_of_inputs_is_runs_of_its_own():
    graph = recurrent()
    x = np.stack([inputs(graph, s)["input"] for s in (1, 2)], axis=1)
    reading = eg.from_nir(graph, 1*ms, inputs=x[:, 0])
    runs = simulate(reading, batch=reading.trials(x))
    for b in range(2):
        alone = eg.from_nir(graph, 1*ms, inputs=x[:, b])
        np.testing.assert_array_equal(reading.rasters(runs[b])["a"], spikes(alone)["a"])


def test_times_of_a_file_may_be_milliseconds():
    graph = chain(nir.Linear(weights(5, SIZE)), lif(5))
    x = inputs(graph)["input"]
    seconds = spikes(eg.from_nir(graph, 1*ms, inputs=x))["node1"]
    graph.nodes["node1"].tau = graph.nodes["node1"].tau * 1000
    again = spikes(eg.from_nir(graph, 1*ms, inputs=x, time_unit=ms))["node1"]
    np.testing.assert_array_equal(seconds, again)


def test_delayed_timing_gives_each_connection_a_step():
    graph = chain(lif(SIZE), nir.Linear(weights(4, SIZE)), lif(4))
    x = inputs(graph)["input"]
    aligned, delayed = (eg.from_nir(graph, 1*ms, inputs=x, timing=t)
                        for t in ("aligned", "delayed"))
    assert set(delayed.shift.values()) == {0}
    late = delayed.rasters(simulate(delayed), STEPS)["node2"]
    assert late.any()
    np.testing.assert_array_equal(late[2:], spikes(aligned)["node2"][:-2])


# torch says that it copies its input when it pads one side only
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@pytest.mark.parametrize(("options", "shape"), [
    ({}, (2, 5, 5)), ({"padding": "same"}, (2, 4, 3)),
    ({"padding": (1, 0), "stride": (2, 1)}, (2, 5, 6)),
    ({"padding": "same", "weight": weights(3, 2, 3, 3)}, (2, 5, 4)),
    ({"dilation": 2, "padding": "valid"}, (2, 6, 5)),
    ({"groups": 2, "weight": weights(4, 1, 3, 2), "bias": weights(4)}, (2, 5, 5))])
def test_convolutions_are_those_of_torch(options, shape):
    node = conv2d(**options)
    x = weights(*shape)
    w, b = (torch.tensor(a) for a in (node.weight, node.bias))
    truth = torch.nn.functional.conv2d(torch.tensor(x)[None], w, b, node.stride, node.padding
                                       if isinstance(node.padding, str) else tuple(node.padding),
                                       node.dilation, node.groups)[0].numpy()
    m, bias = matrix("Conv2d", node, shape, "conv")
    assert shape_after("Conv2d", node, shape, "conv") == truth.shape
    # sums of at most 8 products: a few roundings
    np.testing.assert_allclose(m @ x.ravel() + bias, truth.ravel(), rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize(("kind", "function"), [("AvgPool2d", torch.nn.functional.avg_pool2d),
                                                ("SumPool2d", None)])
def test_pools_are_those_of_torch(kind, function):
    node = getattr(nir, kind)(np.array([3, 2]), np.array([2, 1]), np.array([1, 1]))
    x = weights(2, 5, 4)
    average = torch.nn.functional.avg_pool2d(torch.tensor(x)[None], (3, 2), (2, 1), (1, 1))[0]
    truth = average.numpy() * (1 if function else 6)
    m, _ = matrix(kind, node, x.shape, "pool")
    np.testing.assert_allclose(m @ x.ravel(), truth.ravel(), rtol=1e-13, atol=1e-13)


def test_one_dimensional_convolutions():
    node = nir.Conv1d(7, weights(3, 2, 3), 2, 1, 1, 1, weights(3))
    x = weights(2, 7)
    truth = torch.nn.functional.conv1d(torch.tensor(x)[None], torch.tensor(node.weight),
                                       torch.tensor(node.bias), 2, 1)[0].numpy()
    m, b = matrix("Conv1d", node, x.shape, "conv")
    np.testing.assert_allclose(m @ x.ravel() + b, truth.ravel(), rtol=1e-13, atol=1e-13)


def test_single_numbers_stand_for_every_neuron():
    one = {n: np.array(x) for n, x in (("tau", 0.01), ("r", 8.0), ("v_leak", 0.0),
                                       ("v_threshold", 1.0), ("v_reset", 0.0))}
    graph = chain(nir.Linear(weights(5, SIZE)), lif(5))
    bare = nir.NIRGraph({**graph.nodes, "node1": nir.LIF(**one)}, graph.edges, type_check=False)
    assert eg.from_nir(bare, 1*ms).network == eg.from_nir(graph, 1*ms).network


def test_lags_leave_every_delay_possible():
    edges = {("in", "a"): [1], ("a", "b"): [1], ("in", "b"): [1], ("b", "a"): [3]}
    found = shifts(["in", "a", "b"], edges, {("b", "a")}, False)
    assert found == {"in": 0, "a": 1, "b": 1}
    edges = {("in", "a"): [5], ("a", "b"): [1], ("in", "b"): [1], ("b", "a"): [2]}
    # a reader takes a step to close the loop, so a may lag 2 - 1 steps behind b
    assert shifts(["in", "a", "b"], edges, {("b", "a")}, True) == {"in": 0, "a": 2, "b": 1}
    assert shifts(["in", "a"], {("in", "a"): [4]}, set(), True) == {"in": 0, "a": 4}
    assert shifts(["in", "a"], {("in", "a"): [4]}, set(), False) == {"in": 0, "a": 1}


def refusal(graph, error=eg.DescriptionError, **more):
    with pytest.raises(error) as caught:
        eg.from_nir(graph, **{"dt": 1*ms, **more})
    return str(caught.value)


class Novel(nir.LI):
    pass


def test_bad_graphs_are_named_and_explained():
    novel = Novel(np.ones(3), np.ones(3), np.ones(3))
    assert "'node0' is a Novel, which is not known here; known are Affine" in refusal(
        chain(novel, size=3))
    loop = wired({"w": nir.Linear(weights(5, SIZE)), "a": lif(5), "x": nir.Linear(weights(5, 5)),
                  "b": lif(5), "y": nir.Linear(weights(5, 5)), "output": nir.Output(np.array([5]))},
                 ("input", "w"), ("w", "a"), ("a", "x"), ("x", "b"), ("b", "y"), ("y", "a"),
                 ("b", "output"))
    assert "edge b -> a closes a loop of more than one population" in refusal(loop)
    assert eg.from_nir(loop, 1*ms, timing="delayed").shift["b"] == 0
    assert "names 'nobody'" in refusal(wired({"a": lif(SIZE)}, ("input", "nobody")))
    assert "it takes 4 inputs and (6,) reaches it" in refusal(
        chain(nir.Linear(weights(5, 4)), lif(5)))
    assert "not a whole number of steps" in refusal(chain(nir.Delay(np.full(SIZE, 5e-4)),
                                                          lif(SIZE)))
    assert "form a loop without a neuron" in refusal(wired(
        {"w": nir.Linear(weights(6, 6)), "u": nir.Scale(np.ones(6)), "a": lif(6)},
        ("input", "w"), ("w", "u"), ("u", "w"), ("u", "a")))
    assert "tau = [0." in refusal(chain(lif(SIZE, tau=np.zeros(SIZE))))
    holes = chain(nir.Linear(np.full((5, SIZE), np.nan)), lif(5))
    assert "NIR edge input -> node1: its weights hold NaN" in refusal(holes)
    assert "no method 'rk4'; there are exact, hold, euler" in refusal(chain(lif(2)), method="rk4")
    assert "give dt=" in refusal(chain(lif(2)), dt=None)
    assert "give (steps, size)" in refusal(chain(lif(SIZE)), inputs=np.zeros((4, 5)))
    assert "neither a file nor a NIRGraph" in refusal(3)


def test_bad_files_are_named_and_explained(tmp_path):
    path = tmp_path / "a.nir"
    nir.write(path, chain(nir.Linear(weights(5, SIZE)), lif(5)))
    with h5py.File(path, "r+") as file:
        del file["node/nodes/node1/type"]
        file["node/nodes/node1/type"] = "Izhikevich"
    assert "node 'node1' is of type 'Izhikevich', which is not known" in refusal(
        path, eg.ArchiveError)
    with h5py.File(path, "r+") as file:
        del file["node/nodes/node1/type"]
        file["node/nodes/node1/type"] = "LIF"
        del file["node/nodes/node1/tau"]
    assert "node 'node1' (LIF) has no tau" in refusal(path, eg.ArchiveError)
    with h5py.File(path, "r+") as file:
        del file["node/edges"]
    assert "the graph at the top has no edges" in refusal(path, eg.ArchiveError)
    with h5py.File(path, "w") as file:
        file["x"] = 1
    assert "no group 'node', so it is not a NIR file" in refusal(path, eg.ArchiveError)
    path.write_bytes(b"nothing")
    assert "cannot be read as NIR" in refusal(path, eg.ArchiveError)
    assert "cannot be read as NIR" in refusal(tmp_path / "absent.nir", eg.ArchiveError)


def test_a_wiring_multiplies_what_lies_between_neurons():
    a, b = weights(5, SIZE), weights(4, 5)
    found = wiring(chain(nir.Linear(a), nir.Affine(b, np.arange(4.0)), lif(4)), 1e-3, 1.0)
    assert len(found.edges) == 1
    np.testing.assert_allclose(found.edges[0].matrix.toarray(), b @ a, rtol=1e-14)
    np.testing.assert_array_equal(found.bias["node2"], np.arange(4.0))
