"""The functions of `elementary` compiled for scalars; loops over them vectorise.

float32 arguments are widened, and the result is rounded to float32; whole numbers and conditions
count as float64. Nothing is compiled before it is called.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic as untyped_intrinsic

from .elementary import NAMES, instantiate

intrinsic: Any = untyped_intrinsic  # Numba's extension interface has no types
inlined: Any = njit(forceinline=True, error_model="numpy", nogil=True)


def _bits(typingctx: Any, x: Any) -> Any:
    """The 64 bits of a float64 as an int64."""
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))
    return types.int64(types.float64), build


def _real(typingctx: Any, n: Any) -> Any:
    """The float64 with the bits of an int64."""
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())
    return types.float64(types.int64), build


def _select(typingctx: Any, c: Any, a: Any, b: Any) -> Any:
    """`a` where `c` holds, else `b`; both are evaluated."""
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(args[0], args[1], args[2])
    return types.float64(types.boolean, types.float64, types.float64), build


def _wide(typingctx: Any, x: Any) -> Any:
    """`x` as a float64."""
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return args[0]
    return types.float64(types.float64), build


def _rounded(typingctx: Any, y: Any, like: Any) -> Any:
    """`y` as a float32 if `like` is one, else `y`."""
    kind = types.float32 if like == types.float32 else types.float64

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.cast(builder, args[0], types.float64, kind)
    return kind(types.float64, like), build


bits, real, select = intrinsic(_bits), intrinsic(_real), intrinsic(_select)
wide, rounded = intrinsic(_wide), intrinsic(_rounded)


def _rounding(name: str) -> Any:
    """LLVM's own operation: CUDA has it too, where it lacks NumPy's."""
    def apply(typingctx: Any, x: Any) -> Any:
        kind = x if x in (types.float32, types.float64) else types.float64

        def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            value = args[0]
            operation = builder.module.declare_intrinsic(f"llvm.{name}", [value.type])
            return builder.call(operation, [value])
        return kind(kind), build
    return intrinsic(apply)


floor, ceil, trunc = _rounding("floor"), _rounding("ceil"), _rounding("trunc")


def _of_one(f: Any) -> Any:
    def apply(x: Any) -> Any:
        return rounded(f(wide(x)), x)
    return inlined(apply)


def _of_two(f: Any) -> Any:
    def apply(x: Any, y: Any) -> Any:
        return rounded(f(wide(x), wide(y)), x)
    return inlined(apply)


PARTS: dict[str, Any] = instantiate(
    {"bits": bits, "real": real, "select": select, "sqrt": math.sqrt, "floor": floor}, inlined)
COMPILED: dict[str, Any] = {n: (_of_two if n == "power" else _of_one)(PARTS[n]) for n in NAMES}

exp, expm1, exprel = COMPILED["exp"], COMPILED["expm1"], COMPILED["exprel"]
sinh, cosh, tanh = COMPILED["sinh"], COMPILED["cosh"], COMPILED["tanh"]
log, log10, log1p = COMPILED["log"], COMPILED["log10"], COMPILED["log1p"]
sin, cos, tan, cos_turns = (COMPILED[n] for n in ("sin", "cos", "tan", "cos_turns"))
arctan, arcsin, arccos = COMPILED["arctan"], COMPILED["arcsin"], COMPILED["arccos"]
power = COMPILED["power"]
