"""Comparisons as they run: workers, skips, failures, deaths, interrupts, clusters."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_comparison as tiny

from engram.experiments.compare import cluster, process, runner
from engram.experiments.compare.job import Job
from engram.experiments.compare.measure import NOTHING, measure
from engram.experiments.compare.record import load, records_in
from engram.experiments.compare.runner import Place
from engram.experiments.report.gather import compared
from engram.simulator.errors import ArchiveError, DescriptionError, MissingPackageError

FILE = Path(tiny.__file__)
ONE, TWO = Place(1), Place(2)
LATE = "took longer than 3 s and was ended; --time-limit gives more"


def jobs(*memories: str, seeds: int = 2) -> list[Job]:
    return [Job(f"{FILE}:TASK", f"{FILE}:{m}", seed=s) for s in range(seeds) for m in memories]


def done(todo: list[Job], folder: Path, place: Place = ONE) -> tuple[list, list[str]]:
    said: list[str] = []
    return list(runner.run(todo, folder, place, said.append)), said


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in records_in(folder)}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good, refuses and fails, two seeds, one worker."""
    folder = tmp_path_factory.mktemp("kept")
    done(jobs("Good", "refuses", "fails"), folder)
    return folder


def test_every_job_has_one_record_that_says_what_happened(kept: Path) -> None:
    found = {p.stem: load(p) for p in records_in(kept)}
    assert len(found) == 6
    by = {(r.job.memory.split(":")[1], r.job.seed): r for r in found.values()}
    good = by["Good", 1]
    assert good.status == "measured"
    assert [p.metrics["right"] for p in good.points] == [1.0, 1.0]
    assert good.theory == ({"right": 1.0}, {"right": 1.0})
    assert good.domains == ("real",)
    assert good.about["memory"]["source"] == "us"
    assert good.made_by["files"] == by["Good", 0].made_by["files"]
    assert by["refuses", 0].status == "skipped"
    assert by["refuses", 0].reason == "it takes 3 dimensions and no 4"
    assert by["fails", 0].status == "failed"
    assert "ZeroDivisionError: by nothing (tiny_comparison.py, line" in by["fails", 0].reason


def test_where_no_process_can_be_started_every_job_is_a_failure(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> None:
        raise OSError("too many processes")

    monkeypatch.setattr(process.subprocess, "Popen", none)
    records, _ = done(jobs("Good"), tmp_path, TWO)
    assert [r.reason for r in records] == ["no worker process: too many processes"] * 2


def test_what_a_memory_cannot_do_in_part_is_kept_with_the_reason(tmp_path: Path) -> None:
    (record,), _ = done(jobs("small", seeds=1), tmp_path)
    assert record.status == "measured"
    assert len(record.points) == 1
    assert load(records_in(tmp_path)[0]).refused == ("there is room for 4",)
    c, = compared([record])
    assert [(kind, why) for _, kind, why, _ in c.without()] == [("in part", "there is room for 4")]


def test_times_stand_beside_the_records_and_not_in_them(kept: Path) -> None:
    path = next((kept / "timings").glob("*Good*seed0.json"))
    timing = json.loads(path.read_text())
    assert timing["what"] == "simulator time"
    assert timing["reads"] == 5
    assert timing["queries_a_read"] == 8
    assert 0 < timing["read_seconds"] < timing["seconds"]
    assert b"seconds" not in (kept / "records" / path.name).read_bytes()


def test_two_workers_make_the_same_bytes_as_one(kept: Path, tmp_path: Path) -> None:
    records, _ = done(jobs("Good", "refuses", "fails"), tmp_path, TWO)
    assert len(records) == 6
    assert bytes_of(tmp_path) == bytes_of(kept)


def test_a_folder_goes_on_where_it_stopped(kept: Path, tmp_path: Path) -> None:
    todo = jobs("Good")
    done(todo, tmp_path)
    first = tmp_path / "records" / f"{todo[0].stem}.json"
    second = tmp_path / "records" / f"{todo[1].stem}.json"
    whole = first.read_bytes()
    untouched = second.stat().st_mtime_ns
    first.write_bytes(whole[:200])
    records, said = done(todo, tmp_path)
    assert len(records) == 2
    assert first.read_bytes() == whole
    assert second.stat().st_mtime_ns == untouched
    assert len(said) == 1
    assert first.name in said[0]
    assert "is made anew" in said[0]


def test_records_of_other_code_and_failures_are_not_taken_over(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done(jobs("Good", seeds=1), tmp_path)
    made = runner.made_by
    monkeypatch.setattr(runner, "made_by", lambda names: {**made(names), "code": "other"})
    done(jobs("Good", seeds=1), tmp_path)
    record = load(records_in(tmp_path)[0])
    assert record.made_by["code"] == "other"
    maker = dict(record.made_by)
    job = jobs("Good", seeds=1)[0]
    assert runner.kept_record(job, maker, tmp_path, print) == record
    assert runner.kept_record(job, {**maker, "files": {}}, tmp_path, print) is None


def test_a_worker_that_is_killed_is_replaced_and_its_job_done_once(
        kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tiny.PLACE, str(tmp_path))
    records, said = done(jobs("dies_once", "Talks"), tmp_path / "out")
    assert [r.status for r in records] == ["measured"] * 4
    assert len(bytes_of(tmp_path / "out")) == 4
    assert len(said) == 1
    assert "dies_once" in said[0]
    assert "was killed by SIGKILL; begun again, attempt 2 of 3" in said[0]


def test_a_job_that_always_kills_its_worker_is_a_failure_and_the_others_are_done(
        tmp_path: Path) -> None:
    records, said = done(jobs("dies", "Good", seeds=1), tmp_path)
    by = {r.job.memory.split(":")[1]: r for r in records}
    assert by["Good"].status == "measured"
    assert by["dies"].status == "failed"
    assert "was killed by SIGKILL in each of 3 attempts" in by["dies"].reason
    assert len(said) == 2


def gone(pid: int) -> bool:
    """Whether the process has ended; one that nobody has waited for yet is named dead as well."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state in "ZX":
            return True
        time.sleep(0.05)
    return False


def test_a_job_that_takes_too_long_is_ended_with_what_it_started_and_the_others_are_done(
        kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tiny.PLACE, str(tmp_path))
    records, said = done(jobs("Hangs", "Good"), tmp_path / "out", Place(2, seconds=3.0))
    assert {(r.job.memory.split(":")[1], r.status, r.reason) for r in records} == {
        ("Hangs", "failed", LATE), ("Good", "measured", "")}
    assert len(records) == 4
    assert said == [], "it would hang again: one attempt"
    assert all(gone(int(pid)) for pid in (tmp_path / "hangs").read_text().split())
    made = bytes_of(tmp_path / "out")
    assert {n: b for n, b in bytes_of(kept).items() if "Good" in n}.items() <= made.items()
    c, = compared(records)
    assert [(kind, why) for _, kind, why, _ in c.without()] == [("failed", LATE)]


def test_a_worker_ends_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    ask = subprocess.Popen([sys.executable, "-c", process.START, json.dumps(sys.path)],
                           stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                           env={**os.environ, tiny.PLACE: str(tmp_path)})
    assert ask.stdin is not None
    ask.stdin.write(json.dumps({"job": jobs("Hangs")[0].as_dict()}) + "\n")
    ask.stdin.flush()
    end = time.monotonic() + 60
    while not (tmp_path / "hangs").exists() and time.monotonic() < end:
        time.sleep(0.05)
    ask.stdin.close()  # as when whoever asked was killed
    assert ask.wait(20) == 1
    os.kill(int((tmp_path / "hangs").read_text().split()[1]), signal.SIGKILL)


def test_a_memory_that_leaves_the_program_has_failed(tmp_path: Path) -> None:
    (left,), said = done(jobs("Leaves", seeds=1), tmp_path)
    assert left.status == "failed"
    assert "SystemExit: enough (tiny_comparison.py, line" in left.reason
    assert said == []


@pytest.mark.parametrize(("task", "says"), [
    ("NOTHING", "odd: run gives None; it gives a list of Points"),
    ("TEXT", "odd: metric 'right' is 'yes'; it is a number"),
    ("SUMMED", "odd: summary 'right' is 'yes'; it is a number")])
def test_a_task_that_gives_something_else_has_failed(task: str, says: str) -> None:
    found = measure(Job(f"{FILE}:{task}", f"{FILE}:Good"))
    assert found["status"] == "failed"
    assert says in found["reason"]


def test_memories_are_watched_without_being_changed() -> None:
    from engram.experiments.compare.measure import Watched
    from engram.experiments.memories.catalogue import MEMORIES
    from engram.models.memory import AssociativeMemory, Need
    watched = Watched()
    entry = watched.entry(MEMORIES["linear"])
    used = entry.build(Need(4, 4, "unit", 2))
    entry.build(Need(8, 8, "bipolar", 2))  # built for a look, and never read
    assert isinstance(used, AssociativeMemory)
    used.write([[1.0, 0, 0, 0]], [[0, 1.0, 0, 0]])
    before = used.snapshot()
    used.read([[1.0, 0, 0, 0]] * 3)
    assert watched.domains == {"unit"}
    again = watched.read_again()
    assert (again["reads"], again["queries_a_read"]) == (5, 3)
    assert (used.snapshot()["store"] == before["store"]).all()
    watched.last = lambda: 1 / 0
    assert watched.read_again() == {}


def test_a_folder_that_cannot_be_written_is_named_before_anything_runs(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.subprocess, "Popen", lambda *_, **__: 1 / 0)
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError, match=r"no folder \S+file/records can be made \(Not a dir"):
        done(jobs("Good"), tmp_path / "file")


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    other = tmp_path / FILE.name
    other.write_text(FILE.read_text())
    todo = [*jobs("Good", seeds=1), Job(f"{FILE}:TASK", f"{other}:Good")]
    with pytest.raises(DescriptionError, match="would share records"):
        done(todo, tmp_path)


def test_ctrl_c_keeps_whole_records_and_the_same_command_goes_on(tmp_path: Path) -> None:
    words = ["engram", "compare", "--task", f"{FILE}:TASK", "--memories", f"{FILE}:Slow",
             "--seeds", "3", "--out", "out"]
    # the rules of a memory are not asked for: this one is slow, and right only as far as it goes
    code = ("import sys; from engram.experiments import compare_command as c; "
            "from engram.experiments.compare import provenance as p; p.code_digest = lambda: 'x'; "
            "c.check_own = lambda names, seconds: None; from engram.__main__ import main; "
            f"sys.argv = {words!r}; main()")
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, text=True,
                               stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    end = time.monotonic() + 60
    while not records_in(tmp_path / "out") and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    whole = bytes_of(tmp_path / "out")
    assert f"interrupted; {len(whole)} of 3 records are in out" in said
    assert 1 <= len(whole) < 3, "it must be interrupted midway to mean anything"
    assert not list((tmp_path / "out" / "records").glob(".*"))
    again = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, text=True,
                           capture_output=True, timeout=120, check=False)
    assert again.returncode == 0, again.stderr
    after = bytes_of(tmp_path / "out")
    assert len(after) == 3
    assert whole.items() <= after.items()


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'engram\[cluster\]'"):
        list(cluster.measured([], "tcp://127.0.0.1:9"))


def test_a_cluster_makes_the_same_bytes(kept: Path, tmp_path: Path,
                                        monkeypatch: pytest.MonkeyPatch) -> None:
    from dask.distributed import LocalCluster
    # whoever edits a file while tests run has other code in new processes; tested below
    monkeypatch.setattr(cluster, "_same_code", lambda client, address, jobs: None)
    path = f"{FILE.parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None,
                      env={"PYTHONPATH": path, tiny.PLACE: str(tmp_path)}) as workers:
        place = Place(scheduler=workers.scheduler_address)
        records, _ = done(jobs("Good", "refuses", "fails"), tmp_path, place)
        late, _ = done(jobs("Hangs", seeds=1), tmp_path / "late", replace(place, seconds=3.0))
    assert len(records) == 6
    assert bytes_of(tmp_path) == bytes_of(kept)
    assert [r.reason for r in late] == [LATE]
    assert all(gone(int(pid)) for pid in (tmp_path / "hangs").read_text().split())


def test_a_scheduler_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch,
                                                tmp_path: Path) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.3)
    with pytest.raises(DescriptionError, match=r"--cluster tcp://127\.0\.0\.1:9: no Dask"):
        done(jobs("Good"), tmp_path, Place(scheduler="tcp://127.0.0.1:9"))


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1", "http://127.0.0.1:8786", ""])
def test_what_is_no_address_is_named_at_once(address: str, tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(DescriptionError, match=f"--cluster {address}: no address of a scheduler"):
        done(jobs("Good"), tmp_path, Place(scheduler=address))
    assert time.monotonic() - began < cluster.PATIENCE, "a client would wait for longer"


def test_a_scheduler_that_is_lost_midway_is_named_and_what_was_measured_is_kept(
        monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Future:
        def __init__(self, n: int) -> None:
            self.n = n

        def exception(self) -> None:
            if self.n:
                raise CancelledError("scheduler-connection-lost")

        def result(self) -> dict:
            return {"status": "skipped", **NOTHING, "reason": "a test"}

    class Client:
        loop, made = None, 0

        def submit(self, *_: object, pure: bool) -> Future:
            self.made += 1
            return Future(self.made - 1)

        def run(self, function, names) -> dict:
            return {"worker": function(names)}

        def cancel(self, futures: list) -> None:
            raise OSError("gone")

        def close(self) -> None:
            pass

    monkeypatch.setattr(cluster, "connected", lambda address: Client())
    monkeypatch.setattr("dask.distributed.as_completed", lambda futures, loop: list(futures))
    with pytest.raises(DescriptionError, match="--cluster tcp://x: the scheduler was lost; what"):
        done(jobs("Good"), tmp_path, Place(scheduler="tcp://x"))
    assert len(records_in(tmp_path)) == 1
    monkeypatch.setattr(Client, "run", lambda self, f, names: {"w": {**f(names), "numpy": "0"}})
    with pytest.raises(DescriptionError, match=r"worker w has numpy 0 there, \S+ here; inst"):
        done(jobs("Good"), tmp_path, Place(scheduler="tcp://x"))
    monkeypatch.setattr(Client, "run", lambda self, f, names: {"w": f([*names, "/gone.py:M"])})
    with pytest.raises(DescriptionError, match=r"worker w has files none \(.*gone.py'\) there, {"):
        done(jobs("Good"), tmp_path, Place(scheduler="tcp://x"))
    monkeypatch.setattr(Client, "run", lambda self, f, names: {})
    with pytest.raises(DescriptionError, match="has no workers; start some"):
        done(jobs("Good"), tmp_path, Place(scheduler="tcp://x"))
