"""Where data sets lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from ...simulator.atomic import PathLike
from ...simulator.errors import ArchiveError, EngramError

VARIABLE = "ENGRAM_DATA"


class MissingDataError(EngramError, LookupError):
    """A data set is not on this machine; the message says how to get it."""


def root(folder: PathLike | None = None) -> Path | None:
    """`folder`, or the one that ENGRAM_DATA names, or None."""
    named = folder if folder is not None else os.environ.get(VARIABLE) or None
    return None if named is None else placed(named, "the folder of data ")


def placed(path: PathLike, what: str) -> Path:
    """`path` with a home written out; MissingDataError, beginning with `what`, if it is nobody's.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as problem:
        raise MissingDataError(f"{what}{os.fspath(path)!r} begins with the name of no user of this "
                               "machine; write the whole path") from problem


def find(name: str, layouts: tuple[str, ...], folder: PathLike | None,
         way_out: str) -> list[Path]:
    """Those of `layouts` that are folders in the root; if none is, an error that ends `way_out`."""
    base = root(folder)
    if base is None:
        raise MissingDataError(f"{name}: no folder of data is named; {way_out}, and set {VARIABLE} "
                               "to DIR or give folder=")
    found = [base / layout for layout in layouts if is_there(base / layout, folder=True)]
    if not found:
        raise MissingDataError(f"{name} is not in {base} (looked for {', '.join(layouts)}); "
                               f"{way_out}, and set {VARIABLE} to DIR or give folder=")
    return found


def is_there(path: Path, folder: bool = False) -> bool:
    """Whether `path` is a file (a `folder`); ArchiveError where one may not look."""
    try:
        return path.is_dir() if folder else path.is_file()
    except OSError as problem:
        raise unreadable(path, problem) from problem


def unreadable(path: Path, problem: OSError) -> ArchiveError:
    """The error that says so, and what to do."""
    return ArchiveError(f"{path} cannot be read ({problem.strerror}); get the right to read it, or "
                        "name another folder")
