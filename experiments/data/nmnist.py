"""N-MNIST: digits seen by a moving event camera, one file of events a digit.

Five bytes an event: x, y, polarity (1 bit) and time in us (23 bits). An event with y = 240 is no
event but says that the clock of what follows ran over, by 2^13 us.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...simulator.errors import ArchiveError
from .folder import MissingDataError, unreadable

SIDE, OVERFLOW, TURN = 34, 240, 1 << 13
"""Pixels on a side; the y that marks an overflow, and the microseconds it stands for."""


@dataclass(frozen=True)
class Events:
    """Events in the order of time: `t` in us, `x`, `y` 0 to 33, `on` where it became brighter."""

    t: NDArray[np.int64]
    x: NDArray[np.uint8]
    y: NDArray[np.uint8]
    on: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.t)


@dataclass(frozen=True)
class EventSet:
    """Files by part ("train", "test") with their labels; they are read one by one when asked."""

    name: str
    files: dict[str, tuple[tuple[Path, int], ...]]

    @property
    def note(self) -> str:
        """What is missing, in words; "" if nothing is."""
        gone = [part for part in ("train", "test") if not self.files.get(part)]
        return f"{self.name}: no {' and no '.join(gone)} files here" if gone else ""

    def read(self, part: str) -> Iterator[tuple[Events, int]]:
        """Events and label of each file of a part; MissingDataError if it has none."""
        if not self.files.get(part):
            raise MissingDataError(f"{self.name}: there are no {part!r} files here, but "
                                   + (" and ".join(p for p, f in self.files.items() if f)
                                      or "nothing"))
        return ((read_events(path), label) for path, label in self.files[part])


def read_events(path: Path) -> Events:
    """The events of one file; ArchiveError if it is not one."""
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as problem:
        raise unreadable(path, problem) from problem
    if len(data) % 5 or not len(data):
        raise ArchiveError(f"{path} holds {len(data)} bytes, not five an event; get it again")
    raw = data.reshape(-1, 5).astype(np.int64)
    x, y = raw[:, 0], raw[:, 1]
    t = (raw[:, 2] & 127) << 16 | raw[:, 3] << 8 | raw[:, 4]
    turns = y == OVERFLOW
    t += np.cumsum(turns) * TURN
    real = ~turns
    outside = real & ((x >= SIDE) | (y >= SIDE))
    if outside.any():
        n = int(np.argmax(outside))
        raise ArchiveError(f"{path}: event {n} is at ({x[n]}, {y[n]}), outside {SIDE} x {SIDE} "
                           "pixels; it is not a file of N-MNIST")
    t = t[real]
    if (np.diff(t) < 0).any():
        n = int(np.argmax(np.diff(t) < 0))
        raise ArchiveError(f"{path}: event {n + 1} is at {t[n + 1]} us, before the one before it "
                           f"({t[n]} us); it is not a file of N-MNIST")
    return Events(t, x[real].astype(np.uint8), y[real].astype(np.uint8),
                  (raw[real, 2] >> 7).astype(bool))


def files_of(folder: Path, digits: int = 10) -> tuple[tuple[Path, int], ...]:
    """The .bin files of `folder`/0 to 9 with their labels, by name; () if there is no folder."""
    return tuple((path, label) for label in range(digits)
                 for path in sorted(_listed(folder / str(label))))


def _listed(folder: Path) -> list[Path]:
    """Unlike a glob, which sees nothing in a folder that may not be read."""
    try:
        return [path for path in folder.iterdir() if path.suffix == ".bin"]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as problem:
        raise unreadable(folder, problem) from problem
