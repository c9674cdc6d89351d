"""What an export did, for people (report.md) and for programs (report.json)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .findings import ERROR, LEVELS, Finding, together
from .predict import Need

TITLES = {"error": "Losses", "warn": "Warnings", "info": "Good to know"}


@dataclass(frozen=True)
class Report:
    """`losses` are the errors that --lossy let through; `repaired` what --repair changed.

    `weights` has a row for each receptor of the board: population, receptor, shift, resolution.
    """

    target: str
    network: str
    digest: str
    steps: int
    dt_ms: float
    files: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    repaired: tuple[Finding, ...] = ()
    requirements: tuple[str, ...] = ()
    need: Need | None = None
    weights: tuple[dict[str, Any], ...] = ()
    label_steps: dict[str, int] = field(default_factory=dict)

    @property
    def losses(self) -> tuple[Finding, ...]:
        """Errors that were let through."""
        return tuple(f for f in self.findings if f.level == ERROR)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"target": self.target, "network": self.network, "digest": self.digest,
                "steps": self.steps, "dt_ms": self.dt_ms, "files": list(self.files),
                "requirements": list(self.requirements),
                "losses": [f.to_dict() for f in self.losses],
                "findings": [f.to_dict() for f in self.findings],
                "repaired": [f.to_dict() for f in self.repaired],
                "prediction": self.need.to_dict() if self.need else None,
                "weights": list(self.weights), "label_steps": self.label_steps}

    def text(self) -> str:
        """A few lines for a terminal."""
        lines = [f"exported {self.network!r} to {self.target}: {', '.join(self.files)}"]
        lines += [f"repaired: {f}" for f in self.repaired]
        lines += [f"loss: {f}" if f.level == ERROR else f"{f.level}: {f}"
                  for f in together(self.findings)]
        if self.need is not None:
            lines.append(_need_line(self.need))
        return "\n".join(lines)

    def markdown(self) -> str:
        """The page report.md."""
        parts = [f"# Export to {self.target}", "",
                 _table(("", ""), [("network", f"`{_cell(repr(self.network))}`"),
                                   ("digest", f"`{self.digest}`"),
                                   ("duration", f"{self.steps} steps of {self.dt_ms:g} ms"),
                                   ("needs", ", ".join(f"`{r}`" for r in self.requirements)
                                    or "-"),
                                   ("files", ", ".join(f"`{f}`" for f in self.files))])]
        for level in LEVELS:
            parts += _section(TITLES[level], [f for f in self.findings if f.level == level])
        parts += _section("Repaired", self.repaired)
        if self.need is not None:
            parts += ["", "## What it needs (predicted)", "", _need_line(self.need), "",
                      _table(("population", "cores"), self.need.per_core.items()), "",
                      f"Energy on SpiNNaker 2: {self.need.spinnaker2}, as its vendor says. "
                      f"Constants: {self.need.source}."]
        if self.weights:
            parts += ["", "## Weights as the board stores them", "",
                      _table(("population", "receptor", "shift", "smallest weight"),
                             [(w["population"], w["receptor"], w["shift"],
                               f"{w['resolution']:.3g} {w['unit']}") for w in self.weights])]
        parts += ["", "Nothing else was changed or left out. `network.h5` holds the description "
                  "without any loss: `engram.Network.load('network.h5')`.", ""]
        return "\n".join(parts)


def _need_line(need: Need) -> str:
    return (f"about {need.cores} cores on {need.chips} chips ({need.boards} boards), "
            f"{need.sdram / 1e6:.3g} MB of SDRAM, {need.energy_low:.3g} to "
            f"{need.energy_high:.3g} J in {need.seconds:.3g} s on the wall: the chips in use "
            "without a spike, to a whole board with 30 spikes a second of every neuron; without "
            "power supply, links and frame")


def _section(title: str, findings: Iterable[Finding]) -> list[str]:
    rows = [(f.code, f.where, f.value, f.limit, f.source, f.repair) for f in together(findings)]
    if not rows:
        return []
    return ["", f"## {title}", "", _table(("rule", "where", "what", "limit", "source", "way out"),
                                          rows)]


def _table(head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> str:
    head = list(head)
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(x) for x in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ") or "-"
