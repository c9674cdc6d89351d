from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from numba import njit

from engram.kernels import elementary, elementary_numba, elementary_python
from engram.kernels.elementary import NAMES, NUMPY

SPECIAL = np.array([0.0, -0.0, math.inf, -math.inf, math.nan, 1, -1, 0.5, -0.5, 2, -2, 3, 7, 1e-310,
                    -1e-310, 5e-324, 1e308, -1e308, 709.78, 709.79, -745.2, -708.5, 1e16, 3e15, 40])
RNG = np.random.default_rng(5)
SPREAD = np.concatenate([
    SPECIAL, RNG.uniform(-750, 720, 2000), RNG.uniform(-2, 2, 2000),
    np.exp(RNG.uniform(-700, 700, 2000)), RNG.integers(-2**62, 2**62, 2000).view(np.float64)])


def spread(low, high, n=500):
    x = np.exp(RNG.uniform(math.log(low), math.log(high), n))
    return np.concatenate([x, -x])


EXPONENTS = np.concatenate([RNG.uniform(-745, 709, 700), spread(1e-20, 2),
                            np.arange(-1000, 1000, 3) * math.log(2) / 2])
ANGLES = np.concatenate([RNG.uniform(-10, 10, 700), spread(1e-20, 2e15), [30473448.739820994],
                         np.arange(1, 300) * 1e5 * math.pi / 2])  # close to zeros of sin and cos
AMOUNTS = np.concatenate([spread(5e-324, 1e308)[:500], RNG.uniform(0.4, 2.2, 700),
                          1 + spread(1e-15, 0.5), [1e-310, 10.0, 1000.0]])
SHARES = np.concatenate([RNG.uniform(-1, 1, 700), spread(1e-20, 1), 1 - spread(1e-16, 1)[:500]])
NOT_HUGE = EXPONENTS[abs(EXPONENTS) < 709]
KNOWN = {  # points, and the largest error allowed in units in the last place
    "exp": (EXPONENTS, mpmath.exp, 0.9), "expm1": (EXPONENTS, mpmath.expm1, 0.9),
    "exprel": (EXPONENTS, lambda x: mpmath.expm1(x) / x, 0.95),
    "sinh": (NOT_HUGE, mpmath.sinh, 1), "cosh": (NOT_HUGE, mpmath.cosh, 0.9),
    "tanh": (np.concatenate([RNG.uniform(-22, 22, 700), spread(1e-20, 1)]), mpmath.tanh, 0.9),
    "log": (AMOUNTS, mpmath.log, 0.9), "log10": (AMOUNTS, mpmath.log10, 0.9),
    "log1p": (np.concatenate([RNG.uniform(-0.9999, 2, 700), spread(1e-20, 0.99),
                              spread(1, 1e308)[:500]]), mpmath.log1p, 0.9),
    "sin": (ANGLES, mpmath.sin, 0.9), "cos": (ANGLES, mpmath.cos, 0.9),
    "tan": (ANGLES, mpmath.tan, 1),
    "cos_turns": (abs(SHARES), lambda x: mpmath.cos(2 * mpmath.pi * x), 0.9),
    "arctan": (np.concatenate([spread(1e-20, 1e20), RNG.uniform(-3, 3, 700)]), mpmath.atan, 0.9),
    "arcsin": (SHARES, mpmath.asin, 0.9), "arccos": (SHARES, mpmath.acos, 0.9),
}


def worst(got, exact):
    """The largest error in units in the last place of the exact value."""
    return max(float(abs(g - t) / math.ulp(float(t))) for g, t in zip(got.tolist(), exact,
                                                                      strict=True))


@pytest.mark.parametrize("name", KNOWN)
def test_error_against_60_digits(name):
    x, exact, allowed = KNOWN[name]
    with mpmath.workdps(60):
        assert worst(NUMPY[name](x), [exact(mpmath.mpf(v)) for v in x.tolist()]) < allowed


def test_error_of_power():
    x = np.concatenate([RNG.uniform(0.01, 100, 1500), RNG.uniform(0.5, 2, 500)])
    y = RNG.uniform(-1, 1, 2000) * np.minimum(700 / abs(np.log(x)), 1e6)
    y[::5] = np.rint(y[::5])
    with mpmath.workdps(60):
        exact = [mpmath.mpf(a) ** mpmath.mpf(b) for a, b in zip(x.tolist(), y.tolist(),
                                                                strict=True)]
        assert worst(NUMPY["power"](x, y), exact) < 0.75


def test_exact_values():
    for name, x, value in [
            ("exp", 0, 1), ("exp", -math.inf, 0), ("exp", 710, math.inf), ("exp", -746, 0),
            ("expm1", -math.inf, -1), ("expm1", 1000, math.inf), ("exprel", 0, 1),
            ("exprel", -math.inf, 0), ("exprel", math.inf, math.inf), ("cosh", 0, 1),
            ("cosh", -800, math.inf), ("sinh", -800, -math.inf), ("tanh", math.inf, 1),
            ("tanh", -100, -1), ("log", 1, 0), ("log", 0, -math.inf), ("log1p", -1, -math.inf),
            ("log", math.inf, math.inf), ("log1p", math.inf, math.inf), ("cos", 0, 1),
            ("cos_turns", 0.25, 0), ("cos_turns", 0.5, -1), ("cos_turns", 1, 1),
            ("arctan", math.inf, math.pi / 2), ("arcsin", 1, math.pi / 2), ("arccos", 1, 0),
            ("arccos", -1, math.pi), ("arccos", 0, math.pi / 2)]:
        assert NUMPY[name](x) == value, (name, x)
    assert [NUMPY["log10"](10.0**k) for k in range(-22, 23)] == list(range(-22, 23))
    for name in ("log", "log1p", "log10", "arcsin", "arccos"):
        assert math.isnan(NUMPY[name](-1.5))
    for name in ("sin", "cos", "tan"):
        assert math.isnan(NUMPY[name](math.inf))
        assert math.isnan(NUMPY[name](3e15))  # as the docstring says: no angle is left
    for name in set(NAMES) - {"power"}:
        assert math.isnan(NUMPY[name](math.nan))
    for name in ("expm1", "sinh", "tanh", "log1p", "sin", "tan", "arctan", "arcsin"):
        assert math.copysign(1, NUMPY[name](-0.0)) == -1
        assert NUMPY[name](5e-324) == 5e-324


def c_power(x, y):
    try:
        return math.pow(x, y)
    except OverflowError:
        return math.copysign(math.inf, x) if y == math.floor(y) and y % 2 == 1 else math.inf
    except ValueError:  # C: a pole, or a root of a negative number
        if x == 0:
            return math.copysign(math.inf, x) if y % 2 == 1 else math.inf
        return math.nan


def test_power_ends_as_c_has_it():
    for x in SPECIAL.tolist():
        for y in SPECIAL.tolist():
            got, want = NUMPY["power"](x, y), c_power(x, y)
            if math.isnan(want):
                assert math.isnan(got), (x, y)
            else:
                assert got == pytest.approx(want, rel=1e-15, abs=0), (x, y)  # C's own error
                assert math.copysign(1, got) == math.copysign(1, want), (x, y)


def test_power_is_exact_where_it_can_be():
    x = np.concatenate([RNG.uniform(-9, 9, 500), SPECIAL[:5]])
    np.testing.assert_array_equal(NUMPY["power"](x, 2.0), x * x)
    np.testing.assert_array_equal(NUMPY["power"](x, 1.0), x)
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(NUMPY["power"](x, -1.0), 1.0 / x)
    for base in range(2, 12):
        for n in range(0, 16):
            if base**n < 2**53:
                assert NUMPY["power"](-base, n) == (-base) ** n
    for n in range(-1074, 1024):
        assert NUMPY["power"](2, n) == math.ldexp(1, n)


def points(name):
    if name != "power":
        return (SPREAD,)
    return (np.concatenate([np.repeat(SPECIAL, SPECIAL.size), abs(SPREAD)]),
            np.concatenate([np.tile(SPECIAL, SPECIAL.size), RNG.uniform(-9, 9, SPREAD.size)]))


@pytest.mark.parametrize("name", NAMES)
def test_scalars_arrays_and_compiled_loops_agree_to_the_bit(name):
    f = elementary_numba.COMPILED[name]
    x = points(name)
    many = NUMPY[name](*x)
    compiled = np.empty(many.size)
    _of(f, name)(x, compiled)
    np.testing.assert_array_equal(compiled, many)
    np.testing.assert_array_equal(np.signbit(compiled)[many == 0], np.signbit(many)[many == 0])
    one = [NUMPY[name](*each) for each in zip(*(a.tolist() for a in x), strict=True)]
    np.testing.assert_array_equal(one, many)


def _of(f, name):
    if name == "power":
        @njit(error_model="numpy")
        def loop(args, out):
            for i in range(out.size):
                out[i] = f(args[0][i], args[1][i])
    else:
        @njit(error_model="numpy")
        def loop(args, out):
            for i in range(out.size):
                out[i] = f(args[0][i])
    return loop


def test_float32_is_the_rounded_float64():
    f = elementary_numba.exp

    @njit
    def loop(x, out):
        for i in range(x.size):
            out[i] = f(x[i])
    x = RNG.uniform(-20, 20, 200).astype(np.float32)
    out = np.empty(200, np.float32)
    loop(x, out)
    np.testing.assert_array_equal(out, NUMPY["exp"](x.astype(np.float64)).astype(np.float32))


def test_loops_vectorise():
    f = elementary_numba.exp

    @njit("void(float64[::1], float64[::1])", error_model="numpy")
    def loop(x, out):
        for i in range(x.size):
            out[i] = f(x[i])
    text = next(iter(loop.inspect_llvm().values()))
    assert "x double>" in text  # vectors of doubles
    assert "call double @exp" not in text


def test_shapes_and_kinds():
    exp = NUMPY["exp"]
    assert isinstance(exp(1), float)
    assert isinstance(exp(np.float32(1)), float)
    assert exp(np.zeros((3, 0))).shape == (3, 0)
    assert exp(np.zeros((2, 3))).tolist() == [[1.0] * 3] * 2
    assert NUMPY["power"](np.ones((2, 1)), np.ones(3)).shape == (2, 3)
    large = RNG.uniform(-1, 1, (3, elementary.CHUNK))  # more than one piece, not contiguous
    np.testing.assert_array_equal(exp(large.T), exp(large).T)


def test_python_floats_are_used_for_single_numbers():
    assert elementary_python.bits(1.0) == 0x3FF0000000000000
    assert elementary_python.bits(-0.0) == -1 << 63
    assert elementary_python.real(elementary_python.bits(-2.5)) == -2.5
    assert elementary_python.floor(-1.5) == -2
    assert elementary_python.floor(math.inf) == math.inf
