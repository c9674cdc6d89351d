"""How many threads to use. Results do not depend on it, so the fastest number is tried out."""

from __future__ import annotations

import time

LONG_ENOUGH = 2e-3
"""Seconds that a trial must last for its time to mean something."""

TRIALS = 3
"""Trials of each number of threads at the start; the quickest of them counts."""

AGAIN = 1.0
"""Seconds after which one more trial of each is made: the network or the machine may change."""

FIRST = 100
"""Steps of the first trial."""


class Tuner:
    """Chooses among 1, 2, 4, ... `most` threads by the time a step takes."""

    def __init__(self, most: int) -> None:
        self.options = sorted({n for n in (1 << e for e in range(16)) if n < most} | {most})
        self.chosen = self.options[0]
        self.steps = FIRST
        self._queue = self.options * TRIALS if most > 1 else []
        self._times: dict[int, float] = {}
        self._next_look = 0.0

    def plan(self) -> tuple[int, int | None]:
        """Threads for the next call, and its number of steps if that is a trial."""
        if not self._queue and len(self.options) > 1 and time.perf_counter() > self._next_look:
            self._queue = list(self.options)
            self._times = {}
        return (self._queue[0], self.steps) if self._queue else (self.chosen, None)

    def took(self, threads: int, steps: int, seconds: float) -> None:
        """Note that `steps` steps on `threads` threads took `seconds`."""
        if not self._queue:
            return
        if seconds < LONG_ENOUGH and steps >= self.steps:
            self.steps *= 2
            return
        each = seconds / steps
        self._times[threads] = min(each, self._times.get(threads, each))
        self._queue.pop(0)
        if not self._queue:
            self.chosen = min(self._times, key=lambda n: self._times[n])
            self._next_look = time.perf_counter() + AGAIN
