"""Keys that pass through a map before a memory sees them: polynomial features, random projection.

With phi(x) . phi(y) = (x . y)^p a linear memory keeps of the order of d^p pairs of random keys
instead of d: their cosine after P pairs is 1 / sqrt(1 + (P - 1) E[(k . k')^2p]) (as in Behrouz et
al. 2025, arXiv:2505.23735, whose features add the degrees up).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory import (
    MemorySpec,
    OpCount,
    ReadResult,
    check_cues,
    check_patterns,
    products,
    to_domain,
)
from ..memory.protocol import Array
from .pairs import pairs

BLOCK = 64
"""Pairs that are mapped at once: a hundred thousand features each are 50 MB"""


@dataclass(frozen=True)
class KeyMap:
    """(P, key_dim) to (P, `width`), and the operations that it costs. Not part of the state."""

    width: int
    apply: Callable[[Array], Array]
    cost: Callable[[Array], OpCount]


def polynomial(key_dim: int, degree: int = 2) -> KeyMap:
    """All monomials of that degree, weighed so that phi(x) . phi(y) = (x . y)^degree."""
    if not 1 <= degree <= 4:
        raise DescriptionError(f"polynomial features of degree {degree}; 1 ... 4")
    width = math.comb(key_dim + degree - 1, degree)
    if width > 1 << 21:
        raise DescriptionError(f"{width:,} features of degree {degree} of {key_dim} entries; take "
                               "a smaller key or degree")
    which = np.array(list(combinations_with_replacement(range(key_dim), degree)), np.int64)
    weight = np.sqrt([_ways(row) for row in which])

    def apply(x: Array) -> Array:
        return np.asarray(weight * math.prod(x[:, column] for column in which.T))

    def cost(x: Array) -> OpCount:
        products = sum(math.comb(int(n) + degree - 1, degree) for n in np.count_nonzero(x, axis=1))
        return OpCount(dense=float(len(x) * width * degree), mac=float(products * degree))

    return KeyMap(width, apply, cost)


def projection(key_dim: int, width: int, seed: int = 0) -> KeyMap:
    """Random normal numbers of variance 1 / width: cosines are kept to 1 / sqrt(width)."""
    if width < 1:
        raise DescriptionError(f"a projection on {width} dimensions; at least 1")
    matrix = np.random.default_rng([seed, 0x9E3]).standard_normal((key_dim, width)) / width**0.5
    return KeyMap(width, lambda x: np.asarray(x @ matrix), lambda x: products(x, width))


def _ways(row: Any) -> float:
    """Orders of a row of indices."""
    counts = np.unique(row, return_counts=True)[1]
    return math.factorial(len(row)) / math.prod(math.factorial(int(n)) for n in counts)


class MappedMemory:
    """`inner`, a memory over real keys of `key_map.width`, seen as one over keys of `key_dim`.

    `key_dim`, `domain` and the numbers of ones are those of the outside.
    """

    def __init__(self, inner: Any, key_map: KeyMap, spec: MemorySpec) -> None:
        if inner.spec.key_dim != key_map.width or inner.spec.value_dim != spec.value_dim:
            raise DescriptionError(f"a memory of keys {inner.spec.key_dim} and values "
                                   f"{inner.spec.value_dim}; the map gives keys of "
                                   f"{key_map.width}, values have {spec.value_dim}")
        if inner.spec.domain != "real":
            raise DescriptionError(f"a memory over {inner.spec.domain!r} behind a map; it sees "
                                   "real numbers: build it with domain 'real'")
        told = inner.spec
        self.spec = replace(spec, online=told.online, order_free=told.order_free,
                            stochastic=told.stochastic, supports_forget=told.supports_forget)
        self.inner, self.key_map = inner, key_map
        self.reset, self.state_bits = inner.reset, inner.state_bits
        self.tolerance = getattr(inner, "tolerance", 1e-4)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Write the mapped keys."""
        k, v, gains = pairs(self.spec, keys, values, strength)
        ops = self.key_map.cost(k)
        for first in range(0, len(k), BLOCK):
            part = slice(first, first + BLOCK)
            ops += self.inner.write(self.key_map.apply(k[part]), v[part], strength=gains[part])
        return ops

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """Read with the mapped cues."""
        q = check_cues(queries, self.spec.key_dim, self.spec.domain)
        found: ReadResult = self.inner.read(self.key_map.apply(q), steps=steps)
        values = to_domain(found.info["graded"], self.spec.domain, self.spec.ones_of_a_value())
        return ReadResult(values, found.score, found.ops + self.key_map.cost(q), found.info)

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """As the inner memory does, with mapped keys."""
        if keys is None:
            ops: OpCount = self.inner.forget(rate=rate, steps=steps)
            return ops
        k = check_patterns(keys, self.spec.key_dim, self.spec.domain, "keys")
        cost: OpCount = self.inner.forget(keys=self.key_map.apply(k), rate=rate, steps=steps)
        return cost + self.key_map.cost(k)

    def snapshot(self) -> dict[str, Any]:
        """The inner state; the map is no part of it."""
        found: dict[str, Any] = self.inner.snapshot()
        return found

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.inner.restore(state)
