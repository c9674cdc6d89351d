"""k winners take all: a unit wins when fewer than k others of its row are strictly above it.

So ties at the k-th place all win, and a row may have more than k winners. The naive version.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .bits import Flags


def winners(values: Any, k: int) -> Flags:
    """Booleans (B, n) of the winners of each row of `values` (B, n)."""
    values = np.asarray(values)
    above = (values[:, None, :] > values[:, :, None]).sum(axis=2)
    won: Flags = above < k
    return won
