"""Functions of numbers for Numba's simulator, where device code is plain Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...kernels.elementary import NUMPY


def device(f: Callable[..., Any]) -> Callable[..., Any]:
    """A device function; a launch lends the kernel's module its `cuda`."""
    return f


def _narrow(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f`, rounded to float32 for float32."""
    def apply(x: Any, *more: Any) -> Any:
        y = f(x, *more)
        return np.float32(y) if isinstance(x, np.float32) else y
    return apply


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _narrow(f) for name, f in NUMPY.items()},
    "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc}
