"""The table that `engram compare` ends with."""

from __future__ import annotations

from collections.abc import Iterable

from ..compare.record import Record
from ..text_table import text_table
from .gather import Comparison, compared, said
from .statistics import estimate


def summary_text(records: Iterable[Record]) -> str:
    """A table a comparison: summaries if the task has some, else the metrics at its end."""
    return "\n\n".join(f"{c.title}; {_seeds(c)}\n\n{_table(c)}"
                       for c in compared(records))


def _seeds(c: Comparison) -> str:
    return f"{len(c.seeds)} seeds, mean and 95 % interval" if len(c.seeds) > 1 else "one seed"


def _table(c: Comparison) -> str:
    if not c.memories:
        return "nothing was measured"
    if c.summaries:
        return text_table(("", *c.memories), [
            (name, *(estimate(list(c.summary(m, name).values())) for m in c.memories))
            for name in c.summaries])
    name = c.curves[0].y if c.curves else c.metrics[0]
    return text_table((f"{name} at", *c.memories), [
        (said(at), *(estimate(list(c.metric(m, at, name).values())) for m in c.memories))
        for at in c.conditions])
