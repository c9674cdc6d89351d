"""A memory built for a need, at the size that a budget of state bits allows."""

from __future__ import annotations

from typing import Any

from ...models.memory import Need
from .entry import Entry


def built(entry: Entry, need: Need) -> Any:
    """The memory of `entry` for `need`; CannotDo with the reason where it cannot be."""
    return entry.build(need)
