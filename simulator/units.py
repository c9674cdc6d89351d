"""Physical quantities: a number or an array beside seven SI exponents, and the unit names.

Brian2's unit names and its order of dimensions are kept, so that texts and quantities of both
libraries mix; Brian2 itself takes a second to import and is not needed for this.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import UnitError

Dim = tuple[float, ...]
Value = Any  # a float or a float64 array, always in SI

BASE = ("m", "kg", "s", "A", "K", "mol", "cd")
NONE: Dim = (0.0,) * 7


def _dim(**exponents: float) -> Dim:
    return tuple(float(exponents.get(b, 0)) for b in BASE)


def times(a: Dim, b: Dim) -> Dim:
    """Dimension of a product."""
    return tuple(x + y for x, y in zip(a, b, strict=True))


def power(a: Dim, n: float) -> Dim:
    """Dimension of `a` to the power `n`; exponents are rounded so that roots close exactly."""
    return tuple(round(x * n, 9) + 0.0 for x in a)  # + 0.0 turns -0.0 into 0.0


class Quantity:
    """A value in SI with a dimension. Immutable; arithmetic checks dimensions.

    Divide by a unit to get plain numbers: `run.spikes["a"].t / ms`.
    """

    __slots__ = ("dim", "value")
    __array_ufunc__ = None  # NumPy arrays and Brian2 quantities then defer to the methods below

    value: Value
    dim: Dim

    def __init__(self, value: Value, dim: Dim = NONE) -> None:
        if isinstance(value, (int, float, np.number)):
            value = float(value)
        else:
            value = np.asarray(value, dtype=np.float64)
            value = float(value) if value.ndim == 0 else value
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "dim", dim)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Quantity is immutable; {name!r} cannot be set")

    def __reduce__(self) -> tuple[type, tuple[Value, Dim]]:
        return Quantity, (self.value, self.dim)

    def _same(self, other: object, verb: str) -> Value:
        value, dim = split(other)
        if dim != self.dim:
            raise UnitError(f"cannot {verb} {name_of(self.dim)} and {name_of(dim)}: "
                            f"{self!r} with {other!r}")
        return value

    def __add__(self, other: object) -> Quantity:
        return Quantity(self.value + self._same(other, "add"), self.dim)

    __radd__ = __add__

    def __sub__(self, other: object) -> Quantity:
        return Quantity(self.value - self._same(other, "subtract"), self.dim)

    def __rsub__(self, other: object) -> Quantity:
        return Quantity(self._same(other, "subtract") - self.value, self.dim)

    def __mul__(self, other: object) -> Any:
        value, dim = split(other)
        return _plain_if_dimensionless(self.value * value, times(self.dim, dim))

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Any:
        value, dim = split(other)
        return _plain_if_dimensionless(self.value / value, times(self.dim, power(dim, -1)))

    def __rtruediv__(self, other: object) -> Any:
        value, dim = split(other)
        return _plain_if_dimensionless(value / self.value, times(dim, power(self.dim, -1)))

    def __pow__(self, n: float) -> Any:
        if not isinstance(n, (int, float, np.integer, np.floating)):
            raise UnitError(f"cannot raise {self!r} to the power {n!r}; it must be one number")
        return _plain_if_dimensionless(self.value**n, power(self.dim, n))

    def __neg__(self) -> Quantity:
        return Quantity(-self.value, self.dim)

    def __abs__(self) -> Quantity:
        return Quantity(abs(self.value), self.dim)

    def __lt__(self, other: object) -> Any:
        return self.value < self._same(other, "compare")

    def __le__(self, other: object) -> Any:
        return self.value <= self._same(other, "compare")

    def __gt__(self, other: object) -> Any:
        return self.value > self._same(other, "compare")

    def __ge__(self, other: object) -> Any:
        return self.value >= self._same(other, "compare")

    def __eq__(self, other: object) -> Any:
        try:
            value, dim = split(other)
        except (UnitError, TypeError, ValueError):
            return NotImplemented
        return dim == self.dim and (self.value == value)

    def __hash__(self) -> int:
        value = self.value.tobytes() if isinstance(self.value, np.ndarray) else self.value
        return hash((value, self.dim))

    def __getitem__(self, key: Any) -> Quantity:
        return Quantity(self.value[key], self.dim)

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Any:
        return (Quantity(x, self.dim) for x in self.value)

    def __bool__(self) -> bool:
        """Whether a scalar is not zero, so that `duration or default` works."""
        return bool(self.value)

    def __float__(self) -> float:
        if self.dim != NONE:
            raise UnitError(f"{self!r} has a unit; divide by it first, as in x / ms")
        return float(self.value)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value; `()` for a scalar."""
        return np.shape(self.value)

    def __repr__(self) -> str:
        return text(self.value, self.dim)


def _plain_if_dimensionless(value: Value, dim: Dim) -> Any:
    return value if dim == NONE else Quantity(value, dim)


def split(x: object) -> tuple[Value, Dim]:
    """SI value and dimension of a Quantity, a Brian2 quantity, a number or an array of numbers."""
    if isinstance(x, Quantity):
        return x.value, x.dim
    dims = getattr(getattr(x, "dim", None), "_dims", None)
    if dims is not None:  # a Brian2 quantity or unit
        value = np.array(x, dtype=np.float64)
        return (float(value) if value.ndim == 0 else value), tuple(float(d) for d in dims)
    if isinstance(x, (bool, int, float, np.integer, np.floating, np.bool_)):
        try:
            return float(x), NONE
        except OverflowError:
            raise UnitError(f"{x!r} is too large for a float; the limit is 1.8e308") from None
    if isinstance(x, (list, tuple)) and any(isinstance(e, Quantity) or hasattr(e, "dim")
                                            for e in x):
        parts = [split(e) for e in x]
        if len({d for _, d in parts}) != 1:
            raise UnitError(f"a list mixes units: {x!r}")
        if len({np.shape(v) for v, _ in parts}) != 1:
            raise UnitError(f"a list mixes shapes: {x!r}")
        return np.array([v for v, _ in parts], dtype=np.float64), parts[0][1]
    try:
        value = np.asarray(x)
    except ValueError:
        raise UnitError(f"{x!r} is not an array: its parts differ in shape") from None
    if value.dtype.kind not in "biuf":
        raise UnitError(f"{x!r} is not a number, an array of numbers or a quantity")
    return (float(value) if value.ndim == 0 else value), NONE


_NAMED: dict[str, tuple[str, Dim, float]] = {  # long name: symbol, dimension, size in SI
    "metre": ("m", _dim(m=1), 1), "meter": ("m", _dim(m=1), 1), "gram": ("g", _dim(kg=1), 1e-3),
    "second": ("s", _dim(s=1), 1), "amp": ("A", _dim(A=1), 1), "ampere": ("A", _dim(A=1), 1),
    "kelvin": ("K", _dim(K=1), 1), "mole": ("mol", _dim(mol=1), 1), "candle": ("cd", _dim(cd=1), 1),
    "hertz": ("Hz", _dim(s=-1), 1), "newton": ("N", _dim(m=1, kg=1, s=-2), 1),
    "pascal": ("Pa", _dim(m=-1, kg=1, s=-2), 1), "joule": ("J", _dim(m=2, kg=1, s=-2), 1),
    "watt": ("W", _dim(m=2, kg=1, s=-3), 1), "coulomb": ("C", _dim(s=1, A=1), 1),
    "volt": ("V", _dim(m=2, kg=1, s=-3, A=-1), 1), "farad": ("F", _dim(m=-2, kg=-1, s=4, A=2), 1),
    "ohm": ("ohm", _dim(m=2, kg=1, s=-3, A=-2), 1),
    "siemens": ("S", _dim(m=-2, kg=-1, s=3, A=2), 1),
    "weber": ("Wb", _dim(m=2, kg=1, s=-2, A=-1), 1), "tesla": ("T", _dim(kg=1, s=-2, A=-1), 1),
    "henry": ("H", _dim(m=2, kg=1, s=-2, A=-2), 1), "liter": ("l", _dim(m=3), 1e-3),
    "litre": ("l", _dim(m=3), 1e-3), "molar": ("M", _dim(m=-3, mol=1), 1e3),
}
_PREFIX = {"": 1.0, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "c": 1e-2, "d": 1e-1, "da": 1e1,
           "h": 1e2, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "f": 1e-15}
# As in Brian2, only these short symbols are defined: single letters are left to users' variables.
_SHORT = {"cm", "mm", "um", "nm", "ms", "us", "ns", "mA", "uA", "nA", "pA", "mV", "uV", "nV", "pF",
          "nF", "uF", "mF", "nS", "uS", "mS", "pS", "Hz", "kHz", "MHz", "mM", "uM", "nM", "pM"}


def _table() -> dict[str, Quantity]:
    out: dict[str, Quantity] = {}
    for long, (symbol, dim, size) in _NAMED.items():
        for prefix, factor in _PREFIX.items():
            unit = Quantity(round(factor * size, 21), dim)
            names = [prefix + long]
            if prefix + symbol in _SHORT:
                names.append(prefix + symbol)
            for n in names:
                out[n] = unit
                if long in ("metre", "meter"):
                    out[n + "2"], out[n + "3"] = unit**2, unit**3
    out["kilogram"] = out["kilogramme"] = out["kgram"]
    return out


UNITS: dict[str, Quantity] = _table()

_DISPLAY = [("second", "s"), ("volt", "V"), ("amp", "A"), ("ohm", "ohm"), ("siemens", "S"),
            ("farad", "F"), ("hertz", "Hz"), ("metre", "m"), ("coulomb", "C"), ("molar", "M"),
            ("joule", "J"), ("watt", "W"), ("mole", "mol"), ("kelvin", "K"), ("kilogram", "kg")]
_STEPS = [(1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n"),
          (1e-12, "p"), (1e-15, "f")]


def name_of(dim: Dim) -> str:
    """A readable name of a dimension, such as `volt` or `m^2 kg s^-1`."""
    if dim == NONE:
        return "a plain number"
    for long, _ in _DISPLAY:
        if UNITS[long].dim == dim:
            return long
    return " ".join(b if e == 1 else f"{b}^{e:g}" for b, e in zip(BASE, dim, strict=True) if e)


def text(value: Value, dim: Dim) -> str:
    """A value in its most readable unit, such as `-60 mV`; long arrays are shortened."""
    numbers = np.asarray(value, dtype=np.float64)
    symbol, size = next(((s, UNITS[long].value) for long, s in _DISPLAY if UNITS[long].dim == dim),
                        (None, 1.0))
    finite = np.abs(numbers[np.isfinite(numbers)]) if numbers.size else numbers
    top = float(finite.max()) / size if finite.size else 0.0
    scale, prefix = 1.0, ""
    if symbol is None:
        symbol = "" if dim == NONE else name_of(dim)
    elif symbol not in ("kg",) and top > 0:
        scale, prefix = next((s for s in _STEPS if top >= s[0] * 0.9999999), (1.0, ""))
    body = f"{float(numbers) / size / scale:g}" if numbers.ndim == 0 else np.array2string(
        numbers / size / scale, threshold=8, precision=6, separator=", ")
    return f"{body} {prefix}{symbol}".rstrip()


def __getattr__(name: str) -> Quantity:
    """`from engram.simulator.units import ms, mV` works for every unit name."""
    try:
        return UNITS[name]
    except KeyError:
        raise AttributeError(f"no unit {name!r}; the names are Brian2's, e.g. ms, mV, nA, pF, nS, "
                             "Mohm, Hz, usiemens, mmolar") from None
