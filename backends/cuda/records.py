"""What launches record: buffers on the device, read after each launch, as far as they are used."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulator.recorded import Recorded, SpikeColumns, join, nothing
from .memory import Memory
from .program import records

LONGEST = 20_000
"""Steps of a launch at most."""


def rows_within(memory: Memory, bytes_: int) -> int:
    """Steps of a launch whose records, whoever fires, take about `bytes_` bytes; at least one."""
    plan, many = memory.plan, memory.copies.many
    each = sum(4 * (plan.populations[n].size + 1) for n in plan.record_spikes)
    each += sum(memory.dtype.itemsize * len(r.neurons) * len(r.names) / r.every
                for r in plan.record_states)
    return int(min(LONGEST, max(1, bytes_ / (each * many)))) if each else LONGEST


class Recorder:
    """Buffers of a launch of at most `rows` steps; element r of copy b is at r*copies + b."""

    def __init__(self, memory: Memory, rows: int) -> None:
        self.memory, self.rows = memory, rows
        self.places = records(memory, rows)
        self.pieces: list[Recorded] = []
        self.types = {"RS": np.dtype(np.int32), "RC": np.dtype(np.int32), "RX": memory.dtype}

    def bytes(self) -> int:
        """Memory of the buffers."""
        return sum(n * self.types[b].itemsize for b, n in self.places.sizes.items())

    def allocate(self) -> None:
        """Take the memory."""
        from numba import cuda
        self.device = {b: cuda.device_array(max(1, n), self.types[b])
                       for b, n in self.places.sizes.items()}

    def take(self, k: int, steps: int) -> None:
        """Read what the launch of steps k .. k + steps - 1 recorded."""
        spikes = {n: self._spikes(n, k, steps) for n in self.memory.plan.record_spikes}
        rows = [self._rows(n, k, steps) for n in range(len(self.memory.plan.record_states))]
        self.pieces.append(Recorded(spikes, rows))

    def _read(self, bank: str, start: int, count: int) -> Any:
        return self.device[bank][start:start + count].copy_to_host()

    def _spikes(self, n: int, k: int, steps: int) -> SpikeColumns:
        many = self.memory.copies.many
        counts = self._read("RC", self.places.counts[n], steps * many).reshape(steps, many).T
        used = counts.sum(axis=1, dtype=np.int64)
        longest = int(used.max())
        offsets = np.concatenate([[0], np.cumsum(used)]).astype(np.int64)
        step = np.repeat(np.tile(np.arange(k, k + steps), many), counts.ravel())
        if not longest:
            return SpikeColumns(offsets, step, np.zeros(0, np.int64))
        ids = self._read("RS", self.places.ids[n], longest * many).reshape(longest, many).T
        taken = ids[np.arange(longest) < used[:, np.newaxis]]
        return SpikeColumns(offsets, step, taken.astype(np.int64))

    def _rows(self, n: int, k: int, steps: int) -> list[Any]:
        r, many = self.memory.plan.record_states[n], self.memory.copies.many
        width = len(r.neurons)
        rows = -(-(k + steps) // r.every) - -(-k // r.every)
        found = [self._read("RX", start, rows * width * many) if rows * width else np.zeros(0)
                 for start in self.places.states[n]]
        return [x.astype(np.float64).reshape(rows, width, many).transpose(2, 0, 1).copy()
                for x in found]

    def drain(self) -> Recorded:
        """All of it, which is then forgotten."""
        out = join(self.pieces) if self.pieces else nothing(self.memory.plan)
        self.pieces = []
        return out
