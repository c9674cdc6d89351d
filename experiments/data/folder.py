"""Where data sets lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from ...simulator.atomic import PathLike
from ...simulator.errors import EngramError

VARIABLE = "ENGRAM_DATA"


class MissingDataError(EngramError, LookupError):
    """A data set is not on this machine; the message says how to get it."""


def root(folder: PathLike | None = None) -> Path | None:
    """`folder`, or the one that ENGRAM_DATA names, or None."""
    named = folder if folder is not None else os.environ.get(VARIABLE) or None
    return None if named is None else Path(named).expanduser()


def find(name: str, layouts: tuple[str, ...], folder: PathLike | None, way_out: str) -> Path:
    """The first of `layouts` that is a folder in the root; else an error that ends `way_out`."""
    base = root(folder)
    if base is None:
        raise MissingDataError(f"{name}: no folder of data is named; {way_out}, and set {VARIABLE} "
                               "to DIR or give folder=")
    for layout in layouts:
        if (base / layout).is_dir():
            return base / layout
    raise MissingDataError(f"{name} is not in {base} (looked for {', '.join(layouts)}); {way_out}, "
                           f"and set {VARIABLE} to DIR or give folder=")
