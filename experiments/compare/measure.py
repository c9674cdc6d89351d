"""Do one job, in the process that this is called in; plain data come back."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ...models.memory import CannotDo, Need, NotWritable, ReadResult
from ...simulator.errors import DescriptionError, MissingPackageError
from ..memories.entry import Entry
from ..tasks.task import Point, Setting, Task
from ..user_file import raised
from .job import Job
from .named import entry_named, task_named
from .record import plain, plain_point

READS = 5
"""Reads that the time of a read is the median of."""

PATIENCE = 10.0
"""Seconds after which no further read is timed."""

Outcome = dict[str, Any]
NOTHING: Outcome = {"points": [], "summary": {}, "theory": [], "domains": [],
                    "refused": [], "timing": {}}
"""What an outcome holds where nothing was measured."""


def measure(job: Job, tell: Callable[[float], None] | None = None) -> Outcome:
    """What a record holds of a job: status, reason, points, theory, summary; and its timing.

    What a memory cannot do is skipped; any other error is a failure, and is not raised.
    """
    one_thread()
    began = time.perf_counter()
    watched = Watched()
    try:
        found = _run(job, watched, tell)
    except (CannotDo, NotWritable, MissingPackageError) as problem:
        return _without("skipped", str(problem), began)
    except (Exception, SystemExit) as problem:  # a memory is foreign code: it may fail in any way
        return _without("failed", raised(problem), began)
    seconds = time.perf_counter() - began
    return {"status": "measured", "reason": "", **found,
            "timing": {"seconds": seconds, **watched.read_again()}}


def _run(job: Job, watched: Watched, tell: Callable[[float], None] | None) -> Outcome:
    task, entry = task_named(job.task), entry_named(job.memory)
    if task.role != entry.role:
        raise CannotDo(f"the task is one of {task.role} memories; {entry.name} is {entry.role}")
    refused: dict[str, None] = {}
    setting = Setting(watched.entry(entry), job.size, job.seed, job.backend, job.state_bits,
                      job.domain, tell,  # type: ignore[arg-type]  # the task checks the domain
                      lambda why: refused.setdefault(why))
    points = _points(task, task.run(setting))
    summary = task.summary_of(points)
    _check_numbers(task, "summary", summary)
    return {"points": [plain_point(p) for p in points], "summary": plain(summary),
            "theory": [plain(task.theory(entry, p.at)) for p in points],
            "domains": sorted(watched.domains), "refused": list(refused)}


def _points(task: Task, found: Any) -> list[Point]:
    """What the task measured; DescriptionError where it is of another kind: tasks are foreign code.
    """
    if not isinstance(found, (list, tuple)) or not all(isinstance(p, Point) for p in found):
        raise DescriptionError(f"{task.name}: run gives {found!r:.80}; it gives a list of Points")
    for point in found:
        _check_numbers(task, "metric", point.metrics)
    return list(found)


def _check_numbers(task: Task, what: str, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, str) or np.ndim(value):
            raise DescriptionError(f"{task.name}: {what} {name!r} is {value!r:.80}; it is a number")


def _without(status: str, reason: str, began: float) -> Outcome:
    return {"status": status, "reason": reason, **NOTHING,
            "timing": {"seconds": time.perf_counter() - began}}


class Watched:
    """Keeps the memory that was read last and what it was asked, to time that read."""

    def __init__(self) -> None:
        self.last: Callable[[], ReadResult] | None = None
        self.queries = 0
        self.domains: set[str] = set()

    def entry(self, entry: Entry) -> Entry:
        """The same entry, its memories watched; layers and learners are left alone."""
        if entry.role != "associative":
            return entry

        def build(need: Need, *knob: Any) -> Any:
            return _Reads(entry.build(need, *knob), self)

        return replace(entry, build=build)

    def read_again(self) -> dict[str, Any]:
        """Seconds a query of the last read, the median of `reads` repetitions."""
        if self.last is None:
            return {}
        took: list[float] = []
        end = time.perf_counter() + PATIENCE
        with suppress(Exception):  # what was measured stands; a time that is lost is shown as lost
            while len(took) < READS and (not took or time.perf_counter() < end):
                began = time.perf_counter()
                self.last()
                took.append(time.perf_counter() - began)
        return {"read_seconds": statistics.median(took) / max(self.queries, 1),
                "reads": len(took), "queries_a_read": self.queries} if took else {}


class _Reads:
    """A memory, its `read` noted; everything else goes straight to it."""

    def __init__(self, memory: Any, watched: Watched) -> None:
        self._memory, self._watched = memory, watched

    def __getattr__(self, name: str) -> Any:
        return getattr(self._memory, name)

    def read(self, queries: Any, **options: Any) -> ReadResult:
        read: Callable[..., ReadResult] = self._memory.read
        self._watched.last = partial(read, queries, **options)
        self._watched.queries = len(queries)
        self._watched.domains.add(self._memory.spec.domain)
        return read(queries, **options)


def one_thread() -> None:
    """Sums of linear algebra depend on the number of threads: one, wherever a job runs."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return
    threadpool_limits(1)


def host() -> dict[str, Any]:
    """Facts of this machine that times depend on."""
    return {"platform": platform.platform(), "processor": platform.processor() or
            platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
