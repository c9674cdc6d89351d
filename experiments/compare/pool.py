"""Worker processes of one thread each. One that dies is replaced, and its job tried again."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from .job import Job
from .measure import NOTHING, Outcome

ATTEMPTS = 3
"""How often a job is begun whose worker dies."""

PATIENCE = 10.0
"""Seconds that a worker has to end by itself."""

ONE_THREAD = {name: "1" for name in (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS")}
START = ("import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
         "from engram.experiments.compare.worker import main; main()")
"""A new interpreter, which imports from where this one does."""

Say = Callable[[str], None]
Tell = Callable[[Job, float], None]


def measured(jobs: Sequence[Job], workers: int, say: Say, tell: Tell | None = None,
             ) -> Iterator[tuple[Job, Outcome]]:
    """Each job with its outcome, as they end. Left early, it stops its workers at once."""
    todo: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Job, Outcome]] = queue.SimpleQueue()
    for job in jobs:
        todo.put(job)
    crew = [_Worker(todo, done, say, tell) for _ in range(min(workers, len(jobs)))]
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
                 tell: Tell | None) -> None:
        self.todo, self.done, self.say, self.tell = todo, done, say, tell
        self.process: subprocess.Popen[str] | None = None
        self.stopped = False
        self.thread = threading.Thread(target=self._work, daemon=True)

    def stop(self) -> None:
        self.stopped = True
        if (process := self.process) is not None:
            process.kill()
        if self.thread.is_alive():
            self.thread.join()

    def _work(self) -> None:
        while not self.stopped and (job := self.todo.get()) is not None:
            try:
                outcome = self._tried(job)
            except Exception as problem:  # a thread that dies would leave its job waited for
                outcome = _failure(f"no worker process: {problem}")
            if outcome is not None:
                self.done.put((job, outcome))
        self._end()

    def _tried(self, job: Job) -> Outcome | None:
        """The outcome; a failure if the process dies each time; None if stopped meanwhile."""
        died = ""
        for attempt in range(1, ATTEMPTS + 1):
            outcome = self._asked(job)
            if outcome is not None or self.stopped:
                return outcome
            died = self._end()
            if attempt < ATTEMPTS:
                self.say(f"{job.stem}: the worker process {died}; begun again, attempt "
                         f"{attempt + 1} of {ATTEMPTS}")
        return _failure(f"the worker process {died} in each of {ATTEMPTS} attempts; a memory that "
                        "needs more than this machine has, or a crash of a library")

    def _asked(self, job: Job) -> Outcome | None:
        """What the process answers; None if it dies instead."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(OSError, ValueError):  # a pipe that broke, a line that was cut
            process.stdin.write(json.dumps(job.as_dict()) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                answer: dict[str, Any] = json.loads(line)
                if "done" in answer:
                    found: Outcome = answer["done"]
                    return found
                if self.tell is not None:
                    self.tell(job, answer["tell"])
        return None

    def _running(self) -> subprocess.Popen[str]:
        if self.process is None:
            # a session of its own: Ctrl-C reaches the parent, which decides
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", START, json.dumps(sys.path)], text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
                env={**os.environ, **ONE_THREAD}, encoding="utf-8")
        if self.stopped:  # stop() came before there was a process to kill
            self.process.kill()
        return self.process

    def _end(self) -> str:
        """End the process; how it ended, in words."""
        process, self.process = self.process, None
        if process is None:
            return "did not start"
        with suppress(OSError):
            assert process.stdin is not None
            process.stdin.close()
        try:
            code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:  # it closed its pipes and lives on
            process.kill()
            code = process.wait()
        assert process.stdout is not None
        process.stdout.close()
        if code < 0:
            with suppress(ValueError):
                return f"was killed by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"


def _failure(reason: str) -> Outcome:
    return {"status": "failed", **NOTHING, "reason": reason}
