"""Records of a comparison: sealed JSON, whole or not there, the same bytes whoever made them.

A record holds what was measured or why it was not, and how to measure it again; nothing of when,
where or how fast: that stands in a file of the same name under timings/.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ...models.memory import OpCount
from ...simulator.atomic import check_writable, replacing
from ...simulator.errors import ArchiveError
from ..tasks.task import Point
from .job import Job

FORMAT = 1
RECORDS, TIMINGS = "records", "timings"
Status = Literal["measured", "skipped", "failed"]


@dataclass(frozen=True)
class Record:
    """One job, done. `reason` says why it was skipped or how it failed.

    `made_by` are versions and digests: a record is taken over only where they are the same.
    `about` tells what the task and the memory are, and how curves are drawn, so that a report needs
    nothing but records. `theory` has what is known for each point, metrics by name. `domains` are
    the alphabets in which the memory was built, `refused` why it could not be for some conditions.
    """

    job: Job
    made_by: Mapping[str, Any]
    status: Status
    points: tuple[Point, ...] = ()
    summary: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    theory: tuple[Mapping[str, float], ...] = ()
    domains: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data that JSON can hold; what is no number is null."""
        job = self.job.labelled()
        return {"format": FORMAT, "job": job.as_dict(), "command": job.command,
                "made_by": dict(self.made_by), "status": self.status, "reason": self.reason,
                "points": [plain_point(p) for p in self.points],
                "summary": plain(self.summary), "about": dict(self.about),
                "theory": [plain(t) for t in self.theory], "domains": list(self.domains),
                "refused": list(self.refused)}


def plain_point(point: Point) -> dict[str, Any]:
    """A point as plain data."""
    return {"at": plain(point.at), "metrics": plain(point.metrics),
            "ops": {phase: plain(ops.as_dict()) for phase, ops in point.ops.items()},
            "items": int(point.items), "queries": int(point.queries),
            "state_bits": int(point.state_bits),
            "codings": {name: int(bits) for name, bits in point.codings.items()}}


def point_from(data: Mapping[str, Any]) -> Point:
    """The inverse of `plain_point`."""
    return Point({k: v if isinstance(v, str) else _number(v) for k, v in data["at"].items()},
                 numbers(data["metrics"]),
                 {phase: OpCount(**numbers(ops)) for phase, ops in data["ops"].items()},
                 data["items"], data["queries"], data["state_bits"], dict(data["codings"]))


def save(record: Record, folder: Path) -> Path:
    """Seal it and put it under folder/records; an earlier one is replaced."""
    path = folder / RECORDS / f"{record.job.stem}.json"
    write_text(path, sealed(record.to_dict()))
    return path


def load(path: Path) -> Record:
    """A record from its file. ArchiveError if it is not one, or any byte of it was changed."""
    try:
        text = path.read_bytes().decode()  # as it is: other ends of lines are other bytes
        data = json.loads(text)
        seal = data.pop("sha256")
        if sealed(data) != text:
            raise ArchiveError(f"{path}: its digest is not {seal[:12]}...; it was cut short or "
                               "changed after it was written")
        if data["format"] != FORMAT:
            raise ArchiveError(f"{path}: format {data['format']}; this engram reads {FORMAT}")
        return Record(Job.from_dict(data["job"]), data["made_by"], data["status"],
                      tuple(map(point_from, data["points"])),
                      numbers(data["summary"]), data["reason"], data["about"],
                      tuple(map(numbers, data["theory"])), tuple(data["domains"]),
                      tuple(data["refused"]))
    except ArchiveError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise ArchiveError(f"{path} is not the whole record of a comparison "
                           f"({type(problem).__name__}: {problem})") from problem


def records_in(folder: Path) -> list[Path]:
    """The files of records under a folder, by name."""
    return sorted((folder / RECORDS).glob("*.json"))


def sealed(data: Mapping[str, Any]) -> str:
    """The text of a record: its data in their own order, and their SHA-256 as the last entry."""
    body = json.dumps(data, allow_nan=False, ensure_ascii=False)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return json.dumps({**data, "sha256": digest}, indent=1, allow_nan=False,
                      ensure_ascii=False) + "\n"


def check_folder(folder: Path) -> None:
    """ArchiveError unless records and timings can be put there. Ask before anything is measured."""
    for part in (folder / RECORDS, folder / TIMINGS):
        _make(part)
        check_writable(part / "record.json")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ArchiveError(f"no folder {folder} can be made ({problem.strerror}); choose one that "
                           "you may write to") from problem


def write_text(path: Path, text: str) -> None:
    """Whole or not at all; the folder is made."""
    _make(path.parent)
    with replacing(path) as part:
        Path(part).write_text(text, encoding="utf-8")


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers and texts by name as JSON holds them: NaN is null, infinities are texts."""
    return {k: v if isinstance(v, str) else _finite(float(v)) for k, v in values.items()}


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """The inverse of `plain`, for numbers."""
    return {k: _number(v) for k, v in values.items()}


def _finite(value: float) -> float | str | None:
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return None if math.isnan(value) else value


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
