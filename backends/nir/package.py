"""The nir package, imported when it is needed."""

from __future__ import annotations

import importlib
from typing import Any

from ...simulator.errors import MissingPackageError


def load() -> Any:
    """The module `nir`; MissingPackageError says how to get it."""
    try:
        return importlib.import_module("nir")
    except ImportError as problem:
        raise MissingPackageError(f"NIR files need the package nir, which cannot be imported "
                                  f'({problem}); run pip install "engram[nir]"') from problem
