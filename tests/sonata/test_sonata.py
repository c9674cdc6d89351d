"""SONATA circuits: written for libsonata, read back without loss and from the files themselves."""

from __future__ import annotations

import json

import h5py
import libsonata
import numpy as np
import pytest

import engram as eg
from engram import Hz, ms, mV, nA, pA, pF
from engram.backends.sonata import export, read_spikes, write_spikes
from engram.backends.sonata.tables import indices
from engram.models import (
    LIF_COND_EXP,
    LIF_CURR_EXP,
    HippocampalCAM,
    static,
    stdp_additive,
    tsodyks_markram,
)

STEPS = 300


def network():
    """Given and drawn spikes, static and plastic synapses, values of every kind, a part, delays."""
    rng = np.random.default_rng(5)
    trains = eg.SpikeTimes.raster(rng.random((STEPS, 12)) < 0.1, 0.5*ms)
    return eg.Network(
        [eg.Population("given", 12, trains), eg.Population("drawn", 6, eg.Poisson(60*Hz)),
         eg.Population("cells", 15, LIF_CURR_EXP, {"tau_m": np.linspace(8, 20, 15) * ms},
                       {"v": "v_reset + rand()*5*mV"}),
         eg.Population("few", 4, LIF_COND_EXP), eg.Population("nobody", 0, LIF_CURR_EXP)],
        [eg.Projection("drive", "given", "cells", eg.FixedProbability(0.5), static("i_exc"),
                       {"w": "(0.3 + 0.4*rand())*nA"}, delay=1.5*ms),
         eg.Projection("noise", "drawn", eg.View("cells", 3, 9), eg.AllToAll(), static("i_exc"),
                       {"w": 0.2*nA}),
         eg.Projection("learns", "cells", "cells", eg.FixedInDegree(5), stdp_additive("i_exc"),
                       {"w_max": 1*nA}, {"w": "0.3*nA*rand()"}, delay=2*ms),
         eg.Projection("facilitates", "cells", "few", eg.AllToAll(),
                       tsodyks_markram("g_exc", "siemens"), {"w": 8e-8*eg.siemens},
                       delay=np.tile([0.5, 1.0, 1.5, 2.0], 15) * ms),
         eg.Projection("nothing", "few", "nobody", eg.AllToAll(), static("i_exc"),
                       {"w": 1*nA})],
        probes=[eg.SpikeProbe("cells"), eg.SpikeProbe("few")], dt=0.5*ms, name="all kinds")


def simulate(net, **more):
    return eg.simulate(net, STEPS*0.5*ms, backend="reference", **more)


def same_spikes(a, b):
    for name in ("cells", "few"):
        assert len(a.spikes[name]) > 20
        np.testing.assert_array_equal(a.spikes[name].step, b.spikes[name].step)
        np.testing.assert_array_equal(a.spikes[name].i, b.spikes[name].i)


def test_a_folder_comes_back_as_the_network_it_was(tmp_path):
    eg.to_sonata(network(), tmp_path / "out")
    back = eg.from_sonata(tmp_path / "out")
    assert back == network()
    assert back.digest == eg.from_sonata(tmp_path / "out" / "circuit_config.json").digest


def test_the_files_alone_fire_the_same_spikes(tmp_path):
    net = network()
    eg.to_sonata(net, tmp_path / "out")
    built = eg.from_sonata(tmp_path / "out", files=True)
    assert built != net
    same_spikes(simulate(net), simulate(built))


def test_a_run_leaves_its_weights_and_spikes(tmp_path):
    net = network()
    run = simulate(net)
    eg.to_sonata(net, tmp_path / "out", run=run)
    built = eg.from_sonata(tmp_path / "out", files=True)
    learned = run.weights["learns"].final["w"]
    assert np.std(learned - eg.lower(net).projections[2].state["w"]) > 1e-12
    np.testing.assert_array_equal(eg.lower(built).projections[2].state["w"], learned)
    spikes = read_spikes(tmp_path / "out" / "output" / "spikes.h5", net.dt)
    np.testing.assert_array_equal(np.round(spikes["cells"].times.value / 5e-4),
                                  run.spikes["cells"].step)
    np.testing.assert_array_equal(spikes["cells"].indices, run.spikes["cells"].i)


def test_libsonata_reads_nodes_edges_and_their_attributes(tmp_path):
    net = network()
    plan = eg.lower(net)
    eg.to_sonata(net, tmp_path / "out", duration=150*ms)
    config = libsonata.CircuitConfig.from_file(str(tmp_path / "out" / "circuit_config.json"))
    assert config.node_populations == {p.name for p in net.populations}
    assert config.edge_populations == {q.name for q in net.projections}
    cells = config.node_population("cells")
    assert cells.size == 15
    whole = cells.select_all()
    np.testing.assert_allclose(cells.get_dynamics_attribute("tau_m", whole),
                               np.linspace(8e-3, 20e-3, 15), rtol=1e-15)
    assert set(cells.get_attribute("model_type", whole)) == {"point_neuron"}
    assert set(config.node_population("given").get_attribute("model_template", libsonata.Selection(
        [0]))) == {"engram:SpikeTimes"}
    assert config.node_population_properties("given").type == "virtual"
    for q in plan.projections:
        e = config.edge_population(q.name)
        every = e.select_all() if e.size else libsonata.Selection([])
        assert (e.size, e.source, e.target) == (q.synapses, plan.populations[q.source].name,
                                                plan.populations[q.target].name)
        np.testing.assert_array_equal(e.target_nodes(every), q.post)
        np.testing.assert_array_equal(e.source_nodes(every),
                                      np.repeat(np.arange(len(q.indptr) - 1), np.diff(q.indptr)))
        if e.size:
            ends = plan.populations[q.target].size
            for node in range(ends):
                found = e.afferent_edges(np.array([node])).flatten()
                np.testing.assert_array_equal(np.sort(found), np.flatnonzero(q.post == node))
    drive = config.edge_population("drive")
    np.testing.assert_array_equal(drive.get_attribute("delay", drive.select_all()), 1.5)
    weights = drive.get_attribute("syn_weight", drive.select_all())
    np.testing.assert_allclose(weights * 1e-12, plan.projections[0].constants["w"], rtol=1e-14)
    assert config.edge_population("facilitates").get_attribute(
        "delay", libsonata.Selection([0, 1, 2])).tolist() == [0.5, 1.0, 1.5]
    simulation = libsonata.SimulationConfig.from_file(
        str(tmp_path / "out" / "simulation_config.json"))
    assert (simulation.run.tstop, simulation.run.dt) == (150.0, 0.5)


def test_units_and_sorting_are_written(tmp_path):
    eg.to_sonata(network(), tmp_path / "out")
    with h5py.File(tmp_path / "out" / "edges.h5") as file:
        assert file["edges/drive/0/delay"].attrs["units"] == "ms"
        assert file["edges/drive/0/syn_weight"].attrs["units"] == "pA"
        assert file["edges/facilitates/0/syn_weight"].attrs["units"] == "nS"
    with h5py.File(tmp_path / "out" / "nodes.h5") as file:
        assert file["nodes/cells/0/dynamics_params/tau_m"].attrs["units"] == "second"
    rows = (tmp_path / "out" / "node_types.csv").read_text().splitlines()
    assert rows[0].split() == ["node_type_id", "pop_name", "model_type", "model_template",
                               "dynamics_params"]


@pytest.mark.parametrize("written", ["write_spikes", "run.save"])
def test_libsonata_reads_our_spikes(written, tmp_path):
    run = simulate(network())
    path = tmp_path / "spikes.h5"
    run.save(path) if written == "run.save" else write_spikes(path, run)
    reader = libsonata.SpikeReader(str(path))
    assert set(reader.get_population_names()) == {"cells", "few"}
    found = reader["cells"]
    assert found.sorting == "by_time"
    assert found.time_units in ("ms", "milliseconds")
    got = found.get()
    np.testing.assert_array_equal([i for i, _ in got], run.spikes["cells"].i)
    np.testing.assert_allclose([t for _, t in got], run.spikes["cells"].step * 0.5, rtol=1e-15)
    back = read_spikes(path, 0.5*ms)
    np.testing.assert_array_equal(back["cells"].indices, run.spikes["cells"].i)


def test_spikes_of_others_come_in(tmp_path):
    path = tmp_path / "theirs.h5"
    with h5py.File(path, "w") as file:
        file["spikes/a/timestamps"] = [1.0, 0.5, 2.0]
        file["spikes/a/node_ids"] = np.array([2, 0, 1], np.uint64)
    with pytest.raises(eg.ArchiveError, match=r"timestamps has the units None.*unit=ms"):
        read_spikes(path)
    found = read_spikes(path, 0.5*ms, unit=ms)["a"]
    np.testing.assert_array_equal(found.indices, [2, 0, 1])
    with pytest.raises(eg.DescriptionError, match=r"0\.5 ms is not on the grid of 1 ms"):
        read_spikes(path, 1*ms, unit=ms)
    with h5py.File(path, "w") as file:  # the layout of before populations
        file["spikes/timestamps"] = [1.0, 0.5]
        file["spikes/timestamps"].attrs["units"] = "ms"
        file["spikes/gids"] = [4, 5]
    np.testing.assert_array_equal(read_spikes(path)["all"].indices, [4, 5])
    with h5py.File(path, "r+") as file:
        del file["spikes/gids"]
    with pytest.raises(eg.ArchiveError, match="/spikes has no node_ids"):
        read_spikes(path)
    with h5py.File(path, "w") as file:
        file["x"] = 1
    with pytest.raises(eg.ArchiveError, match=r"has no group /spikes; there are x"):
        read_spikes(path)
    with pytest.raises(eg.ArchiveError, match="cannot be read as HDF5"):
        read_spikes(tmp_path / "absent.h5")


def theirs(folder, **change):
    """A circuit as others write it: two types in one population, units of NEST, a table each."""
    with h5py.File(folder / "n.h5", "w") as file:
        v1, lgn = file.create_group("nodes/v1"), file.create_group("nodes/lgn")
        v1["node_type_id"], v1["node_id"] = [7, 8, 7, 8], [0, 1, 2, 3]
        v1["node_group_id"], v1["node_group_index"] = np.zeros(4, int), np.arange(4)
        v1["0/tau"] = [10.0, 20.0, 12.0, 22.0]
        lgn["node_type_id"] = [9, 9]
        lgn.create_group("0")
    (folder / "n.csv").write_text(
        "node_type_id model_type model_template dynamics_params\n"
        "7 point_neuron nest:iaf e.json\n8 point_neuron nest:iaf i.json\n9 virtual NULL NULL\n")
    (folder / "p").mkdir()
    (folder / "p" / "e.json").write_text('{"V_th": -52.0}')
    (folder / "p" / "i.json").write_text('{"V_th": -50.0}')
    with h5py.File(folder / "e.h5", "w") as file:
        e = file.create_group("edges/lgn_v1")
        e["source_node_id"], e["target_node_id"] = [0, 0, 1, 1], [0, 1, 2, 3]
        e["source_node_id"].attrs["node_population"] = "lgn"
        e["target_node_id"].attrs["node_population"] = "v1"
        e["edge_type_id"] = [1, 1, 1, 2]
        e["0/syn_weight"] = [900.0, 1000.0, 1100.0, 1200.0]
    (folder / "e.csv").write_text("edge_type_id model_template delay\n"
                                  "1 static 2.0\n2 static 1.0\n")
    config = {"manifest": {"$HERE": ".", "$N": "$HERE/n.h5"},
              "components": {"point_neuron_models_dir": "$HERE/p"},
              "networks": {"nodes": [{"nodes_file": "$N", "node_types_file": "$HERE/n.csv"}],
                           "edges": [{"edges_file": "$HERE/e.h5", "edge_types_file": "e.csv"}]}}
    (folder / "circuit.json").write_text(json.dumps(config))
    return folder / "circuit.json"


MODELS = {"nest:iaf": (LIF_CURR_EXP, {"tau_m": ("tau", ms), "v_th": ("V_th", mV), "c_m": 100*pF})}
SYNAPSES = {"static": (static("i_exc"), {"w": ("syn_weight", pA)})}


def test_circuits_of_others_come_in_through_a_table(tmp_path):
    path = theirs(tmp_path)
    write_spikes(tmp_path / "in.h5", {"lgn": eg.SpikeTimes([0, 1], [1, 3]*ms)})
    net = eg.from_sonata(path, MODELS, SYNAPSES, tmp_path / "in.h5", 0.5*ms)
    assert [(p.name, p.size) for p in net.populations] == [("lgn", 2), ("v1_7", 2), ("v1_8", 2)]
    seven = net.population("v1_7").parameters
    np.testing.assert_allclose(seven["tau_m"].value, [0.010, 0.012], rtol=1e-15)
    assert seven["v_th"] == -52*mV
    assert seven["c_m"] == 100*pF
    found = {q.name: (q.target, q.connector.pre.tolist(), q.connector.post.tolist(),
                      np.round(np.ravel(q.parameters["w"].value) * 1e12).tolist(), q.delay.value)
             for q in net.projections}
    assert list(found.values()) == [
        ("v1_7", [0, 1], [0, 1], [900, 1100], 0.002), ("v1_8", [0], [0], [1000], 0.002),
        ("v1_8", [1], [1], [1200], 0.001)]
    run = eg.simulate(net, 20*ms, backend="reference")
    assert set(run.spikes["v1_7"].i.tolist()) == {0, 1}


def test_what_is_missing_is_named_with_a_way_out(tmp_path):
    path = theirs(tmp_path)

    def refusal(error=eg.ArchiveError, models=MODELS, synapses=SYNAPSES, dt=0.5*ms):
        with pytest.raises(error) as caught:
            eg.from_sonata(path, models, synapses, dt=dt)
        return str(caught.value)

    assert "give dt=" in refusal(eg.DescriptionError, dt=None)
    assert "no model for its model_template 'nest:iaf'; give models={'nest:iaf'" in refusal(
        eg.DescriptionError, models={})
    assert "node type 7: it has no attribute 'tau_x' for tau_m; there are V_th" in refusal(
        models={"nest:iaf": (LIF_CURR_EXP, {"tau_m": ("tau_x", ms)})})
    assert "no model for its model_template 'static'; give synapses=" in refusal(
        eg.DescriptionError, synapses={})
    assert "delay of 1 ms is not a whole number of steps of 2 ms" in refusal(
        eg.DescriptionError, dt=2*ms)
    (tmp_path / "e.csv").write_text("edge_type_id model_template\n1 static\n2 static\n")
    assert "has no delay, neither in the file of edges nor in the table of types" in refusal()
    (tmp_path / "e.csv").write_text("edge_type_id model_template delay\n1 static 2\n")
    assert "type 2 is not in the table of types, which has 1; add a row" in refusal()
    (tmp_path / "e.csv").write_text("type model_template\n1 static\n")
    assert "row 1 has edge_type_id=None" in refusal()
    (tmp_path / "e.csv").write_text("edge_type_id model_template delay\n1 static 2\n2 static 1\n")
    (tmp_path / "p" / "i.json").unlink()
    assert "its dynamics_params 'i.json' are in none of" in refusal()
    (tmp_path / "p" / "i.json").write_text("[")
    assert "i.json cannot be read as JSON" in refusal()


@pytest.mark.parametrize(("file", "change", "message"), [
    ("e.h5", lambda f: f["edges/lgn_v1/source_node_id"].attrs.clear(),
     "source_node_id has no attribute node_population; set it to the name"),
    ("e.h5", lambda f: f["edges/lgn_v1"].pop("target_node_id"), "/edges/lgn_v1 has no target_node"),
    ("e.h5", lambda f: f["edges/lgn_v1"].pop("edge_type_id"), "/edges/lgn_v1 has no edge_type_id"),
    ("e.h5", lambda f: f["edges/lgn_v1/target_node_id"].attrs.update(node_population="x"),
     "its target population 'x' is in no nodes file; there are lgn, v1"),
    ("e.h5", lambda f: f["edges/lgn_v1/target_node_id"].write_direct(np.array([0, 1, 2, 9])),
     "target node 9 is not among the 4 of 'v1'"),
    ("e.h5", lambda f: f.create_group("edges/lgn_v1/1"), "has 2 groups of attributes"),
    ("n.h5", lambda f: f["nodes/v1"].pop("node_type_id"), "/nodes/v1 has no node_type_id"),
    ("n.h5", lambda f: f["nodes/v1/node_id"].write_direct(np.array([3, 2, 1, 0])),
     "node_id must count from 0 in order"),
    ("n.h5", lambda f: f.move("nodes", "knots"), "has no group /nodes")])
def test_broken_files_are_named(file, change, message, tmp_path):
    path = theirs(tmp_path)
    with h5py.File(tmp_path / file, "r+") as handle:
        change(handle)
    with pytest.raises(eg.ArchiveError) as caught:
        eg.from_sonata(path, MODELS, SYNAPSES, dt=0.5*ms)
    assert message in str(caught.value)


def test_broken_configs_are_named(tmp_path):
    with pytest.raises(eg.ArchiveError, match=r"circuit_config\.json cannot be read as JSON"):
        eg.from_sonata(tmp_path)
    (tmp_path / "circuit_config.json").write_text('{"networks": {}}')
    with pytest.raises(eg.ArchiveError, match="has no networks with nodes"):
        eg.from_sonata(tmp_path)
    (tmp_path / "circuit_config.json").write_text('{"networks": {"nodes": [{"x": 1}]}}')
    with pytest.raises(eg.ArchiveError, match="has no nodes_file; it has x"):
        eg.from_sonata(tmp_path)


def test_a_changed_folder_is_noticed_and_can_be_read(tmp_path):
    out = tmp_path / "out"
    eg.to_sonata(network(), out)
    with h5py.File(out / "edges.h5", "r+") as file:
        file["edges/drive/0/dynamics_params/w"][:] *= 2
    with pytest.raises(eg.ArchiveError, match=r"edges\.h5 is not the file.*files=True"):
        eg.from_sonata(out)
    w = [eg.lower(n).projections[0].constants["w"]
         for n in (network(), eg.from_sonata(out, files=True))]
    np.testing.assert_array_equal(w[0] * 2, w[1])


def test_what_the_files_leave_to_the_description_is_said(tmp_path):
    from dataclasses import replace
    net = replace(network(), stimuli=[eg.StepCurrent("cells", "i_offset", [1]*ms, [1]*nA)])
    report = export(net, tmp_path / "out")
    said = " ".join(str(f) for f in report.findings)
    assert "SON001 population cells: i_offset is set at given times" in said
    assert "draws its spikes in a run" in said
    assert sorted(report.files) == sorted(str(p.relative_to(tmp_path / "out")) for p in
                                          (tmp_path / "out").rglob("*") if p.is_file())
    assert eg.from_sonata(tmp_path / "out") == net
    with pytest.raises(eg.ArchiveError, match="holds files already"):
        export(net, tmp_path / "out")


def test_both_parts_of_a_delay_are_in_it(tmp_path):
    from dataclasses import replace
    net = network()
    half = replace(net.projection("learns"), dendritic_delay_fraction=0.5)
    net = replace(net, projections=[half if q.name == "learns" else q for q in net.projections])
    found = eg.to_sonata(net, tmp_path / "out")
    assert "a part 0.5 of the delay lies behind the synapse" in [f.value for f in found]
    with h5py.File(tmp_path / "out" / "edges.h5") as file:
        assert set(file["edges/learns/0/delay"]) == {2.0}


def test_written_spikes_are_in_the_order_that_the_file_says(tmp_path):
    write_spikes(tmp_path / "a.h5", {"a": eg.SpikeTimes([3, 1, 2, 0], [2, 1, 1, 0.5]*ms)})
    found = libsonata.SpikeReader(str(tmp_path / "a.h5"))["a"].get()
    assert found == [(0, 0.5), (1, 1.0), (2, 1.0), (3, 2.0)]
    # the file itself, as libsonata sorts what it gives
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["spikes/a/node_ids"][()].tolist() == [0, 1, 2, 3]


def test_a_failure_leaves_no_folder(tmp_path, monkeypatch):
    from engram.backends.sonata import writing

    def full(*_):
        raise OSError("no space left")
    monkeypatch.setattr(writing, "_edges", full)
    with pytest.raises(eg.ArchiveError, match="no space left"):
        eg.to_sonata(network(), tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_the_hippocampal_memory_recalls_from_its_files(tmp_path):
    cam = HippocampalCAM(cues=2, contents=4).learn(cue=0, content=[0, 2]).recall(cue=0)
    eg.to_sonata(cam.network(), tmp_path / "cam")
    assert eg.from_sonata(tmp_path / "cam") == cam.network()
    built = eg.from_sonata(tmp_path / "cam", files=True)
    a, b = (eg.simulate(n, cam.duration, backend="reference") for n in (cam.network(), built))
    assert cam.decode(b)[-1].content == (0, 2)
    for name, spikes in a.spikes.items():
        np.testing.assert_array_equal(spikes.step, b.spikes[name].step)
        np.testing.assert_array_equal(spikes.i, b.spikes[name].i)


def test_the_index_of_edges_lists_each_edge_once():
    nodes = np.array([2, 2, 0, 2, 4, 4])
    of_node, ranges = indices(nodes, 6)
    found = [[e for a, b in ranges[start:stop] for e in range(a, b)] for start, stop in of_node]
    assert found == [[2], [], [0, 1, 3], [], [4, 5], []]
