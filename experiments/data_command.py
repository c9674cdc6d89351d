"""`engram data`: which data sets are here, and fetching one."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..simulator.errors import EngramError, MissingPackageError
from .data import catalogue
from .data.catalogue import SETS
from .data.fetch import fetch
from .data.folder import MissingDataError, is_there, root
from .data.images import Images
from .data.nmnist import EventSet
from .progress import progress_bar
from .text_table import text_table

READERS: dict[str, Callable[[Path | None], Any]] = {
    "digits": lambda _: catalogue.digits(), "mnist": catalogue.mnist,
    "fashion-mnist": catalogue.fashion_mnist, "n-mnist": catalogue.nmnist}


def show(folder: Path | None, as_json: bool) -> int:
    """Print every set and what of it is here; 0."""
    found = {name: _found(name, folder) for name in SETS}
    if as_json:
        print(json.dumps({"folder": str(root(folder) or ""), "sets": {
            name: {"what": SETS[name].what, "here": here, "get": _get(name)}
            for name, here in found.items()}}))
        return 0
    print(text_table(("set", "what", "here", "how to get it"),
                     [(n, SETS[n].what, here, _get(n)) for n, here in found.items()]))
    print(f"looked in {_place(folder)}")
    return 0


def get(name: str, to: Path, mirror: str | None, overwrite: bool, quiet: bool) -> int:
    """Fetch a set and say where it is; 0."""
    with progress_bar(f"fetching {name}", quiet) as progress:
        place = fetch(name, to, mirror, overwrite, progress)
    if not quiet:
        home = shlex.quote(str(to.expanduser().absolute()))
        print(f"{place}: {', '.join(SETS[name].md5)}\nexport ENGRAM_DATA={home}")
    return 0


def _place(folder: Path | None) -> str:
    place = root(folder)
    if place is None:
        return "no folder: set ENGRAM_DATA or give --from DIR"
    return f"{place}{'' if is_there(place, folder=True) else ', which is no folder'}"


def _get(name: str) -> str:
    if SETS[name].mirror:
        return f"engram data fetch {name} --to DIR"
    return SETS[name].home or "pip install scikit-learn"


def _found(name: str, folder: Path | None) -> str:
    try:
        found = READERS[name](folder)
    except (MissingDataError, MissingPackageError):
        return "no"
    except EngramError as problem:
        return f"cannot be used: {problem}"
    if isinstance(found, Images):
        return f"{len(found)} images"
    if isinstance(found, EventSet):
        return found.note or ", ".join(f"{len(f)} {part}" for part, f in found.files.items())
    parts = ", ".join(f"{len(images)} {part}" for part, images in
                      (("train", found.train), ("test", found.test)) if images is not None)
    return parts + (f" ({found.note.partition(': ')[2]})" if found.note else "")
