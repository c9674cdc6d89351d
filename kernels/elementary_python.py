"""The operations that `elementary_*` is written in, for Python floats.

Division by zero raises ZeroDivisionError and the root of a negative number ValueError, where IEEE
arithmetic has a result: whoever calls must then take another way.
"""

from __future__ import annotations

import math
import struct

_FLOAT, _INT = struct.Struct("<d"), struct.Struct("<q")
_UNSIGNED = struct.Struct("<Q")
_MASK = (1 << 64) - 1
sqrt = math.sqrt


def select(c: bool, a: float, b: float) -> float:
    """`a` where `c` holds, else `b`."""
    return a if c else b


def floor(x: float) -> float:
    """The largest whole number up to `x`, as a float; x itself where it is infinite or NaN."""
    return float(math.floor(x)) if math.isfinite(x) else x


def bits(x: float) -> int:
    """The 64 bits of a float as a signed integer."""
    return int(_INT.unpack(_FLOAT.pack(x))[0])


def real(n: int) -> float:
    """The float with the low 64 bits of an integer."""
    return float(_FLOAT.unpack(_UNSIGNED.pack(n & _MASK))[0])
