"""Elementary functions with the same bits on every backend and machine.

C libraries, LLVM, CUDA's libdevice and SLEEF differ in the last place of exp, log, sin and the
rest, so a run that one backend left could not be resumed bit for bit on another. These functions
use IEEE +, -, *, /, sqrt, floor, comparisons, selects and the bits of a number only, in a fixed
order. They have no branches, so loops over them vectorise and whole tensors pass through.

The text stands once, in `elementary_exp`, `elementary_log` and `elementary_angles`, written for
NumPy. `instantiate` gives the same text other primitives: `elementary_numba`, `elementary_torch`.
No step may be contracted to a fused multiply-add: `elementary_cuda` says how that is forbidden.

Largest errors found over the whole range, in units in the last place, against 60 digits (20,000 or
more random and hard points each): exp 0.82, expm1 0.80, exprel 0.87, sinh 0.93, cosh 0.70,
tanh 0.72, log 0.83, log10 0.76, log1p 0.82, sin and cos 0.75, tan 0.88, cos_turns 0.76, arctan,
arcsin and arccos 0.62, power 0.68.
`power` is x * x at y = 2 and 1 / x at y = -1, and exact where the result is a float64. sin, cos
and tan are NaN from 3e15 on, where neighbouring numbers are more than half a radian apart.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from . import elementary_angles, elementary_exp, elementary_log, elementary_numpy, elementary_python

NAMES = ("exp", "expm1", "exprel", "sinh", "cosh", "tanh", "log", "log10", "log1p", "sin", "cos",
         "tan", "cos_turns", "arctan", "arcsin", "arccos", "power")
"""The functions for use; the others are their parts."""
PRIMITIVES = ("select", "sqrt", "floor", "bits", "real")
FEW = 8  # elements up to which plain Python is faster than NumPy
CHUNK = 8192  # elements at a time: a function makes some fifty arrays, which then stay in cache


def instantiate(primitives: dict[str, Any],
                make: Callable[[Callable[..., Any]], Any]) -> dict[str, Any]:
    """All functions and parts by name, over other `primitives` (one for each of PRIMITIVES).

    `make` turns each plain function into what the others call, as a compiler's decorator does.
    """
    scope: dict[str, Any] = {"__builtins__": __builtins__, "__name__": __name__}
    modules: list[ModuleType] = [elementary_exp, elementary_log, elementary_angles]
    texts = {}
    for module in modules:
        for name, value in vars(module).items():
            if isinstance(value, (float, int, tuple)):
                scope[name] = value
            elif isinstance(value, FunctionType) and value.__module__ == module.__name__:
                texts[name] = value
    scope.update(primitives)
    for name, f in texts.items():
        copy = FunctionType(f.__code__, scope, name)
        copy.__doc__ = f.__doc__
        scope[name] = make(copy)
    return {name: scope[name] for name in texts}


def _over(module: ModuleType) -> dict[str, Any]:
    return instantiate({name: getattr(module, name) for name in PRIMITIVES}, lambda f: f)


def _wide(one: Callable[..., float], many: Callable[..., Any]) -> Callable[..., Any]:
    def scalar(*args: float) -> float:
        try:
            return one(*args)
        except (ZeroDivisionError, ValueError):  # Python's own refusals; IEEE has an answer
            return float(many(*(np.float64(a) for a in args)))

    def apply(*args: Any) -> Any:
        with np.errstate(all="ignore"):
            if all(np.ndim(a) == 0 for a in args):
                return scalar(*(float(a) for a in args))
            arrays = np.broadcast_arrays(*(np.asarray(a, np.float64) for a in args))
            flat = [a.reshape(-1) for a in arrays]
            out = np.empty(flat[0].size)
            if out.size <= FEW:
                out[:] = [scalar(*each) for each in zip(*(a.tolist() for a in flat), strict=True)]
            for k in range(0, out.size if out.size > FEW else 0, CHUNK):
                out[k:k + CHUNK] = many(*(a[k:k + CHUNK] for a in flat))
            return out.reshape(arrays[0].shape)
    apply.__name__, apply.__doc__ = many.__name__, many.__doc__
    return apply


_ONE, _MANY = _over(elementary_python), _over(elementary_numpy)
NUMPY: dict[str, Callable[..., Any]] = {name: _wide(_ONE[name], _MANY[name]) for name in NAMES}
"""For numbers (giving floats) and arrays (float64): the reference of all other instances."""
