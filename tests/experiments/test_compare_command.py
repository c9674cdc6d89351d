"""`engram compare` and `engram report` as they are typed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import tiny_comparison as tiny
from typer.testing import CliRunner

import engram as eg
from engram.experiments import compare_command
from engram.experiments.cli import app
from engram.experiments.compare import own
from engram.experiments.compare.named import entry_named, task_named
from engram.experiments.compare.own import check_own
from engram.experiments.compare.record import load, records_in
from engram.experiments.comparison import Asked, jobs_of
from engram.experiments.memories.catalogue import MEMORIES
from engram.experiments.tasks.catalogue import NAMES
from engram.simulator.errors import DescriptionError

FILE = Path(tiny.__file__)
TASK, GOOD, FAILS, REFUSES = (f"{FILE}:{n}" for n in ("TASK", "Good", "fails", "refuses"))


def engram(*words: object):
    return CliRunner().invoke(app, [str(w) for w in words])


@pytest.fixture
def unruled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny memories have no more than the tiny task asks; rules are tested by themselves."""
    monkeypatch.setattr(compare_command, "check_own", lambda names, seconds: None)


def test_without_arguments_it_lists_every_task_and_memory() -> None:
    done = engram("compare")
    assert done.exit_code == 0
    assert all(re.search(rf"^{n} ", done.stdout, re.M) for n in (*NAMES, *MEMORIES))
    found = json.loads(engram("list", "--json").stdout)
    assert set(found["tasks"]) == set(NAMES)
    assert found["memories"]["linear"] == MEMORIES["linear"].summary
    assert set(json.loads(engram("list", "tasks", "--json").stdout)) == {"tasks"}


@pytest.mark.usefixtures("unruled")
def test_from_the_command_to_the_page(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = engram("compare", "--task", TASK, "--memories", f"{GOOD},{REFUSES}", "--seeds", 2,
                  "--first-seed", 4, "--out", out)
    assert done.exit_code == 0, done.output
    assert "tiny_comparison.py:Good" in done.stdout
    assert "skipped tiny_comparison.py:refuses: it takes 3 dimensions and no 4" in done.stdout
    assert f"4 records in {out}; `engram report {out}`" in done.stdout
    assert {load(p).job.seed for p in records_in(out)} == {4, 5}
    done = engram("report", out)
    assert done.exit_code == 0, done.output
    assert f"wrote {out}/report: index.html, report.md, long.csv" in done.stdout
    assert (out / "report" / "index.html").is_file()
    told = json.loads(engram("report", out, "--json", "--no-page").stdout)
    assert told["comparisons"][0]["seeds"] == [4, 5]
    assert not (out / "report" / "index.html").exists()


@pytest.mark.usefixtures("unruled")
def test_a_failure_is_shown_and_is_the_exit_code(tmp_path: Path) -> None:
    done = engram("compare", "--task", TASK, "--memories", f"{GOOD},{FAILS}", "--seeds", 1,
                  "--json")
    assert done.exit_code == 1
    records = json.loads(done.stdout)["records"]
    assert [r["status"] for r in records] == ["measured", "failed"]
    assert json.loads(done.stdout)["out"] is None
    quiet = engram("compare", "--task", TASK, "--memories", FAILS, "--seeds", 1, "-q")
    assert quiet.stdout == ""
    assert "fails FAILED: ZeroDivisionError: by nothing" in quiet.stderr


def test_a_memory_that_breaks_a_rule_is_named_with_the_example_and_nothing_runs(
        tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("from engram.models.ann.linear import LinearMemory\n"
                    "class Forgetful(LinearMemory):\n"
                    "    domains = ('unit',)\n"
                    "    def __init__(self, need):\n"
                    "        super().__init__(need.key_dim, need.value_dim, need.domain)\n"
                    "    def read(self, queries, *, steps=None):\n"
                    "        found = super().read(queries)\n"
                    "        self.store *= 0.5\n"
                    "        return found\n")
    done = engram("compare", "--task", "recall", "--memories", f"{path}:Forgetful", "--out",
                  tmp_path / "out")
    assert done.exit_code == 2
    assert re.search(r"error: .* breaks rule .*\b1 \(a read changes nothing\)", done.stderr)
    assert "rule 1 (a read changes nothing): BROKEN" in done.stderr
    assert "[[" in done.stderr, "the arrays that show it"
    assert not (tmp_path / "out").exists()


def test_memories_that_come_with_engram_need_no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "Process", lambda: 1 / 0)
    check_own(["linear"])


@pytest.mark.parametrize(("memory", "says"), [
    ("Hangs", r"Hangs took longer than 5 s to be held against the rules, with four pairs; mend"),
    ("Ends", r"Ends was held against the rules in a process that ended with exit code 0; mend"),
    ("dies", r"dies was held against the rules in a process that was killed by SIGKILL; mend"),
    ("Leaves", r"Leaves breaks rule 0 \(protocol\)"),
    ("fails", r"fails breaks rule 0 \(protocol\); mend")])
def test_a_memory_that_ends_or_stops_the_check_is_named_and_nothing_runs(
        memory: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tiny.PLACE, str(tmp_path))
    with pytest.raises(DescriptionError, match=says):
        check_own([f"{FILE}:{memory}"], 5.0)


def test_what_a_memory_cannot_be_built_with_is_said_once(capfd: pytest.CaptureFixture) -> None:
    with pytest.raises(DescriptionError, match="breaks rule 0"):
        check_own([f"{FILE}:fails"])
    said = capfd.readouterr().err
    assert said.count("BROKEN") == 1
    assert "it cannot be built for Need(key_dim=16" in said
    assert "ZeroDivisionError: by nothing (tiny_comparison.py, line" in said


def test_a_memory_that_is_too_small_for_the_rules_is_asked_for_larger_patterns(
        tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    check_own([f"{FILE}:refuses"])
    assert "takes no patterns of 16, 64, 128, 256 entries (it takes 3" in capfd.readouterr().err
    path = tmp_path / "wide.py"
    path.write_text("from engram.models.ann.linear import LinearMemory\n"
                    "from engram.models.memory import CannotDo\n"
                    "def wide(need):\n"
                    "    if need.key_dim < 100:\n"
                    "        raise CannotDo('at least 100')\n"
                    "    made = LinearMemory(need.key_dim, need.value_dim, need.domain)\n"
                    "    made.state_bits = lambda: 7\n"
                    "    return made\n")
    with pytest.raises(DescriptionError, match=r"breaks rule 5 \(all bits of state"):
        check_own([f"{path}:wide"])


@pytest.mark.parametrize(("words", "says"), [
    (("--task", "nothing", "--memories", "linear"), "no task 'nothing'; there are"),
    (("--task", "recall", "--memories", "nothing"), "no memory 'nothing'; there are"),
    (("--task", "recall"), "no memory is named"), (("--memories", "linear"), "no task is named"),
    (("--task", "recall", "--memories", "linear", "--size", "big"), "size 'big'; there are ci"),
    (("--task", "recall", "--memories", "linear", "--domain", "x"), "domain 'x'; there are real"),
    (("--task", "recall", "--memories", "linear", "--backend", "x"), "backend 'x'; there are ref"),
    (("--task", "recall", "--memories", "linear", "--seeds", "0"), "seeds: 0; give 1 or more"),
    (("--task", "recall", "--memories", "linear", "--workers", "0"), "--workers 0; give 1"),
    (("--task", "recall", "--memories", "linear", "--equal-bits", "0"), "bits of state: 0"),
    (("--task", "recall", "--memories", "linear", "--time-limit", "0"), "--time-limit 0; give mo"),
    (("--task", "recall", "--memories", "linear", "--time-limit", "nan"), "--time-limit nan; give"),
    (("--task", "recall", "--memories", "gone.py:M"), "'gone.py' is not there"),
    (("--task", f"{FILE}:Good", "--memories", "linear"), "not a Task"),
    (("--task", "recall", "--memories", f"{FILE}:PLACE"), "nothing that makes a memory"),
    (("--task", "recall", "--memories", f"{FILE}:Absent"), "defines no 'Absent'; it defines")])
def test_what_there_is_not_is_named_before_anything_runs(words: tuple[str, ...],
                                                         says: str) -> None:
    done = engram("compare", *words)
    assert done.exit_code == 2
    assert says in done.stderr
    assert done.stdout == ""


def test_a_report_of_nothing_is_named(tmp_path: Path) -> None:
    done = engram("report", tmp_path)
    assert done.exit_code == 2
    assert "has no records of a comparison; `engram compare" in done.stderr


def test_jobs_are_each_seed_of_each_memory_once() -> None:
    jobs = jobs_of(Asked(("T2", "completion"), ("linear", "delta", "linear"), seeds=2))
    assert [(j.seed, j.task, j.memory) for j in jobs] == [
        (s, t, m) for s in (0, 1) for t in ("recall", "completion") for m in ("linear", "delta")]
    mine = jobs_of(Asked(("recall",), (GOOD, "all", "linear"), seeds=1))
    assert mine[0].memory == GOOD, "one's own beside all others"
    assert mine[1:] == jobs_of(Asked(("recall",), ("all",), seeds=1))
    every = jobs_of(Asked(("recall",), ("all",), seeds=1))
    assert {j.memory for j in every} == {n for n, e in MEMORIES.items() if e.role == "associative"}


def test_entries_and_tasks_come_from_files(tmp_path: Path) -> None:
    assert task_named(TASK).name == "tiny"
    entry = entry_named(f"{FILE}:Sparse")
    assert (entry.name, entry.summary, entry.source) == (
        "tiny_comparison.py:Sparse", "Costs less in one view and more in another.", "us")
    assert entry.spiking
    path = tmp_path / "an_entry.py"
    path.write_text("from engram.experiments.memories.entry import Entry\n"
                    "MINE = Entry('mine', 'a summary', 'a source', lambda need: None)\n")
    assert entry_named(f"{path}:MINE").name == "mine"


def test_a_comparison_in_python(tmp_path: Path) -> None:
    found, = eg.compare("recall", ["linear"], seeds=2, out=tmp_path)
    assert found.memories == ("linear",)
    assert found.seeds == (0, 1)
    assert len(records_in(tmp_path)) == 2
    again, = eg.compare("T2", "linear", seeds=2, out=tmp_path)
    assert again.records == found.records
    with pytest.raises(DescriptionError, match="no memory 'x'"):
        eg.compare("recall", "x")
    with pytest.raises(DescriptionError, match=r"seeds: \[1, 2\]; give 1 or more, a whole number"):
        eg.compare("recall", "linear", seeds=[1, 2])
