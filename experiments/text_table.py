"""Tables as plain text, the same on a terminal and in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def text_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns two spaces apart; a column of numbers is set to the right."""
    body = [[_cell(x) for x in row] for row in rows]
    right = [any(row[c] != "-" for row in body) and all(_numeric(row[c]) for row in body)
             for c in range(len(header))]
    width = [max(len(row[c]) for row in [list(header), *body]) for c in range(len(header))]
    rule = ["-" * w for w in width]
    return "\n".join(_line(row, width, right) for row in [list(header), rule, *body])


def _line(row: Sequence[str], width: Sequence[int], right: Sequence[bool]) -> str:
    return "  ".join(c.rjust(w) if r else c.ljust(w)
                     for c, w, r in zip(row, width, right, strict=True)).rstrip()


def _cell(x: object) -> str:
    return f"{x:,}" if isinstance(x, int) and not isinstance(x, bool) else str(x)


def _numeric(cell: str) -> bool:
    return cell in ("", "-") or cell.replace(",", "").replace(".", "").isdigit()
