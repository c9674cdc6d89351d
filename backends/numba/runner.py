"""The numba backend: the whole run is one compiled loop, generated from the stepper's order.

Threads divide the target neurons, each sums its inputs in the order of one thread, so results do
not depend on their number. Spikes are shared through a ring; one barrier a step suffices. The
number asked for is the most that are used: fewer where that is faster, as a run finds out.
Of a batch each copy is run by one thread: the same code, on the copy's own arrays.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ...kernels.codecache import load
from ...simulator.plan import Plan
from ...simulator.recorded import Recorded, join, nothing
from ...simulator.snapshot import Snapshot
from .memory import Memory
from .program import Recorder, build
from .snapshot import load as load_snapshots
from .snapshot import save, take
from .threads import Tuner

SLICE = 20_000
"""Steps of one call at most: buffers have this many rows."""

LEAST = 100
"""Steps of one call of a batch at least, however many copies share the buffers."""

PARTS = 8
"""Pieces of a batch for each thread: copies take different times."""

SPIKES = 1 << 20
"""Spikes of one population that one call can record before it returns early."""

STATE_BYTES = 64 << 20
"""Memory for recorded states of one call."""

TUNE = True
"""Whether to use fewer threads than asked for where that is faster; off in tests of threads."""


def unsupported(network: Any, plan: Plan) -> list[str]:
    """Reasons why this backend cannot run the network: there are none."""
    return []


PRECISIONS = ("float64", "float32")


class NumbaRunner:
    """State and machine code of one network. `k` is the next step."""

    def __init__(self, plan: Plan, threads: int = 1, dtype: Any = np.float64) -> None:
        self.plan, self.k = plan, 0
        self.threads = threads if not plan.copies else 1
        self.tuner = Tuner(self.threads)
        self.memory = Memory(plan, self.threads, dtype)
        self.slice = self._slice(plan)
        self.recorder = Recorder(self.memory, self.slice, SPIKES)
        self.program = build(self.memory, self.recorder)
        self._run = load(self.program.text).run
        self._pieces = [nothing(plan)]
        workers = min(threads, self.memory.copies) if plan.copies else threads
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None
        self._workers = workers

    @staticmethod
    def _slice(plan: Plan) -> int:
        """Steps that the buffers of a call are made for."""
        copies = max(1, len(plan.copies))
        width = copies * max((len(r.neurons) * len(r.names) / r.every
                              for r in plan.record_states), default=0.0)
        rows = SLICE if copies == 1 else max(LEAST, SLICE // copies)
        return int(min(rows, max(1, STATE_BYTES / 8 / width))) if width else rows

    def advance(self, steps: int) -> None:
        """Run `steps` steps, in calls that their buffers can hold."""
        last = self.k + steps
        for q in self.memory.projections:
            q.spread()
        while self.k < last:
            if self.plan.copies:
                self._call_copies(min(last, self.k + self.slice))
                continue
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
        args = (self.program.words[0], self.program.numbers, control)
        began = time.perf_counter()
        others = [self._pool.submit(self._run, *args, t, m.threads, wait.ctypes.data)
                  for t in range(1, m.threads)] if self._pool else []
        self._run(*args, 0, m.threads, wait.ctypes.data)
        for other in others:
            other.result()
        seconds = time.perf_counter() - began
        done = int(control[2])
        self._finish(np.array([self.k]), np.array([done]))
        self.k += done
        return done, seconds

    def _call_copies(self, stop: int) -> None:
        """Every copy to `stop`, in as many calls as its buffers need."""
        control = np.zeros((self.memory.copies, 3), np.int64)
        control[:, 0], control[:, 1] = self.k, stop
        words, numbers = self.program.words, self.program.numbers

        def run(copies: Any) -> None:
            for b in copies:
                self._run(words[b], numbers, control[b], 0, 1, 0)

        while (control[:, 0] < stop).any():
            control[:, 2] = 0
            waiting = np.flatnonzero(control[:, 0] < stop)
            if self._pool is None:
                run(waiting)
            else:
                list(self._pool.map(run, np.array_split(waiting, PARTS * self._workers)))
            began = control[:, 0].copy()
            control[:, 0] += control[:, 2]
            self._finish(began, control[:, 2], bool((control[:, 0] == stop).all()))
        self.k = stop

    def _finish(self, began: Any, done: Any, level: bool = True) -> None:
        """Take what a call recorded; `until` counts from the beginning of the next one."""
        self._pieces.append(take(self.memory, self.recorder, began, done, level))
        for p in self.memory.populations:
            np.maximum(p.until, done[:, None] - 1, out=p.until)
            p.until -= done[:, None].astype(np.int32)

    def drain(self) -> Recorded:
        """What was recorded since the last call."""
        found = join(self._pieces)
        self._pieces = [nothing(self.plan)]
        return found

    def snapshot(self) -> list[Snapshot]:
        """The state before step `k`, of each copy."""
        return save(self.memory, self.k)

    def restore(self, snapshots: Sequence[Snapshot]) -> None:
        """Go on from there."""
        self.k = snapshots[0].k
        self._pieces = [nothing(self.plan)]
        load_snapshots(self.memory, snapshots)

    def _shown(self, values: Any) -> Any:
        """Values without the axis of copies where there is no batch."""
        return np.array(values if self.plan.copies else values[0])

    def read(self, n: int, name: str) -> Any:
        """A state variable of population n."""
        return self._shown(self.memory.populations[n].state[name])

    def write(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of population n."""
        self.memory.populations[n].state[name][...] = values

    def read_synapses(self, n: int, name: str) -> Any:
        """A state variable of projection n."""
        return self._shown(self.memory.projections[n].state[name])

    def write_synapses(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of projection n."""
        self.memory.projections[n].state[name][...] = values
        self.memory.projections[n].spread()

    def read_last(self, n: int) -> Any:
        """Step of each synapse's last event; None where all is up to date."""
        return self._shown(self.memory.projections[n].last) if self.plan.projections[
            n].lazy else None

    def write_last(self, n: int, values: Any) -> None:
        """Say up to which step the synapses of projection n are up to date."""
        self.memory.projections[n].last[...] = values
