"""The functions of `elementary` for torch tensors: the same bits in float64, and their gradients.

Other dtypes are computed in float64 and rounded, so float32 is as exact as it can be and slower
than torch's own. The derivatives are analytic (they use the functions here), so second derivatives
work as well. A number for a tensor is not accepted: torch divides by numbers in its own way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import torch

from .elementary import NUMPY, instantiate
from .elementary_many import compiled

Function = Callable[[torch.Tensor], torch.Tensor]

MANY = 10_000
"""Elements of a CPU's tensor from which on the compiled loop is taken: NumPy needs up to a
millisecond for them, the loop some 20 microseconds, and a run has thousands of steps."""


def _select(c: Any, a: Any, b: Any) -> Any:
    if not isinstance(a, torch.Tensor) and not isinstance(b, torch.Tensor):
        a = torch.full((), a, dtype=torch.float64, device=c.device)
    return torch.where(c, a, b)


_PARTS = instantiate({
    "select": _select, "sqrt": torch.sqrt, "floor": torch.floor,
    "bits": lambda x: x.view(torch.int64), "real": lambda n: n.view(torch.float64)}, lambda f: f)


def _compute(name: str, *args: torch.Tensor) -> torch.Tensor:
    """On a CPU by NumPy, which wakes no threads for fifty small operations: 3 times as fast; for
    many elements by a compiled loop. The bits are the same."""
    if torch.compiler.is_compiling() or any(x.device.type != "cpu" for x in args):
        out: torch.Tensor = _PARTS[name](*args)
        return out
    compute = compiled(name) if args[0].numel() >= MANY else NUMPY[name]
    return torch.from_numpy(np.asarray(compute(*(np.atleast_1d(x.numpy()) for x in args)))
                            ).reshape(args[0].shape)


def _of_one(name: str, slope: Callable[[Any, Any], Any]) -> Function:
    class Apply(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            kind = x.dtype if x.is_floating_point() else torch.float64
            y = _compute(name, x.detach().double()).to(kind)
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            x, y = ctx.saved_tensors
            return gradient * slope(x, y)

    def apply(x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = cast(Any, Apply).apply(x)
        return out
    apply.__name__, apply.__doc__ = name, _PARTS[name].__doc__
    return apply


class _Power(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        kind = torch.promote_types(x.dtype, y.dtype)
        wide = cast(Any, torch).broadcast_tensors(
            x.detach().double(), y.detach().double())
        out = _compute("power", *wide).to(kind if kind.is_floating_point else torch.float64)
        ctx.save_for_backward(x, y)
        return out

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        x, y = ctx.saved_tensors
        gx = gy = None
        if ctx.needs_input_grad[0]:  # 0 at y = 0, also where x^-1 is infinite
            slope = torch.where(y == 0, torch.zeros_like(y), y * power(x, y - 1.0))
            gx = (gradient * slope).sum_to_size(x.shape)
        if ctx.needs_input_grad[1]:
            usable = torch.where(x > 0, x, torch.ones_like(x))  # nothing flows to y where x <= 0
            gy = (gradient * power(x, y) * log(usable)).sum_to_size(y.shape)
        return gx, gy


def power(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """x^y as C's pow defines it; its derivative to y is taken as 0 where x <= 0."""
    out: torch.Tensor = cast(Any, _Power).apply(x, y)
    return out


def _exprel_slope(x: Any, y: Any) -> Any:
    """exprel' = (e^x - exprel(x)) / x, near 0 its series, whose next term is below 1e-17."""
    small = x.abs() < 0.1
    safe = torch.where(small, torch.ones_like(x), x)
    series = torch.zeros_like(x)
    for n in range(11, 0, -1):  # sum of x^(n-1) n / (n + 1)!
        series = _SERIES[n - 1] + x * series
    return torch.where(small, series, (exp(safe) - exprel(safe)) / safe)


def _series() -> list[float]:
    out, factorial = [], 1.0
    for n in range(1, 12):
        factorial *= n + 1
        out.append(n / factorial)
    return out


_SERIES = _series()
_INV_LN10, _TURN = 0.4342944819032518, 6.283185307179586

exp = _of_one("exp", lambda x, y: y)
expm1 = _of_one("expm1", lambda x, y: exp(x))
exprel = _of_one("exprel", _exprel_slope)
sinh: Function = _of_one("sinh", lambda x, y: cosh(x))
cosh: Function = _of_one("cosh", lambda x, y: sinh(x))
tanh = _of_one("tanh", lambda x, y: (1.0 - y) * (1.0 + y))
log = _of_one("log", lambda x, y: 1.0 / x)
log10 = _of_one("log10", lambda x, y: _INV_LN10 / x)
log1p = _of_one("log1p", lambda x, y: 1.0 / (1.0 + x))
sin: Function = _of_one("sin", lambda x, y: cos(x))
cos: Function = _of_one("cos", lambda x, y: -sin(x))
tan = _of_one("tan", lambda x, y: 1.0 + y * y)
cos_turns = _of_one("cos_turns", lambda x, y: -_TURN * sin(_TURN * x))
arctan = _of_one("arctan", lambda x, y: 1.0 / (1.0 + x * x))
arcsin = _of_one("arcsin", lambda x, y: 1.0 / torch.sqrt((1.0 - x) * (1.0 + x)))
arccos = _of_one("arccos", lambda x, y: -1.0 / torch.sqrt((1.0 - x) * (1.0 + x)))
