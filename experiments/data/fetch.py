"""Fetching a data set: each file checked by its sum, the folder there whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from ...simulator.atomic import PathLike
from ...simulator.errors import ArchiveError, DescriptionError
from ...simulator.folder import whole_folder
from .catalogue import SETS
from .folder import MissingDataError, is_there, placed

BLOCK, PATIENCE = 1 << 16, 30.0
"""Bytes read at a time; seconds that a server may be silent."""

AGAIN = "try again, or name another server with --mirror"


def fetch(name: str, to: PathLike, mirror: str | None = None, overwrite: bool = False,
          progress: Callable[[float], None] | None = None) -> Path:
    """The folder `to`/`name` with all files of a set; one that is whole already is left alone.

    MissingDataError if the server does not answer or the set has none, ArchiveError if a file is
    not the one that is known: then nothing is left behind.
    """
    if name not in SETS:
        raise DescriptionError(f"no data set {name!r}; there are {', '.join(SETS)}")
    source = SETS[name]
    if not source.md5:
        raise MissingDataError(f"{name} has no address that lasts; {source.way_out}" if source.home
                               else f"{name} needs no fetching: {source.what}")
    base = mirror or source.mirror
    if not base.lower().startswith(("http://", "https://")):
        raise DescriptionError(f"--mirror {base!r} is no address of the web; it begins with http")
    target = placed(to, "--to ") / source.layouts[0]
    if all(_sum_of(target / file) == md5 for file, md5 in source.md5.items()):
        return target
    mark = next((file for file in source.md5 if is_there(target / file)), next(iter(source.md5)))
    with whole_folder(target, overwrite, mark, "data set", "--to ") as part:
        for number, (file, md5) in enumerate(source.md5.items()):
            if progress is not None:
                progress(number / len(source.md5))
            _one(base.rstrip("/") + "/" + file, part / file, md5)
    return target


def _one(address: str, path: Path, md5: str) -> None:
    found = hashlib.md5(usedforsecurity=False)
    with path.open("wb") as file:
        for block in _blocks(address):
            found.update(block)
            file.write(block)
    if found.hexdigest() != md5:
        raise ArchiveError(f"{address} has the MD5 sum {found.hexdigest()}, the known file {md5}; "
                           f"nothing was kept; {AGAIN}")


def _blocks(address: str) -> Iterator[bytes]:
    """What the server sends; MissingDataError unless it sends all that it announces."""
    try:
        with urlopen(address, timeout=PATIENCE) as answer:
            while block := answer.read(BLOCK):
                yield block
            left = answer.length
    except (OSError, HTTPException, ValueError) as problem:
        raise MissingDataError(f"{address} did not answer ({problem}); {AGAIN}") from problem
    if left:
        raise MissingDataError(f"{address} broke off {left} bytes before its end; nothing was "
                               f"kept; {AGAIN}")


def _sum_of(path: Path) -> str:
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(
                file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError:
        return ""
