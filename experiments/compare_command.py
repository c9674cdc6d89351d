"""`engram compare`: memories on a task, a sealed record for each seed."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..models.memory import DOMAINS
from ..simulator.errors import DescriptionError
from .compare.job import Job
from .compare.named import entry_named, task_named
from .compare.record import Record, records_in
from .compare.runner import Place
from .compare.runner import run as run_jobs
from .memories.catalogue import MEMORIES
from .memories.entry import Entry
from .progress import progress_bar
from .report.summary import summary_text
from .reporting import INTERRUPTED
from .tasks import catalogue as tasks
from .tasks.task import SIZES, Task
from .text_table import text_table


@dataclass(frozen=True)
class Request:
    """What was typed."""

    task: str | None = None
    memories: tuple[str, ...] = ()
    seeds: int = 5
    first_seed: int = 0
    size: str = "ci"
    backend: str = "numba"
    workers: int = 1
    state_bits: int | None = None
    domain: str | None = None
    out: Path | None = None
    cluster: str | None = None
    quiet: bool = False
    as_json: bool = False


def run(request: Request) -> int:
    """Do it and return the exit code: 0, 1 if a memory failed, 130 after Ctrl-C.

    Names, sizes and files are looked at before anything runs.
    """
    if request.task is None and not request.memories:
        print(listing())
        return 0
    jobs = jobs_of(request)
    with _folder(request.out) as folder:
        try:
            records = _done(jobs, request, folder)
        except KeyboardInterrupt:
            print(_interrupted(jobs, request), file=sys.stderr)
            return INTERRUPTED
        _say(records, request)
    return 1 if any(r.status == "failed" for r in records) else 0


def jobs_of(request: Request) -> list[Job]:
    """Every seed of every memory of every task, the seeds outermost: what an interrupt leaves are
    whole seeds. DescriptionError for whatever there is not."""
    _check(request)
    named = [task_named(n.strip()) for n in (request.task or "").split(",") if n.strip()]
    typed = [n.strip() for n in (request.task or "").split(",") if n.strip()]
    jobs = []
    for seed in range(request.first_seed, request.first_seed + request.seeds):
        for task, as_typed in zip(named, typed, strict=True):
            name = as_typed if ".py:" in as_typed else task.name
            for memory in memories_of(request, task):
                jobs.append(Job(name, memory, request.size, seed, request.backend, request.domain,
                                request.state_bits))
    return list(dict.fromkeys(jobs))


def memories_of(request: Request, task: Task) -> list[str]:
    """The names asked for, each looked up; of "all", those of the task's role."""
    if request.memories == ("all",):
        return [name for name, entry in MEMORIES.items() if entry.role == task.role]
    for name in request.memories:
        entry_named(name)
    return list(request.memories)


def _check(request: Request) -> None:
    if request.task is None:
        raise DescriptionError(f"--task is missing; there are {', '.join(tasks.NAMES)}")
    if not request.memories:
        raise DescriptionError("--memories is missing: names by commas, or all; there are "
                               f"{', '.join(MEMORIES)}")
    if request.size not in SIZES:
        raise DescriptionError(f"--size {request.size!r}; there are {', '.join(SIZES)}")
    if request.domain is not None and request.domain not in DOMAINS:
        raise DescriptionError(f"--domain {request.domain!r}; there are {', '.join(DOMAINS)}")
    for option, value, least in (("--seeds", request.seeds, 1), ("--workers", request.workers, 1),
                                 ("--first-seed", request.first_seed, 0),
                                 ("--equal-bits", request.state_bits, 1)):
        if value is not None and value < least:
            raise DescriptionError(f"{option} {value}; give {least} or more")


def listing() -> str:
    """Tasks and memories, a line each."""
    named = [tasks.find(n) for n in tasks.NAMES]
    return "\n\n".join([
        text_table(("task", "", "what it is"), [(t.name, t.code, t.summary) for t in named]),
        text_table(("memory", "kind", "what it is", "source"),
                   [(e.name, _kind(e), e.summary, e.source) for e in MEMORIES.values()]),
        "engram compare --task TASK --memories A,B,C --out DIR; engram report DIR"])


def _kind(entry: Entry) -> str:
    kind = "spiking" if entry.spiking else "array" if entry.role == "associative" else entry.role
    return kind + (", from second-hand accounts" if entry.second_hand else "")


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    if out is not None:
        yield out
        return
    with tempfile.TemporaryDirectory(prefix="engram-compare-") as folder:
        yield Path(folder)


def _done(jobs: Sequence[Job], request: Request, folder: Path) -> list[Record]:
    silent = request.quiet or request.as_json
    place = Place(min(request.workers, len(jobs)), request.cluster)
    shares: dict[Job, float] = {}
    found: list[Record] = []

    def say(text: str) -> None:
        print(text, file=sys.stderr)

    with progress_bar(f"{request.task} ({request.size})", silent) as show:
        def tell(job: Job, share: float) -> None:
            shares[job] = share
            if show is not None:
                show(min(sum(shares.values()) / len(jobs), 1.0))

        with closing(run_jobs(jobs, folder, place, say, tell)) as records:
            for record in records:
                found.append(record)
                tell(record.job, 1.0)
    order = {job.labelled(): n for n, job in enumerate(jobs)}
    return sorted(found, key=lambda r: order[r.job.labelled()])


def _say(records: list[Record], request: Request) -> None:
    kept = str(request.out) if request.out is not None else None
    if request.as_json:
        print(json.dumps({"out": kept, "records": [r.to_dict() for r in records]}))
        return
    for record in _once(records, "failed"):
        print(f"{record.job.task}, {record.job.labelled().memory} FAILED: {record.reason}",
              file=sys.stderr)
    if request.quiet:
        return
    print(summary_text(records))
    for record in _once(records, "skipped"):
        print(f"skipped {record.job.labelled().memory}: {record.reason}")
    print(f"wrote {len(records)} records; `engram report {kept}` makes tables, figures and a page"
          if kept else "nothing was kept; with --out DIR it is, and `engram report DIR` reads it")


def _once(records: list[Record], status: str) -> list[Record]:
    """One record of each memory and reason."""
    return list({(r.job.memory, r.reason): r for r in reversed(records)
                 if r.status == status}.values())[::-1]


def _interrupted(jobs: Sequence[Job], request: Request) -> str:
    if request.out is None:
        return "interrupted; nothing was kept; with --out DIR whole records are"
    there = Counter(p.stem for p in records_in(request.out))
    kept = sum(there[job.stem] for job in jobs)
    return (f"interrupted; {kept} of {len(jobs)} records are in {request.out}: the same command "
            "goes on from there")
