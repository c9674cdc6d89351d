"""IDX files, plain or gzipped: strict about magic numbers, sizes and lengths.

Big-endian: two zero bytes, the type (8: unsigned byte), the number of axes, their sizes as 32-bit
integers, the bytes.
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from ...simulator.errors import ArchiveError
from .folder import unreadable
from .images import Bytes

GZIP, UNSIGNED_BYTE = b"\x1f\x8b", 8
MOST = 1 << 30
"""Bytes that a file may unpack to; MNIST has 47 million."""


def read_images(path: Path) -> Bytes:
    """(N, rows, columns)."""
    return read_idx(path, 3)


def read_labels(path: Path) -> Bytes:
    """(N,)."""
    return read_idx(path, 1)


def read_idx(path: Path, axes: int) -> Bytes:
    """The array of a file of unsigned bytes with so many axes; ArchiveError if it is not one."""
    data = _unpacked(path)
    head = bytes([0, 0, UNSIGNED_BYTE, axes])
    if data[:4] != head:
        raise ArchiveError(f"{path} begins with {data[:4].hex() or 'nothing'}, an IDX file of "
                           f"{axes} axes of bytes with {head.hex()}; get the file again")
    start = 4 + 4 * axes
    if len(data) < start:
        raise ArchiveError(f"{path} ends inside its header; get the file again")
    shape = tuple(int(n) for n in np.frombuffer(data, ">u4", axes, 4))
    if len(data) - start != math.prod(shape):
        raise ArchiveError(f"{path} announces {' x '.join(map(str, shape))} bytes and holds "
                           f"{len(data) - start}; get the file again")
    if 0 in shape:
        raise ArchiveError(f"{path} holds nothing: {' x '.join(map(str, shape))}; get the file "
                           "again")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _unpacked(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == GZIP
        with (gzip.open(path) if packed else path.open("rb")) as file:
            data = file.read(MOST + 1)
    except PermissionError as problem:
        raise unreadable(path, problem) from problem
    except (OSError, EOFError, zlib.error) as problem:
        raise ArchiveError(f"{path} cannot be read ({problem}); get the file again") from problem
    if len(data) > MOST:
        raise ArchiveError(f"{path} unpacks to more than {MOST} bytes; it is not what it is "
                           "called")
    return data
