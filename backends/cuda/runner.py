"""The cuda backend: the whole run on the device, many steps a launch, one generated kernel.

A worker is a block of lanes and owns a range of every population's neurons; what reaches a neuron
is summed by its owner, in the order of `stepper`. Each copy of a batch is a block; one network is a
block if it is small, else as many as fit on the device, which wait for each other within a launch.
Sums have one order and no operation is fused, so float64 gives the bits of the CPU.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...kernels.codecache import load
from ...simulator.errors import DescriptionError
from ...simulator.plan import Plan
from ...simulator.recorded import Recorded
from ...simulator.snapshot import Snapshot
from .banks import Place, Store
from .find import (
    check_blocks,
    check_memory,
    free_bytes,
    processors,
    require,
    simulated,
    uncontracted,
)
from .memory import Memory
from .program import LANES, build
from .records import Recorder, rows_within
from .state import bring, take

PRECISIONS = ("float64", "float32")

RECORD_BYTES = 256 << 20
"""Device memory for what one launch records."""

SMALL = 4096
"""Neurons up to which one block is faster than blocks that wait for each other. Not measured."""

INDICES = 2**31
"""Neurons and synapses are numbered by int32."""


def unsupported(network: Any, plan: Plan) -> list[str]:
    """Reasons why this backend cannot run the network, with names and ways out."""
    out = [f"population {p.name!r}: {p.size} neurons, and 2**31 - 1 can be numbered; split it"
           for p in plan.populations if p.size >= INDICES]
    return out + [f"projection {q.name!r}: {q.synapses} synapses, and 2**31 - 1 can be numbered; "
                  "split it" for q in plan.projections if q.synapses >= INDICES]


class CudaRunner:
    """State and kernel of one network, or of a batch of copies. `k` is the next step.

    `lanes`: threads of a block; `workers`: blocks of a copy; `split`: a launch from barrier to
    barrier, where blocks cannot wait for each other within one. None: as suits network and device.
    `record_bytes`: device memory for what one launch records.
    """

    def __init__(self, plan: Plan, threads: int = 1, dtype: Any = np.float64,
                 lanes: int | None = None, workers: int | None = None, split: bool | None = None,
                 record_bytes: int = RECORD_BYTES) -> None:
        require()
        self.plan, self.k = plan, 0
        self.lanes = _at_least_one("lanes", lanes) or _lanes(plan)
        if self.lanes > LANES:
            raise DescriptionError(f"lanes={lanes} is more than a block has; use at most {LANES}")
        self.workers = _at_least_one("workers", workers) or _workers(plan)
        self.mode = ("block" if self.workers == 1 and not split else
                     "split" if split or simulated() else "grid")
        check_blocks(self.mode, self.workers * max(1, len(plan.copies)))
        self.memory = Memory(plan, self.workers, dtype, self.lanes)
        self.recorder = Recorder(self.memory, rows_within(self.memory, record_bytes))
        self.program = build(self.memory, self.recorder.places, self.mode)
        check_memory({"the network": self.memory.banks.bytes() + self.program.words.nbytes,
                      "records": self.recorder.bytes()}, free_bytes(), self.memory.copies.many)
        self._place()

    def _place(self) -> None:
        """Put everything on the device."""
        from numba import cuda
        self.store = Store(self.memory.banks)
        self.recorder.allocate()
        self._words = cuda.to_device(self.program.words.ravel())
        self._numbers = cuda.to_device(self.program.numbers)
        self._kernel = load(self.program.text).run
        self._configured: Any = None

    # -- running --------------------------------------------------------------------------------
    def advance(self, steps: int) -> None:
        """Run `steps` steps."""
        self.store.push()
        last = self.k + steps
        while self.k < last:
            many = min(last - self.k, self.recorder.rows)
            self._launch(self.k, self.k + many)
            self.recorder.take(self.k, many)
            self.k += many

    def _launch(self, first: int, last: int) -> None:
        """Steps `first` to `last` - 1: in one launch, or in one from barrier to barrier."""
        s, r = self.store.device, self.recorder.device
        arrays = (s["F"], s["D"], s["L"], s["W"], r["RS"], r["RC"], r["RX"], self._words,
                  self._numbers)
        if self.mode != "split":
            self._run(*arrays, first, last, first, self.workers, -1)
            return
        self._run(*arrays, first, first + 1, first, self.workers, 0)
        for k in range(first, last):
            for part in range(1, self.program.parts):
                stop = min(last, k + 2) if part + 1 == self.program.parts else k + 1
                self._run(*arrays, k, stop, first, self.workers, part)

    def _run(self, *arguments: Any) -> None:
        """Launch the kernel; the first time it is compiled."""
        if self._configured is not None:
            self._configured(*arguments)
            return
        with warnings.catch_warnings(), uncontracted():
            warnings.simplefilter("ignore")  # that few blocks leave much of the device idle
            run = self._kernel[self.memory.copies.many * self.workers, self.lanes]
            run(*arguments)
        if not simulated():  # there the kernel is one object, whoever configures it
            self._configured = run

    def drain(self) -> Recorded:
        """What was recorded since the last call."""
        return self.recorder.drain()

    # -- reading and changing between steps -------------------------------------------------------
    def snapshot(self) -> list[Snapshot]:
        """The state before step `k`, of each copy."""
        return take(self.memory, self.store, self.k)

    def restore(self, snapshots: Sequence[Snapshot]) -> None:
        """Go on from there."""
        self.k = bring(self.memory, self.store, snapshots)
        self.recorder.pieces = []

    def _look(self, place: Place, dtype: Any = np.float64) -> Any:
        found = self.store.look(place).astype(dtype)
        return found if self.plan.copies else found[0]

    def read(self, n: int, name: str) -> Any:
        """A state variable of population n."""
        return self._look(self.memory.populations[n].state[name])

    def write(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of population n."""
        self.store.put(self.memory.populations[n].state[name], values)

    def read_synapses(self, n: int, name: str) -> Any:
        """A state variable of projection n."""
        return self._look(self.memory.projections[n].state[name])

    def write_synapses(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of projection n."""
        self.store.put(self.memory.projections[n].state[name], values)

    def read_last(self, n: int) -> Any:
        """Step of each synapse's last event; None where all is up to date."""
        place = self.memory.projections[n].last
        return None if place is None else self._look(place, np.int64)

    def write_last(self, n: int, values: Any) -> None:
        """Say up to which step the synapses of projection n are up to date."""
        place = self.memory.projections[n].last
        if place is not None:
            self.store.put(place, values)


def _at_least_one(what: str, value: int | None) -> int:
    """`value`, or 0 for None. DescriptionError for what is no number of them."""
    if value is not None and (not isinstance(value, int) or value < 1):
        raise DescriptionError(f"{what}={value!r} must be a whole number, at least 1, or None")
    return value or 0


def _lanes(plan: Plan) -> int:
    """Threads of a block: enough for the largest population, at most 256; a warp at least."""
    if simulated():
        return 2  # each is a thread of Python
    widest = max((p.size for p in plan.populations), default=1)
    return int(min(256, max(32, 1 << (widest - 1).bit_length())))


def _workers(plan: Plan) -> int:
    """Blocks of a copy."""
    neurons = sum(p.size for p in plan.populations)
    if simulated() or plan.copies or neurons <= SMALL:
        return 1
    return max(1, min(processors(), neurons // 128))
