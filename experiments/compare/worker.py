"""A process that does jobs: JSON lines in, JSON lines out, until its input ends."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import IO, Any

from .job import Job
from .measure import measure

TELL_EVERY = 0.2  # seconds between two reports of progress


def main() -> None:
    """Answer each job on stdin with lines {"tell": share} and one {"done": outcome}.

    What a memory prints goes to stderr: stdout is taken away before any of its code runs.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    for line in sys.stdin:
        _send(answers, {"done": measure(Job.from_dict(json.loads(line)), _teller(answers))})


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
