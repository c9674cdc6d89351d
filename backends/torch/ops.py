"""What generated tensor code calls: selects, casts, functions, and how a spike passes gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np
import torch

from ...kernels import elementary_torch as elementary

PLAIN = ("exp", "log", "log10", "expm1", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh",
         "arcsin", "arccos", "arctan", "exprel")


def namespace(dtype: Any, device: Any = "cpu") -> dict[str, Any]:
    """The functions that generated code may call, for tensors of `dtype`."""
    @cache
    def number(x: float) -> Any:
        return torch.tensor(x, dtype=dtype, device=device)

    def real(x: Any) -> Any:
        """A tensor of `dtype`; conditions count as 0 or 1."""
        if isinstance(x, torch.Tensor):
            return x if x.dtype == dtype else x.to(dtype)
        return number(float(x))

    def lifted(name: str) -> Callable[[Any], Any]:
        compute = getattr(elementary, name)
        return lambda x: compute(real(x))

    def where(c: Any, a: Any, b: Any) -> Any:
        if not isinstance(c, torch.Tensor):
            return a if c else b
        if not isinstance(a, torch.Tensor) and not isinstance(b, torch.Tensor):
            a = real(a)
        return torch.where(c, a, b)

    def clip(x: Any, low: Any, high: Any) -> Any:
        x = real(x)
        return where(x < low, low, where(x > high, high, x)) + 0.0

    def truth(x: Any) -> Any:
        return x if isinstance(x, bool) or getattr(x, "dtype", None) == torch.bool else real(x) != 0

    scope: dict[str, Any] = {n: lifted(n) for n in PLAIN}
    scope |= {
        "real": real, "where": where, "clip": clip, "truth": truth, "inf": float("inf"),
        "nan": float("nan"),
        "power": lambda a, b: elementary.power(real(a), real(b)),
        "divide": lambda a, b: real(a) / real(b),  # torch turns 3.0 / x into (1 / x) * 3.0
        "sqrt": lambda x: _Root.apply(real(x)), "abs": lambda x: torch.abs(real(x)),
        "sign": lambda x: torch.sign(real(x)), "floor": lambda x: torch.floor(real(x)),
        "ceil": lambda x: torch.ceil(real(x)), "whole": lambda x: torch.trunc(real(x)) + 0.0,
        "remainder": lambda a, b: torch.remainder(real(a), real(b)),
        "floored": lambda a, b: torch.floor_divide(real(a), real(b)),
        "no": lambda x: torch.logical_not(truth(x)) if isinstance(x, torch.Tensor) else not x,
        "full": full, "select": select}
    return scope


def full(x: Any, old: Any) -> Any:
    """`x` in the shape and type of `old`."""
    if not isinstance(x, torch.Tensor):
        return _everywhere(float(x), math.copysign(1.0, float(x)), old.shape, old.dtype, old.device)
    x = x if x.dtype == old.dtype else x.to(old.dtype)
    return x if x.shape == old.shape else x.expand(old.shape)


@lru_cache(maxsize=256)
def _everywhere(x: float, sign: float, shape: Any, dtype: Any, device: Any) -> Any:
    """A number as a tensor that cannot be written to; `sign` tells 0.0 from -0.0."""
    return torch.full((), x, dtype=dtype, device=device).expand(shape)


def select(s: Any, new: Any, old: Any) -> Any:
    """`new` where the spike or event `s` (0 or 1) is, else `old`; `s` passes on its gradient."""
    new = full(new, old)
    if s.requires_grad and torch.is_grad_enabled():
        return _Select.apply(s.expand(old.shape), new, old)
    return torch.where(s != 0, new, old)


def blend(s: Any, new: Any, old: Any) -> Any:
    """`old + s * (new - old)`: the select of spikes that are smooth numbers."""
    return old + s * (full(new, old) - old)


class _Select(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, s: Any, new: Any, old: Any) -> Any:
        ctx.save_for_backward(s, new, old)
        return torch.where(s != 0, new, old)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        s, new, old = ctx.saved_tensors
        zero = torch.zeros_like(gradient)
        return (gradient * (new - old), torch.where(s != 0, gradient, zero),
                torch.where(s != 0, zero, gradient))


class _Root(torch.autograd.Function):
    """The square root, rounded as IEEE 754 says: torch's own on a CPU is off by a bit at times."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        exact = x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64)
        with np.errstate(invalid="ignore"):
            y = (torch.from_numpy(np.asarray(np.sqrt(x.detach().numpy()))) if exact
                 else torch.sqrt(x))
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        (y,) = ctx.saved_tensors
        return gradient / (2.0 * y)


class Exact:
    """A condition as a spike: 1 or 0, without a gradient."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype

    def __call__(self, hit: Any, margin: Callable[[], Any]) -> Any:
        """`hit` as a number; `margin()` is how far it is from changing."""
        return hit.to(self.dtype) if isinstance(hit, torch.Tensor) else float(hit)


class Surrogate(Exact):
    """Forward the condition itself, backward the slope of `function(margin / scale)`.

    `relaxed`: forward too is `function(margin / scale)`, so that the gradient is the true one.
    """

    def __init__(self, dtype: Any, function: Callable[[Any], Any], scale: float,
                 relaxed: bool = False) -> None:
        super().__init__(dtype)
        self.function, self.scale, self.relaxed = function, scale, relaxed

    def __call__(self, hit: Any, margin: Callable[[], Any]) -> Any:
        """`hit` as a number with a gradient."""
        if not isinstance(hit, torch.Tensor) or not (self.relaxed or torch.is_grad_enabled()):
            return super().__call__(hit, margin)
        x = margin()
        if self.relaxed:
            return self.function(x / self.scale).to(self.dtype)
        if not x.requires_grad:
            return super().__call__(hit, margin)
        return _Spike.apply(x if self.scale == 1 else x / self.scale, hit, self.function)


class _Spike(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Any, hit: Any, function: Callable[[Any], Any]) -> Any:
        ctx.save_for_backward(x)
        ctx.function = function
        return hit.to(x.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        (x,) = ctx.saved_tensors
        with torch.enable_grad():  # the surrogate's own backward, whoever wrote it
            z = x.detach().requires_grad_()
            y = ctx.function(z)
            (slope,) = torch.autograd.grad(y, z, torch.ones_like(y))
        return gradient * slope, None, None
