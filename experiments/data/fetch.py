"""Fetching a data set: each file checked by its sum, the folder there whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from ...simulator.atomic import PathLike
from ...simulator.errors import ArchiveError, DescriptionError
from ...simulator.folder import whole_folder
from .catalogue import SETS
from .folder import MissingDataError

BLOCK, PATIENCE = 1 << 16, 30.0
"""Bytes read at a time; seconds that a server may be silent."""


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
    if not base.startswith(("http://", "https://")):
        raise DescriptionError(f"--mirror {base!r} is no address of the web; it begins with http")
    target = Path(to).expanduser() / source.layouts[0]
    if all(_sum_of(target / file) == md5 for file, md5 in source.md5.items()):
        return target
    with whole_folder(target, overwrite, next(iter(source.md5)), "data set", "--to ") as part:
        for number, (file, md5) in enumerate(source.md5.items()):
            if progress is not None:
                progress(number / len(source.md5))
            _one(base.rstrip("/") + "/" + file, part / file, md5)
    return target


def _one(address: str, path: Path, md5: str) -> None:
    found = hashlib.md5(usedforsecurity=False)
    try:
        with urlopen(address, timeout=PATIENCE) as answer, path.open("wb") as file:
            while block := answer.read(BLOCK):
                found.update(block)
                file.write(block)
    except (URLError, HTTPException, TimeoutError, ConnectionError) as problem:
        raise MissingDataError(f"{address} did not answer ({problem}); try again, or name another "
                               "server with --mirror") from problem
    if found.hexdigest() != md5:
        raise ArchiveError(f"{address} has the MD5 sum {found.hexdigest()}, the known file {md5}; "
                           "nothing was kept; try again, or name another server with --mirror")


def _sum_of(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(
            file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
