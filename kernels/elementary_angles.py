"""Trigonometric functions and their inverses in IEEE arithmetic only; see `elementary`.

x = k pi/2 + r: pi/2 is cut into four parts of 26 bits and a rest, so that k times a part is exact
for k < 2^27; for larger x multiples of 2^25 quarter turns are taken off first in the same way.
From 3e15 on neighbouring float64 are more than half a radian apart: there is no angle left, and
the result is NaN.
"""

from __future__ import annotations

from typing import Any

from .elementary_exp import MAGIC, both, product, ratio
from .elementary_numpy import bits, select, sqrt

NAN = float("nan")
TWO25 = 2.0**25
INV_HALF_PI = 0.6366197723675814
INV_LARGE = 0.6366197723675814 * 2.0**-25
LARGEST = 3e15
PI2_1, PI2_2, PI2_3, PI2_4, PI2_5 = (
    1.5707963109016418, 1.5893254712295857e-08, 6.123233932053594e-17, 6.368317055225283e-25,
    1.082856673921914e-32)
HALF_PI, HALF_PI_LOW = 1.5707963267948966, 6.123233995736766e-17
SIN = (-0.16666666666666666, 0.008333333333333331, -0.00019841269841265017, 2.755731921930192e-06,
       -2.5052106219521895e-08, 1.6058529572267877e-10, -7.586576588171073e-13)
COS = (0.041666666666666664, -0.0013888888888888887, 2.4801587301584618e-05,
       -2.7557319221382114e-07, 2.087675578389404e-09, -1.1470459749675607e-11,
       4.745804889760674e-14)
ATAN = (-0.3333333333333333, 0.199999999999998, -0.14285714285659326, 0.11111111105106705,
        -0.09090908751076636, 0.0769229630497447, -0.06666423628069258, 0.058789145444006215,
        -0.052303478730160745, 0.04551108126325172, -0.034558092551413795, 0.01627194475162406)
ASIN = (0.16666666666666669, 0.07499999999998425, 0.04464285714637338, 0.030381944137085216,
        0.022372173002005596, 0.017352391265909227, 0.013971235301124539, 0.011478952690257387,
        0.010324318288744113, 0.00545087818772055, 0.017419357964884856, -0.014881409392818066,
        0.02877844261259304)


def quarters(x: Any) -> Any:
    """(r, low, q): x = k pi/2 + r + low, |r| <= pi/4 and a little; the low bits of q are k's."""
    far = ((x * INV_LARGE + MAGIC) - MAGIC) * TWO25
    r = x - far * PI2_1
    t = (r - far * PI2_2) * INV_HALF_PI + MAGIC
    k = t - MAGIC
    r = r - k * PI2_1  # exact up to here: what is left needs no finer grid than x and the products
    r, a = both(r, -(far * PI2_2))
    r, b = both(r, -(k * PI2_2))
    r, c = both(r, -(far * PI2_3))
    r, d = both(r, -(k * PI2_3))
    r, e = both(r, -(far * PI2_4))
    r, f = both(r, -(k * PI2_4))
    low = ((((a + b) + (c + d)) + e) + f) - (far + k) * PI2_5
    high = r + low
    return high, low - (high - r), bits(t)


def sine(r: Any, low: Any) -> Any:
    """(s, t): sin(r + low) = s + t for |r| <= 0.786."""
    z = r * r
    p = SIN[5] + z * SIN[6]
    p = SIN[3] + z * (SIN[4] + z * p)
    p = SIN[1] + z * (SIN[2] + z * p)
    return r, z * r * (SIN[0] + z * p) + low * (1.0 - 0.5 * z)


def cosine(r: Any, low: Any) -> Any:
    """(c, t): cos(r + low) = c + t for |r| <= 0.786."""
    z = r * r
    p = COS[5] + z * COS[6]
    p = COS[3] + z * (COS[4] + z * p)
    p = z * z * (COS[0] + z * (COS[1] + z * (COS[2] + z * p)))
    h = 0.5 * z
    w = 1.0 - h
    return w, ((1.0 - w) - h) + (p - r * low)


def turned(r: Any, low: Any, q: Any) -> Any:
    """The sine of r + low and q quarter turns."""
    s, st = sine(r, low)
    c, ct = cosine(r, low)
    y = select((q & 1) == 0, s + st, c + ct)
    return select((q & 2) == 0, y, -y)


def sin(x: Any) -> Any:
    """The sine of x radians; NaN from 3e15 on."""
    r, low, q = quarters(x)
    y = turned(r, low, q)
    return select(x == 0.0, x, select(abs(x) < LARGEST, y, NAN))


def cos(x: Any) -> Any:
    """The cosine of x radians; NaN from 3e15 on."""
    r, low, q = quarters(x)
    return select(abs(x) < LARGEST, turned(r, low, q + 1), NAN)


def tan(x: Any) -> Any:
    """The tangent of x radians; NaN from 3e15 on."""
    r, low, q = quarters(x)
    s, st = sine(r, low)
    s, st = both(s, st)
    c, ct = cosine(r, low)
    c, ct = both(c, ct)
    even = (q & 1) == 0
    top, bottom = select(even, s, -c), select(even, c, s)
    y, t = ratio(top, select(even, st, -ct), bottom, select(even, ct, st))
    return select(x == 0.0, x, select(abs(x) < LARGEST, y + t, NAN))


def cos_turns(u: Any) -> Any:
    """cos(2 pi u) for 0 <= u <= 1, without the error of a rounded 2 pi u."""
    t = 4.0 * u + MAGIC
    v = 4.0 * u - (t - MAGIC)
    r, e = product(v, HALF_PI)
    return turned(r, e + v * HALF_PI_LOW, bits(t) + 1)


def arctan(x: Any) -> Any:
    """The angle in [-pi/2, pi/2] whose tangent is x."""
    a = select(abs(x) < 1e100, abs(x), 1e100)
    large, small = a > 2.414213562373095, a <= 0.4142135623730951
    middle = (a <= 2.414213562373095) & (a > 0.4142135623730951)
    less, less_low = both(a, -1.0)
    more, more_low = both(a, 1.0)
    top = select(large, -1.0, select(small, a, less))
    top_low = select(middle, less_low, 0.0)
    bottom = select(large, a, select(small, 1.0, more))
    bottom_low = select(middle, more_low, 0.0)
    u, low = ratio(top, top_low, bottom, bottom_low)
    z = u * u
    q = ATAN[10] + z * ATAN[11]
    q = ATAN[8] + z * (ATAN[9] + z * q)
    q = ATAN[6] + z * (ATAN[7] + z * q)
    q = ATAN[4] + z * (ATAN[5] + z * q)
    q = ATAN[2] + z * (ATAN[3] + z * q)
    q = z * u * (ATAN[0] + z * (ATAN[1] + z * q)) + low * (1.0 - z)
    turns = select(large, 1.0, select(middle, 0.5, 0.0))
    s, e = both(turns * HALF_PI, u)
    y = s + ((e + turns * HALF_PI_LOW) + q)
    y = select(x < 0.0, -y, y)
    return select((x == 0.0) | (x != x), x, y)


def arc(a: Any) -> Any:
    """(s, t) with asin(a) = s + t for 0 <= a <= 1/2, asin(sqrt((1 - a) / 2)) above."""
    large = a > 0.5
    w = 0.5 * (1.0 - a)
    root = sqrt(w)
    p, e = product(root, root)
    low = select(root > 0.0, ((w - p) - e) / (2.0 * root), 0.0)
    s = select(large, root, a)
    z = select(large, w, a * a)
    q = ASIN[11] + z * ASIN[12]
    q = ASIN[9] + z * (ASIN[10] + z * q)
    q = ASIN[7] + z * (ASIN[8] + z * q)
    q = ASIN[5] + z * (ASIN[6] + z * q)
    q = ASIN[3] + z * (ASIN[4] + z * q)
    q = ASIN[1] + z * (ASIN[2] + z * q)
    return s, z * s * (ASIN[0] + z * q) + select(large, low, 0.0)


def arcsin(x: Any) -> Any:
    """The angle in [-pi/2, pi/2] whose sine is x; NaN outside [-1, 1]."""
    a = abs(x)
    s, t = arc(a)
    high, e = both(HALF_PI, -2.0 * s)
    y = select(a > 0.5, high + (e + (HALF_PI_LOW - 2.0 * t)), s + t)
    y = select(x < 0.0, -y, y)
    return select(x == 0.0, x, select(a <= 1.0, y, NAN))


def arccos(x: Any) -> Any:
    """The angle in [0, pi] whose cosine is x; NaN outside [-1, 1]."""
    a = abs(x)
    s, t = arc(a)
    s = select((a > 0.5) | (x > 0.0), s, -s)  # the sign of what is taken from pi/2
    t = select((a > 0.5) | (x > 0.0), t, -t)
    middle, e = both(HALF_PI, -s)
    middle = middle + (e + (HALF_PI_LOW - t))
    far, e = both(2.0 * HALF_PI, -2.0 * s)
    far = far + (e + 2.0 * (HALF_PI_LOW - t))
    y = select(a > 0.5, select(x > 0.0, 2.0 * s + 2.0 * t, far), middle)
    return select(a <= 1.0, y, NAN)
