"""Arrays that are too long for memory: kept on disk in parts, and passed on part by part."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .atomic import PathLike
from .errors import ArchiveError

Parts = Iterator[tuple[Any, NDArray[Any]]]

ROWS = 1 << 20
"""Numbers of one part of `counting`."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """An array of `shape` and `dtype`: `parts()` yields (where, values) with array[where] = values.

    It can be asked again and again. Parts cover the array, each of its numbers once.
    """

    shape: tuple[int, ...]
    dtype: Any
    parts: Callable[[], Parts]

    def map(self, change: Callable[[NDArray[Any]], NDArray[Any]], dtype: Any) -> Pieces:
        """`change` of each number, as an array of `dtype`."""
        return Pieces(self.shape, dtype, lambda: ((at, change(x)) for at, x in self.parts()))

    def __len__(self) -> int:
        return self.shape[0]


def each(array: Any, change: Callable[[Any], Any], dtype: Any) -> Any:
    """`change(array)`, in pieces where `array` is."""
    return array.map(change, dtype) if isinstance(array, Pieces) else change(array)


def counting(length: int, every: int) -> Pieces:
    """0, every, 2*every, ... as int64."""
    def parts() -> Parts:
        for a in range(0, length, ROWS):
            b = min(length, a + ROWS)
            yield slice(a, b), np.arange(a, b, dtype=np.int64) * every

    return Pieces((length,), np.int64, parts)


class Spool:
    """Arrays on disk in the order they came, by key, in a file without a name in `folder`.

    The file vanishes with the Spool, or with the process, however that ends.
    """

    def __init__(self, folder: PathLike) -> None:
        self._folder = folder
        # not buffered: an array is on disk, or an error says so, when `put` returns
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self._kept: dict[Hashable, list[tuple[int, tuple[int, ...], Any]]] = {}
        self.bytes = 0

    def put(self, key: Hashable, array: NDArray[Any]) -> None:
        """Append a copy of `array` to those of `key`; ArchiveError, and nothing new, else."""
        whole = np.ascontiguousarray(array)
        left = whole.data.cast("B") if whole.size else memoryview(b"")
        try:
            self._file.seek(self.bytes)
            while len(left):  # one call writes 2 GB at most
                left = left[self._file.write(left):]
        except OSError as problem:
            raise ArchiveError(f"what a run records cannot be kept in {self._folder} ({problem}); "
                               "make room there, and run on: nothing is lost yet") from problem
        self._kept.setdefault(key, []).append((self.bytes, whole.shape, whole.dtype))
        self.bytes += whole.nbytes

    @contextmanager
    def together(self) -> Iterator[None]:
        """Forget everything that was put in this block if it raises."""
        before, size = {key: len(kept) for key, kept in self._kept.items()}, self.bytes
        try:
            yield
        except BaseException:
            self._kept = {key: kept[:before.get(key, 0)] for key, kept in self._kept.items()}
            self.bytes = size
            raise

    def shapes(self, key: Hashable) -> list[tuple[int, ...]]:
        """Shapes of what was put under `key`."""
        return [shape for _, shape, _ in self._kept.get(key, [])]

    def arrays(self, key: Hashable) -> Iterator[NDArray[Any]]:
        """What was put under `key`, one at a time, oldest first."""
        for start, shape, dtype in self._kept.get(key, []):
            out = np.empty(shape, dtype)
            left = out.data.cast("B") if out.size else memoryview(b"")
            self._file.seek(start)
            while len(left):
                read = self._file.readinto(left)
                if not read:
                    raise ArchiveError(f"what a run kept in {self._folder} cannot be read back; "
                                       "its disk has failed, or the file was cut: run it again")
                left = left[read:]
            yield out
