"""The functions an expression may call: their dimensions and what they compute.

Transcendental functions go element by element through the C library, as compiled code does, so
that every backend on one machine gets the same bits. NumPy's own vector versions differ in the
last place.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Function:
    """`arity` arguments; `rule` says how dimensions pass: plain, same, root, any or cast."""

    arity: int
    rule: str
    compute: Callable[..., Any]


def _elementwise(f: Callable[[float], float]) -> Callable[[Any], Any]:
    def safe(x: float) -> float:
        try:
            return f(x)
        except OverflowError:  # C returns an infinity of the right sign where Python raises
            return -math.inf if f is math.sinh and x < 0 else math.inf
        except ValueError:
            return -math.inf if f in (math.log, math.log10) and x == 0 else math.nan
    many = np.frompyfunc(safe, 1, 1)

    def apply(x: Any) -> Any:
        return safe(float(x)) if np.ndim(x) == 0 else many(x).astype(np.float64)
    return apply


def exprel(x: float) -> float:
    """(exp(x) - 1) / x, continued by 1 at x = 0."""
    return math.expm1(x) / x if x != 0 else 1.0


def clip(x: Any, low: Any, high: Any) -> Any:
    """`x` limited to [low, high]; a NaN stays a NaN."""
    return np.where(x < low, low, np.where(x > high, high, x)) + 0.0


def power(x: Any, y: Any) -> Any:
    """`x ** y` by the C library's pow."""
    def safe(a: float, b: float) -> float:
        try:
            return math.pow(a, b)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.inf if a == 0 else math.nan
    if np.ndim(x) == 0 and np.ndim(y) == 0:
        return safe(float(x), float(y))
    return np.frompyfunc(safe, 2, 1)(x, y).astype(np.float64)


FUNCTIONS: dict[str, Function] = {
    **{name: Function(1, "plain", _elementwise(f)) for name, f in {
        "exp": math.exp, "log": math.log, "log10": math.log10, "expm1": math.expm1,
        "log1p": math.log1p, "sin": math.sin, "cos": math.cos, "tan": math.tan,
        "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "arcsin": math.asin,
        "arccos": math.acos, "arctan": math.atan, "exprel": exprel}.items()},
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
