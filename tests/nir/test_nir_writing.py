"""Networks as NIR: spikes in our own, Norse's and snnTorch's reading; losses named; the sidecar."""

from __future__ import annotations

import warnings
from dataclasses import replace

import nir
import numpy as np
import pytest
import torch

import engram as eg
from engram import ms, mV, nA
from engram.backends.nir import export, nir_findings
from engram.models import (
    IF_CURR_EXP_SPINNAKER,
    LIF_COND_EXP,
    LIF_CURR_EXP,
    LIF_DELTA,
    HippocampalCAM,
    static,
    stdp_additive,
)

STEPS = 200
RASTER = np.random.default_rng(3).random((STEPS, 10)) < 0.2
DELTA, CURRENT = (LIF_DELTA, "v", "volt", 4*mV), (LIF_CURR_EXP, "i_exc", "amp", 0.12*nA)


def network(kind=DELTA, recurrent=True, delay=1*ms, probes=("b",), **parameters):
    """A source of ten, twenty cells that inhibit each other, and five behind them."""
    model, variable, unit, scale = kind
    rng = np.random.default_rng(0)
    cells = {"tau_ref": 0*ms, "tau_m": np.linspace(10, 30, 20) * ms, **parameters}
    more = {n: x for n, x in parameters.items() if np.ndim(getattr(x, "value", x)) == 0}
    synapse = static(variable, unit)
    projections = [
        eg.Projection("p", "source", "a", eg.AllToAll(), synapse,
                      {"w": rng.normal(0.6, 1, 200) * scale}),
        eg.Projection("q", "a", "b", eg.AllToAll(), synapse,
                      {"w": rng.normal(0.8, 1, 100) * scale}, delay=delay)]
    if recurrent:
        projections.append(eg.Projection("r", "a", "a", eg.FixedProbability(0.2), synapse,
                                         {"w": -0.5 * scale}))
    return eg.Network([eg.Population("source", 10, eg.SpikeTimes.raster(RASTER, 1*ms)),
                       eg.Population("a", 20, model, cells),
                       eg.Population("b", 5, model, {"tau_ref": 0*ms, **more})],
                      projections, probes=[eg.SpikeProbe(p) for p in probes], dt=1*ms)


def raster(net, population="b", size=5):
    run = eg.simulate(net, STEPS*ms, backend="reference")
    table = np.zeros((STEPS, size), bool)
    table[run.spikes[population].step, run.spikes[population].i] = True
    assert table.sum() > 50
    return table


def by_norse(graph):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch.jit, and nirtorch.load
        import norse.torch as norse
        return stepped(norse.from_nir(graph, dt=1e-3, ignore_warnings=True))


def by_snntorch(graph):
    from snntorch.import_nir import import_from_nir
    return stepped(import_from_nir(graph))


def stepped(module):
    state, out = None, []
    with torch.no_grad():
        for x in RASTER:
            z, state = module(torch.tensor(x[None]).float(), state)
            out.append(z.numpy()[0] != 0)
    return np.array(out)


def same(theirs, ours, shift):
    """Their step k is our step k + shift."""
    np.testing.assert_array_equal(theirs[:STEPS - shift], ours[shift:])


PARAMETERS = [{}, {"v_th": np.linspace(-54, -48, 20) * mV},
              {"v_reset": -70*mV, "v_rest": -55*mV, "v": None}]


@pytest.mark.parametrize("parameters", PARAMETERS, ids=["plain", "thresholds", "drive"])
@pytest.mark.parametrize("reader", [None, "norse"])
@pytest.mark.parametrize("kind", [DELTA, CURRENT], ids=["delta", "current"])
def test_our_own_reading_of_it_fires_as_it_does(kind, reader, parameters):
    parameters = {k: x for k, x in parameters.items() if x is not None}
    net = network(kind, **parameters)
    if reader and kind is CURRENT and "v_rest" in parameters:
        with pytest.raises(eg.ExportError, match=r"NIR002 population a.*: has a current and a c"):
            eg.to_nir(net, reader=reader, lossy=True)
        return
    written = eg.to_nir(net, reader=reader)
    read = eg.from_nir(written.graph, 1*ms, "euler" if reader else "exact", RASTER)
    assert written.shift == {"source": 0, "a": 1, "b": 2} == read.shift
    run = eg.simulate(read.network, read.duration, backend="reference")
    same(read.rasters(run)["b"], raster(net), 2)


@pytest.mark.parametrize("parameters", PARAMETERS, ids=["plain", "thresholds", "drive"])
@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("kind", [DELTA, CURRENT], ids=["delta", "current"])
def test_norse_reads_the_same_spikes(kind, recurrent, parameters):
    parameters = {k: x for k, x in parameters.items() if x is not None}
    if kind is CURRENT and "v_rest" in parameters:
        parameters = {"v_reset": -55*mV, "v_rest": -55*mV}
    net = network(kind, recurrent, **parameters)
    written = eg.to_nir(net, reader="norse")
    same(by_norse(written.graph), raster(net), written.shift["b"])


@pytest.mark.parametrize("parameters", [{}, {"v_th": np.linspace(-54, -48, 20) * mV}],
                         ids=["plain", "thresholds"])
@pytest.mark.parametrize("kind", [DELTA, CURRENT], ids=["delta", "current"])
def test_snntorch_reads_the_same_spikes(kind, parameters, capsys):
    net = network(kind, False, **parameters)
    written = eg.to_nir(net, reader="snntorch")
    same(by_snntorch(written.graph), raster(net), written.shift["b"])
    assert "scaling weights" not in capsys.readouterr().out  # its own repair was not needed


def test_snntorch_reads_a_constant_drive_as_a_bias():
    net = network(DELTA, False, v_reset=-60*mV, v_rest=-55*mV)
    net = replace(net, populations=[replace(p, initial={"v": -60*mV}) if p.name != "source" else p
                                    for p in net.populations])
    written = eg.to_nir(net, reader="snntorch")
    # from its first step on, so it is run from the first step on there too: with b a step later
    first = by_snntorch(written.graph)
    read = eg.from_nir(written.graph, 0.1*ms, "euler", RASTER)
    run = eg.simulate(read.network, read.duration, backend="reference")
    assert first.sum() > 50
    np.testing.assert_array_equal(first, read.rasters(run)["b"])


def test_where_readers_part_the_report_says_so():
    loops = eg.to_nir(network()).findings
    assert not [f for f in loops if f.level == "error"]
    with pytest.raises(eg.ExportError, match=r"NIR002 a -> a: leads back; limit: snnTorch 1\.0"):
        eg.to_nir(network(), reader="snntorch")
    two = [eg.Population("c", 5, LIF_DELTA, {"tau_ref": 0*ms})]
    net = network()
    loop = replace(net, populations=[*net.populations, *two], projections=[
        *net.projections,
        eg.Projection("s", "b", "a", eg.AllToAll(), static("v", "volt"), {"w": 1*mV})])
    with pytest.raises(eg.ExportError, match="NIR002 b -> a: takes 1 steps; limit: norse reads no"):
        eg.to_nir(loop, reader="norse")


def test_an_input_through_the_recurrent_matrix_is_what_snntorch_1_does():
    """Why recurrence is refused for it: its reading of such a graph is silent here."""
    net = network()
    good = eg.to_nir(net, reader="norse").graph
    assert raster(net).any()
    assert by_norse(good).any()
    assert not np.array_equal(by_snntorch(good)[:STEPS - 2], raster(net)[2:])


def test_delays_are_kept_and_said():
    net = network(DELTA, delay=4*ms)
    written = eg.to_nir(net)
    assert [f.value for f in written.findings if f.code == "NIR002"] == ["is a Delay of 3 steps"]
    delays = [x for x in written.graph.nodes.values() if isinstance(x, nir.Delay)]
    np.testing.assert_allclose(delays[0].delay, 3e-3, rtol=1e-15)
    read = eg.from_nir(written.graph, 1*ms, "exact", RASTER)
    run = eg.simulate(read.network, read.duration, backend="reference")
    same(read.rasters(run)["b"], raster(net), 2)
    whole = eg.to_nir(net, reader="norse")  # no reader has Delay; the lag of b takes it up
    assert whole.shift["b"] == 5
    same(by_norse(whole.graph), raster(net), 5)
    straight = network(DELTA, False, delay=4*ms)
    same(by_snntorch(eg.to_nir(straight, reader="snntorch").graph), raster(straight), 5)


def test_delays_of_single_synapses_are_kept():
    net = network(DELTA, delay=np.tile([1, 3], 50) * ms)
    read = eg.from_nir(eg.to_nir(net).graph, 1*ms, "exact", RASTER)
    run = eg.simulate(read.network, read.duration, backend="reference")
    same(read.rasters(run)["b"], raster(net), 2)


def test_several_sources_are_one_input_for_a_reader():
    net = network(recurrent=False)
    half = [replace(net.populations[0], name=f"s{k}", size=5,
                    model=eg.SpikeTimes.raster(RASTER[:, 5*k:5*k + 5], 1*ms)) for k in (0, 1)]
    w = np.asarray(net.projection("p").parameters["w"].value).reshape(10, 20)
    p = [replace(net.projection("p"), name=f"p{k}", source=f"s{k}",
                 parameters={"w": w[5*k:5*k + 5].ravel() * (1000*mV)}) for k in (0, 1)]
    net = replace(net, populations=[*half, *net.populations[1:]],
                  projections=[*p, net.projection("q")])
    written = eg.to_nir(net, reader="norse")
    assert list(written.graph.inputs) == ["input"]
    same(by_norse(written.graph), raster(net), 2)
    assert list(eg.to_nir(net).graph.inputs) == ["s0", "s1"]


def plastic():
    net = network(recurrent=False)
    q = replace(net.projection("q"), synapse=stdp_additive("v", "volt"), parameters={
        "w_max": 20*mV}, initial={"w": net.projection("q").parameters["w"]})
    return replace(net, projections=[net.projection("p"), q])


def test_plasticity_is_refused_then_frozen_as_it_begins_or_as_a_run_left_it(tmp_path):
    net = plastic()
    with pytest.raises(eg.ExportError, match="NIR001 projection q: learns or has state") as caught:
        eg.to_nir(net, tmp_path / "a.nir")
    assert "--lossy" in str(caught.value)
    assert not list(tmp_path.iterdir())
    begin = eg.to_nir(net, tmp_path / "a.nir", lossy=True)
    assert eg.from_nir(tmp_path / "a.nir").network == net
    run = eg.simulate(net, STEPS*ms, backend="reference")
    learned = eg.to_nir(net, weights=run)
    factor = 1e-3 / 0.02  # LIF with r = 1: v jumps by w dt / tau_m
    for made, w in ((begin, net.projection("q").initial["w"].value.reshape(20, 5)),
                    (learned, run.weights["q"].matrix("w").value)):
        np.testing.assert_allclose(made.graph.nodes["a_to_b"].weight * factor, w.T, rtol=1e-12)
    assert not np.allclose(begin.graph.nodes["a_to_b"].weight,
                           learned.graph.nodes["a_to_b"].weight, rtol=0.01)


def refused(net, **more):
    with pytest.raises(eg.ExportError) as caught:
        eg.to_nir(net, **more)
    return str(caught.value)


def test_what_has_no_words_is_named():
    assert "population a, b: is refractory for 2 steps" in refused(network(tau_ref=2*ms))
    assert eg.to_nir(network(tau_ref=2*ms), lossy=True).graph is not None
    cond = replace(network(), projections=[], populations=[eg.Population("c", 2, LIF_COND_EXP)],
                   probes=[])
    assert "NIR001 population c: " in refused(cond, lossy=True)
    above = network()
    above = replace(above, populations=[
        replace(p, initial={"v": -55*mV}) if p.name == "a" else p for p in above.populations])
    assert "v begins at -0.055; limit: readers begin at -0.06" in refused(above)
    soft = replace(LIF_DELTA, reset="v -= v_th", refractory=None)
    net = replace(above, populations=[replace(p, model=soft, parameters={"v_th": 10*mV, **{
        k: 0*mV for k in ("v_rest", "v_reset")}}) if p.name != "source" else p
        for p in network().populations])
    assert "population a, b: subtracts v_th at a spike" in refused(net)
    poisson = replace(network(), populations=[
        eg.Population("source", 10, eg.Poisson(20*eg.Hz)), *network().populations[1:]])
    assert "spikes are drawn in a run" in " ".join(str(f) for f in nir_findings(poisson))
    idle = replace(network(), populations=[
        *network().populations, eg.Population("idle", 2, eg.Poisson(20*eg.Hz))])
    assert "population idle: reaches nothing and is left out" in " ".join(
        str(f) for f in nir_findings(idle))
    with pytest.raises(eg.DescriptionError, match="no reader 'lava'; there are norse, snntorch"):
        eg.to_nir(network(), reader="lava")


def test_a_sparse_matrix_that_becomes_large_is_announced():
    big = eg.Network([eg.Population("s", 500, eg.SpikeTimes([0], [0]*ms)),
                      eg.Population("c", 500, LIF_DELTA, {"tau_ref": 0*ms})],
                     [eg.Projection("p", "s", "c", eg.OneToOne(), static("v", "volt"),
                                    {"w": 1*mV})], dt=1*ms)
    found = [f for f in nir_findings(big) if f.code == "NIR003"]
    assert [f.value for f in found] == ["500 synapses become 2 MB"]


def test_the_hippocampal_memory_goes_out_with_losses_and_comes_back_without(tmp_path):
    net = HippocampalCAM(cues=2, contents=4).learn(cue=0, content=[0, 2]).recall(cue=0).network()
    with pytest.raises(eg.ExportError) as caught:
        export(net, tmp_path / "out")
    assert "cue_recall" in str(caught.value)
    assert "is refractory for 1 steps" in str(caught.value)
    assert not list(tmp_path.iterdir())
    report = export(net, tmp_path / "out", lossy=True)
    assert {f.value.split()[0] for f in report.losses} == {"learns", "is"}
    assert eg.from_nir(tmp_path / "out" / "network.nir").network == net


def test_neurons_of_the_board_are_expressed():
    """Their input is spread over its step, and they fire at v >= v_thresh."""
    free = {"tau_refrac": 0*ms, "v_thresh": -59.5*mV}
    rng = np.random.default_rng(1)
    net = eg.Network(
        [eg.Population("source", 10, eg.SpikeTimes.raster(RASTER, 1*ms)),
         eg.Population("b", 5, IF_CURR_EXP_SPINNAKER, free)],
        [eg.Projection("p", "source", "b", eg.AllToAll(), static("in_exc"),
                       {"w": rng.uniform(0.02, 0.3, 50) * nA}),
         eg.Projection("q", "source", "b", eg.AllToAll(), static("in_inh"),
                       {"w": rng.uniform(0.0, 0.2, 50) * nA})],
        probes=[eg.SpikeProbe("b")], dt=1*ms)
    written = eg.to_nir(net, reader="norse")
    same(by_norse(written.graph), raster(net), 1)
    read = eg.from_nir(written.graph, 1*ms, "euler", RASTER)
    same(read.rasters(eg.simulate(read.network, read.duration, backend="reference"))["b"],
         raster(net), 1)


def test_a_threshold_that_is_met_fires():
    """v >= 3 with weights of 1: every third spike; read as v > 3 it would be every fourth."""
    counter = eg.NeuronModel("counter", "v : 1\nv_th : 1", threshold="v >= v_th", reset="v = 0",
                             update="v = v", defaults={"v": 0, "v_th": 3})
    given = np.ones((12, 1), bool)
    net = eg.Network([eg.Population("s", 1, eg.SpikeTimes.raster(given, 1*ms)),
                      eg.Population("c", 1, counter)],
                     [eg.Projection("p", "s", "c", eg.OneToOne(), static("v", "1"), {"w": 1.0})],
                     probes=[eg.SpikeProbe("c")], dt=1*ms)
    written = eg.to_nir(net)
    assert isinstance(written.graph.nodes["c"], nir.IF)
    read = eg.from_nir(written.graph, 1*ms, inputs=given)
    for each in (net, read.network):
        run = eg.simulate(each, 13*ms, backend="reference")
        assert run.spikes["c"].step.tolist() == [3, 6, 9, 12]


def test_neurons_without_leak_are_read_by_norse_and_refused_for_snntorch():
    perfect = eg.NeuronModel("perfect", "v : volt\nv_th : volt\nv_reset : volt", update="v = v",
                             threshold="v > v_th", reset="v = v_reset",
                             defaults={"v": "v_reset", "v_th": -50*mV, "v_reset": -60*mV})
    rng = np.random.default_rng(2)
    net = eg.Network([eg.Population("source", 10, eg.SpikeTimes.raster(RASTER, 1*ms)),
                      eg.Population("b", 5, perfect)],
                     [eg.Projection("p", "source", "b", eg.AllToAll(), static("v", "volt"),
                                    {"w": rng.normal(1, 2, 50) * mV})],
                     probes=[eg.SpikeProbe("b")], dt=1*ms)
    written = eg.to_nir(net, reader="norse")
    same(by_norse(written.graph), raster(net), 1)
    with pytest.raises(eg.ExportError, match=r"NIR002 population b: does not leak \(beta = 1\)"):
        eg.to_nir(net, reader="snntorch")


def test_a_folder_holds_graph_sidecar_and_report(tmp_path):
    net = plastic()
    report = export(net, tmp_path / "out", lossy=True)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(report.files)
    assert [f.code for f in report.losses] == ["NIR001"]
    assert report.label_steps == {"source": 0, "a": 1, "b": 2}
    nir.read(tmp_path / "out" / "network.nir")  # with nir's own check of types
    with pytest.raises(eg.ExportError):
        export(net, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_sidecar_belongs_to_one_file(tmp_path):
    path = tmp_path / "a.nir"
    written = eg.to_nir(network(), path)
    assert eg.from_nir(path).shift == written.shift
    graph = nir.read(path)
    graph.nodes["a_to_b"].weight *= 2
    nir.write(path, graph)
    with pytest.raises(eg.ArchiveError, match=r"is not the file that a\.nir\.engram\.h5 was"):
        eg.from_nir(path)
    assert eg.from_nir(path, 1*ms).network.population("b").size == 5
    (tmp_path / "a.nir.engram.h5").unlink()
    with pytest.raises(eg.ArchiveError, match=r"has no sidecar a\.nir\.engram\.h5.*give dt="):
        eg.from_nir(path)
