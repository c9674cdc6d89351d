"""Torch and snnTorch, or an error that names the extra to install."""

from __future__ import annotations

import importlib
from typing import Any

from ...simulator.errors import MissingPackageError


def torch() -> Any:
    """The package torch; MissingPackageError without it."""
    return _package("torch", "torch")


def snntorch() -> Any:
    """The package snntorch; MissingPackageError without it."""
    return _package("snntorch", "snnTorch")


def _package(name: str, title: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as problem:
        raise MissingPackageError(f"this needs {title}: pip install 'engram[torch]' -c "
                                  f"constraints.txt ({problem})") from problem
