"""From how often each unit was said to a pattern."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def most_said(counts: Any, ones: int | None) -> NDArray[np.float64]:
    """(Q, d) of 0 and 1: the `ones` units of each row that were said most, the first of equals;
    fewer where fewer were said at all."""
    x = np.asarray(counts, np.float64)
    chosen = np.argsort(-x, axis=1, kind="stable")[:, :ones]
    out = np.zeros_like(x)
    np.put_along_axis(out, chosen, 1.0, axis=1)
    return np.where(x > 0, out, 0.0)
