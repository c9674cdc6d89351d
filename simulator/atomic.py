"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import ArchiveError

PathLike = str | os.PathLike[str]


def check_writable(path: PathLike) -> None:
    """Raise ArchiveError unless a file can be put at `path`. Ask before a long run, not after."""
    os.unlink(_new_part(path, _destination(path)))


@contextmanager
def replacing(path: PathLike) -> Iterator[str]:
    """Name of an empty file beside `path`, which takes its place when the block ends well.

    If the block raises or the process dies, `path` is as it was. ArchiveError names the path.
    """
    target = _destination(path)
    part = _new_part(path, target)
    try:
        yield part
        _to_disk(part)
        os.replace(part, target)
        with suppress(OSError):  # not every system can flush a folder; the file itself is safe
            _to_disk(target.parent)
    except OSError as problem:
        raise ArchiveError(f"{path}: writing failed ({problem}); the file that was there, if any, "
                           "is unchanged; make room or choose another folder") from problem
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)


def _destination(path: PathLike) -> Path:
    """Where the file goes, links followed, so that a link goes on pointing there."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise ArchiveError(f"{str(path)!r} is a folder; give the name of a file in it, such as "
                           f"{os.path.join(path, 'run.h5')!r}")
    if target.exists() and not target.is_file():
        raise ArchiveError(f"{path} is not an ordinary file; choose another name")
    if target.exists() and not os.access(target, os.W_OK):
        raise ArchiveError(f"{path} is write-protected; choose another name or allow writing")
    if not target.parent.is_dir():
        raise ArchiveError(f"{path}: there is no folder {target.parent}; create it first or choose "
                           "another")
    return target


def _new_part(path: PathLike, target: Path) -> str:
    part = str(target.parent / f".engram-{secrets.token_hex(8)}.part")
    try:  # not tempfile: its files are for their owner alone, and the finished file would be too
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as problem:
        raise ArchiveError(f"{path}: no file can be made in {target.parent} ({problem.strerror}); "
                           "choose a folder you may write to") from problem
    return part


def _to_disk(path: PathLike) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
