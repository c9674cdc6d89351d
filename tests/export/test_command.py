"""`engram export` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engram.experiments.cli import app


def typed(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["export", *words])
    return done.exit_code, done.stdout, done.stderr


def test_a_model_goes_to_the_board(tmp_path: Path):
    code, out, _ = typed("hippocampal-cam", "--to", "spinnaker", "--out", str(tmp_path / "x"))
    assert code == 0
    assert "about 10 cores on 1 chips" in out
    assert "read report.md there" in out
    assert (tmp_path / "x" / "run.py").exists()


def test_json_is_one_object_and_nothing_else(tmp_path: Path):
    code, out, _ = typed("hippocampal-cam", "--to", "nest", "--out", str(tmp_path / "x"), "--json",
                         "--quiet", "--lossy", "--repair", "--duration", "50ms")
    assert code == 0
    found = json.loads(out)
    assert found["steps"] == 50
    assert {f["code"] for f in found["losses"]} == {"PYN001"}
    assert found["repaired"][0]["code"] == "PYN013"


@pytest.mark.parametrize(("words", "says"), [
    (("hippocampal-cam", "--to", "nest"), "PYN001"),
    (("hippocampal-cam", "--to", "lava"), "is not known; there are spinnaker"),
    (("no-such-model", "--to", "nest"), "no-such-model")])
def test_what_cannot_be_done_is_said_and_nothing_is_written(tmp_path: Path, words: tuple[str, ...],
                                                            says: str):
    code, _, err = typed(*words, "--out", str(tmp_path / "x"), "--quiet")
    assert code == 2  # as every command says of a mistake
    assert says in err
    assert not list(tmp_path.iterdir())
