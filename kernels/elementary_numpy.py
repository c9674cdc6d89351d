"""The few operations that `elementary_*` is written in, for float64 NumPy arrays and scalars."""

from __future__ import annotations

from typing import Any

import numpy as np

select = np.where
sqrt = np.sqrt
floor = np.floor


def bits(x: Any) -> Any:
    """The 64 bits of a float64 as an int64."""
    return x.view(np.int64)


def real(n: Any) -> Any:
    """The float64 with the bits of an int64."""
    return n.view(np.float64)
