"""Torch's own elementary functions, until `elementary_torch` replaces them."""

from __future__ import annotations

import torch
from torch import cos, cosh, exp, expm1, log, log1p, log10, sin, sinh, tan, tanh  # noqa: F401

arcsin, arccos, arctan, power = torch.asin, torch.acos, torch.atan, torch.pow


def exprel(x: torch.Tensor) -> torch.Tensor:
    """(exp(x) - 1) / x, continued by 1."""
    safe = torch.where(x == 0, torch.ones_like(x), x)
    return torch.where(x == 0, torch.ones_like(x) + x / 2, torch.expm1(safe) / safe)
