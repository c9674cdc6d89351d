"""A reproduction: parts that measure, a judge, a figure; and how it is run, kept and resumed.

A part is a function without arguments that returns plain numbers (what JSON holds). Judging and
drawing read nothing but those numbers, so a record can be judged and drawn again. With a folder,
each part is kept there as soon as it ends: an interrupted run goes on after the last whole part.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...simulator.atomic import check_writable
from ...simulator.errors import ArchiveError, DescriptionError
from ..code_digest import code_digest
from .record import RECORD, Record, Row, write_json

SIZES = ("ci", "full")
PARTS, FIGURE = "parts-{size}.json", "figure.png"
"""Parts of each size have a file of their own: a quick run takes nothing from a long one."""

Measured = dict[str, Any]
Parts = Mapping[str, Callable[[], Any]]


@dataclass(frozen=True)
class Reproduction:
    """What a paper or a theory claims, and the parts that measure it.

    `parts(size)` lists the parts in their order and raises before anything runs where something
    is missing; it does no work itself. `judge(measured)` gives the rows. `draw(measured)` gives
    axes, or an array of axes of one figure, of the paper's kind.
    """

    name: str
    system: str
    paper: str
    claim: str
    parts: Callable[[str], Parts]
    judge: Callable[[Measured], list[Row]]
    draw: Callable[[Measured], Any]


def reproduce(what: Reproduction, size: str = "ci", folder: Path | None = None,
              progress: Callable[[float], None] | None = None) -> Record:
    """Run the parts that `folder` does not hold yet; judge, draw, keep the record.

    A finished run is done anew; parts of other code or of another size are not taken.
    `folder` must exist. DescriptionError for an unknown size.
    """
    from ... import __version__
    check_size(size)
    parts = what.parts(size)
    kept = _kept(folder, what.name, size) if folder is not None else {}
    for number, (name, part) in enumerate(parts.items()):
        if progress is not None:
            progress(number / len(parts))
        if name not in kept:
            began = time.perf_counter()
            found = part()
            kept[name] = {"found": found, "seconds": time.perf_counter() - began}
            if folder is not None:
                write_json(_parts_file(folder, size), {"of": _made_by(what.name, size),
                                                       "parts": kept, "sha256": _seal(kept)})
    measured = {name: kept[name]["found"] for name in parts}
    seconds = sum(kept[name]["seconds"] for name in parts)
    record = Record(what.name, what.system, what.paper, what.claim, size,
                    tuple(what.judge(measured)), round(seconds, 1), __version__, measured)
    if folder is not None:
        _keep(folder, what, record)
    return record


def check_size(size: str) -> None:
    """DescriptionError unless there is such a size."""
    if size not in SIZES:
        raise DescriptionError(f"--size {size!r} is not known; there are {', '.join(SIZES)}")


def check_folder(folder: Path, size: str) -> None:
    """ArchiveError unless what a run writes can be put into an existing folder."""
    for path in (_parts_file(folder, size), folder / RECORD, folder / FIGURE):
        check_writable(path)


def resumable(what: Reproduction, size: str, folder: Path) -> int:
    """How many parts an interrupted run left in `folder` that would be taken over."""
    return len(_kept(folder, what.name, size))


def _keep(folder: Path, what: Reproduction, record: Record) -> None:
    from ..figures import save
    save(what.draw(record.measured), folder / FIGURE)
    record.save(folder)
    _parts_file(folder, record.size).unlink(missing_ok=True)


def _parts_file(folder: Path, size: str) -> Path:
    return folder / PARTS.format(size=size)


def _kept(folder: Path, name: str, size: str) -> dict[str, Any]:
    path = _parts_file(folder, size)
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        made_by, parts = data["of"], dict(data["parts"])
        if made_by != _made_by(name, size):
            return {}
        if data["sha256"] != _seal(parts):
            raise ValueError("its digest is that of other parts")
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ArchiveError(f"{path} does not hold parts of a reproduction ({problem!r}); remove it "
                           "or choose another folder") from problem
    return parts


def _seal(parts: Mapping[str, Any]) -> str:
    """A digest of kept parts: what was changed since is not taken."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _made_by(name: str, size: str) -> dict[str, str]:
    """What kept parts must agree on to be taken: the reproduction, its size, and all code."""
    return {"name": name, "size": size, "code": code_digest()}
