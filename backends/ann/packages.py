"""PyTorch, snnTorch and Norse, imported when they are needed."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from ...simulator.errors import MissingPackageError

HOW = {"torch": 'pip install "engram[torch]" -c constraints.txt',
       "snntorch": 'pip install "engram[torch]" -c constraints.txt',
       "norse.torch": "pip install --no-deps norse nir nirtorch (with its dependencies it brings "
                      "torchvision, which only norse.task needs)"}


def load(name: str) -> Any:
    """The module `torch`, `snntorch` or `norse.torch`; MissingPackageError says how to get it."""
    try:
        with warnings.catch_warnings():
            # Norse 1.1 scripts its functions with torch.jit, which torch 2.13 deprecates
            warnings.simplefilter("ignore", DeprecationWarning)
            return importlib.import_module(name)
    except ImportError as problem:
        raise MissingPackageError(f"this needs {name}, which cannot be imported ({problem}); "
                                  f"run {HOW[name]}") from problem


def numbers(x: Any) -> Any:
    """A tensor, an array or a number as a float64 array of its own, exactly."""
    import numpy as np
    if hasattr(x, "detach"):
        x = x.detach().to(device="cpu", dtype=load("torch").float64).numpy()
    return np.array(x, dtype=np.float64)
