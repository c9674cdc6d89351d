from __future__ import annotations

import copy
import dataclasses
import json
import os
import pickle
import time

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import engram as eg
from engram import Hz, Mohm, ms, mV, nA
from engram.simulator import archive_tree, sealed
from engram.simulator.archive import load_network, save_network
from engram.simulator.archive_tree import decode, encode
from engram.simulator.frozen import DESCRIPTIONS, description, digest, freeze
from engram.simulator.positions import grid
from engram.simulator.units import Quantity

CELL = eg.NeuronModel("cell", """
    dv/dt = (v_rest - v + r*i_syn)/tau : volt (unless refractory)
    di_syn/dt = -i_syn/tau : amp
    v_rest : volt
    r : ohm
    tau : second""", "v > -50*mV", "v = v_rest", "tau",
    defaults={"v": "v_rest", "i_syn": 0 * nA, "v_rest": -60 * mV, "r": 100 * Mohm, "tau": 5 * ms})
SYNAPSE = eg.SynapseModel("syn", "w : amp", "i_syn_post += w", defaults={"w": 1 * nA})


def network(**changes):
    """At least one of every description there is."""
    n = 6
    connectors = [eg.OneToOne(), eg.AllToAll(False), eg.FixedProbability(0.3), eg.FixedOutDegree(2),
                  eg.FixedInDegree(2), eg.FromArrays(np.array([0, 1]), [2, 3], (n, n)),
                  eg.DistanceDependent("gaussian", 0.5, 2.0, grid(2, 3), grid(2, 3))]
    values = {5: {"w": np.array([1.0, 2.0]) * nA}, 1: {"w": "rand()*nA"}}
    parts = {
        "populations": [
            eg.Population("spikes", n, eg.SpikeTimes.of({0: [1.0, 2.0], 3: [4.0]}, ms)),
            eg.Population("noise", n, eg.Poisson(np.arange(6) * Hz, stop=9 * ms)),
            eg.Population("cells", n, CELL,
                          {"v_rest": "-60*mV + rand()*mV", "tau": np.arange(1, 7) * ms},
                          {"v": -np.linspace(60, 70, n) * mV}, clock=2)],
        "projections": [
            eg.Projection(f"q{k}", "spikes", "cells", c, SYNAPSE, values.get(k, {}), delay=1 * ms)
            for k, c in enumerate(connectors)]
        + [eg.Projection("part", eg.View("noise", 0, 2), eg.View("cells", 4, 6), eg.OneToOne(),
                         SYNAPSE, delay=np.array([1.0, 2.0]) * ms, dendritic_delay_fraction=0.5)],
        "stimuli": [eg.StepCurrent("cells", "i_syn", [0, 5] * ms, np.ones((2, n)) * nA)],
        "probes": [eg.SpikeProbe("cells"), eg.StateProbe("cells", ["v", "i_syn"], 2, [0, 3]),
                   eg.WeightProbe("q0", [1, 2] * ms)],
        "dt": 1 * ms, "name": "Großes Netz"}
    return eg.Network(**{**parts, **changes})


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "net.h5"
    network().save(path)
    return path


def classes(value, found):
    if dataclasses.is_dataclass(value):
        found.add(type(value).__name__)
        for f in dataclasses.fields(value):
            classes(getattr(value, f.name), found)
    elif isinstance(value, tuple):
        for v in value:
            classes(v, found)
    return found


# -- round trips ----------------------------------------------------------------------------------
def test_round_trip_of_every_description(saved):
    net, back = network(), eg.Network.load(saved)
    ours = {n for n, c in DESCRIPTIONS.items() if c.__module__.startswith("engram.simulator")}
    assert classes(net, set()) == ours - {"Trial"}, "the test network must hold one of each"
    assert back == net
    assert back.digest == net.digest
    assert back.projection("q5").connector.pre.dtype == net.projection("q5").connector.pre.dtype
    assert list(back.population("cells").parameters) == ["v_rest", "tau"]  # order, which == ignores
    assert not back.population("cells").parameters["tau"].value.flags.writeable


def test_round_trip_of_a_trial():
    trial = eg.Trial(7, {"noise": eg.Poisson(3 * Hz)}, {"cells": {"v": -65 * mV}},
                     {"q5": {"w": np.array([1.0, 2.0]) * nA}},
                     [eg.StepCurrent("cells", "i_syn", [0, 5] * ms, np.zeros((2, 6)) * nA)])
    arrays = []
    assert decode(encode(trial, arrays), lambda n: arrays[n]) == trial


def test_a_loaded_network_runs_as_the_saved_one(saved):
    runs = [eg.simulate(net, 40 * ms, backend="reference", seed=3)
            for net in (network(), load_network(saved))]
    assert len(runs[0].spikes["cells"]) > 0, "there must be spikes to mean anything"
    assert runs[0].digest == runs[1].digest


def test_a_difference_is_kept(tmp_path):
    for n, other in enumerate((network(name="other"), network(dt=0.5 * ms), network(probes=[]))):
        other.save(tmp_path / f"{n}.h5")
        assert load_network(tmp_path / f"{n}.h5") == other
        assert load_network(tmp_path / f"{n}.h5") != network()


def test_equal_networks_make_equal_files(tmp_path, saved):
    time.sleep(1.1)  # HDF5 counts time in seconds
    network().save(tmp_path / "again.h5")
    assert (tmp_path / "again.h5").read_bytes() == saved.read_bytes()


@pytest.mark.parametrize("again", [lambda x: pickle.loads(pickle.dumps(x)), copy.copy,
                                   copy.deepcopy], ids=["pickle", "copy", "deepcopy"])
def test_pickle_and_copy(again):
    net = network()
    for part in (net, CELL, SYNAPSE, *net.populations, *net.projections, *net.stimuli, *net.probes):
        twin = again(part)
        assert twin == part
        assert hash(twin) == hash(part)
    twin = again(net)
    with pytest.raises(dataclasses.FrozenInstanceError):
        twin.name = "x"
    with pytest.raises(TypeError):
        twin.population("cells").parameters["v_rest"] = 0
    assert not twin.population("cells").parameters["tau"].value.flags.writeable


def test_numpy_scalars_are_numbers():
    views = [eg.View("a", *(kind(k) for k in (1, 3))) for kind in (int, np.int64)]
    assert views[0] == views[1]
    models = [eg.NeuronModel("m", "x : 1", defaults={"x": kind(0.5)})
              for kind in (float, np.float64)]
    assert models[0] == models[1]


NUMBERS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())
ARRAYS = hnp.arrays(hnp.boolean_dtypes() | hnp.integer_dtypes(endianness="?")
                    | hnp.unsigned_integer_dtypes() | hnp.floating_dtypes(endianness="?"),
                    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
QUANTITIES = st.builds(
    Quantity, st.floats() | hnp.arrays(np.float64, hnp.array_shapes(max_dims=2, max_side=3)),
    st.tuples(*[st.integers(-3, 3).map(float)] * 7))
VALUES = st.recursive(
    NUMBERS | ARRAYS | QUANTITIES | st.just(CELL),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.text(max_size=5) | st.integers(), inner, max_size=4), max_leaves=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES)
def test_anything_a_description_can_hold(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "value.h5"
    held = freeze(value)
    with sealed.creating(path, "test") as file:
        archive_tree.put_tree(file, held)
    with sealed.opening(path) as file:
        assert digest(archive_tree.get_tree(file)) == digest(held)


@st.composite
def networks(draw):
    sizes = draw(st.lists(st.integers(0, 5), min_size=1, max_size=3))
    pops = [eg.Population(f"p{k}", n, CELL, draw(st.sampled_from([
        {}, {"tau": np.full(n, 2.0) * ms}, {"v_rest": "-60*mV*rand()"}, {"v_rest": -61 * mV}])))
        for k, n in enumerate(sizes)]
    ends = st.sampled_from([p.name for p in pops])
    links = st.sampled_from([eg.AllToAll(), eg.FixedProbability(0.5), eg.FromArrays([], [])])
    return eg.Network(pops, [
        eg.Projection(f"q{k}", draw(ends), draw(ends), draw(links), SYNAPSE,
                      delay=draw(st.sampled_from([None, 1 * ms, 3 * ms])))
        for k in range(draw(st.integers(0, 3)))], dt=draw(st.sampled_from([0.1, 1.0])) * ms,
        name=draw(st.text()))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_any_network(tmp_path_factory, net):
    path = tmp_path_factory.getbasetemp() / "any.h5"
    net.save(path)
    assert eg.Network.load(path) == net == pickle.loads(pickle.dumps(net))


# -- files that are not sound ---------------------------------------------------------------------
def refused(path, *words):
    with pytest.raises(eg.ArchiveError) as problem:
        load_network(path)
    text = str(problem.value)
    assert str(path) in text
    for word in words:
        assert word in text
    return text


def test_no_such_file_and_foreign_files(tmp_path):
    refused(tmp_path / "absent.h5", "check the name")
    refused(tmp_path, "check the name")
    for n, content in enumerate([b"", b"hello", b"x" * 5000, sealed.TITLE, b"\x89HDF\r\n\x1a\n"]):
        path = tmp_path / f"foreign{n}.h5"
        path.write_bytes(content)
        refused(path)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    refused(tmp_path / "other.h5", "not written by engram")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damaged_files_are_refused(sound_bytes, tmp_path_factory, data):
    """A checksum stands before the HDF5 library, so even unused bytes count: no flip passes."""
    raw = bytearray(sound_bytes)
    for _ in range(data.draw(st.integers(0, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    raw = raw[:data.draw(st.sampled_from([len(raw)]) | st.integers(0, len(raw)))]
    raw += data.draw(st.sampled_from([b"", b"", b"\0", b"more"]))
    path = tmp_path_factory.getbasetemp() / "damaged.h5"
    path.write_bytes(raw)
    if bytes(raw) == sound_bytes:
        assert load_network(path) == network()
    else:
        refused(path)


@pytest.fixture(scope="module")
def sound_bytes(tmp_path_factory):
    path = tmp_path_factory.mktemp("sound") / "net.h5"
    network().save(path)
    return path.read_bytes()


def tampered(path, change):
    """Change a file and seal it again, as one would who means harm."""
    with h5py.File(path, "r+") as file:
        change(file)
    sealed.seal(path)


def edit_tree(change):
    def apply(file):
        home = file["engram/network"]
        tree = json.loads(home["tree"][()])
        tree = change(tree) or tree
        del home["tree"]
        home["tree"] = np.bytes_(json.dumps(tree).encode())
    return apply


def nested(depth):
    """A file whose tree is this deep; json.dumps would not write it."""
    def apply(file):
        home = file["engram/network"]
        del home["tree"]
        home["tree"] = np.bytes_(b"[" * depth + b"]" * depth)
    return apply


def replace(name, value):
    def apply(file):
        del file[name]
        file[name] = value
    return apply


def bomb(file):
    """An array of 8 TB that takes no room in the file."""
    store = file["engram/network/arrays"]
    del store["0"]
    store.create_dataset("0", shape=(10**12,), dtype="f8", chunks=(10**6,))


def external(file):
    """An array whose bytes are those of another file."""
    store = file["engram/network/arrays"]
    del store["0"]
    store.create_dataset("0", shape=(4,), dtype="u1", external=[("/etc/passwd", 0, 4)])


FIELDS = "engram/network/arrays"
TAMPERED = {
    "newer": (lambda f: f.attrs.update({"engram_format_version": 99}), "update engram"),
    "no version": (lambda f: f.attrs.__delitem__("engram_format_version"), "make it again"),
    "unknown class": (edit_tree(lambda t: t.update({"class": "Popen"})), "'Popen'"),
    "class of ours but no description": (edit_tree(lambda t: t.update({"class": "Results"})),
                                         "'Results'"),
    "unhashable class": (edit_tree(lambda t: t.update({"class": ["Network"]})), "make it again"),
    "another class": (edit_tree(lambda t: {"class": "OneToOne", "fields": {}}), "OneToOne"),
    "unknown field": (edit_tree(lambda t: t["fields"].update({"colour": 1})), "'colour'"),
    "missing field": (edit_tree(lambda t: t["fields"].pop("populations") and None),
                      "populations"),
    "wrong type": (edit_tree(lambda t: t["fields"].update({"populations": 3})), "populations"),
    "wrong value": (edit_tree(lambda t: t["fields"]["populations"][0]["fields"].update(
        {"size": -1})), "size=-1"),
    "code in a text": (edit_tree(lambda t: t["fields"]["populations"][2]["fields"]["model"][
        "fields"].update({"threshold": "__import__('os').abort()"})), "__import__"),
    "unknown mark": (edit_tree(lambda t: t["fields"].update({"dt": {"eval": "1"}})), "'eval'"),
    "wrong dimension": (edit_tree(lambda t: t["fields"].update(
        {"dt": {"quantity": 1.0, "dim": [1]}})), "7 numbers"),
    "no such array": (edit_tree(lambda t: t["fields"].update({"dt": {"array": 999}})), "'999'"),
    "path as array": (edit_tree(lambda t: t["fields"].update({"dt": {"array": "../tree"}})),
                      "make it again"),
    "deep tree": (edit_tree(lambda t: [t]), "tuple"),
    "very deep tree": (nested(200_000), "RecursionError"),
    "not JSON": (replace("engram/network/tree", np.bytes_(b"{")), "JSONDecodeError"),
    "not a text": (replace("engram/network/tree", np.arange(3)), "not a text"),
    "Python objects": (replace(f"{FIELDS}/0", "a text of any length"), "not numbers"),
    "group for array": (lambda f: (f.__delitem__(f"{FIELDS}/0"), f.create_group(f"{FIELDS}/0")),
                        "not an array"),
    "huge array": (bomb, "more than the file"),
    "bytes of another file": (external, "not an array"),
    "link to another file": (replace(f"{FIELDS}/0", h5py.ExternalLink("other.h5", "/x")),
                             "is a link"),
    "nothing": (lambda f: f.__delitem__("engram"), "'engram'"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampered_files_are_refused(saved, name):
    change, word = TAMPERED[name]
    tampered(saved, change)
    refused(saved, word)


def test_an_older_file_lacks_a_field_with_a_default(saved):
    tampered(saved, edit_tree(lambda t: t["fields"].pop("name") and None))
    assert load_network(saved).name == "network"


class Odd(eg.OneToOne):
    """A connector that no archive could build again."""


def test_only_networks_are_saved_as_networks(tmp_path):
    with pytest.raises(eg.ArchiveError, match="not a Network"):
        save_network(CELL, tmp_path / "x.h5")
    with pytest.raises(eg.ArchiveError, match="cannot be saved"):
        save_network(network(projections=[eg.Projection("q", "cells", "cells", Odd(), SYNAPSE)],
                             probes=()), tmp_path / "x.h5")
    assert os.listdir(tmp_path) == []


def test_two_classes_of_one_name_are_refused():
    class View:
        """Has the name of a class that archives know."""

    with pytest.raises(eg.DescriptionError, match=r"simulator\.network already has .* 'View'"):
        description(View)
    assert DESCRIPTIONS["View"] is eg.View
