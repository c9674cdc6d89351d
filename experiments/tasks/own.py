"""What theory has to know of a memory itself: its decay and its rate."""

from __future__ import annotations

from functools import cache

from ...models.memory import Need
from ..memories.entry import Entry

SIZE = 8


@cache
def decay_and_rate(entry: Entry) -> tuple[float, float]:
    """g and b of a linear memory, of one built small; 1 where it has none. They are no part of a
    point's condition, in which memories are compared."""
    memory = entry.build(Need(SIZE, SIZE, entry.domains[0], SIZE, active=1, value_active=1))
    return float(getattr(memory, "decay", 1.0)), float(getattr(memory, "rate", 1.0))
