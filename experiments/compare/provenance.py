"""What a record was made by: versions and digests of code."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ..code_digest import code_digest
from .job import user_files

PACKAGES = ("numpy", "scipy", "numba", "torch", "scikit-learn", "snntorch", "entmax", "torch-hd")
"""What numbers depend on, and memories that are skipped where it is missing."""


def versions() -> dict[str, Any]:
    """Of engram, of its code, of Python and of `PACKAGES` (null where one is not installed)."""
    from ... import __version__
    return {"engram": __version__, "code": code_digest(), "python": platform.python_version(),
            **{name: _version(name) for name in PACKAGES}}


def made_by(names: Sequence[str]) -> dict[str, Any]:
    """`versions`, and the digests of the user's files among `names`."""
    files = {name: hashlib.sha256(path.read_bytes()).hexdigest()[:16]
             for name, path in sorted(user_files(names).items())}
    return versions() | ({"files": files} if files else {})


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
