"""Write the tables of docs/reproductions.md from the records of the last runs.

`engram reproduce --all --out docs/reproductions` makes the records, `python
docs/reproduction_tables.py` rewrites what stands between the markers; a test checks that it is
current. A row that does not pass is shown as not passing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from engram.experiments.reproductions.record import FAILS, Record, load_record, rows_of

PAGE = Path(__file__).with_name("reproductions.md")
RECORDS = Path(__file__).with_name("reproductions")
START, END = "<!-- tables: written by docs/reproduction_tables.py -->", "<!-- /tables -->"


def records() -> list[Record]:
    """The records kept, by name."""
    return [load_record(path) for path in sorted(RECORDS.glob("*/record.json"))]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"
             for row in [head, *rows]]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])


def verdict(record: Record) -> str:
    """How many of its figures pass."""
    failed = sum(not row.passes for row in record.rows)
    return (f"all {len(record.rows)} pass" if record.passes
            else f"**{failed} of {len(record.rows)}: {FAILS}**")


def section(record: Record) -> str:
    """One reproduction: figure, and every row where the reader opens it, or where one fails."""
    rows = [(what, expected, ours, source, said if said != FAILS else f"**{said}**")
            for what, expected, ours, source, said in rows_of(record.rows)]
    return "\n\n".join([
        f"### {record.name}", f"{record.system}. Source: {record.paper}. Claim: {record.claim}.",
        f"![{record.name}](reproductions/{record.name}/figure.png)",
        f"<details{'' if record.passes else ' open'}><summary>{len(rows)} figures</summary>",
        table(("figure", "expected", "ours", "from", "verdict"), rows), "</details>"])


def tables() -> str:
    """Everything between the markers: one line a system, then every figure of each."""
    found = records()
    summary = table(
        ("reproduction", "system", "claim", "figures", "size", "seconds"),
        ((f"[{r.name}](#{r.name})", r.system, r.claim, verdict(r), r.size, f"{r.seconds:.0f}")
         for r in found))
    return "\n\n".join([summary, *(section(r) for r in found)])


def renewed(text: str) -> str:
    """`text` with the tables of today; ValueError without the markers."""
    head, _, rest = text.partition(START)
    old, _, tail = rest.partition(END)
    if not old:
        raise ValueError(f"{PAGE} lacks {START} ... {END}")
    return f"{head}{START}\n{tables()}\n{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text()))
