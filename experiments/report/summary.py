"""The table that `engram compare` ends with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..compare.record import Record
from ..text_table import text_table
from .gather import Comparison, compared, said
from .statistics import Estimate, estimate


def summary_text(records: Iterable[Record]) -> str:
    """A table a comparison: summaries if the task has some, else the metrics at its end."""
    return "\n\n".join(f"{c.title}; {_seeds(c)}\n\n{_table(c)}" for c in compared(records))


def _seeds(c: Comparison) -> str:
    return f"{len(c.seeds)} seeds, mean and 95 % interval" if len(c.seeds) > 1 else "one seed"


def _table(c: Comparison) -> str:
    if not c.memories:
        return "nothing was measured"
    if c.summaries:
        found = {m: [estimate(list(c.summary(m, n).values())) for n in c.summaries]
                 for m in c.memories}
        return _oriented("", c.summaries, found)
    name = c.curves[0].y if c.curves else c.metrics[0]
    found = {m: [estimate(list(c.metric(m, at, name).values())) for at in c.conditions]
             for m in c.memories}
    return _oriented(f"{name} at", [said(at) for at in c.conditions], found)


def _oriented(corner: str, names: Sequence[str], found: dict[str, list[Estimate]]) -> str:
    """A column a memory, or a row where there are more memories than numbers of each."""
    if len(found) > len(names):
        return text_table((corner, *names), [(m, *row) for m, row in found.items()])
    return text_table((corner, *found), [(name, *(row[k] for row in found.values()))
                                         for k, name in enumerate(names)])
