"""Sealed HDF5 files: written whole, and opened only if every byte is as it was written.

The first 512 bytes are HDF5's user block, which other HDF5 readers skip. Ours holds the SHA-256 of
the rest and is checked before the HDF5 library sees the file: on damaged input that library may
crash, hang or ask for all memory, and no exception handler helps against that.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .atomic import PathLike, replacing
from .errors import ArchiveError, EngramError
from .pieces import Pieces

FORMAT_VERSION = 1
BLOCK = 512  # the smallest user block HDF5 allows
TITLE = b"engram archive\n"
RETRY = "use another copy, or make it again"


@contextmanager
def creating(path: PathLike, kind: str) -> Iterator[Any]:
    """An h5py.File to fill; sealed and put at `path` when the block ends well.

    Equal content gives equal bytes: nothing in the file tells when or where it was written.
    """
    import h5py

    from .. import __version__
    with replacing(path) as part:
        try:
            # arrays begin at multiples of 8, so that they can be used where they lie
            with h5py.File(part, "w", userblock_size=BLOCK, locking=False,
                           alignment_threshold=1, alignment_interval=8) as file:
                file.attrs["engram_format"] = kind
                file.attrs["engram_format_version"] = np.int64(FORMAT_VERSION)
                file.attrs["engram_version"] = __version__
                yield file
        except RuntimeError as problem:  # how h5py reports some failed writes
            raise OSError(str(problem)) from problem
        seal(part)


@contextmanager
def opening(path: PathLike) -> Iterator[Any]:
    """The h5py.File at `path`, for reading. Whatever is wrong with it becomes an ArchiveError."""
    check_seal(path)
    try:
        import h5py
        with h5py.File(path, "r") as file:
            version = int(file.attrs["engram_format_version"])
            if version > FORMAT_VERSION:
                raise ArchiveError(f"is of format {version}, and this engram reads up to "
                                   f"{FORMAT_VERSION}; update engram")
            yield file
    except EngramError as problem:
        raise ArchiveError(f"{path}: {problem}") from problem
    except Exception as problem:  # a file is foreign input: it may fail in any way
        raise ArchiveError(f"{path} is not laid out as engram writes it "
                           f"({type(problem).__name__}: {problem}); {RETRY}") from problem


def seal(path: PathLike) -> None:
    """Write the checksum of an HDF5 file into its user block."""
    block = _block(path)
    with open(path, "r+b") as raw:
        raw.write(block)


def check_seal(path: PathLike) -> None:
    """Raise ArchiveError unless `path` is a sealed file in which no byte has changed."""
    try:
        with open(path, "rb") as raw:
            found = raw.read(BLOCK)
        sound = found.startswith(TITLE) and found == _block(path)
    except OSError as problem:
        raise ArchiveError(f"{path} cannot be read ({problem.strerror}); check the name and the "
                           "permissions") from problem
    if not found.startswith(TITLE):
        raise ArchiveError(f"{path} was not written by engram's save(), or its start is damaged; "
                           "give a file that was")
    if not sound:
        raise ArchiveError(f"{path} is damaged: it was cut short, or changed after it was written; "
                           f"{RETRY}")


def _block(path: PathLike) -> bytes:
    """The user block that `path` must begin with."""
    with open(path, "rb") as raw:
        raw.seek(BLOCK)
        sha = hashlib.file_digest(raw, "sha256").hexdigest()
    line = f"sha256 of the {max(0, os.path.getsize(path) - BLOCK)} bytes from byte {BLOCK}: {sha}\n"
    return (TITLE + line.encode()).ljust(BLOCK, b"\0")


def put_array(group: Any, name: str, array: Any, **attributes: Any) -> None:
    """Store an array, or Pieces of one, under `name`, uncompressed, its dtype kept."""
    if isinstance(array, Pieces):
        data = group.create_dataset(name, array.shape, array.dtype, track_times=False)
        for where, part in array.parts():
            data[where] = part
    else:
        data = group.create_dataset(name, data=array, track_times=False)
    for key, value in attributes.items():
        data.attrs[key] = value


def get_array(group: Any, name: str) -> NDArray[Any]:
    """The array stored under `name`. ArchiveError if it is not numbers, or not in this file."""
    data = _numbers(group, name)
    return np.array(data[...], dtype=data.dtype)


def mapper(file: Any) -> Callable[[Any, str], NDArray[Any]]:
    """A `get_array` for this open file whose arrays are read when they are used; read-only.

    They stay readable when the file is closed or renamed, as long as nobody writes into it.
    """
    whole = np.memmap(file.filename, np.uint8, "r")  # one for all: each takes a file descriptor

    def get(group: Any, name: str) -> NDArray[Any]:
        data = _numbers(group, name)
        start = data.id.get_offset()
        if start is None:  # nothing is stored, or not in one piece
            return get_array(group, name)
        return np.ndarray(data.shape, data.dtype, whole, start)

    return get


def put_json(group: Any, name: str, value: Any) -> None:
    """Store plain data as one JSON text. ArchiveError if it is not plain."""
    try:
        text = json.dumps(value, default=_plain)
    except (TypeError, ValueError, RecursionError) as problem:
        raise ArchiveError(f"{name} cannot be saved: {problem}; use numbers, texts, lists and "
                           "dicts of these") from problem
    group.create_dataset(name, data=np.bytes_(text.encode()), track_times=False)


def get_json(group: Any, name: str) -> Any:
    """The plain data stored under `name`."""
    data = _dataset(group, name)
    if data.dtype.kind != "S":
        raise ArchiveError(f"{data.name} holds {data.dtype}, not a text; {RETRY}")
    return json.loads(bytes(data[()]))


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{value!r} ({type(value).__name__}) is not plain data")


def member(group: Any, name: str) -> Any:
    """An object of the file itself. ArchiveError if absent, or a link that leads elsewhere."""
    import h5py
    if not isinstance(group, h5py.Group) or name not in group:
        raise ArchiveError(f"{group.name} has no {name!r}; {RETRY}")
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ArchiveError(f"{group.name}/{name} is a link; {RETRY}")
    return group[name]


def _numbers(group: Any, name: str) -> Any:
    data = _dataset(group, name)
    if data.dtype.kind not in "biuf":
        raise ArchiveError(f"{data.name} holds {data.dtype}, not numbers; {RETRY}")
    return data


def _dataset(group: Any, name: str) -> Any:
    import h5py
    data = member(group, name)
    if not isinstance(data, h5py.Dataset) or data.shape is None or data.is_virtual or data.external:
        raise ArchiveError(f"{data.name} is not an array of this file; {RETRY}")
    # ours are uncompressed: one that claims more bytes than the file has is no array of ours
    if data.nbytes > data.file.id.get_filesize():
        raise ArchiveError(f"{data.name} claims {data.nbytes} bytes, more than the file; {RETRY}")
    return data
