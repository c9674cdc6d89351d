"""From tensors to arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..packages import load


def numbers(x: Any) -> Any:
    """A tensor, an array or a number as a float64 array of its own, exactly."""
    if hasattr(x, "detach"):
        x = x.detach().to(device="cpu", dtype=load("torch").float64).numpy()
    return np.array(x, dtype=np.float64)
