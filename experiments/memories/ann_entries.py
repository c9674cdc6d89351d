"""Memories of artificial networks, by name. A new one is a file in models/ann and an entry here."""

from __future__ import annotations

from typing import Any

from ...models.memory import Need
from .entry import Entry


def _linear(need: Need) -> Any:
    from ...models.ann.linear import LinearMemory
    return LinearMemory(need.key_dim, need.value_dim, need.domain, active=need.active,
                        value_active=need.value_active)


ENTRIES = (
    Entry("linear", "sum of outer products (Hebb)", "Kohonen 1972; Anderson 1972", _linear,
          family="linear"),
)
