"""Numba's CUDA simulator with lanes that take turns, which notices what no device would forgive.

The simulator lets the lanes of a block run as threads that poll for each other: slow (50 ms a step)
and whatever order the machine happens to choose. Here one lane runs at a time, from barrier to
barrier, forwards in one round and backwards in the next; so a run takes a tenth of the time and is
the same every time. RaceError says where

- a lane reads or writes what another has written, or writes what another has read, with no barrier
  between; or a block does so to another block of the launch;
- lanes wait at different barriers, or some have ended while others wait.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

import numpy as np


class RaceError(Exception):
    """The outcome would depend on who comes first."""


class Ledger:
    """Who touched which element last, and when: (launch, block, round, lane); lane -1: several."""

    def __init__(self) -> None:
        self.launch = self.round = 0
        self.block: Any = None
        self.lane = 0
        self.wrote: dict[tuple[int, int], tuple[int, Any, int, int]] = {}
        self.read: dict[tuple[int, int], tuple[int, Any, int, int]] = {}

    def _clash(self, past: tuple[int, Any, int, int] | None) -> bool:
        if past is None or past[0] != self.launch:
            return False
        return past[1] != self.block or (past[2] == self.round and past[3] != self.lane)

    def reads(self, key: tuple[int, int]) -> None:
        if self._clash(self.wrote.get(key)):
            self._fail("reads", key, self.wrote[key])
        lane = -1 if self._clash(self.read.get(key)) else self.lane
        block = self.block
        if lane < 0 and self.read[key][1] != self.block:
            block = None  # several blocks: nobody may write
        self.read[key] = self.launch, block, self.round, lane

    def writes(self, key: tuple[int, int]) -> None:
        for past in (self.wrote.get(key), self.read.get(key)):
            if self._clash(past):
                self._fail("writes", key, past)
        self.wrote[key] = self.launch, self.block, self.round, self.lane

    def _fail(self, what: str, key: tuple[int, int], past: Any) -> None:
        raise RaceError(f"lane {self.lane} of block {self.block} {what} element {key[1]} of an "
                        f"array that lane {past[3]} of block {past[1]} touched, round {past[2]} "
                        f"and now {self.round}")


LEDGER = Ledger()


class Turns:
    """Runs the lanes of one block, one at a time, in place of the simulator's BlockManager."""

    def __init__(self, f: Any, grid_dim: Any, block_dim: Any, debug: bool) -> None:
        self._grid_dim, self._block_dim, self._f = grid_dim, block_dim, f
        self.block_state = np.zeros(block_dim, dtype=np.bool_)
        self.forward = True

    def run(self, grid_point: Any, *args: Any) -> None:
        LEDGER.block, LEDGER.round = grid_point, LEDGER.round + 1
        self.done = threading.Lock()
        self.done.acquire()
        self.problem: BaseException | None = None
        self.lanes = [_lane(self, grid_point, p, args) for p in np.ndindex(*self._block_dim)]
        self.waiting: dict[int, Any] = {}
        self.ended = 0
        for lane in self.lanes:
            lane.start()
        self.pass_to(0)
        self.done.acquire()
        for lane in self.lanes:
            lane.abort = self.problem is not None
            if lane.abort and lane.is_alive():
                lane.turn.release()
            lane.join()
        if self.problem is not None:
            raise self.problem

    def pass_to(self, n: int) -> None:
        LEDGER.lane = n
        self.lanes[n].turn.release()

    def next(self, n: int) -> None:
        """Lane n waits or has ended: who is next."""
        if len(self.waiting) + self.ended < len(self.lanes):
            self.pass_to(n + 1 if self.forward else n - 1)
            return
        if not self.waiting:
            self.done.release()
            return
        if self.ended or len(set(self.waiting.values())) > 1:
            raise RaceError(f"lanes wait at {sorted(set(self.waiting.values()))}, and {self.ended} "
                            "have ended")
        self.waiting = {}
        self.forward = not self.forward
        LEDGER.round += 1
        self.pass_to(0 if self.forward else len(self.lanes) - 1)


def _lane(manager: Turns, block: Any, point: Any, args: Any) -> Any:
    from numba.cuda.simulator.kernel import BlockThread

    class Lane(BlockThread):
        turn: Any

        def run(self) -> None:
            self.turn.acquire()
            try:
                manager._f(*args)
                manager.ended += 1
                manager.next(self.thread_id)
            except BaseException as problem:
                if manager.problem is None:
                    manager.problem = problem
                    manager.done.release()

        def syncthreads(self) -> None:
            manager.waiting[self.thread_id] = _where()
            manager.next(self.thread_id)
            self.turn.acquire()
            if self.abort:
                raise SystemExit

    out = Lane(manager._f, manager, block, point, False)
    out.turn = threading.Lock()
    out.turn.acquire()
    return out


def _where() -> tuple[str, int]:
    """Line of the generated code that waits."""
    frame = sys._getframe(2)
    while "simulator" in frame.f_code.co_filename or frame.f_code.co_filename == __file__:
        assert frame.f_back is not None
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def install(ledger: bool = True) -> None:
    """Take over the simulator of this process; without `ledger` races go unnoticed."""
    from numba.cuda.simulator import kernel
    kernel.BlockManager = Turns
    plain = kernel.FakeCUDAKernel.__call__

    def call(self: Any, *args: Any) -> Any:
        LEDGER.launch += 1
        LEDGER.wrote.clear()
        LEDGER.read.clear()
        return plain(self, *args)
    kernel.FakeCUDAKernel.__call__ = call
    if ledger:
        _watch(kernel.FakeWithinKernelCUDAArray)


def _watch(cls: Any) -> None:
    from numba.cuda.simulator import kernelapi
    from numba.cuda.simulator.cudadrv.devicearray import FakeCUDAArray
    get, put = cls.__getitem__, cls.__setitem__

    def getitem(self: Any, at: Any) -> Any:
        LEDGER.reads((id(self._item), int(at)))
        return get(self, at)

    def setitem(self: Any, at: Any, value: Any) -> None:
        LEDGER.writes((id(self._item), int(at)))
        put(self, at, value)
    cls.__getitem__, cls.__setitem__ = getitem, setitem

    def array(self: Any, shape: Any, dtype: Any, alignment: Any = None) -> Any:
        place = _where(), LEDGER.block  # each block has its own
        found = self._allocations.get(place)
        if found is None:
            found = np.zeros(shape, dtype)
            if found.dtype != np.uint32:  # that one is for atomic operations, which may meet
                found = cls(FakeCUDAArray(found))
            self._allocations[place] = found
        return found
    kernelapi.FakeCUDAShared.array = array
