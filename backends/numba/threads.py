"""How many threads to use. Results do not depend on it, so a run finds out what is fastest.

A second core wakes slowly and its caches are empty at first (tens of milliseconds were measured),
so a run begins on one thread, short runs stay on it, and the beginning of a trial does not count.
"""

from __future__ import annotations

import time

GRACE = 0.1
"""Seconds on one thread before any other number is tried."""

WARM = 0.025
"""Seconds at the beginning of a trial that do not count."""

LOOK = 0.025
"""Seconds of a trial that count."""

PIECE = 0.005
"""Seconds of one call during a trial."""

GAIN = 0.97
"""More threads are worth it if a step takes less than this part of its time on one."""

AGAIN = 5.0
"""Seconds until the next trials: the network or the machine may change."""


class Tuner:
    """Chooses among 1, 2, 4, ... `most` threads by the time a step takes.

    `plan()` says how to make the next call, `took()` tells how long it took.
    """

    def __init__(self, most: int) -> None:
        self.options = sorted({n for n in (1 << e for e in range(16)) if n < most} | {most})
        self.chosen = self.options[0]
        self._trials: list[tuple[int, float]] = []
        self._steps = 100
        self._next = 0.0
        self._begin(GRACE)

    def _begin(self, grace: float) -> None:
        """One thread, each other number, and one thread again."""
        if len(self.options) > 1:
            self._trials = [(1, grace), *((n, WARM) for n in self.options[1:]), (1, WARM)]
        self._times: dict[int, float] = {}
        self._spent, self._counted = 0.0, (0, 0.0)

    def plan(self) -> tuple[int, int | None]:
        """Threads for the next call, and how many steps it may have at most if it is a trial."""
        if not self._trials and len(self.options) > 1 and time.perf_counter() > self._next:
            self._begin(WARM)
        return (self._trials[0][0], self._steps) if self._trials else (self.chosen, None)

    def took(self, threads: int, steps: int, seconds: float) -> None:
        """Note that `steps` steps on `threads` threads took `seconds`."""
        if not self._trials or threads != self._trials[0][0]:
            return
        self._steps = max(1, int(PIECE * steps / max(seconds, 1e-9)))
        if self._spent >= self._trials[0][1]:
            self._counted = self._counted[0] + steps, self._counted[1] + seconds
        self._spent += seconds
        if self._counted[1] < LOOK:
            return
        each = self._counted[1] / self._counted[0]
        self._times[threads] = min(each, self._times.get(threads, each))
        self._trials.pop(0)
        self._spent, self._counted = 0.0, (0, 0.0)
        if not self._trials:
            self._choose()

    def _choose(self) -> None:
        best = min(self._times, key=lambda n: self._times[n])
        self.chosen = best if self._times[best] < GAIN * self._times[1] else 1
        self._next = time.perf_counter() + AGAIN
