"""Given values become arrays: quantities, arrays and texts such as 'v_reset + rand()*5*mV'."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..kernels.philox import object_id
from ..kernels.philox_range import draw_range
from .errors import DescriptionError
from .expressions import constant_value, evaluate, names_in, parse
from .prepare import to_si
from .units import split

CHUNK = 1 << 20
"""Elements worked out at a time, so that a text over 10^8 synapses needs no second array."""


class Scope:
    """Resolves the given values of one population or projection, texts after what they read.

    `given` maps names to values; `index` maps `i` (and `j`) to arrays of length `size`; `order`
    sorts values that come as arrays; draws are keyed by `seed` and the stream '<where>.<name>'.
    """

    def __init__(self, where: str, given: Mapping[str, Any], size: int, seed: int, dt: float,
                 index: Mapping[str, Any], order: Any = None, dtype: Any = np.float64) -> None:
        self.where = where
        self.given = given
        self.size = size
        self.seed = seed
        self.fixed = {"dt": dt, "t": 0.0, "N": float(size)}
        self.index = index
        self.order = order
        self.dtype = dtype
        self.done: dict[str, Any] = {}

    def resolve(self, name: str, trail: tuple[str, ...] = ()) -> Any:
        """SI value of a name: a float, or an array (size,)."""
        if name in trail:
            raise DescriptionError(f"{self.where}: the texts of {' -> '.join([*trail, name])} "
                                   "refer to each other in a circle; give one of them a number")
        if name not in self.done:
            value = self.given[name]
            self.done[name] = (self._text(name, value, trail) if isinstance(value, str)
                               else self._numbers(name, value))
        return self.done[name]

    def _numbers(self, name: str, value: Any) -> Any:
        number = split(value)[0]
        if np.ndim(number) == 0:
            return float(number)
        if np.shape(number) != (self.size,):
            raise DescriptionError(f"{self.where}: {name} has shape {np.shape(number)}; give one "
                                   f"value or {self.size} of them")
        return np.asarray(number if self.order is None else number[self.order], dtype=self.dtype)

    def _text(self, name: str, text: str, trail: tuple[str, ...]) -> Any:
        node = to_si(parse(text), lambda n: n in self.given, [0])
        reads = names_in(node)
        for other in reads & set(self.given):
            self.resolve(other, (*trail, name))
        unknown = reads - set(self.given) - set(self.fixed) - set(self.index)
        if unknown:
            raise DescriptionError(f"{self.where}: the text of {name}, {text!r}, reads "
                                   f"{sorted(unknown)}, which have no value at the start")
        if not self._varies(node):
            value = float(self._chunk(node, name, 0, 1))
            if np.isnan(value):
                raise DescriptionError(f"{self.where}: the text of {name}, {text!r}, gives NaN")
            return value
        out = np.empty(self.size, dtype=self.dtype)
        for start in range(0, self.size, CHUNK):
            stop = min(start + CHUNK, self.size)
            out[start:stop] = self._chunk(node, name, start, stop)
        bad = np.flatnonzero(np.isnan(out))
        if bad.size:
            raise DescriptionError(f"{self.where}: the text of {name}, {text!r}, gives NaN at "
                                   f"index {bad[0]}")
        return out

    def _varies(self, node: ast.expr) -> bool:
        reads = names_in(node)
        draws = any(isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
                    and n.func.id in ("rand", "randn") for n in ast.walk(node))
        return draws or bool(reads & set(self.index)) or any(
            np.ndim(self.done.get(n, 0)) for n in reads)

    def _chunk(self, node: ast.expr, name: str, start: int, stop: int) -> Any:
        stream = object_id(f"{self.where}.{name}")

        def value_of(n: str) -> Any:
            if n in self.index:
                return self.index[n](start, stop)
            if n in self.fixed:
                return self.fixed[n]
            if n in self.done:
                v = self.done[n]
                return v[start:stop] if np.ndim(v) else v
            value = constant_value(n)
            return 0.0 if value is None else value

        def draw(kind: str, number: int) -> Any:
            return draw_range(kind, self.seed, stream, 0, start, stop, number)
        return evaluate(node, value_of, draw)
