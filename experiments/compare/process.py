"""A process that answers questions, and is ended where an answer takes too long."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

PATIENCE = 10.0
"""Seconds that a process has to end by itself."""

ONE_THREAD = {name: "1" for name in (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS")}
START = ("import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
         "from engram.experiments.compare.worker import main; main()")
"""A new interpreter, which imports from where this one does."""


class Died(Exception):
    """The process ended without an answer; the text says how."""


class TookTooLong(Exception):
    """The answer took longer than it may; the text says how long that is."""


class Process:
    """Started by the first question, and again by the one after it ended."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[str] | None = None
        self.stopped = False

    def ask(self, question: Mapping[str, Any], seconds: float,
            tell: Callable[[float], None] | None = None) -> Any:
        """The answer; `tell` hears the share that is done. Died, or TookTooLong after `seconds`
        (inf: never): the process is no more then, with whatever it started."""
        child, late = self._running(), threading.Event()
        timer = _after(seconds, lambda: (late.set(), _kill(child)))
        try:
            answer = _answer(child, question, tell)
        finally:
            if timer is not None:
                timer.cancel()
        if answer is not None and not late.is_set():
            return answer["done"]
        how = self.end()
        if answer is not None:
            return answer["done"]
        if late.is_set():
            raise TookTooLong(f"took longer than {seconds:,.10g} s")
        raise Died(how)

    def stop(self) -> None:
        """From another thread: end it now, whatever it does; it is not started again."""
        self.stopped = True
        if (child := self.child) is not None:
            _kill(child)

    def end(self) -> str:
        """End the process; how it ended, in words."""
        child, self.child = self.child, None
        if child is None:
            return "did not start"
        assert child.stdin is not None
        assert child.stdout is not None
        with suppress(OSError):
            child.stdin.close()
        try:
            code = child.wait(PATIENCE)
        except subprocess.TimeoutExpired:  # it closed its pipes and lives on
            _kill(child)
            code = child.wait()
        child.stdout.close()
        if code < 0:
            with suppress(ValueError):
                return f"was killed by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def _running(self) -> subprocess.Popen[str]:
        if self.child is None:
            # a session of its own: Ctrl-C reaches the parent, which decides
            self.child = subprocess.Popen(
                [sys.executable, "-P", "-c", START, json.dumps(sys.path)], text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
                env={**os.environ, **ONE_THREAD}, encoding="utf-8")
        if self.stopped:  # stop() came before there was a process to kill
            _kill(self.child)
        return self.child


def _answer(child: subprocess.Popen[str], question: Mapping[str, Any],
            tell: Callable[[float], None] | None) -> Any:
    """The line with the answer, or None where the process ends instead."""
    assert child.stdin is not None
    assert child.stdout is not None
    with suppress(OSError, ValueError):  # a pipe that broke, a line that was cut
        child.stdin.write(json.dumps(question) + "\n")
        child.stdin.flush()
        for line in child.stdout:
            answer = json.loads(line)
            if "done" in answer:
                return answer
            if tell is not None:
                tell(answer["tell"])
    return None


def _after(seconds: float, act: Callable[[], object]) -> threading.Timer | None:
    """Do it then, unless it is cancelled; None where that is never."""
    if seconds >= threading.TIMEOUT_MAX:
        return None
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
    return timer


def _kill(child: subprocess.Popen[str]) -> None:
    """It and what it started, which is of its session."""
    if child.poll() is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.kill()
