"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...simulator.atomic import PathLike
from ...simulator.errors import ArchiveError

MARK = "report.json"
"""The file by which an earlier export is known."""


@contextmanager
def whole_folder(path: PathLike, overwrite: bool = False) -> Iterator[Path]:
    """An empty folder beside `path` that takes its name when the block ends well.

    An earlier export is replaced if `overwrite`; ArchiveError for any other file or folder there.
    """
    target = Path(os.path.realpath(path))
    _check(path, target, overwrite)
    part = target.parent / f".{target.name}-{secrets.token_hex(4)}.part"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
    except OSError as problem:
        raise ArchiveError(f"{path}: no folder can be made in {target.parent} "
                           f"({problem.strerror}); choose one that you may write to") from problem
    try:
        yield part
        _place(part, target)
    except OSError as problem:
        raise ArchiveError(f"{path}: writing failed ({problem}); nothing was changed there; make "
                           "room or choose another folder") from problem
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check(path: PathLike, target: Path, overwrite: bool) -> None:
    if target.exists() and not target.is_dir():
        raise ArchiveError(f"{path} is a file; give the name of a folder")
    if not target.exists() or not any(target.iterdir()):
        return
    if not overwrite:
        raise ArchiveError(f"{path} holds files already; choose another name, or overwrite an "
                           "earlier export with --overwrite")
    if not (target / MARK).is_file():
        raise ArchiveError(f"{path} holds files but no {MARK}, so it is no earlier export and is "
                           "not removed; choose another name")


def _place(part: Path, target: Path) -> None:
    old = part.with_suffix(".old")
    there = target.exists()
    if there:
        os.replace(target, old)
    try:
        os.replace(part, target)
    except OSError:
        if there:
            os.replace(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)
