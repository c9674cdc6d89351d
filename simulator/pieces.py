"""Arrays that are too long for memory: kept on disk in parts, and passed on part by part."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .atomic import PathLike

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

    The file vanishes with the Spool, or with the process, however that ends. OSError where the
    disk is full.
    """

    def __init__(self, folder: PathLike) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it lives as long as this
        weakref.finalize(self, self._file.close)
        self._kept: dict[Hashable, list[tuple[int, tuple[int, ...], Any]]] = {}
        self.bytes = 0

    def put(self, key: Hashable, array: NDArray[Any]) -> None:
        """Append a copy of `array` to those of `key`."""
        whole = np.ascontiguousarray(array)
        if whole.size:
            self._file.seek(self.bytes)
            self._file.write(whole.data.cast("B"))
        self._kept.setdefault(key, []).append((self.bytes, whole.shape, whole.dtype))
        self.bytes += whole.nbytes

    def shapes(self, key: Hashable) -> list[tuple[int, ...]]:
        """Shapes of what was put under `key`."""
        return [shape for _, shape, _ in self._kept.get(key, [])]

    def arrays(self, key: Hashable) -> Iterator[NDArray[Any]]:
        """What was put under `key`, one at a time, oldest first."""
        for start, shape, dtype in self._kept.get(key, []):
            out = np.empty(shape, dtype)
            if out.size:
                self._file.seek(start)
                found = self._file.readinto(out.data.cast("B"))
                if found != out.nbytes:
                    raise OSError(f"{out.nbytes} bytes were kept and {found} were found")
            yield out
