"""Which code made a result: a digest of all of engram's modules."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

FOLDERS = ("kernels", "simulator", "models", "backends", "experiments")


@cache
def code_digest() -> str:
    """16 hexadecimal digits of the SHA-256 over every module of the package, in order of path."""
    root = Path(__file__).parents[1]
    code = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            code.update(path.read_bytes())
    return code.hexdigest()[:16]
