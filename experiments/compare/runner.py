"""Do the jobs that a folder has no good record of."""

from __future__ import annotations

import json
import math
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...simulator.errors import ArchiveError, DescriptionError
from . import cluster, pool
from .job import Job
from .measure import Outcome, host
from .named import entry_named, task_named
from .pool import Say, Tell
from .provenance import made_by
from .record import (
    RECORDS,
    TIMINGS,
    Record,
    check_folder,
    load,
    numbers,
    point_from,
    save,
    write_text,
)


@dataclass(frozen=True)
class Place:
    """Where jobs run: `workers` processes here, or the workers of a Dask scheduler; and how many
    seconds one may take there, from its start to its end."""

    workers: int = 1
    scheduler: str | None = None
    seconds: float = math.inf


def run(jobs: Sequence[Job], folder: Path, place: Place, say: Say, tell: Tell | None = None,
        ) -> Generator[Record, None, None]:
    """A record for each job, first those that are kept, then the others as they end.

    Each is on disk before it is yielded. One that is damaged, of other code, or of a failure is
    made anew; `say` tells which is damaged. ArchiveError where none can be written, before any job.
    """
    _different(jobs)
    makers = {names: made_by(names) for names in dict.fromkeys((j.task, j.memory) for j in jobs)}
    abouts = {names: about(*names) for names in makers}
    todo = []
    for job in jobs:
        kept = kept_record(job, makers[job.task, job.memory], folder, say)
        if kept is None:
            todo.append(job)
        else:
            yield kept
    if not todo:
        return
    check_folder(folder)
    with closing(_outcomes(todo, place, say, tell)) as outcomes:
        for job, outcome in outcomes:
            names = job.task, job.memory
            record = Record(job, makers[names], outcome["status"],
                            tuple(map(point_from, outcome["points"])),
                            numbers(outcome["summary"]), outcome["reason"], abouts[names],
                            tuple(map(numbers, outcome["theory"])), tuple(outcome["domains"]),
                            tuple(outcome["refused"]))
            _keep(record, outcome, folder)
            yield record


def kept_record(job: Job, maker: dict[str, Any], folder: Path, say: Say) -> Record | None:
    """The record of a job that can be taken over, or None."""
    path = folder / RECORDS / f"{job.stem}.json"
    if not path.is_file():
        return None
    try:
        record = load(path)
    except ArchiveError as problem:
        say(f"{problem}; it is made anew")
        return None
    if record.job != job.labelled() or record.made_by != maker or record.status == "failed":
        return None
    return record


def _outcomes(jobs: Sequence[Job], place: Place, say: Say, tell: Tell | None) -> Any:
    if place.scheduler is not None:
        return cluster.measured(jobs, place.scheduler, place.seconds)
    return pool.measured(jobs, place.workers, say, tell, place.seconds)


def _keep(record: Record, outcome: Outcome, folder: Path) -> None:
    save(record, folder)
    timing = {"job": record.job.labelled().as_dict(), "what": "simulator time", "host": host(),
              **outcome["timing"]}
    write_text(folder / TIMINGS / f"{record.job.stem}.json", json.dumps(timing, indent=1) + "\n")


def about(task_name: str, memory: str) -> dict[str, Any]:
    """What a task and a memory are, for reports."""
    task, entry = task_named(task_name), entry_named(memory)
    return {"task": {"name": task.name, "code": task.code, "summary": task.summary,
                     "source": task.source, "curves": [asdict(c) for c in task.curves]},
            "memory": {"name": entry.name, "summary": entry.summary, "source": entry.source,
                       "spiking": entry.spiking, "family": entry.family, "role": entry.role,
                       "second_hand": entry.second_hand}}


def _different(jobs: Sequence[Job]) -> None:
    """DescriptionError where two jobs would share a record."""
    seen: dict[str, Job] = {}
    for job in jobs:
        if seen.setdefault(job.stem, job) != job:
            raise DescriptionError(f"{job.memory} and {seen[job.stem].memory} would share records; "
                                   "give the files different names")
