"""The files of an export: a script to be read, data beside it, a report; whole or not at all."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from export_networks import DT, DURATION, PLASTIC, STATIC, chain, mixed
from export_runs import counts_and_shift, run_all

import engram as eg
from engram import Hz, ms, mV, nA
from engram.backends.export import ExportError, targets
from engram.models import LIF_CURR_EXP, HippocampalCAM, static, tsodyks_markram

NASTY = 'a"b\'c\\\n"""; import os; os.abort()  # ünï'


def text(folder: Path) -> str:
    return (folder / "run.py").read_text(encoding="utf-8")


def arguments(script: str, function: str) -> list[dict[str, Any]]:
    """The plain arguments of every call of sim.FUNCTION in a script."""
    return [{k.arg: ast.literal_eval(k.value) for k in node.keywords
             if not isinstance(k.value, (ast.Call, ast.Subscript))}
            for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute) and node.func.attr == function]


@pytest.mark.parametrize("to", ["spinnaker", "nest", "neuron", "brian2"])
def test_a_name_with_quotes_stays_a_string(to: str, tmp_path: Path):
    net = eg.Network(
        [eg.Population("lambda", 2, eg.SpikeTimes([0], [5]*ms)),
         eg.Population("sim", 2, LIF_CURR_EXP, {"v_th": [-50, -51]*mV})],
        [eg.Projection("class", "lambda", "sim", eg.AllToAll(), static("i_exc"),
                       {"w": [1, 2, 3, 4]*nA})], dt=DT, name=NASTY)
    report = eg.export(net, to, tmp_path / "x", DURATION)
    tree = ast.parse(text(tmp_path / "x"))
    [name] = [n.value.value for n in tree.body if isinstance(n, ast.Assign)
              and ast.unparse(n.targets[0]) == "NETWORK"]
    assert name == NASTY
    assert report.network == NASTY
    assert json.loads((tmp_path / "x" / "report.json").read_text())["network"] == NASTY
    assert eg.Network.load(tmp_path / "x" / "network.h5") == net


def test_the_memory_reads_as_it_would_be_written_by_hand(tmp_path: Path):
    cam = HippocampalCAM(cues=5, contents=10).learn(cue=0, content=[0, 1]).recall(cue=0)
    report = eg.export(cam.network(), "spinnaker", tmp_path / "x", cam.duration)
    script = text(tmp_path / "x")
    assert "import pyNN.spiNNaker as sim" in script
    assert "sim.setup(timestep=TIMESTEP)" in script
    assert max(len(line) for line in script.splitlines()) <= 100
    [fast] = {tuple(c.items()) for c in arguments(script, "IF_curr_exp") if c["cm"] == 0.14}
    assert dict(fast) == {"v_rest": -60.0, "cm": 0.14, "tau_m": 0.5, "tau_refrac": 1.0,
                          "v_reset": -60.0, "v_thresh": -57.0, "tau_syn_E": 0.3, "tau_syn_I": 0.3,
                          "i_offset": 0.0}
    assert arguments(script, "SpikePairRule") == [
        {"tau_plus": 3.0, "tau_minus": 3.0, "A_plus": 6.0, "A_minus": 6.0}] * 2
    assert arguments(script, "AdditiveWeightDependence") == [{"w_min": 0.0, "w_max": 6.0}] * 2
    weights = sorted({s["weight"] for s in arguments(script, "StaticSynapse")})
    assert weights == [-60.0, -6.0, 2.0, 6.0, 9.0]  # PyNN's sign, though the paper's is positive
    assert "spynnaker.cfg" in report.files
    assert "sPyNNaker==1!7.4.1" in (tmp_path / "x" / "requirements.txt").read_text()
    page = (tmp_path / "x" / "report.md").read_text()
    assert "## What it needs (predicted)" in page
    assert "unknown" in page  # SpiNNaker 2


def test_a_one_to_one_of_one_neuron_is_written_as_a_list(tmp_path: Path):
    """PyNN's own OneToOneConnector breaks there with numpy 2.1 and later."""
    for size, wanted in ((1, "listed('in')"), (2, "sim.OneToOneConnector()")):
        net = eg.Network([eg.Population("input", size, eg.SpikeTimes([0], [5]*ms)),
                          eg.Population("cells", size, LIF_CURR_EXP)],
                         [eg.Projection("in", "input", "cells", eg.OneToOne(), static("i_exc"),
                                        {"w": 1*nA})], dt=1*ms)
        eg.export(net, "nest", tmp_path / str(size), 20*ms)
        assert wanted in text(tmp_path / str(size))


def test_peers_get_delays_and_charges_that_make_the_same_network(tmp_path: Path):
    for to, weight in (("nest", 3.0), ("neuron", 3.0 * 50 * -np.expm1(-1 / 50))):
        eg.export(chain(LIF_CURR_EXP, "i_exc", 3*nA), to, tmp_path / to, DURATION)
        written = arguments(text(tmp_path / to), "StaticSynapse")
        assert [s["delay"] for s in written] == [0.1, 0.1, 1.1, 2.1]  # of 0.1, 0.2, 1.2, 2.2
        np.testing.assert_allclose([s["weight"] for s in written], weight, rtol=1e-12)
    assert "h.secondorder = 2" in text(tmp_path / "neuron")
    assert "spike_precision='on_grid'" in text(tmp_path / "nest")


def test_different_weights_and_delays_stand_in_the_data(tmp_path: Path):
    eg.export(mixed(), "nest", tmp_path / "x", DURATION)
    data = np.load(tmp_path / "x" / "data.npz")
    net = mixed()
    rows = data["in.connections"]
    assert rows.shape == (60, 4)
    np.testing.assert_allclose(rows[:, 2], net.projection("in").parameters["w"] / nA, rtol=1e-12)
    np.testing.assert_allclose(rows[:, 3], net.projection("in").delay / ms, rtol=1e-12)
    np.testing.assert_allclose(data["a.v_thresh"], np.linspace(-55, -50, 6), rtol=1e-12)


def memory() -> eg.Network:
    return (HippocampalCAM(cues=5, contents=10).learn(cue=0, content=[0, 1, 8, 9])
            .learn(cue=4, content=[1, 5, 6]).recall(cue=0).recall(content=[1])).network()


@pytest.mark.parametrize(("build", "plastic"), [
    (STATIC["chain"], ()), (PLASTIC["additive"], ("plastic",)),
    (memory, ("cue_recall", "content_recall"))], ids=["chain", "additive", "memory"])
def test_a_plain_brian2_script_fires_in_the_same_steps(build: Any, plastic: tuple[str, ...],
                                                       tmp_path: Path):
    net = build()
    eg.export(net, "brian2", tmp_path / "x", DURATION)
    run_all([tmp_path / "x"], tmp_path)
    got = np.load(tmp_path / "x" / "spikes.npz")
    run = eg.simulate(net, DURATION, backend="reference")
    for population in run.spikes:
        _, spikes, apart = counts_and_shift(got, run, population)
        assert (apart, spikes > 3) == (0, True), population
    for name in plastic:
        i, j, w = got[f"{name}.weights"].T
        wanted = run.weights[name].matrix("w").value[i.astype(int), j.astype(int)]
        np.testing.assert_allclose(w, wanted, rtol=1e-12)


def test_what_brian2_cannot_say_plainly_is_refused(tmp_path: Path):
    with pytest.raises(ExportError, match=r"BRN013 StepCurrent on driven.*backend='brian2'"):
        eg.export(STATIC["stepped"](), "brian2", tmp_path / "x", DURATION)
    net = eg.Network([eg.Population("p", 2, eg.Poisson(10*Hz)),
                      eg.Population("c", 2, LIF_CURR_EXP)],
                     [eg.Projection("q", "p", "c", eg.AllToAll(), tsodyks_markram("i_exc"),
                                    {"w": 1*nA})])
    with pytest.raises(ExportError, match=r"BRN005 projection 'q'"):
        eg.export(net, "brian2", tmp_path / "x", DURATION)


def test_a_folder_is_complete_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")
    with monkeypatch.context() as m:
        m.setattr(targets.np, "savez_compressed", full)
        with pytest.raises(eg.ArchiveError, match=r"No space left.*nothing was changed"):
            eg.export(chain(LIF_CURR_EXP, "i_exc", 3*nA), "nest", tmp_path / "x", DURATION)
    assert not list(tmp_path.iterdir())


def test_what_lies_in_the_folder_is_not_lost(tmp_path: Path):
    net = chain(LIF_CURR_EXP, "i_exc", 3*nA)
    eg.export(net, "nest", tmp_path / "x", DURATION)
    with pytest.raises(eg.ArchiveError, match="holds files already"):
        eg.export(net, "nest", tmp_path / "x", DURATION)
    eg.export(net, "neuron", tmp_path / "x", DURATION, overwrite=True)
    assert "pyNN.neuron" in text(tmp_path / "x")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("all of it")
    with pytest.raises(eg.ArchiveError, match=r"no report\.json"):
        eg.export(net, "nest", tmp_path / "mine", DURATION, overwrite=True)
    assert (tmp_path / "mine" / "thesis.tex").exists()


def test_questions_that_make_no_sense_are_answered(tmp_path: Path):
    net = chain(LIF_CURR_EXP, "i_exc", 3*nA)
    with pytest.raises(eg.DescriptionError, match=r"no export to 'lava'; there are spinnaker"):
        eg.export(net, "lava", tmp_path / "x", DURATION)
    with pytest.raises(eg.DescriptionError, match="give a duration such as"):
        eg.export(net, "nest", tmp_path / "x")
    with pytest.raises(eg.DescriptionError, match=r"repair is for spinnaker, nest, neuron"):
        eg.export(net, "brian2", tmp_path / "x", DURATION, repair=True)
    with pytest.raises(eg.UnitError):
        eg.export(net, "nest", tmp_path / "x", 3*mV)


def test_an_error_lists_every_reason_once_with_all_its_places(tmp_path: Path):
    cam = HippocampalCAM(cues=2, contents=2).learn(cue=0, content=[0]).recall(cue=0)
    with pytest.raises(ExportError) as caught:
        eg.export(cam.network(), "nest", tmp_path / "x", cam.duration)
    assert len(caught.value.findings) > 15
    assert str(caught.value).count("PYN001") == 1
    assert "'cue_cue', 'content_cue'" in str(caught.value)
    report = eg.export(cam.network(), "nest", tmp_path / "x", cam.duration, lossy=True,
                       repair=True)
    assert {f.code for f in report.losses} == {"PYN001"}
