"""`as_module` and `cell`, or a MissingPackageError that names the extra to install."""

from __future__ import annotations

from ..packages import load

load("torch")
load("snntorch")

from .cell import cell  # noqa: E402  (they import torch themselves)
from .module import as_module  # noqa: E402

__all__ = ["as_module", "cell"]
