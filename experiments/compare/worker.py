"""A process that answers: JSON lines in, JSON lines out, until its input ends."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from typing import IO, Any

from .job import Job
from .measure import measure
from .own import told

TELL_EVERY = 0.2  # seconds between two reports of progress


def main() -> None:
    """Answer {"job": ...} with lines {"tell": share} and one {"done": outcome}, and
    {"rules": name} with {"done": what they say}.

    What a memory prints goes to stderr, and it has nothing to read: stdin and stdout are taken away
    before any of its code runs.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    asked = _Asked(os.fdopen(os.dup(0), encoding="utf-8"))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    while (question := asked.next()) is not None:
        done = _answer(question, answers)
        asked.answered += 1
        _send(answers, {"done": done})


def _answer(question: dict[str, Any], answers: IO[str]) -> Any:
    if "rules" in question:
        return told(question["rules"])
    return measure(Job.from_dict(question["job"]), _teller(answers))


class _Asked:
    """The questions, heard by a thread of its own: whoever asked may die, and then nobody waits
    for an answer, however long it takes."""

    def __init__(self, lines: IO[str]) -> None:
        self.lines, self.heard, self.answered = lines, 0, 0
        self.queue: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._hear, daemon=True).start()

    def next(self) -> dict[str, Any] | None:
        return self.queue.get()

    def _hear(self) -> None:
        for line in self.lines:
            self.heard += 1
            self.queue.put(json.loads(line))
        if self.heard > self.answered:
            os._exit(1)
        self.queue.put(None)


def _teller(answers: IO[str]) -> Any:
    last = time.monotonic()

    def tell(share: float) -> None:
        nonlocal last
        if time.monotonic() - last > TELL_EVERY:
            last = time.monotonic()
            _send(answers, {"tell": share})

    return tell


def _send(answers: IO[str], what: dict[str, Any]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()
