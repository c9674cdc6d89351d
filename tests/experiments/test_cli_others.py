"""`engram list`, `verify`, `doctor`, and the options before any command."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from broken_backends import plant, population, projection
from typer.testing import CliRunner

import engram as eg
from engram.backends.simulation import BACKENDS
from engram.experiments import doctor as doctor_module
from engram.experiments import verify as verify_module
from engram.experiments.catalogue import MODELS
from engram.experiments.cli import app
from engram.simulator.errors import UnsupportedError

PAIR = ("verify", "hippocampal-cam", "--backends", "reference,numba", "--duration", "100ms")


def engram(*args):
    return CliRunner().invoke(app, list(args))


def test_version():
    assert engram("--version").stdout == f"engram {eg.__version__}\n"


def test_list_names_every_model_and_backend():
    found = json.loads(engram("list", "--json").stdout)
    assert found["models"] == {name: demo.summary for name, demo in MODELS.items()}
    assert set(found["backends"]) == set(BACKENDS)
    said = engram("list").stdout
    assert all(name in said for name in (*MODELS, *BACKENDS))


@pytest.mark.parametrize("args", [
    ("list", "--yaml"), ("list", "model"), ("lst",), ("doctor", "--fix"), ("doctor", "numba"),
    ("run",), ("run", "hippocampal-cam", "--seed", "many"), ("verify",), ("--verbose",)])
def test_words_it_does_not_know_are_refused_with_2(args):
    result = engram(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr


# -- verify -----------------------------------------------------------------------------------
def test_backends_that_agree_give_0():
    result = engram(*PAIR)
    assert result.exit_code == 0, result.stderr
    assert "numba: bit-equal" in result.stdout
    assert result.stdout.endswith("all agree\n")
    found = json.loads(engram(*PAIR, "--json").stdout)
    assert found["agree"] is True
    assert found["spikes"] > 50, "it must spike to mean anything"
    assert found["backends"]["numba"]["verdict"] == found["verdict"] == "bit-equal"
    assert [s["mismatches"] for s in found["backends"]["numba"]["spikes"]] == [0] * 10
    assert found["backends"]["numba"]["divergences"] == []


def test_a_broken_backend_gives_1_and_its_step_and_neuron(monkeypatch, tmp_path):
    plant(monkeypatch, lambda plan: population(plan, "output", threshold=lambda p:
                                               f"({p.threshold}) and not (i == 0 and t < 0.006)"))
    args = ("verify", "hippocampal-cam", "--backends", "reference,broken", "--duration", "100ms")
    result = engram(*args, "--out", str(tmp_path / "report"))
    assert result.exit_code == 1
    assert "first divergence: population output, step 5, neuron 0: a spike on reference only" in (
        result.stdout)
    assert "likely cause: lost" in result.stdout
    assert "not all agree" in result.stdout
    assert "wrote " in result.stdout
    held = json.loads((tmp_path / "report" / "report.json").read_text())
    found = json.loads(engram(*args, "--json").stdout)
    assert held == found
    assert found["agree"] is False
    assert found["backends"]["broken"]["spikes"][-1]["divergence"] == [5, 0]
    assert found["backends"]["broken"]["divergences"][0]["cause"] == "lost"
    quiet = engram(*args, "-q")
    assert (quiet.exit_code, quiet.stdout) == (1, "")


def test_what_is_required_decides(monkeypatch, tmp_path):
    (tmp_path / "late.py").write_text(
        "from broken_backends import chain\nfrom engram import ms\nnetwork = chain()\n"
        "duration = 50*ms\n")
    plant(monkeypatch, lambda plan: projection(plan, "in_hidden", dendritic_steps=3))
    args = ("verify", str(tmp_path / "late.py"), "--backends", "reference,broken", "--require")
    assert engram(*args, "spike-equal").exit_code == 1
    assert engram(*args, "shift-equal").exit_code == 0


def test_a_folder_that_holds_files_is_kept_unless_it_is_an_earlier_report(tmp_path):
    (tmp_path / "mine.txt").write_text("kept")
    result = engram(*PAIR, "--out", str(tmp_path), "--overwrite")
    assert result.exit_code == 2
    assert "no report.json" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_backend_that_refuses_gives_1_and_its_reasons(monkeypatch):
    real = verify_module.simulate

    def refusing(network, duration, backend, seed):
        if backend == "numba":
            raise UnsupportedError("numba", ["projection 'x': because"])
        return real(network, duration, "reference", seed=seed)
    monkeypatch.setattr(verify_module, "simulate", refusing)
    result = engram(*PAIR)
    assert result.exit_code == 1
    assert "projection 'x': because" in result.stdout
    assert json.loads(engram(*PAIR, "--json").stdout)["backends"]["numba"]["verdict"] == "refused"
    three = ("verify", "hippocampal-cam", "--duration", "100ms", "--backends",
             "reference,numba,brian2")
    assert engram(*three, "-q").exit_code == 1
    assert engram(*three, "-q", "--allow-refused").exit_code == 0


def test_a_network_that_is_silent_is_not_called_verified(tmp_path):
    (tmp_path / "silent.py").write_text(
        "import engram as eg\nfrom engram import ms\nnetwork = eg.Network([eg.Population('cells', "
        "3, eg.SpikeTimes.of({0: [5]}, unit=ms))], dt=1*ms)\n")
    args = ("verify", str(tmp_path / "silent.py"), "--backends", "reference,numba", "--duration")
    silent = engram(*args, "4ms")
    assert silent.exit_code == 1
    assert "numba: nothing-fired" in silent.stdout
    assert engram(*args, "6ms").exit_code == 0


@pytest.mark.parametrize(("args", "says"), [
    (("hippocampal-cma",), "did you mean hippocampal-cam"),
    (("hippocampal-cam", "--backends", "reference"), "two or more"),
    (("hippocampal-cam", "--backends", "numba,numba"), "each once"),
    (("hippocampal-cam", "--backends", "reference,nest"), "'nest' is not known"),
    (("hippocampal-cam", "--require", "equal"), "there are bit-equal, spike-equal, shift-equal"),
    (("hippocampal-cam", "--backends", "reference,numba", "--duration", "1.5ms"), "whole number")])
def test_mistakes_in_verify(args, says):
    result = engram("verify", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert says in result.stderr


# -- doctor -----------------------------------------------------------------------------------
@pytest.fixture
def two_backends(monkeypatch):
    monkeypatch.setattr(doctor_module, "BACKENDS", {n: BACKENDS[n] for n in ("reference", "numba")})


@pytest.mark.usefixtures("two_backends")
def test_doctor_finds_the_default_backend_working():
    found = json.loads(engram("doctor", "--json").stdout)
    assert found["backends"]["numba"]["works"] is True
    assert found["packages"]["numpy"].count(".") == 2
    result = engram("doctor")
    assert result.exit_code == 0
    assert "works" in result.stdout
    assert found["cache"] in result.stdout


@pytest.mark.usefixtures("two_backends")
def test_doctor_says_why_a_backend_does_not_work(monkeypatch):
    real = doctor_module.simulate

    def broken(network, duration, backend):
        if backend == "numba":
            raise ImportError("libllvm is not there")
        return real(network, duration, backend)
    monkeypatch.setattr(doctor_module, "simulate", broken)
    result = engram("doctor")
    assert result.exit_code == 1
    assert "does not work" in result.stdout
    assert "ImportError: libllvm is not there" in result.stdout


@pytest.mark.usefixtures("two_backends")
def test_doctor_does_not_trust_a_backend_that_runs_but_is_wrong(monkeypatch):
    real = doctor_module.simulate

    def wrong(network, duration, backend):
        run = real(network, duration, backend)
        target = run.spikes["target"]
        return replace(run, spikes={**run.spikes, "target": replace(target, step=target.step + 1)})
    monkeypatch.setattr(doctor_module, "simulate", wrong)
    result = engram("doctor", "--json")
    assert result.exit_code == 1
    assert "steps [10, 12, 12] instead of 10, 11, 11" in (
        json.loads(result.stdout)["backends"]["numba"]["why"])


@pytest.mark.usefixtures("two_backends")
def test_doctor_names_what_is_missing(monkeypatch):
    real = doctor_module._version
    monkeypatch.setattr(doctor_module, "_version", lambda n: None if n == "h5py" else real(n))
    assert "pip install h5py" in engram("doctor").stdout
