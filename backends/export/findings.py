"""What an export has to say about a network: errors, warnings, and facts worth knowing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from ...simulator.errors import EngramError

ERROR, WARN, INFO = "error", "warn", "info"
LEVELS = (ERROR, WARN, INFO)


@dataclass(frozen=True)
class Finding:
    """One thing found by one rule.

    `where` names the object, `value` what it has, `limit` what there can be, `source` where the
    limit comes from, `repair` the way out; `lossy` says that --lossy lets an error through, and
    `fix` that --repair can mend it.
    """

    code: str
    level: str
    where: str
    value: str
    limit: str = ""
    source: str = ""
    repair: str = ""
    lossy: bool = False
    fix: bool = False

    def __str__(self) -> str:
        ends = [x for x in (self.limit and f"limit: {self.limit}", self.repair) if x]
        return f"{self.code} {self.where}: {'; '.join([self.value, *ends])}"

    def to_dict(self) -> dict[str, Any]:
        """Its fields, for JSON."""
        return asdict(self)


class ExportError(EngramError, ValueError):
    """A network cannot be exported as it stands; `findings` are the errors."""

    def __init__(self, target: str, findings: Iterable[Finding]) -> None:
        self.target, self.findings = target, list(findings)
        lines = [str(f) + _way(f) for f in together(self.findings)]
        super().__init__(f"export to {target} is refused, nothing was written:\n  - "
                         + "\n  - ".join(lines))

    def __reduce__(self) -> tuple[type, tuple[str, list[Finding]]]:
        return type(self), (self.target, self.findings)


def together(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that differ only in where they were made, as one."""
    found: dict[Finding, list[str]] = {}
    for f in findings:
        found.setdefault(replace(f, where=f.where.split(" ")[0]), []).append(f.where)
    return [replace(f, where=_names(f.where, where)) for f, where in found.items()]


def _names(kind: str, where: list[str]) -> str:
    return where[0] if len(where) == 1 else ", ".join(
        [where[0], *(w.removeprefix(f"{kind} ") for w in where[1:])])


def _way(finding: Finding) -> str:
    ways = [w for w, there in (("--repair does that", finding.fix),
                               ("--lossy lets it through, as a loss that is listed",
                                finding.lossy)) if there]
    return f" ({'; '.join(ways)})" if ways else ""


def blocking(findings: Iterable[Finding], lossy: bool) -> list[Finding]:
    """The errors that stop an export."""
    return [f for f in findings if f.level == ERROR and not (lossy and f.lossy)]
