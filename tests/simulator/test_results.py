from __future__ import annotations

import copy
import dataclasses
import pickle
import sys

import h5py
import numpy as np
import pytest

import engram as eg
from engram import ms, mV
from engram.simulator import sealed
from engram.simulator.results import Results, Spikes, States, Trace, Weights
from engram.simulator.units import NONE

CELL = eg.NeuronModel("cell", """
    dv/dt = (v_rest - v)/tau : volt
    x : 1
    v_rest : volt
    tau : second""", "v > -50*mV", "v = v_rest", defaults={
        "v": "v_rest", "x": 1, "v_rest": -60 * mV, "tau": 5 * ms})
PLASTIC = eg.SynapseModel("plastic", """
    w : volt
    trace : 1
    tau : second""", "w = w + 0.5*mV\ntrace = trace + 1\nv_post += w", defaults={
        "w": "4*mV + rand()*mV", "trace": 0, "tau": 1 * ms})


def network(name="net"):
    return eg.Network(
        [eg.Population("zebra", 3, eg.SpikeTimes.of({0: [0, 1, 2, 3], 2: [1, 5]}, ms)),
         eg.Population("cells", 4, CELL), eg.Population("quiet", 2, CELL)],
        [eg.Projection("learns", "zebra", "cells", eg.AllToAll(), PLASTIC, delay=1 * ms)],
        probes=[*(eg.SpikeProbe(p) for p in ("zebra", "cells", "quiet")),
                eg.StateProbe("cells", ["x", "v"], 3, [3, 1]), eg.StateProbe("quiet", "v"),
                eg.WeightProbe("learns", [2, 4] * ms, "w")], dt=1 * ms, name=name)


@pytest.fixture(scope="module")
def run():
    made = eg.simulate(network(), 10 * ms, backend="reference", seed=7)
    assert len(made.spikes["cells"]) > 3, "there must be spikes to mean anything"
    assert len(made.spikes["quiet"]) == 0, "and a population without any"
    assert made.weights["learns"].history["w"].shape == (2, 12)
    return made


@pytest.fixture
def saved(run, tmp_path):
    path = tmp_path / "run.h5"
    run.save(path, network=network())
    return path


def same(a, b):
    """Equal to the last bit and in every field, provenance and order of names included."""
    if dataclasses.is_dataclass(a):
        assert type(a) is type(b)
        for f in dataclasses.fields(a):
            same(getattr(a, f.name), getattr(b, f.name))
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            same(a[key], b[key])
    else:
        assert a == b


# -- saving ---------------------------------------------------------------------------------------
def test_round_trip(run, saved):
    back = Results.load(saved)
    same(run, back)
    assert back.digest == run.digest
    assert list(back.spikes) == ["zebra", "cells", "quiet"]  # the network's order, not a to z
    assert back.provenance["seconds"] == run.provenance["seconds"]


def test_the_network_travels_along(run, saved, tmp_path):
    assert eg.Network.load(saved) == network()
    run.save(tmp_path / "bare.h5")
    with pytest.raises(eg.ArchiveError, match=r"bare\.h5.*network=network"):
        eg.Network.load(tmp_path / "bare.h5")
    with pytest.raises(eg.ArchiveError, match="digests differ"):
        run.save(tmp_path / "wrong.h5", network=network("other"))
    network().save(tmp_path / "net.h5")
    with pytest.raises(eg.ArchiveError, match=r"net\.h5.*without a run"):
        Results.load(tmp_path / "net.h5")
    assert not (tmp_path / "wrong.h5").exists()


def test_sonata_layout(run, saved):
    """Names and types as the SONATA developer guide has them, read without our code."""
    with h5py.File(saved) as file:
        assert file.attrs["magic"] == 0x0A7A
        assert file.attrs["version"].tolist() == [0, 1]
        assert set(file["spikes"]) == {"zebra", "cells", "quiet"}
        group = file["spikes/cells"]
        names = h5py.check_enum_dtype(group.attrs.get_id("sorting").dtype)
        assert names == {"none": 0, "by_id": 1, "by_time": 2}
        assert group.attrs["sorting"] == names["by_time"]
        assert group["timestamps"].dtype == np.float64
        assert group["timestamps"].attrs["units"] == "milliseconds"
        assert group["node_ids"].dtype == np.uint64
        assert group["step"].dtype == np.int64
        np.testing.assert_array_equal(group["timestamps"], run.spikes["cells"].t / ms)
        np.testing.assert_array_equal(group["node_ids"], run.spikes["cells"].i)
        assert np.all(np.diff(group["timestamps"]) >= 0)
        assert file["engram/states/cells/v/values"].attrs["units"] == "volt"
        assert file["engram/states/cells/x/values"].attrs["units"] == "1"
        assert file["engram/weights/learns/final/w"].attrs["units"] == "volt"


def test_equal_runs_make_equal_files_but_for_the_timings(run, tmp_path):
    again = eg.simulate(network(), 10 * ms, backend="reference", seed=7)
    other = eg.simulate(network(), 10 * ms, backend="reference", seed=8)
    files = []
    for n, made in enumerate((run, again, other)):
        timeless = {k: v for k, v in made.provenance.items() if k != "seconds"}
        dataclasses.replace(made, provenance=timeless).save(tmp_path / str(n))
        files.append((tmp_path / str(n)).read_bytes())
    assert files[0] == files[1] != files[2]


def test_digest_is_of_what_was_computed(run):
    again = eg.simulate(network(), 10 * ms, backend="reference", seed=7)
    assert again.digest == run.digest
    assert dataclasses.replace(run, provenance={}).digest == run.digest
    w, v = run.weights["learns"], run.states["cells"].traces["v"]
    nudged = v.values.copy()
    nudged[1, 1] = np.nextafter(nudged[1, 1], 1.0)
    changed = [
        dataclasses.replace(run, steps=11),
        dataclasses.replace(run, spikes={**run.spikes, "quiet": Spikes(
            np.array([1]), np.array([0]), run.dt, 2)}),
        dataclasses.replace(run, states={**run.states, "cells": States(
            {**run.states["cells"].traces, "v": dataclasses.replace(v, values=nudged)})}),
        dataclasses.replace(run, weights={"learns": dataclasses.replace(w, final={
            **w.final, "w": w.final["w"] * (1 + 1e-15)})}),
        dataclasses.replace(run, weights={"learns": dataclasses.replace(
            w, history_step=w.history_step + 1)})]
    assert len({run.digest, *(c.digest for c in changed)}) == 6


def test_results_without_anything(tmp_path):
    empty = Results({}, {}, {}, 1e-3, 0, {})
    empty.save(tmp_path / "empty.h5")
    same(empty, Results.load(tmp_path / "empty.h5"))


def test_odd_values_survive(tmp_path):
    none = np.zeros(0, np.int64)
    odd = Results(
        {"a": Spikes(none, none, 1e-4, 0)},
        {"a": States({"v": Trace(np.array([[np.nan, np.inf, -0.0, 5e-324]]), np.array([3]),
                                 np.arange(4), NONE, 1e-4)})},
        {"q": Weights(none, none, {"w": np.zeros(0)}, {"w": NONE}, (0, 5))}, 1e-4, 9,
        {"name": "é\0\ud800", "nested": {"list": [1, None, True, 1.5]}, "big": 10**30,
         "nan": float("inf")})
    odd.save(tmp_path / "odd.h5")
    same(odd, Results.load(tmp_path / "odd.h5"))


def test_what_cannot_be_saved_leaves_no_file(run, tmp_path):
    for bad, word in [(dataclasses.replace(run, provenance={"tool": object()}), "provenance"),
                      (dataclasses.replace(run, spikes={"a/b": run.spikes["cells"]}), "a/b")]:
        with pytest.raises(eg.ArchiveError, match=word):
            bad.save(tmp_path / "bad.h5")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "value"), [
    ("spikes/cells/node_ids", np.array([1], np.uint64)),
    ("spikes/cells/step", np.array(["a"], "S1")),
    ("engram/states/cells/v/step", np.arange(2)),
    ("engram/provenance", np.bytes_(b"[")), ("engram/weights/learns/pre", np.arange(2)),
    ("engram/weights/learns/dims", np.bytes_(b'{"w": [1]}'))])
def test_inconsistent_files_are_refused(saved, name, value):
    with h5py.File(saved, "r+") as file:
        attributes = dict(file[name].attrs)
        del file[name]
        file[name] = value
        file[name].attrs.update(attributes)
    with pytest.raises(eg.ArchiveError, match="damaged"):
        Results.load(saved)
    sealed.seal(saved)
    with pytest.raises(eg.ArchiveError, match=r"run\.h5"):
        Results.load(saved)


@pytest.mark.parametrize("again", [lambda x: pickle.loads(pickle.dumps(x)), copy.copy,
                                   copy.deepcopy], ids=["pickle", "copy", "deepcopy"])
def test_pickle_and_copy(run, again):
    same(run, again(run))


# -- tables and Neo -------------------------------------------------------------------------------
def test_spikes_as_a_table(run):
    table, cells = run.to_pandas(), run.spikes["cells"]
    assert list(table.columns) == ["population", "i", "step", "t_ms"]
    assert len(table) == len(cells) + 6
    mine = table[table.population == "cells"]
    np.testing.assert_array_equal(mine.step, cells.step)
    np.testing.assert_array_equal(mine.i, cells.i)
    np.testing.assert_array_equal(mine.t_ms, cells.t / ms)
    assert table.i.dtype == table.step.dtype == np.int64  # an empty population does not blur them
    alone = cells.to_pandas()
    assert list(alone.columns) == ["i", "step", "t_ms"]
    np.testing.assert_array_equal(alone, mine[["i", "step", "t_ms"]])


def test_states_and_weights_as_tables(run):
    states, weights = run.to_pandas("states"), run.to_pandas("weights")
    assert len(states) == 4 * 2 * 2 + 10 * 2
    one = states.query("population == 'cells' and variable == 'v' and i == 1 and step == 6")
    assert one.value.item() == run.states["cells"].traces["v"].values[2, 1]
    assert set(states.unit) == {"volt", "1"}
    one = weights.query("variable == 'w' and pre == 2 and post == 1")
    assert one.value.item() == run.weights["learns"].matrix().value[2, 1]
    assert Results({}, {}, {}, 1e-3, 0, {}).to_pandas().empty
    with pytest.raises(eg.DescriptionError, match="spikes, states, weights"):
        run.to_pandas("rates")


def test_neo(run):
    import quantities as pq
    block = run.to_neo()
    (segment,) = block.segments
    assert block.name == "net"
    assert block.annotations["seed"] == 7
    assert len(segment.spiketrains) == 3 + 4 + 2
    trains = {t.name: t for t in segment.spiketrains}
    first = trains["zebra[2]"]
    np.testing.assert_allclose(first.rescale("ms").magnitude, [1.0, 5.0], rtol=1e-15)  # s to ms
    assert first.t_stop.rescale("s").magnitude == pytest.approx(0.01, rel=1e-15)
    assert first.annotations == {"source_population": "zebra", "source_index": 2}
    assert sum(len(t) for t in segment.spiketrains) == len(run.to_pandas())
    signals = {(s.annotations["source_population"], s.name): s for s in segment.analogsignals}
    v, trace = signals["cells", "v"], run.states["cells"].traces["v"]
    np.testing.assert_array_equal(v.rescale(pq.V).magnitude, trace.values)
    # k*3 ms in floats: one rounding
    np.testing.assert_allclose(v.times.rescale("ms").magnitude, [0, 3, 6, 9], rtol=1e-15)
    assert v.array_annotations["channel_index"].tolist() == [3, 1]
    assert signals["cells", "x"].units.dimensionality == pq.dimensionless.dimensionality
    assert signals["quiet", "v"].sampling_period.rescale("ms").magnitude == pytest.approx(1.0)


def test_neo_units_of_any_dimension():
    import quantities as pq
    trace = Trace(np.array([[2.0]]), np.array([0]), np.array([0]), (-3.0, 0, 0, 0, 0, 1.0, 0), 1e-3)
    run = Results({}, {"a": States({"c": trace})}, {}, 1e-3, 1, {})
    signal = run.to_neo().segments[0].analogsignals[0]
    assert signal.rescale(pq.mol / pq.m**3).magnitude.item() == 2.0


@pytest.mark.parametrize(("package", "call"), [("pandas", "to_pandas"), ("neo", "to_neo")])
def test_a_missing_package_names_its_extra(run, monkeypatch, package, call):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(eg.MissingPackageError, match=rf'pip install "engram\[{package}\]"'):
        getattr(run, call)()
