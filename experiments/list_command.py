"""`engram list`: what can be run and compared, and on what."""

from __future__ import annotations

import json

from ..simulator.errors import DescriptionError
from .text_table import text_table

SECTIONS = ("models", "backends", "tasks", "memories")
COLUMNS = {"models": "model", "backends": "backend", "tasks": "task", "memories": "memory"}


def show(as_json: bool, section: str | None = None) -> int:
    """Print what there is with a line each: everything, or one of SECTIONS."""
    if section is not None and section not in SECTIONS:
        raise DescriptionError(f"no list of {section!r}; there are {', '.join(SECTIONS)}")
    found = {name: _found(name) for name in (SECTIONS if section is None else (section,))}
    if as_json:
        print(json.dumps(found))
        return 0
    for name, lines in found.items():
        print(text_table((COLUMNS[name], "what it is"), lines.items()), end="\n\n")
    print("engram run MODEL --backend BACKEND; engram compare --task TASK --memories A,B; engram "
          "doctor tells which backends work here")
    return 0


def _found(section: str) -> dict[str, str]:
    if section == "models":
        from .catalogue import MODELS
        return {demo.name: demo.summary for demo in MODELS.values()}
    if section == "backends":
        from ..backends.simulation import BACKENDS
        return {name: summary for name, (*_, summary) in BACKENDS.items()}
    if section == "tasks":
        from .tasks import catalogue
        return {name: catalogue.find(name).summary for name in catalogue.NAMES}
    from .memories.catalogue import MEMORIES
    return {entry.name: entry.summary for entry in MEMORIES.values()}
