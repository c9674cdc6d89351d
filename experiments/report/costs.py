"""What reading, writing and codecs cost a memory, and what its state takes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from ...models.memory import NOTHING, OpCount
from ..metrics.views import VIEWS, disagreement
from ..tasks.task import Point
from .gather import Comparison, Condition

DECLARED = "as declared"
"""The name of the coding that a store is in."""


@dataclass(frozen=True)
class Cost:
    """Means over seeds and over the conditions that all memories were measured in.

    `read` of a query, `write` of an item, `codec` of a query and item together; `total` of all
    calls, shared out among the queries. `bits` of state by coding, in the last of the conditions by
    items. `read_seconds` is simulator time of a query: None where it was not kept.
    """

    read: OpCount
    write: OpCount
    codec: OpCount
    total: OpCount
    bits: dict[str, float]
    read_seconds: float | None

    @property
    def cheapest(self) -> tuple[str, float]:
        """The name and the bits of the smallest lossless coding."""
        return min(self.bits.items(), key=lambda kv: kv[1])


def common(c: Comparison) -> tuple[Condition, ...]:
    """Conditions in which every measured memory has a point."""
    return tuple(at for at in c.conditions if all(c.points(m, at) for m in c.memories))


def costs(c: Comparison) -> dict[str, Cost]:
    """Of each measured memory; of all its own conditions where there is none in common."""
    shared = common(c)
    return {m: _cost(c, m, shared or c.conditions) for m in c.memories}


def _cost(c: Comparison, memory: str, conditions: Iterable[Condition]) -> Cost:
    points = [p for at in conditions for p in c.points(memory, at).values()]
    items = max(1, sum(p.items for p in points))
    queries = max(1, sum(p.queries for p in points))
    phase = {name: _sum(p.ops.get(name, NOTHING) for p in points)
             for name in ("read", "write", "codec")}
    everything = _sum(ops for p in points for ops in p.ops.values())
    return Cost(phase["read"] * (1 / queries), phase["write"] * (1 / items),
                phase["codec"] * (1 / queries), everything * (1 / queries),
                _bits(points), _seconds(c, memory))


def _sum(parts: Iterable[OpCount]) -> OpCount:
    return sum(parts, NOTHING)


def _bits(points: list[Point]) -> dict[str, float]:
    """Means over the points with the most items."""
    if not points:
        return {DECLARED: math.nan}
    most = max(p.items for p in points)
    last = [p for p in points if p.items == most]
    names = dict.fromkeys(n for p in last for n in p.codings)
    found = {DECLARED: [p.state_bits for p in last],
             **{n: [p.codings[n] for p in last if n in p.codings] for n in names}}
    return {n: sum(v) / len(v) for n, v in found.items()}


def _seconds(c: Comparison, memory: str) -> float | None:
    took = [t["read_seconds"] for t in c.timings.get(memory, {}).values() if "read_seconds" in t]
    return sum(took) / len(took) if took else None


@dataclass(frozen=True)
class Flip:
    """Two memories that views of the cost order in opposite ways."""

    first: str
    second: str
    first_cheaper: tuple[str, ...]
    second_cheaper: tuple[str, ...]


def flips(found: dict[str, Cost], calls: str = "total") -> list[Flip]:
    """The pairs of memories whose order depends on the view of the operations: of all calls
    together, or of those of "read" or "write" alone."""
    pairs = [Flip(a, b, *map(tuple, disagreement(getattr(found[a], calls),
                                                 getattr(found[b], calls))))
             for a, b in combinations(found, 2)]
    return [p for p in pairs if p.first_cheaper and p.second_cheaper]


def agreed(found: dict[str, Cost]) -> list[tuple[str, str, tuple[str, ...]]]:
    """(cheaper, dearer, views in which it is) of the pairs that no view turns around; of equals in
    every view no views."""
    kept = []
    for a, b in combinations(found, 2):
        first, second = disagreement(found[a].total, found[b].total)
        if not (first and second):
            kept.append((b, a, tuple(second)) if second else (a, b, tuple(first)))
    return kept


def counted(found: dict[str, Cost]) -> bool:
    """Whether the task counted any operation of any memory."""
    return any(value for k in found.values() for value in k.total.as_dict().values())


def verdict(found: dict[str, Cost]) -> str:
    """What may be said of the order of costs, and what may not."""
    if not counted(found):
        return "No operations were counted in this task."
    if len(found) < 2:
        return "One memory: there is no order of costs."
    pairs, turned = len(found) * (len(found) - 1) // 2, len(flips(found))
    views = f"the four views of the operations ({', '.join(VIEWS)})"
    alone = (f" All calls are counted together there; of reads alone {len(flips(found, 'read'))} "
             f"and of writes alone {len(flips(found, 'write'))} of {pairs} change it.")
    if not turned:
        return f"No pair of memories changes its order between {views}.{alone}"
    if turned == pairs:
        return (f"Every pair of memories changes its order between {views}: which one is cheaper "
                f"depends on what is counted.{alone}")
    changing = "changes its" if turned == 1 else "change their"
    rest = "one does" if pairs - turned == 1 else f"{pairs - turned} do"
    return (f"Of {pairs} pairs of memories, {turned} {changing} order between {views}: which one "
            f"is cheaper depends on what is counted. The other {rest} not.{alone}")


def state_verdict(found: dict[str, Cost]) -> str:
    """Whether the order by bits of state depends on how the store is coded."""
    turned = [f"{a} and {b}" for a, b in combinations(found, 2)
              if (found[a].bits[DECLARED] - found[b].bits[DECLARED])
              * (found[a].cheapest[1] - found[b].cheapest[1]) < 0]
    if turned:
        return ("The order by bits of state turns around between the declared and the cheapest "
                f"coding for {'; '.join(turned)}.")
    return ("No order by bits of state turns around between the declared and the cheapest coding."
            if len(found) > 1 else "")
