"""exp and its relatives in IEEE arithmetic only; `elementary` says how these texts are used.

x = n ln 2 + r with |r| <= ln(2)/2, and exp(r) = 1 + r + r^2 P(r). P is a near-minimax polynomial
(Chebyshev fit; its error in r^2 P is below 2e-19). Sums that cancel are kept as pairs high + low.
"""

from __future__ import annotations

from typing import Any

from .elementary_numpy import bits, real, select

INF = float("inf")
MAGIC = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to a whole number, kept in the low bits
SPLITTER = 134217729.0  # 2^27 + 1
INV_LN2 = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.6931471805592082, 7.371002565167799e-13  # the first has 40 bits
EXP = (0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326136, 0.0013888888888883748,
       0.00019841269874820627, 2.4801587325547743e-05, 2.7557255400206422e-06,
       2.75572736431103e-07, 2.5105217004720745e-08, 2.0914686968086876e-09)


def both(a: Any, b: Any) -> Any:
    """a + b as (rounded sum, its error), exactly."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def product(a: Any, b: Any) -> Any:
    """a * b as (rounded product, its error): Dekker, for factors below 2^996."""
    p = a * b
    t = SPLITTER * a
    ah = t - (t - a)
    al = a - ah
    t = SPLITTER * b
    bh = t - (t - b)
    bl = b - bh
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


def ratio(a: Any, al: Any, b: Any, bl: Any) -> Any:
    """(a + al) / (b + bl) as a pair; the low parts are small beside the high ones."""
    q = a / b
    p, e = product(q, b)
    return q, ((((a - p) - e) + al) - q * bl) / b


def scale(y: Any, n: Any) -> Any:
    """y * 2^n for a whole float n, |n| <= 2044; rounded once, also where it is subnormal."""
    t = n * 0.5 + MAGIC
    u = (n - (t - MAGIC)) + MAGIC
    return y * real((bits(t) + 1023) << 52) * real((bits(u) + 1023) << 52)


def limit(x: Any, low: Any, high: Any) -> Any:
    """`x` within [low, high]; a NaN stays."""
    return select(x < low, low, select(x > high, high, x))


def exp_parts(x: Any, low: Any) -> Any:
    """(n, r, t): exp(x + low) = 2^n (1 + r + t), |t| well below 1 and |r|."""
    n = (x * INV_LN2 + MAGIC) - MAGIC
    high = x - n * LN2_HIGH
    less = n * LN2_LOW - low
    r = high - less
    c = (high - r) - less
    p = EXP[9] + r * EXP[10]
    p = EXP[7] + r * (EXP[8] + r * p)
    p = EXP[5] + r * (EXP[6] + r * p)
    p = EXP[3] + r * (EXP[4] + r * p)
    p = EXP[1] + r * (EXP[2] + r * p)
    return n, r, c + r * r * (EXP[0] + r * p)


def exp(x: Any) -> Any:
    """e^x."""
    n, r, t = exp_parts(limit(x, -746.0, 710.0), 0.0)
    return scale(1.0 + (r + t), n)


def expm1_parts(x: Any) -> Any:
    """(high, low, n): expm1(x) = 2^n (high + low), for -60 <= x <= 1400."""
    n, r, t = exp_parts(x, 0.0)
    h = r + t
    less = t - (h - r)
    s, e = both(1.0 - scale(1.0, -n), h)
    e = e + less
    high = s + e
    return high, e - (high - s), n


def expm1(x: Any) -> Any:
    """e^x - 1."""
    high, low, n = expm1_parts(limit(x, -60.0, 710.0))
    return select(x == 0.0, x, scale(high + low, n))


def exprel(x: Any) -> Any:
    """(e^x - 1) / x, continued by 1 at 0."""
    z = limit(x, -1e290, 720.0)
    high, low, n = expm1_parts(limit(x, -60.0, 720.0))
    q, t = ratio(high, low, z, 0.0)
    y = scale(q + t, n)
    return select(x == 0.0, 1.0, select(x < -1e290, -1.0 / x, y))


def sinh(x: Any) -> Any:
    """(e^x - e^-x) / 2."""
    a = limit(abs(x), 0.0, 712.0)
    high, low, n = expm1_parts(a)
    large = scale(high + low, n - 1.0)
    high = scale(high, n)
    low = scale(low, n)
    d, e = both(high, 1.0)
    q, t = ratio(high, low, d, e + low)  # 1 - e^-a
    s, f = both(high, q)
    y = select(a < 40.0, 0.5 * (s + (f + (low + t))), large)
    return select(x == 0.0, x, select(x < 0.0, -y, y))


def cosh(x: Any) -> Any:
    """(e^x + e^-x) / 2."""
    n, r, t = exp_parts(limit(abs(x), 0.0, 712.0), 0.0)
    high, low = both(1.0, r)
    low = low + t
    y = scale(high + low, n - 1.0)
    # where y overflows, its inverse is 0; the low part counts where the inverse is near y
    less = 0.25 * (1.0 / y)
    z, e = both(scale(high, n - 1.0), less)
    return select(y < 1e10, z + (e + scale(low, n - 1.0)), y)


def tanh(x: Any) -> Any:
    """sinh(x) / cosh(x), as expm1(2x) / (expm1(2x) + 2)."""
    high, low, n = expm1_parts(limit(2.0 * abs(x), 0.0, 60.0))
    high = scale(high, n)
    low = scale(low, n)
    d, e = both(high, 2.0)
    q, t = ratio(high, low, d, e + low)
    y = q + t
    return select(x == 0.0, x, select(x < 0.0, -y, y))
