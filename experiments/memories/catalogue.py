"""All memories that come with engram, by name."""

from __future__ import annotations

from ...simulator.errors import DescriptionError
from ..names import meant
from . import ann_entries, layer_entries, learner_entries, spiking_entries
from .entry import Entry

MEMORIES: dict[str, Entry] = {entry.name: entry for module in (
    ann_entries, spiking_entries, layer_entries, learner_entries) for entry in module.ENTRIES}


def find(name: str) -> Entry:
    """The entry of that name; DescriptionError says what is near it, or lists what there is."""
    if name not in MEMORIES:
        raise DescriptionError(f"no memory {name!r}; {meant(name, MEMORIES)} `engram list "
                               "memories` lists them; one of yours is FILE.py:NAME")
    return MEMORIES[name]
