"""What a reproduction found: one row a figure, each with what was expected and a verdict."""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...simulator.atomic import replacing
from ...simulator.errors import ArchiveError
from ..text_table import text_table

RECORD = "record.json"
PASSES, FAILS = "passes", "DOES NOT PASS"


@dataclass(frozen=True)
class Row:
    """A figure of ours and the closed range [low, high] that it must fall into.

    `expected` says the range as a person would; `source` where it comes from: "theory", "paper",
    "independent simulation", "exact".
    """

    what: str
    ours: float
    low: float
    high: float
    expected: str
    source: str

    @property
    def passes(self) -> bool:
        """Whether ours is inside; what is not a number is not."""
        return self.low <= self.ours <= self.high

    @property
    def verdict(self) -> str:
        """`passes` in words."""
        return PASSES if self.passes else FAILS


def near(what: str, ours: float, expected: float, tolerance: float, source: str) -> Row:
    """Ours is within `tolerance` (absolute) of a value."""
    return Row(what, float(ours), expected - tolerance, expected + tolerance,
               f"{expected:.5g} ± {tolerance:.2g}", source)


def between(what: str, ours: float, low: float, high: float, source: str) -> Row:
    """Ours is in [low, high]."""
    return Row(what, float(ours), low, high, f"{low:.5g} to {high:.5g}", source)


def at_least(what: str, ours: float, low: float, source: str) -> Row:
    """Ours is `low` or more."""
    return Row(what, float(ours), low, math.inf, f"≥ {low:.5g}", source)


def at_most(what: str, ours: float, high: float, source: str) -> Row:
    """Ours is `high` or less."""
    return Row(what, float(ours), -math.inf, high, f"≤ {high:.5g}", source)


@dataclass(frozen=True)
class Record:
    """One reproduction, run. `measured` holds the plain numbers behind the rows and the figure."""

    name: str
    system: str
    paper: str
    claim: str
    size: str
    rows: tuple[Row, ...]
    seconds: float
    version: str
    measured: dict[str, Any]

    @property
    def passes(self) -> bool:
        """Whether there is a row and every row passes."""
        return bool(self.rows) and all(row.passes for row in self.rows)

    def text(self) -> str:
        """For a terminal."""
        failed = sum(not row.passes for row in self.rows)
        verdict = "all pass" if self.passes else f"{failed} of {len(self.rows)} DO NOT PASS"
        return "\n".join([
            f"{self.name} ({self.size}): {self.system}", f"source: {self.paper}",
            f"claim: {self.claim}", "",
            text_table(("figure", "expected", "ours", "from", "verdict"), rows_of(self.rows)), "",
            f"figures: {len(self.rows)}, {verdict}; {self.seconds:.1f} s"])

    def to_dict(self) -> dict[str, Any]:
        """Plain data that JSON can hold: an open end of a range is None, as is a NaN."""
        plain = asdict(self)
        plain["rows"] = [{k: _finite(v) for k, v in asdict(row).items()}
                         | {"verdict": row.verdict} for row in self.rows]
        return plain | {"passes": self.passes}

    def save(self, folder: Path) -> None:
        """Write record.json into an existing folder; an earlier one is replaced."""
        write_json(folder / RECORD, self.to_dict())


def load_record(path: str | os.PathLike[str]) -> Record:
    """A record from its file; ArchiveError if it is not one."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        rows = tuple(Row(r["what"], _or(r["ours"], math.nan), _or(r["low"], -math.inf),
                         _or(r["high"], math.inf), r["expected"], r["source"])
                     for r in data["rows"])
        return Record(data["name"], data["system"], data["paper"], data["claim"], data["size"],
                      rows, data["seconds"], data["version"], data["measured"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ArchiveError(f"{path} is not the record of a reproduction ({problem!r}); "
                           "`engram reproduce NAME --out DIR` writes one") from problem


def rows_of(rows: tuple[Row, ...]) -> list[tuple[str, ...]]:
    """The cells of a table."""
    return [(r.what, r.expected, f"{r.ours:.5g}", r.source, r.verdict) for r in rows]


def write_json(path: Path, data: Any) -> None:
    """Whole or not at all."""
    with replacing(path) as part:
        Path(part).write_text(json.dumps(data, indent=1, allow_nan=False) + "\n",
                              encoding="utf-8")


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _or(value: Any, missing: float) -> float:
    return missing if value is None else float(value)
