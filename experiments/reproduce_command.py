"""`engram reproduce`: papers and theories, their figures beside ours, with a verdict."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from ..simulator.errors import ArchiveError, DescriptionError
from .progress import progress_bar
from .reporting import INTERRUPTED
from .reproductions.record import RECORD, Record
from .reproductions.registry import NAMES, find
from .reproductions.reproduction import (
    FIGURE,
    Reproduction,
    check_folder,
    check_size,
    reproduce,
    resumable,
)
from .text_table import text_table


@dataclass(frozen=True)
class Request:
    """What was typed."""

    names: tuple[str, ...]
    every: bool = False
    size: str = "ci"
    out: Path | None = None
    quiet: bool = False
    as_json: bool = False


def run(request: Request) -> int:
    """Do it and return the exit code: 0 if every row passes, 130 after Ctrl-C, else 1.

    Names, the size, the data that a reproduction needs and the folders, with the parts that they
    hold, are looked at first.
    """
    if not request.names and not request.every:
        print(listing())
        return 0
    chosen = _chosen(request)
    check_size(request.size)
    for what in chosen:
        what.parts(request.size)
    folders = [_folder(request, what) for what in chosen]
    records: list[Record] = []
    try:
        for what, folder in zip(chosen, folders, strict=True):
            records.append(_one(what, request, folder))
    except KeyboardInterrupt:
        print(_interrupted(chosen[len(records):], request, folders[len(records)]), file=sys.stderr)
        return INTERRUPTED
    if request.as_json:
        print(json.dumps([record.to_dict() for record in records]))
    elif not request.quiet and len(records) > 1:
        print(summary(records))
    return 0 if all(record.passes for record in records) else 1


def _chosen(request: Request) -> list[Reproduction]:
    if request.every and request.names:
        raise DescriptionError(f"--all and {', '.join(request.names)}: give names, or --all")
    return [find(n) for n in (NAMES if request.every else dict.fromkeys(request.names))]


def listing() -> str:
    """Every reproduction, and what it is about."""
    return text_table(("reproduction", "system", "source"),
                      [(n, find(n).system, find(n).paper) for n in NAMES])


def _folder(request: Request, what: Reproduction) -> Path | None:
    """DIR/NAME, made if it is not there; ArchiveError if it cannot be, or is of no use."""
    if request.out is None:
        return None
    folder = request.out / what.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ArchiveError(f"--out {request.out}: no folder {folder} can be made "
                           f"({problem.strerror}); choose one that you may write to") from problem
    check_folder(folder, request.size)
    resumable(what, request.size, folder)
    return folder


def _one(what: Reproduction, request: Request, folder: Path | None) -> Record:
    silent = request.quiet or request.as_json
    if folder is not None and (taken := resumable(what, request.size, folder)) and not silent:
        print(f"{what.name}: goes on after {taken} parts kept in {folder}", file=sys.stderr)
    with progress_bar(f"{what.name} ({request.size})", silent) as progress:
        record = reproduce(what, request.size, folder, progress)
    if not silent:
        print(record.text())
        if folder is not None:
            print(f"wrote {folder}: {RECORD}, {FIGURE}")
        print(flush=True)
    return record


def _interrupted(left: list[Reproduction], request: Request, folder: Path | None) -> str:
    what = left[0]
    if folder is None:
        return (f"interrupted in {what.name}; nothing was kept; with --out DIR each part is, and "
                "the same command goes on from there")
    kept = resumable(what, request.size, folder)
    again = ["engram", "reproduce", *(w.name for w in left), "--size", request.size, "--out",
             str(request.out)]
    return (f"interrupted in {what.name}; {kept} of its {len(what.parts(request.size))} parts are "
            f"kept in {folder}: `{shlex.join(again)}` goes on from there")


def summary(records: list[Record]) -> str:
    """One line a reproduction."""
    return text_table(
        ("reproduction", "figures", "do not pass", "seconds"),
        [(r.name, len(r.rows), sum(not row.passes for row in r.rows), f"{r.seconds:.1f}")
         for r in records])
