"""Packages that some backends need and others do not, imported when they are asked for."""

from __future__ import annotations

import importlib
import sys
import warnings
from typing import Any

from ..simulator.errors import MissingPackageError

HOW = {"torch": "pip install 'engram[torch]' -c constraints.txt",
       "snntorch": "pip install 'engram[torch]' -c constraints.txt",
       "norse.torch": "pip install --no-deps norse nir nirtorch (with its dependencies it brings "
                      "torchvision, which only norse.task needs)",
       "nir": "pip install 'engram[nir]'"}


def load(name: str) -> Any:
    """The module of that name in `HOW`; MissingPackageError says how to get it."""
    if sys.modules.get(name) is not None:
        return sys.modules[name]
    try:
        with warnings.catch_warnings():
            # Norse 1.1 scripts its functions with torch.jit, which torch 2.13 deprecates
            warnings.simplefilter("ignore", DeprecationWarning)
            return importlib.import_module(name)
    except ImportError as problem:
        raise MissingPackageError(f"this needs {name}, which cannot be imported ({problem}); "
                                  f"{HOW[name]}") from problem
