"""All numbers of the records, one a line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator

from ..tasks.task import Point
from .gather import Comparison

FIXED = ("task", "size", "backend", "domain_asked", "state_bits_asked", "memory", "patterns",
         "seed", "status", "reason", "point", "phase", "quantity", "value")
"""`point` numbers the points of a record; `phase` is "metric", "theory", "summary", "state",
"count", or a phase of the operations; then come the conditions, `at.` and a name."""


def long_csv(comparisons: Iterable[Comparison]) -> str:
    """CSV with a header. A memory that was not measured has one line, with the reason."""
    everything = list(comparisons)
    at = sorted({k for c in everything for m in c.memories for r in c.measured(m).values()
                 for p in r.points for k in p.at})
    text = io.StringIO()
    writer = csv.DictWriter(text, [*FIXED, *(f"at.{k}" for k in at)], lineterminator="\n")
    writer.writeheader()
    for c in everything:
        writer.writerows(_lines(c))
    return text.getvalue()


def _lines(c: Comparison) -> Iterator[dict[str, object]]:
    for memory, by_seed in c.records.items():
        for seed, r in sorted(by_seed.items()):
            fixed: dict[str, object] = {
                "task": c.task, "size": c.size, "backend": c.backend,
                "domain_asked": c.domain or "", "state_bits_asked": c.state_bits or "",
                "memory": memory, "patterns": " ".join(r.domains), "seed": seed,
                "status": r.status, "reason": r.reason}
            if r.status != "measured":
                yield fixed
            for name, value in r.summary.items():
                yield {**fixed, "phase": "summary", "quantity": name, "value": _text(value)}
            for number, (point, known) in enumerate(zip(r.points, r.theory, strict=True)):
                at = {f"at.{k}": v for k, v in point.at.items()}
                for phase, quantity, value in _numbers(point, dict(known)):
                    yield {**fixed, **at, "point": number, "phase": phase, "quantity": quantity,
                           "value": _text(value)}


def _numbers(point: Point, known: dict[str, float]) -> Iterator[tuple[str, str, float]]:
    for name, value in point.metrics.items():
        yield "metric", name, value
    for name, value in known.items():
        yield "theory", name, value
    for phase, ops in point.ops.items():
        for name, value in ops.as_dict().items():
            yield phase, name, value
    yield "count", "items", point.items
    yield "count", "queries", point.queries
    yield "state", "as declared", point.state_bits
    for name, bits in point.codings.items():
        yield "state", name, bits


def _text(value: float) -> str:
    return "" if math.isnan(value) else repr(value)
