"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .atomic import PathLike
from .errors import ArchiveError

EXPORT = "report.json"
"""The file by which an earlier export is known."""


@contextmanager
def whole_folder(path: PathLike, overwrite: bool = False, mark: str = EXPORT, kind: str = "export",
                 option: str = "") -> Iterator[Path]:
    """An empty folder beside `path` that takes its name when the block ends well.

    Made at once, so that an unwritable place is an ArchiveError before the work and not after it.
    A folder with files in it is kept unless `overwrite` and it holds a file called `mark`, by which
    an earlier one of this `kind` is known. `option` goes before the path in messages.
    """
    target, named = Path(os.path.realpath(path)), f"{option}{os.fspath(path)}"
    try:
        _check(named, target, overwrite, mark, kind)
    except OSError as problem:
        raise ArchiveError(f"{named} cannot be looked into ({problem.strerror}); choose another "
                           "folder") from problem
    part = target.parent / f".{target.name}-{secrets.token_hex(4)}.part"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
    except OSError as problem:
        raise ArchiveError(f"{named}: no folder can be made in {target.parent} "
                           f"({problem.strerror}); choose one that you may write to") from problem
    try:
        yield part
        _place(part, target)
    except OSError as problem:
        raise ArchiveError(f"{named}: writing failed ({problem}); nothing was changed there; make "
                           "room or choose another folder") from problem
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check(path: str, target: Path, overwrite: bool, mark: str, kind: str) -> None:
    if target.exists() and not target.is_dir():
        raise ArchiveError(f"{path} is a file; give the name of a folder")
    if not target.exists() or not any(target.iterdir()):
        return
    if not overwrite:
        raise ArchiveError(f"{path} holds files already; choose another name, or replace an "
                           f"earlier {kind} with --overwrite (in Python overwrite=True)")
    if not (target / mark).is_file():
        raise ArchiveError(f"{path} holds files but no {mark}, so it is no earlier {kind} and is "
                           "not removed; choose another name")


def _place(part: Path, target: Path) -> None:
    """Rename, the old folder moved aside first, so that one of the two is always there."""
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
