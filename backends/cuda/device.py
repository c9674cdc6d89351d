"""Device functions that generated kernels call; the same arithmetic as the reference's.

Nothing here uses a thread's position, so it runs in Numba's simulator as it stands.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import config, cuda

from ...kernels.poisson import LAST_STEP, NEVER

if config.ENABLE_CUDASIM:
    from .simulated import FUNCTIONS, device
else:
    from ...kernels.elementary_cuda import FUNCTIONS

    device = cuda.jit(device=True, forceinline=True)

(arccos, arcsin, arctan, ceil, cos, cos_turns, cosh, exp, expm1, exprel, floor, log, log10, log1p,
 power, sin, sinh, tan, tanh, trunc) = (FUNCTIONS[name] for name in (
     "arccos", "arcsin", "arctan", "ceil", "cos", "cos_turns", "cosh", "exp", "expm1", "exprel",
     "floor", "log", "log10", "log1p", "power", "sin", "sinh", "tan", "tanh", "trunc"))

_U = np.uint64
_MASK = _U(0xFFFFFFFF)
_M0, _M1 = _U(0xD2511F53), _U(0xCD9E8D57)
_W0, _W1 = _U(0x9E3779B9), _U(0xBB67AE85)
_S5, _S6, _S16, _S32 = _U(5), _U(6), _U(16), _U(32)
_NEVER_FLOAT = float(NEVER)


@device
def lower_bound(a: Any, first: Any, past: Any, value: Any) -> Any:
    """The first index in [first, past) whose element is not below `value`, else `past`."""
    while first < past:
        middle = (first + past) // 2
        if a[middle] < value:
            first = middle + 1
        else:
            past = middle
    return first


@device
def words(k0: Any, k1: Any, obj: Any, step: Any, index: Any, draw: Any) -> Any:
    """The four words, as uint64, of one counter; the counter is laid out in `kernels.philox`."""
    s = _U(step)
    c0, c1, c2 = _U(index), s & _MASK, _U(obj)
    c3 = _U(draw) | ((s >> _S32) << _S16)
    k0, k1 = _U(k0), _U(k1)
    for _ in range(10):
        a = c0 * _M0
        b = c2 * _M1
        c0, c1, c2, c3 = (b >> _S32) ^ c1 ^ k0, b & _MASK, (a >> _S32) ^ c3 ^ k1, a & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@device
def unit(high: Any, low: Any) -> Any:
    """53 bits of two words as a float64 in (0, 1]."""
    return (float(high >> _S5) * 67108864.0 + float(low >> _S6) + 0.5) * 2.0**-53


@device
def uniform(k0: Any, k1: Any, obj: Any, step: Any, index: Any, draw: Any) -> Any:
    """One uniform number in (0, 1]."""
    w = words(k0, k1, obj, step, index, draw)
    return unit(w[0], w[1])


@device
def normal(k0: Any, k1: Any, obj: Any, step: Any, index: Any, draw: Any) -> Any:
    """One standard normal number."""
    w = words(k0, k1, obj, step, index, draw)
    return math.sqrt(-2.0 * log(unit(w[0], w[1]))) * cos_turns(unit(w[2], w[3]))


@device
def next_spike(k0: Any, k1: Any, obj: Any, step: Any, index: Any, p: Any) -> Any:
    """First spike at or after `step` of one neuron that waits since `step`."""
    if p <= 0.0 or step >= LAST_STEP:
        return NEVER
    if p >= 1.0:
        return step
    failures = log(uniform(k0, k1, obj, step, index, 0)) / log1p(-p)
    if failures < _NEVER_FLOAT:
        return step + int(failures)
    return NEVER


@device
def clip(x: Any, low: Any, high: Any) -> Any:
    """`x` limited to [low, high]."""
    return low if x < low else (high if x > high else x)


@device
def whole(x: Any) -> Any:
    """`x` without its fraction; a condition counts as 0 or 1."""
    return trunc(x * 1.0)


@device
def truth(x: Any) -> Any:
    """Whether `x` is not zero."""
    return x != 0


@device
def sign(x: Any) -> Any:
    """-1, 0 or 1; NaN of NaN."""
    return x if x != x else (x * 0.0 + 1.0 if x > 0 else (x * 0.0 - 1.0 if x < 0 else x * 0.0))
