"""log and its relatives, and power, in IEEE arithmetic only; see `elementary`.

x = 2^k m with sqrt(1/2) <= m < sqrt(2); with f = m - 1 and s = f / (2 + f),
log m = 2 atanh(s) = f - s (f - s^2 L(s^2)), L near-minimax (error in the result below 1e-20).
`power` is exp(y log x) with the logarithm as a pair of numbers of some 100 bits.
"""

from __future__ import annotations

from typing import Any

from .elementary_exp import INF, LN2_HIGH, LN2_LOW, both, exp_parts, limit, product, ratio, scale
from .elementary_numpy import bits, floor, real, select

NAN = float("nan")
TINY, TWO54 = 2.0**-1022, 2.0**54
ROOT_HALF = 0x3FE6A09E667F3BCD  # bits of sqrt(1/2)
OFFSET = 0x3FF0000000000000 - ROOT_HALF
FRACTION = (1 << 52) - 1
EXPONENT = 0x4330000000000000  # bits of 2^52
EXPONENT_ZERO = 2.0**52 + 1023.0
LOG = (0.6666666666666666, 0.40000000000000885, 0.28571428570799784, 0.22222222392581045,
       0.18181795547521137, 0.15386244737621665, 0.13268638369266825, 0.13088034850927555)
INV_LN10, INV_LN10_LOW = 0.4342944819032518, 1.098319650216765e-17
THIRD, THIRD_LOW = 0.3333333333333333, 1.850371707708594e-17
LN2_MIDDLE, LN2_LAST = 7.371002565161996e-13, 5.8029889835956905e-25
ATANH = (0.2, 0.14285714285714282, 0.11111111111114234, 0.09090909089822495, 0.07692307881454075,
         0.06666648198981917, 0.05883409510814777, 0.05228097555200746, 0.0538181075750563)


def fraction(x: Any) -> Any:
    """(m, k): x = 2^k m with sqrt(1/2) <= m < sqrt(2), k a whole float, for 0 < x < inf."""
    small = x < TINY
    u = bits(select(small, x * TWO54, x)) + OFFSET
    k = real(((u >> 52) & 0x7FF) | EXPONENT) - EXPONENT_ZERO
    return real((u & FRACTION) + ROOT_HALF), select(small, k - 54.0, k)


def log_parts(x: Any, extra: Any) -> Any:
    """(a, b): log(x) + extra = a + b for 0 < x < inf, with b much below a or `extra`."""
    m, k = fraction(x)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    p = LOG[6] + z * LOG[7]
    p = LOG[4] + z * (LOG[5] + z * p)
    p = LOG[2] + z * (LOG[3] + z * p)
    p = z * (LOG[0] + z * (LOG[1] + z * p))
    main = k * LN2_HIGH
    a = main + f
    b = f - (a - main)
    return a, b - ((s * (f - p) - k * LN2_LOW) - extra)


def log_ends(x: Any, y: Any) -> Any:
    """`y` where 0 < x < inf, else what a logarithm is there."""
    y = select(x < INF, y, x)
    return select(x > 0.0, y, select(x == 0.0, -INF, select(x < 0.0, NAN, y)))


def log(x: Any) -> Any:
    """The natural logarithm."""
    a, b = log_parts(x, 0.0)
    return log_ends(x, a + b)


def log10(x: Any) -> Any:
    """The logarithm to base 10, exact for powers of ten."""
    a, b = log_parts(x, 0.0)
    high, low = both(a, b)
    p, e = product(high, INV_LN10)
    return log_ends(x, p + (e + (high * INV_LN10_LOW + low * INV_LN10)))


def log1p(x: Any) -> Any:
    """log(1 + x)."""
    u, c = both(1.0, x)
    a, b = log_parts(u, c / u)
    return select(x == 0.0, x, log_ends(u, a + b))


def power_log(x: Any) -> Any:
    """(high, low): log(x) to some 2^-66 of itself, for 0 < x < inf."""
    m, k = fraction(x)
    f = m - 1.0
    d, dl = both(2.0, f)
    s, sl = ratio(f, 0.0, d, dl)
    z, zl = product(s, s)
    zl = zl + 2.0 * s * sl
    q = ATANH[7] + z * ATANH[8]
    q = ATANH[5] + z * (ATANH[6] + z * q)
    q = ATANH[3] + z * (ATANH[4] + z * q)
    q = ATANH[1] + z * (ATANH[2] + z * q)
    g, gl = both(THIRD, z * (ATANH[0] + z * q))
    gl = gl + THIRD_LOW
    t, tl = product(z, g)
    tl = tl + (z * gl + zl * g)
    v, vl = product(s, t)  # s^3 / 3 and what follows
    vl = vl + (s * tl + sl * t)
    h, hl = both(2.0 * s, 2.0 * v)
    hl = hl + 2.0 * (sl + vl)
    h, e = both(k * LN2_HIGH, h)
    h, e2 = both(h, k * LN2_MIDDLE)
    low = ((e + e2) + hl) + k * LN2_LAST
    high = h + low
    return high, low - (high - h)


def power(x: Any, y: Any) -> Any:
    """x^y as C's pow defines it; exactly x * x for y = 2 and 1 / x for y = -1."""
    a = abs(x)
    w = limit(y, -1e20, 1e20)
    high, low = power_log(a)
    p, e = product(w, high)
    e = e + w * low
    p = limit(p, -800.0, 800.0)
    n, r, t = exp_parts(p, limit(e, -1.0, 1.0))
    s, f = both(1.0, r)
    out = scale(s + (f + t), n)
    up = y > 0.0
    end = select(up, a, 1.0 / a)  # of 0 and inf
    out = select((a == 0.0) | (a == INF), select(end == 0.0, 0.0, INF), out)
    whole = floor(y) == y
    half = 0.5 * y
    odd = whole & (floor(half) != half) & (abs(y) < 1e300)
    out = select(odd & (bits(x) < 0), -out, out)
    out = select((x < 0.0) & (x > -INF) & (abs(y) < INF), select(whole, out, NAN), out)
    out = select((x != x) | (y != y), x + y, out)
    out = select(y == 2.0, x * x, select(y == 1.0, x, select(y == -1.0, 1.0 / x, out)))
    return select((y == 0.0) | (x == 1.0) | ((x == -1.0) & (abs(y) == INF)), 1.0, out)
