"""Worker processes of one thread each. One that dies is replaced, and its job tried again."""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from .job import Job
from .measure import NOTHING, Outcome
from .process import Died, Process, TookTooLong

ATTEMPTS = 3
"""How often a job is begun whose worker dies."""

Say = Callable[[str], None]
Tell = Callable[[Job, float], None]


def measured(jobs: Sequence[Job], workers: int, say: Say, tell: Tell | None = None,
             seconds: float = math.inf) -> Iterator[tuple[Job, Outcome]]:
    """Each job with its outcome, as they end. Left early, it stops its workers at once.

    A job that takes longer than `seconds` is ended and is a failure, at the first attempt.
    """
    todo: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Job, Outcome]] = queue.SimpleQueue()
    for job in jobs:
        todo.put(job)
    crew = [_Worker(todo, done, say, tell, seconds) for _ in range(min(workers, len(jobs)))]
    for worker in crew:
        todo.put(None)
        worker.thread.start()
    try:
        for _ in jobs:
            yield done.get()
    finally:
        for worker in crew:
            worker.stop()


class _Worker:
    """A thread that hands jobs to a process and takes their outcomes."""

    def __init__(self, todo: queue.SimpleQueue[Job | None],
                 done: queue.SimpleQueue[tuple[Job, Outcome]], say: Say,
                 tell: Tell | None, seconds: float) -> None:
        self.todo, self.done, self.say, self.tell = todo, done, say, tell
        self.seconds = seconds
        self.process = Process()
        self.thread = threading.Thread(target=self._work, daemon=True)

    def stop(self) -> None:
        self.process.stop()
        if self.thread.is_alive():
            self.thread.join()

    def _work(self) -> None:
        while not self.process.stopped and (job := self.todo.get()) is not None:
            try:
                outcome = self._tried(job)
            except Exception as problem:  # a thread that dies would leave its job waited for
                outcome = failure(f"no worker process: {problem}")
            if outcome is not None:
                self.done.put((job, outcome))
        self.process.end()

    def _tried(self, job: Job) -> Outcome | None:
        """The outcome; a failure if the process dies each time; None if stopped meanwhile."""
        died = ""
        tell = None if self.tell is None else partial(self.tell, job)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                found: Outcome = self.process.ask({"job": job.as_dict()}, self.seconds, tell)
                return found
            except TookTooLong as late:  # it would again
                return None if self.process.stopped else failure(
                    f"{late} and was ended; --time-limit gives more")
            except Died as end:
                died = str(end)
            if self.process.stopped:
                return None
            if attempt < ATTEMPTS:
                self.say(f"{job.stem}: the worker process {died}; begun again, attempt "
                         f"{attempt + 1} of {ATTEMPTS}")
        return failure(f"the worker process {died} in each of {ATTEMPTS} attempts; a memory that "
                       "needs more than this machine has, or a crash of a library")


def failure(reason: str) -> Outcome:
    """The outcome of a job of which nothing came back."""
    return {"status": "failed", **NOTHING, "reason": reason}
