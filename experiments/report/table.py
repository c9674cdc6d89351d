"""Tables as data, for Markdown and for the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .statistics import Estimate, number


@dataclass(frozen=True)
class Cell:
    """A text, and the number by which it sorts (None sorts last)."""

    text: str
    value: float | None = None


@dataclass(frozen=True)
class Table:
    """`title` names it, `note` says how to read it, `long` ones are folded away on the page."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    long: bool = False


def cell(value: object) -> Cell:
    """A cell of a text, a number or an estimate."""
    if isinstance(value, Estimate):
        return Cell(str(value), None if math.isnan(value.mean) else value.mean)
    if isinstance(value, int | float):
        return Cell(number(float(value)), None if math.isnan(value) else float(value))
    return Cell("-" if value is None else str(value))


def rows(values: Sequence[Sequence[object]]) -> list[list[Cell]]:
    """Cells of plain values."""
    return [[cell(v) for v in row] for row in values]


def markdown(table: Table) -> str:
    """The table in Markdown under its title, with its note."""
    head = [_escaped(h) for h in table.header]
    right = [any(row[c].value is not None for row in table.rows) for c in range(len(head))]
    lines = [f"| {' | '.join(head)} |",
             f"|{'|'.join('---:' if r else '---' for r in right)}|",
             *(f"| {' | '.join(_escaped(x.text) for x in row)} |" for row in table.rows)]
    return "\n\n".join(x for x in (f"### {table.title}", table.note, "\n".join(lines)) if x)


def _escaped(text: str) -> str:
    """As it is read: no borders of cells, no elements of HTML."""
    return text.replace("|", "\\|").replace("<", "\\<").replace("\n", " ")
