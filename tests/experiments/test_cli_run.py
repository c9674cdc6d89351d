"""`engram run`: what it says, keeps and refuses."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import engram as eg
from engram.experiments.cli import app

TINY = """
import engram as eg
from engram import ms
print("a word on stdout")
leaky = eg.NeuronModel("leaky", "dv/dt = -v/(10*ms) : 1", threshold="v > 1", reset="v = 0")
learns = eg.SynapseModel("learns", "w : 1", on_pre='''w = w + 0.5
v_post += w''')
def network():
    return eg.Network(
        [eg.Population("source", 1, eg.SpikeTimes.of({0: [1, 5]}, unit=ms)),
         eg.Population("target", 2, leaky)],
        [eg.Projection("drive", "source", "target", eg.AllToAll(), learns, {}, {"w": 2.0})],
        dt=0.1*ms, name="tiny")
duration = 10*ms
"""


@pytest.fixture
def tiny(tmp_path):
    path = tmp_path / "tiny.py"
    path.write_text(TINY)
    return str(path)


def run(*args):
    return CliRunner().invoke(app, ["run", *args])


def done(*args):
    result = run(*args)
    assert result.exit_code == 0, result.stderr
    return result


def test_the_summary_counts_spikes(tiny):
    said = done(tiny, "--backend", "reference").stdout
    rows = [line.split() for line in said.splitlines()]
    assert ["source", "1", "2", "200.0"] in rows
    assert ["target", "2", "4", "200.0"] in rows
    assert "tiny on reference: 10 ms in steps of 0.1 ms, seed 0" in said
    assert "nothing was written; --out" in said


def test_a_model_of_the_catalogue_says_what_it_learned_recalled_and_forgot():
    found = json.loads(done("hippocampal-cam", "--backend", "reference", "--json").stdout)
    for word in ("learn cue 0, content {0, 1, 8, 9}", "recall cue 0 -> content {0, 1, 8, 9}",
                 "forget cue 0 -> forgets {0, 1, 8, 9}", "recall cue 0 -> content {}"):
        assert any(word in line for line in found["says"]), word
    assert found["populations"]["output"]["spikes"] > 20
    assert found["interrupted"] is False


def test_out_holds_the_run_the_network_the_record_and_figures(tiny, tmp_path):
    out = tmp_path / "deep" / "run1"
    said = json.loads(done(tiny, "--backend", "reference", "--seed", "3", "--out", str(out),
                           "--json").stdout)
    assert sorted(p.name for p in out.iterdir()) == said["files"] == [
        "network.h5", "raster.png", "run.h5", "run.json", "weights.png"]
    kept = eg.Results.load(out / "run.h5")
    assert kept.digest == said["results_digest"]
    assert kept.provenance["seed"] == said["seed"] == 3
    assert len(kept.spikes["target"]) == said["populations"]["target"]["spikes"] == 4
    record = json.loads((out / "run.json").read_text())
    assert record | {"out": str(out)} == said
    assert eg.Network.load(out / "network.h5").digest == kept.provenance["network_digest"]
    for name in ("raster.png", "weights.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["run1"]


def test_a_saved_network_runs_again_to_the_same_digest(tiny, tmp_path):
    first = json.loads(done(tiny, "--backend", "reference", "--out", str(tmp_path / "a"), "--json",
                            "--no-figure").stdout)
    assert first["files"] == ["network.h5", "run.h5", "run.json"]
    again = json.loads(done(str(tmp_path / "a" / "network.h5"), "--backend", "reference", "--json",
                            "--duration", "10ms").stdout)
    assert again["results_digest"] == first["results_digest"]


def test_numba_is_the_default_and_finds_the_same(tiny):
    numba, reference = (json.loads(done(tiny, "--json", *more).stdout)
                        for more in ((), ("--backend", "reference")))
    assert (numba["backend"], reference["backend"]) == ("numba", "reference")
    assert numba["results_digest"] == reference["results_digest"]


def test_duration_and_dt_win_over_the_scripts(tiny):
    found = json.loads(done(tiny, "--backend", "reference", "--json", "--duration", "4 ms", "--dt",
                            "0.5ms").stdout)
    assert (found["ran_ms"], found["dt_ms"]) == (4, 0.5)
    assert found["populations"]["source"]["spikes"] == 1


def test_a_run_too_short_for_its_protocol_is_told_so():
    found = json.loads(done("hippocampal-cam", "--backend", "reference", "--duration", "5ms",
                            "--json").stdout)
    assert len(found["says"]) == 1
    assert found["says"][0].startswith("note: the run has 5 ms")


def test_quiet_is_silent_and_json_is_alone_on_stdout(tiny):
    quiet = done(tiny, "--backend", "reference", "-q")
    assert quiet.stdout == ""
    loud = done(tiny, "--backend", "reference", "--json")
    assert set(json.loads(loud.stdout)) >= {"populations", "provenance", "says"}
    assert "a word on stdout" in loud.stderr


MISTAKES = [
    (["hippocampal-cma"], "did you mean hippocampal-cam"),
    (["nothing-like-it-xyz"], "there are hippocampal-cam"),
    (["nowhere.py"], "is not there"),
    (["nowhere.h5", "--duration", "1ms"], "is not there"),
    (["TINY", "--backend", "nubma"], "there are reference, numba"),
    (["TINY", "--duration", "100"], "has no unit; write 100ms"),
    (["TINY", "--duration", "3 parsecs"], "not a unit of time"),
    (["TINY", "--duration", "0.15ms"], "not a whole number of steps"),
    (["TINY", "--dt", "0ms"], "--dt '0ms' must be more than 0"),
    (["TINY", "--precision", "float16"], "float64, float32"),
    (["TINY", "--threads", "0"], "at least 1"),
    (["TINY", "--precision", "float32", "--backend", "reference"],
     "backend='numba', 'torch' and 'cuda'"),
    (["TINY", "--out", "TINY"], "is a file"),
    (["TINY", "--out", "TINY/below"], "may write"),
    (["TINY", "--out", "."], "holds files already"),
]


@pytest.mark.parametrize(("args", "says"), MISTAKES,
                         ids=[" ".join(args)[:40] for args, _ in MISTAKES])
def test_a_mistake_is_one_clean_message_and_leaves_nothing(args, says, tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*[tiny + a[4:] if a.startswith("TINY") else a for a in args])
    assert result.exit_code == 2
    assert result.stdout == ""
    message = result.stderr.replace("a word on stdout\n", "")
    assert message.startswith("error: ")
    assert says in message
    assert "Traceback" not in message
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.py"]


SCRIPTS = [
    ("x = 1\n", "defines no `network`"),
    ("network = 3\n", "`network` is 3"),
    ("import engram as eg\nnetwork = 1/0\n", "line 2: ZeroDivisionError"),
    ("network = (\n", "line 1: SyntaxError"),
    ("raise SystemExit(3)\n", "line 1: SystemExit: 3"),
    ("import engram as eg\n\nnetwork = eg.Population('a', -1, None)\n", "line 3: population 'a'"),
    (TINY.replace("duration", "length"), "says nothing of how long to run"),
    (TINY + "duration = '10 hours'\n", "not a unit of time"),
    (TINY + "duration = 5\n", "a plain number"),
    (TINY + "describe = 'words'\n", "`describe` is 'words'"),
    (TINY + "weights = ['driev']\n", "whose w changes are drive"),
]


@pytest.mark.parametrize(("text", "says"), SCRIPTS,
                         ids=[says for _, says in SCRIPTS])
def test_a_script_with_a_fault_is_told_where(text, says, tmp_path):
    (tmp_path / "mine.py").write_text(text)
    result = run(str(tmp_path / "mine.py"), "--backend", "reference")
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr


def test_debug_adds_the_traceback(tmp_path):
    (tmp_path / "mine.py").write_text("network = 1/0\n")
    assert "Traceback" in run(str(tmp_path / "mine.py"), "--debug").stderr


def test_a_script_imports_its_neighbour_and_tells_of_its_run(tmp_path):
    (tmp_path / "neighbour_of_mine.py").write_text(TINY)
    (tmp_path / "mine.py").write_text(
        "from neighbour_of_mine import network\nduration = '6 ms'\n"
        "def describe(run):\n    return [f'{len(run.spikes[\"target\"])} in the target']\n")
    assert "4 in the target" in done(str(tmp_path / "mine.py"), "--backend", "reference").stdout


def test_weights_of_a_wide_projection_are_drawn_without_a_vast_matrix(tmp_path):
    wide = TINY.replace('"target", 2', '"target", 3_000').replace('"source", 1', '"source", 3_000')
    sparse = wide.replace("eg.AllToAll()", "eg.FixedOutDegree(2)")
    (tmp_path / "wide.py").write_text(sparse)
    done(str(tmp_path / "wide.py"), "--backend", "reference", "--out", str(tmp_path / "run1"), "-q")
    assert (tmp_path / "run1" / "weights.png").stat().st_size > 1000


def test_a_foreign_file_is_refused(tmp_path):
    (tmp_path / "foreign.h5").write_bytes(b"not HDF5 at all")
    result = run(str(tmp_path / "foreign.h5"), "--duration", "1ms")
    assert result.exit_code == 2
    assert "foreign.h5" in result.stderr


def test_overwrite_replaces_a_run_and_nothing_else_does(tiny, tmp_path):
    args = (tiny, "--backend", "reference", "--no-figure", "-q", "--out", str(tmp_path / "run1"))
    done(*args)
    refused = run(*args, "--seed", "5")
    assert refused.exit_code == 2
    assert "--overwrite" in refused.stderr
    assert json.loads((tmp_path / "run1" / "run.json").read_text())["seed"] == 0
    done(*args, "--seed", "5", "--overwrite")
    assert json.loads((tmp_path / "run1" / "run.json").read_text())["seed"] == 5
