"""Memories on tasks: what is asked for, looked at before anything runs, and `engram.compare`."""

from __future__ import annotations

import contextlib
import math
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path

from ..backends.simulation import BACKENDS
from ..models.memory import DOMAINS
from ..simulator.errors import DescriptionError
from .compare.job import USER_FILE, Job
from .compare.named import entry_named, task_named
from .compare.own import check_own
from .compare.runner import Place, run
from .memories.catalogue import MEMORIES
from .report.gather import Comparison, compared
from .tasks import catalogue as tasks
from .tasks.task import SIZES, Task

LIMITS = {"ci": 1800.0, "std": 12 * 3600.0, "full": math.inf}
"""Seconds that one memory may take for one seed, by size, if nothing else is asked for: many times
what any of the catalogue takes, so that what hangs comes to an end."""


@dataclass(frozen=True)
class Asked:
    """Names of tasks and memories (catalogue or FILE.py:NAME; "all" for every memory of the
    task's role) and the circumstances of `Job`s."""

    tasks: tuple[str, ...]
    memories: tuple[str, ...]
    seeds: int = 5
    first_seed: int = 0
    size: str = "ci"
    backend: str = "numba"
    domain: str | None = None
    state_bits: int | None = None


def compare(task: str | Sequence[str], memories: str | Sequence[str], *, seeds: int = 5,
            first_seed: int = 0, size: str = "ci", backend: str = "numba",
            domain: str | None = None, state_bits: int | None = None, workers: int = 1,
            scheduler: str | None = None, out: str | Path | None = None,
            time_limit: float | None = None) -> list[Comparison]:
    """Measure memories on tasks, as `engram compare` does: a Comparison a task.

    Memories of your own are "FILE.py:NAME". With `out` the records are kept and taken over by the
    next call; `workers` processes of one thread each do the work, or those of a Dask `scheduler`.
    A memory that takes longer than `time_limit` seconds for one seed (`LIMITS` by size) failed.
    Skipped and failed memories are in `Comparison.without()`. DescriptionError for what there is
    not, and for a memory of yours that breaks a rule.
    """
    asked = Asked(_listed(task), _listed(memories), seeds, first_seed, size, backend, domain,
                  state_bits)
    jobs, place = jobs_of(asked), place_of(asked, workers, scheduler, time_limit)
    check_own(asked.memories, place.seconds)
    with folder_for(None if out is None else Path(out)) as folder:
        return compared(run(jobs, folder, place,
                            lambda text: print(text, file=sys.stderr)), folder)


def jobs_of(asked: Asked) -> list[Job]:
    """Every seed of every memory of every task, the seeds outermost: what an interrupt leaves are
    whole seeds. DescriptionError for whatever there is not."""
    _check(asked)
    named = [(name if USER_FILE.fullmatch(name) else task_named(name).name, task_named(name))
             for name in asked.tasks]
    return list(dict.fromkeys(
        Job(name, memory, asked.size, seed, asked.backend, asked.domain, asked.state_bits)
        for seed in range(asked.first_seed, asked.first_seed + asked.seeds)
        for name, task in named for memory in _memories(asked, task)))


def place_of(asked: Asked, workers: int, scheduler: str | None, seconds: float | None) -> Place:
    """Where jobs run, and the most that one may take: by the size, unless `seconds` are given.
    DescriptionError for less than one worker, and for what is no time."""
    if workers < 1:
        raise DescriptionError(f"--workers {workers}; give 1 or more")
    if seconds is not None and not seconds > 0:
        raise DescriptionError(f"--time-limit {seconds:g}; give more than 0 seconds, or inf")
    return Place(workers, scheduler, LIMITS[asked.size] if seconds is None else seconds)


@contextlib.contextmanager
def folder_for(out: Path | None) -> Iterator[Path]:
    """`out`, or a folder that goes when the block ends."""
    if out is not None:
        yield out
        return
    with tempfile.TemporaryDirectory(prefix="engram-compare-") as folder:
        yield Path(folder)


def _listed(names: str | Sequence[str]) -> tuple[str, ...]:
    parts = names.split(",") if isinstance(names, str) else list(names)
    return tuple(p.strip() for p in parts if p.strip())


def _memories(asked: Asked, task: Task) -> tuple[str, ...]:
    every = [name for name, entry in MEMORIES.items() if entry.role == task.role]
    return tuple(n for name in asked.memories for n in (every if name == "all" else [name]))


def _check(asked: Asked) -> None:
    if not asked.tasks:
        raise DescriptionError(f"no task is named; there are {', '.join(tasks.NAMES)}")
    if not asked.memories:
        raise DescriptionError("no memory is named; give all, or some of "
                               f"{', '.join(MEMORIES)}")
    for name in asked.memories:
        if name != "all":
            entry_named(name)
    if asked.size not in SIZES:
        raise DescriptionError(f"size {asked.size!r}; there are {', '.join(SIZES)}")
    if asked.backend not in BACKENDS:
        raise DescriptionError(f"backend {asked.backend!r}; there are {', '.join(BACKENDS)}")
    if asked.domain is not None and asked.domain not in DOMAINS:
        raise DescriptionError(f"domain {asked.domain!r}; there are {', '.join(DOMAINS)}")
    for what, value, least in (("seeds", asked.seeds, 1), ("first seed", asked.first_seed, 0),
                               ("bits of state", asked.state_bits, 1)):
        if value is not None and (not isinstance(value, Integral) or value < least):
            raise DescriptionError(f"{what}: {value}; give {least} or more, a whole number")
