"""A folder of results that appears whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..simulator.errors import ArchiveError

MARK = "run.json"
"""The file that tells a folder of ours from anybody else's."""


@contextmanager
def new_folder(path: Path, overwrite: bool = False, mark: str = MARK) -> Iterator[Path]:
    """An empty folder beside `path` that takes its name when the block ends well.

    Made at once, so that an unwritable place is an ArchiveError before the run and not after it.
    A folder with files in it is kept unless `overwrite` and it holds a file called `mark`.
    """
    target = Path(os.path.realpath(path))
    _check(path, target, overwrite, mark)
    part = target.parent / f".{target.name}-{secrets.token_hex(4)}.part"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir()
    except OSError as problem:
        raise ArchiveError(f"--out {path}: no folder can be made in {target.parent} "
                           f"({problem.strerror}); choose one that you may write to") from problem
    try:
        yield part
        _put_in_place(part, target)
    except OSError as problem:
        raise ArchiveError(f"--out {path}: writing failed ({problem}); nothing was changed there; "
                           "make room or choose another folder") from problem
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check(path: Path, target: Path, overwrite: bool, mark: str) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise ArchiveError(f"--out {path} is a file; give the name of a folder")
    if not any(target.iterdir()):
        return
    if not overwrite:
        raise ArchiveError(f"--out {path} holds files already; choose another name, or add "
                           "--overwrite to replace an earlier run")
    if not (target / mark).is_file():
        raise ArchiveError(f"--out {path} holds files but no {mark}, so it is no earlier run and "
                           "--overwrite will not remove it; choose another name")


def _put_in_place(part: Path, target: Path) -> None:
    """Rename, the old run moved aside first, so that one of the two is always there."""
    old = part.with_suffix(".old")
    replaced = target.exists()
    if replaced:
        os.replace(target, old)
    try:
        os.replace(part, target)
    except OSError:
        if replaced:
            os.replace(old, target)
        raise
    shutil.rmtree(old, ignore_errors=True)
