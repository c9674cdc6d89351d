"""`engram compare`: memories on a task, a sealed record for each seed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from .compare.job import Job
from .compare.own import check_own
from .compare.record import Record, records_in
from .compare.runner import Place
from .compare.runner import run as run_jobs
from .comparison import Asked, folder_for, jobs_of, place_of
from .memories.catalogue import MEMORIES
from .memories.entry import Entry
from .progress import progress_bar, stage
from .report.summary import summary_text
from .reporting import INTERRUPTED
from .tasks import catalogue as tasks
from .text_table import text_table


@dataclass(frozen=True)
class Request:
    """What was typed."""

    asked: Asked
    workers: int = 1
    out: Path | None = None
    cluster: str | None = None
    seconds: float | None = None
    quiet: bool = False
    as_json: bool = False


def run(request: Request) -> int:
    """Do it and return the exit code: 0, 1 if a memory failed, 130 after Ctrl-C.

    Names, sizes and files are looked at before anything runs.
    """
    if not request.asked.tasks and not request.asked.memories:
        print(listing())
        return 0
    jobs = jobs_of(request.asked)
    place = place_of(request.asked, request.workers, request.cluster, request.seconds)
    with stage("holding memories of yours against the rules", request.quiet or request.as_json):
        check_own(request.asked.memories, place.seconds)
    with folder_for(request.out) as folder:
        try:
            records = _done(jobs, place, request, folder)
        except KeyboardInterrupt:
            print(_interrupted(jobs, request), file=sys.stderr)
            return INTERRUPTED
        _say(records, request)
    return 1 if any(r.status == "failed" for r in records) else 0


def listing() -> str:
    """Tasks and memories, a line each."""
    named = [tasks.find(n) for n in tasks.NAMES]
    return "\n\n".join([
        text_table(("task", "", "of", "what it is"),
                   [(t.name, t.code, t.role, t.summary) for t in named]),
        text_table(("memory", "kind", "what it is", "source"),
                   [(e.name, _kind(e), e.summary, e.source) for e in MEMORIES.values()]),
        "engram compare --task TASK --memories A,B,C --out DIR; engram report DIR"])


def _kind(entry: Entry) -> str:
    kind = entry.role + (", spiking" if entry.spiking else "")
    return kind + (", from second-hand accounts" if entry.second_hand else "")


def _done(jobs: Sequence[Job], place: Place, request: Request, folder: Path) -> list[Record]:
    """All records, in the order of the jobs."""
    shares = {job.labelled(): 0.0 for job in jobs}  # all there: threads write while one sums
    found: list[Record] = []
    silent = request.quiet or request.as_json
    label = f"{', '.join(request.asked.tasks)} ({request.asked.size})"
    with progress_bar(label, silent) as show:
        def tell(job: Job, share: float) -> None:
            shares[job.labelled()] = share
            if show is not None:
                show(min(sum(shares.values()) / len(jobs), 1.0))

        with closing(run_jobs(jobs, folder, place,
                              lambda text: print(text, file=sys.stderr), tell)) as records:
            for record in records:
                found.append(record)
                tell(record.job, 1.0)
    order = {job.labelled(): n for n, job in enumerate(jobs)}
    return sorted(found, key=lambda r: order[r.job.labelled()])


def _say(records: list[Record], request: Request) -> None:
    kept = request.out
    if request.as_json:
        print(json.dumps({"out": None if kept is None else str(kept),
                          "records": [r.to_dict() for r in records]}))
        return
    for record in _once(records, "failed"):
        print(f"{record.job.task}: {record.job.labelled().memory} FAILED: {record.reason}",
              file=sys.stderr)
    if request.quiet:
        return
    print(summary_text(records))
    for memory, tasks_, reason in _skipped(records):
        print(f"skipped {memory}{f' in {tasks_}' if len(request.asked.tasks) > 1 else ''}: "
              f"{reason}")
    count = "1 record" if len(records) == 1 else f"{len(records)} records"
    print("nothing was kept; with --out DIR it is, and `engram report DIR` reads it"
          if kept is None else f"{count} in {kept}; `engram report {kept}` makes tables, figures "
                               "and a page of all that is there")


def _skipped(records: list[Record]) -> list[tuple[str, str, str]]:
    """(memory, tasks, reason): what was skipped for the same reason in one line."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for r in _once(records, "skipped"):
        job = r.job.labelled()
        found.setdefault((job.memory, r.reason), {})[job.task] = None
    return [(memory, ", ".join(named), why) for (memory, why), named in found.items()]


def _once(records: list[Record], status: str) -> list[Record]:
    """One record of each task, memory and reason."""
    return list({(r.job.task, r.job.memory, r.reason): r for r in records
                 if r.status == status}.values())


def _interrupted(jobs: Sequence[Job], request: Request) -> str:
    if request.out is None:
        return "interrupted; nothing was kept; with --out DIR whole records are"
    there = {p.stem for p in records_in(request.out)}
    kept = sum(job.stem in there for job in jobs)
    return (f"interrupted; {kept} of {len(jobs)} records are in {request.out}: the same command "
            "goes on from there")
