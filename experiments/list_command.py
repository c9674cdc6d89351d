"""`engram list`: what can be run, and on what."""

from __future__ import annotations

import json

from ..backends.simulation import BACKENDS
from .catalogue import MODELS
from .text_table import text_table


def show(as_json: bool) -> int:
    """Print models and backends with a line each."""
    models = {demo.name: demo.summary for demo in MODELS.values()}
    backends = {name: summary for name, (*_, summary) in BACKENDS.items()}
    if as_json:
        print(json.dumps({"models": models, "backends": backends}))
        return 0
    print(text_table(("model", "what it is"), models.items()), end="\n\n")
    print(text_table(("backend", "what it is"), backends.items()), end="\n\n")
    print("engram run MODEL --backend BACKEND; engram doctor tells which backends work here")
    return 0
