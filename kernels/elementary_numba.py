"""The functions of `elementary` compiled for scalars; loops over them vectorise.

float32 arguments are widened, and the result is rounded to float32; whole numbers and conditions
count as float64. Nothing is compiled before it is called.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from .elementary import NAMES, instantiate

inlined = njit(forceinline=True, error_model="numpy", nogil=True)


@intrinsic
def bits(typingctx: Any, x: Any) -> Any:
    """The 64 bits of a float64 as an int64."""
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))
    return types.int64(types.float64), build


@intrinsic
def real(typingctx: Any, n: Any) -> Any:
    """The float64 with the bits of an int64."""
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())
    return types.float64(types.int64), build


@intrinsic
def select(typingctx: Any, c: Any, a: Any, b: Any) -> Any:
    """`a` where `c` holds, else `b`; both are evaluated."""
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(args[0], args[1], args[2])
    return types.float64(types.boolean, types.float64, types.float64), build


@intrinsic
def wide(typingctx: Any, x: Any) -> Any:
    """`x` as a float64."""
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return args[0]
    return types.float64(types.float64), build


@intrinsic
def rounded(typingctx: Any, y: Any, like: Any) -> Any:
    """`y` as a float32 if `like` is one, else `y`."""
    kind = types.float32 if like == types.float32 else types.float64

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.cast(builder, args[0], types.float64, kind)
    return kind(types.float64, like), build


@inlined
def floor(x: Any) -> Any:
    """The largest whole number up to `x`."""
    return np.floor(x)


def _of_one(f: Any) -> Any:
    @inlined
    def apply(x: Any) -> Any:
        return rounded(f(wide(x)), x)
    return apply


def _of_two(f: Any) -> Any:
    @inlined
    def apply(x: Any, y: Any) -> Any:
        return rounded(f(wide(x), wide(y)), x)
    return apply


PARTS: dict[str, Any] = instantiate(
    {"bits": bits, "real": real, "select": select, "sqrt": math.sqrt, "floor": floor}, inlined)
COMPILED: dict[str, Any] = {n: (_of_two if n == "power" else _of_one)(PARTS[n]) for n in NAMES}

exp, expm1, exprel = COMPILED["exp"], COMPILED["expm1"], COMPILED["exprel"]
sinh, cosh, tanh = COMPILED["sinh"], COMPILED["cosh"], COMPILED["tanh"]
log, log10, log1p = COMPILED["log"], COMPILED["log10"], COMPILED["log1p"]
sin, cos, tan, cos_turns = (COMPILED[n] for n in ("sin", "cos", "tan", "cos_turns"))
arctan, arcsin, arccos = COMPILED["arctan"], COMPILED["arcsin"], COMPILED["arccos"]
power = COMPILED["power"]
