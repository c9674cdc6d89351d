"""Ctrl-C during a run: noted at once, heard between two steps, so that nothing is half done."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

FIRST, PATIENCE = 100, 0.2
"""Steps of the first piece of a run, and seconds that a later one should take."""


class Interrupt:
    """Inside `with`, the first Ctrl-C sets `pressed`; the second raises as usual.

    Only Python's main thread hears signals; in others, and where Ctrl-C is ignored, all stays as
    it is.
    """

    def __init__(self) -> None:
        self.pressed = False
        self._before: Any = None

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if callable(before):
                self._before = before
                signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *problem: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: object) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True


class Pace:
    """Steps that fit into PATIENCE seconds, learnt from piece to piece."""

    def __init__(self) -> None:
        self.steps = FIRST
        self._began = time.perf_counter()

    def took(self, steps: int) -> None:
        """Note that `steps` steps have been run since the last call."""
        now = time.perf_counter()
        each = max((now - self._began) / max(steps, 1), 1e-9)
        self.steps, self._began = max(1, min(4 * self.steps, int(PATIENCE / each))), now
