"""The numba backend: the whole run is one compiled loop, generated from the stepper's order.

Threads divide the target neurons, each sums its inputs in the order of one thread, so results do
not depend on their number. Spikes are shared through a ring; one barrier a step suffices. The
number asked for is the most that are used: fewer where that is faster, as a run finds out.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ..kernels.codecache import load
from ..simulator.plan import Plan
from .numba_memory import Memory
from .numba_program import Recorder, build
from .numba_threads import Tuner

SLICE = 20_000
"""Steps of one call at most: buffers have this many rows."""

SPIKES = 1 << 20
"""Spikes of one population that one call can record before it returns early."""

STATE_BYTES = 64 << 20
"""Memory for recorded states of one call."""

TUNE = True
"""Whether to use fewer threads than asked for where that is faster; off in tests of threads."""


def unsupported(network: Any, plan: Plan) -> list[str]:
    """Reasons why this backend cannot run the network: there are none."""
    return []


class NumbaRunner:
    """State and machine code of one network. `k` is the next step."""

    def __init__(self, plan: Plan, threads: int = 1, dtype: Any = np.float64) -> None:
        self.plan, self.k = plan, 0
        self.threads = threads
        self.tuner = Tuner(threads)
        self.memory = Memory(plan, self.threads, dtype)
        self.slice = self._slice(plan)
        self.recorder = Recorder(self.memory, self.slice, SPIKES)
        self.program = build(self.memory, self.recorder)
        self._run = load(self.program.text).run
        self.state = [m.state for m in self.memory.populations]
        self.projections = self.memory.projections
        self._spikes: dict[int, list[tuple[Any, Any]]] = {n: [] for n in plan.record_spikes}
        self._rows: list[list[list[Any]]] = [[[] for _ in r.names] for r in plan.record_states]
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None

    @staticmethod
    def _slice(plan: Plan) -> int:
        width = max((len(r.neurons) * len(r.names) / r.every for r in plan.record_states),
                    default=0.0)
        return int(min(SLICE, max(1, STATE_BYTES / 8 / width))) if width else SLICE

    def advance(self, steps: int) -> None:
        """Run `steps` steps, in calls that their buffers can hold."""
        last = self.k + steps
        for q in self.projections:
            q.spread()
        while self.k < last:
            threads, trial = self.tuner.plan() if TUNE else (self.threads, None)
            self.memory.divide(threads)
            done, seconds = self._call(min(last, self.k + min(self.slice, trial or self.slice)))
            if TUNE:
                self.tuner.took(threads, done, seconds)

    def _call(self, stop: int) -> tuple[int, float]:
        """One call of the compiled loop: at most to `stop`, less if a buffer might overflow.

        Returns the steps done and the seconds they took.
        """
        control = np.array([self.k, stop, 0], np.int64)
        m, wait = self.memory, self.memory.barrier
        wait[:] = 0
        args = (self.program.words, self.program.numbers, control)
        began = time.perf_counter()
        others = [self._pool.submit(self._run, *args, t, m.threads, wait.ctypes.data)
                  for t in range(1, m.threads)] if self._pool else []
        self._run(*args, 0, m.threads, wait.ctypes.data)
        for other in others:
            other.result()
        seconds = time.perf_counter() - began
        done = int(control[2])
        self._drain(done)
        for p in m.populations:
            np.maximum(p.until, done - 1, out=p.until)
            p.until -= done
        self.k += done
        return done, seconds

    def _drain(self, done: int) -> None:
        """Take what the call recorded out of its buffers."""
        for n, out in self._spikes.items():
            counts = self.recorder.counts[n][:done]
            total = int(counts.sum())
            if total:
                step = np.repeat(np.arange(self.k, self.k + done), counts)
                out.append((step, self.recorder.ids[n][:total].astype(np.int64)))
            self.memory.populations[n].cursor[1::8] = 0
        for n, r in enumerate(self.plan.record_states):
            rows = int(self.recorder.cells[n][0])
            width = len(r.neurons)
            for buffer, out in zip(self.recorder.states[n], self._rows[n], strict=True):
                if rows:
                    out.append(buffer[:rows * width].reshape(rows, width).astype(np.float64))
            self.recorder.cells[n][:] = 0

    def recorded_spikes(self, n: int) -> tuple[Any, Any]:
        """(step, i) of population n so far, sorted."""
        found = self._spikes[n]
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return (np.concatenate([s for s, _ in found]).astype(np.int64),
                np.concatenate([i for _, i in found]))

    def recorded_states(self, n: int) -> list[Any]:
        """One array (times, neurons) for each recorded name."""
        width = len(self.plan.record_states[n].neurons)
        return [np.concatenate(c) if c else np.zeros((0, width)) for c in self._rows[n]]
