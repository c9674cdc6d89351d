"""The functions an expression may call: their dimensions and what they compute.

Transcendental functions are `kernels.elementary`: IEEE arithmetic in a fixed order, so that every
backend and machine gets the same bits; C libraries and NumPy's vector versions differ in the last
place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kernels.elementary import NUMPY


@dataclass(frozen=True)
class Function:
    """`arity` arguments; `rule` says how dimensions pass: plain, same, root, any or cast."""

    arity: int
    rule: str
    compute: Callable[..., Any]


def clip(x: Any, low: Any, high: Any) -> Any:
    """`x` limited to [low, high]; a NaN stays a NaN."""
    return np.where(x < low, low, np.where(x > high, high, x)) + 0.0


power: Callable[[Any, Any], Any] = NUMPY["power"]
"""`x ** y` as C's pow defines it."""

FUNCTIONS: dict[str, Function] = {
    **{name: Function(1, "plain", NUMPY[name]) for name in (
        "exp", "log", "log10", "expm1", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh",
        "arcsin", "arccos", "arctan", "exprel")},
    "sqrt": Function(1, "root", np.sqrt),
    "abs": Function(1, "same", np.abs),
    "sign": Function(1, "any", np.sign),
    "floor": Function(1, "plain", np.floor),
    "ceil": Function(1, "plain", np.ceil),
    "int": Function(1, "cast", lambda x: np.trunc(np.asarray(x, dtype=np.float64)) + 0.0),
    "clip": Function(3, "same", clip),
}

RANDOM = {"rand": "uniform", "randn": "normal"}
"""Functions without arguments whose value is drawn: uniform in (0, 1), standard normal."""
