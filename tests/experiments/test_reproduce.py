"""Records, resuming and the command, on a reproduction of two quick parts; the real ones' rows."""

from __future__ import annotations

import json
import math
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engram.experiments import progress, reproduce_command
from engram.experiments.cli import app
from engram.experiments.data import MissingDataError
from engram.experiments.reproduce_command import Request
from engram.experiments.reproductions import (
    NAMES,
    Reproduction,
    Row,
    at_least,
    at_most,
    between,
    drawing,
    find,
    near,
    registry,
    reproduce,
)
from engram.experiments.reproductions.record import load_record
from engram.experiments.reproductions.reproduction import resumable
from engram.simulator.errors import ArchiveError, DescriptionError


def made(calls: list[str], fails: bool = False, expected: float = 2.0) -> Reproduction:
    def first() -> list[float]:
        calls.append("first")
        return [1.0]

    def second() -> dict[str, float]:
        calls.append("second")
        if fails:
            raise KeyboardInterrupt
        return {"x": 2.0}

    def draw(measured: dict[str, object]) -> object:
        axes = drawing.panels(2, 2, 1)
        axes[0, 0].plot(measured["first"])
        return drawing.dress(axes[0, 0], "t", "x", "y")

    return Reproduction("two", "a system", "a paper", "a claim",
                        lambda size: {"first": first, "second": second},
                        lambda m: [near("x", m["second"]["x"], expected, 0.1, "theory")], draw)


@pytest.mark.parametrize(("row", "passes"), [
    (near("a", 1.05, 1.0, 0.1, ""), True), (near("a", 1.2, 1.0, 0.1, ""), False),
    (between("a", 0.5, 0.0, 1.0, ""), True), (between("a", 1.5, 0.0, 1.0, ""), False),
    (at_least("a", 2.0, 2.0, ""), True), (at_least("a", 1.9, 2.0, ""), False),
    (at_most("a", 2.0, 2.0, ""), True), (at_most("a", 2.1, 2.0, ""), False),
    (near("a", math.nan, 1.0, 9.0, ""), False), (at_least("a", math.nan, 0.0, ""), False)])
def test_verdicts(row: Row, passes: bool) -> None:
    assert row.passes == passes
    assert row.verdict == ("passes" if passes else "DOES NOT PASS")


def test_a_record_is_kept_with_a_figure_and_read_back(tmp_path: Path) -> None:
    record = reproduce(made([]), "ci", tmp_path)
    assert record.passes
    assert sorted(p.name for p in tmp_path.iterdir()) == ["figure.png", "record.json"]
    back = load_record(tmp_path / "record.json")
    assert back == record
    assert "x       2 ± 0.1      2  theory  passes" in record.text()
    data = json.loads((tmp_path / "record.json").read_text())
    assert data["rows"][0]["verdict"] == "passes"
    assert data["passes"] is True


def test_open_ends_and_what_is_not_a_number_survive_the_file(tmp_path: Path) -> None:
    record = reproduce(made([]))
    rows = (at_least("a", 3.0, 1.0, "theory"), near("b", math.nan, 1.0, 0.1, "theory"))
    type(record)(**{**record.__dict__, "rows": rows}).save(tmp_path)
    back = load_record(tmp_path / "record.json")
    assert back.rows[0] == rows[0]
    assert math.isnan(back.rows[1].ours)
    assert not back.passes


def test_an_interrupted_run_goes_on_after_its_last_whole_part(tmp_path: Path) -> None:
    calls: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        reproduce(made(calls, fails=True), "ci", tmp_path)
    seen: list[float] = []
    assert reproduce(made(calls), "ci", tmp_path, seen.append).passes
    assert calls == ["first", "second", "second"]
    assert seen == [0.0, 0.5]
    reproduce(made(calls), "ci", tmp_path)  # a finished run is done anew
    assert calls[3:] == ["first", "second"]


def test_parts_of_another_size_are_neither_taken_nor_lost(tmp_path: Path) -> None:
    calls: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        reproduce(made(calls, fails=True), "full", tmp_path)
    reproduce(made(calls), "ci", tmp_path)
    assert calls == ["first", "second", "first", "second"]
    assert resumable(made([]), "full", tmp_path) == 1
    reproduce(made(calls), "full", tmp_path)
    assert calls[4:] == ["second"]


def test_a_spoilt_file_of_parts_is_named(tmp_path: Path) -> None:
    (tmp_path / "parts-ci.json").write_text("{")
    with pytest.raises(ArchiveError, match=r"parts-ci\.json does not hold parts"):
        reproduce(made([]), "ci", tmp_path)
    with pytest.raises(ArchiveError, match="is not the record of a reproduction"):
        load_record(tmp_path / "parts-ci.json")


@pytest.mark.parametrize(("old", "new"), [("1.0", "1.5"), ('"found"', '"lost"'),
                                          ('"sha256"', '"sha"')])
def test_parts_that_were_changed_are_not_taken(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        reproduce(made([], fails=True), "ci", tmp_path)
    parts = tmp_path / "parts-ci.json"
    parts.write_text(parts.read_text().replace(old, new))
    with pytest.raises(ArchiveError, match=r"parts-ci\.json does not hold parts .* remove it"):
        reproduce(made([]), "ci", tmp_path)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Reproduction]:
    """The command sees `two`, which passes, and `not`, which does not."""
    table = {"two": made([]), "not": replace(made([], expected=9.0), name="not")}

    def look(name: str) -> Reproduction:
        return table[name] if name in table else registry.find(name)

    monkeypatch.setattr(reproduce_command, "find", look)
    monkeypatch.setattr(reproduce_command, "NAMES", tuple(table))
    return table


@pytest.mark.usefixtures("registered")
def test_the_exit_code_tells_whether_all_pass(capsys: pytest.CaptureFixture[str],
                                              tmp_path: Path) -> None:
    assert reproduce_command.run(Request(("two",))) == 0
    assert "figures: 1, all pass" in capsys.readouterr().out
    assert reproduce_command.run(Request((), every=True, out=tmp_path)) == 1
    said = capsys.readouterr().out
    assert "1 of 1 DO NOT PASS" in said
    assert (tmp_path / "not" / "record.json").is_file()
    assert reproduce_command.run(Request(("two",), as_json=True)) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "two"
    assert reproduce_command.run(Request(("two",), quiet=True)) == 0
    assert capsys.readouterr().out == ""


def test_ctrl_c_says_what_is_kept_and_how_to_go_on(registered: dict[str, Reproduction],
                                                   capsys: pytest.CaptureFixture[str],
                                                   tmp_path: Path) -> None:
    registered["two"] = made([], fails=True)
    assert reproduce_command.run(Request(("two",), out=tmp_path)) == 130
    assert "1 of its 2 parts are kept" in capsys.readouterr().err
    registered["two"] = made([])
    assert reproduce_command.run(Request(("two",), out=tmp_path)) == 0
    assert "two: goes on after 1 parts" in capsys.readouterr().err
    registered["two"] = made([], fails=True)
    assert reproduce_command.run(Request(("two",))) == 130
    assert "nothing was kept; with --out" in capsys.readouterr().err


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(("request_", "says"), [
    (Request(("nothing",)), "no reproduction 'nothing'; there are"),
    (Request(("two",), size="huge"), "--size 'huge' is not known; there are ci, full"),
    (Request(("two",), every=True), "--all and two: give names, or --all")])
def test_wrong_requests_are_named_before_anything_runs(request_: Request, says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        reproduce_command.run(request_)


def test_a_folder_that_cannot_be_made_is_named_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchiveError, match="no folder"):
        reproduce_command.run(Request((NAMES[0],), out=tmp_path / "file"))


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("name", ["parts-ci.json", "record.json", "figure.png"])
def test_files_that_cannot_be_written_or_read_are_named_before_anything_runs(
        tmp_path: Path, name: str, registered: dict[str, Reproduction]) -> None:
    calls: list[str] = []
    registered["two"] = made(calls)
    (tmp_path / "not" / name).mkdir(parents=True)
    with pytest.raises(ArchiveError, match=f"{name}' is a folder"):
        reproduce_command.run(Request(("two", "not"), out=tmp_path))
    (tmp_path / "not" / name).rmdir()
    (tmp_path / "not" / "parts-ci.json").write_text("[]")
    with pytest.raises(ArchiveError, match="does not hold parts"):
        reproduce_command.run(Request(("two", "not"), out=tmp_path))
    assert calls == []


def test_what_is_left_of_several_is_told_after_ctrl_c(registered: dict[str, Reproduction],
                                                      capsys: pytest.CaptureFixture[str],
                                                      tmp_path: Path) -> None:
    registered["two"] = made([], fails=True)
    out = tmp_path / "a folder"
    assert reproduce_command.run(Request(("two", "hopfield", "not"), out=out)) == 130
    assert f"`engram reproduce two hopfield not --size ci --out '{out}'`" in capsys.readouterr().err


def test_the_bar_appears_though_nothing_was_told_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.progress import Progress
    seen = threading.Event()
    monkeypatch.setattr(Progress, "start", lambda self: seen.set())
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    with progress.progress_bar("long first part"):
        assert seen.wait(10.0)
    seen.clear()
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    with progress.progress_bar("short"):
        pass
    assert not seen.is_set()


def test_the_command_line_lists_what_there_is() -> None:
    done = CliRunner().invoke(app, ["reproduce"])
    assert done.exit_code == 0
    assert all(name in done.stdout for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_reproduction_says_what_it_is_and_lists_its_parts(name: str) -> None:
    what = find(name)
    assert what.name == name
    assert all((what.system, what.paper, what.claim))
    assert list(what.parts("ci"))
    with suppress(MissingDataError):  # data that only the full size needs
        assert list(what.parts("full"))
