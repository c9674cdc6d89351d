"""Codecs by a fixed random map: to the sphere, to signs, to the winners of many units."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...models.memory import Domain, OpCount, products, to_domain
from ...simulator.errors import DescriptionError
from .codec import Array, at_least, vectors
from .codecs import fired


class RandomProjection:
    """A fixed random map (size, width) of orthonormal columns, or rows if it widens.

    Codes are of norm 1 (`unit`), the signs (`bipolar`) or the k largest as ones (`ksparse`) of what
    the map gives. Decoding applies the transposed map: for the sphere exact up to a factor if it
    widens, the nearest vector in the span of the columns if it narrows. The map is fixed wiring and
    no state of a memory.
    """

    def __init__(self, size: int, width: int, domain: Domain = "unit", k: int | None = None,
                 seed: int = 0) -> None:
        if domain not in ("unit", "bipolar", "ksparse"):
            raise DescriptionError(f"RandomProjection: to {domain!r}; there are unit, bipolar and "
                                   "ksparse")
        if (domain == "ksparse") != (k is not None) or (k is not None and not 1 <= k <= width):
            raise DescriptionError(f"RandomProjection: k={k} winners of {width} in {domain!r}; give"
                                   f" 1 to {width} for ksparse and none otherwise")
        self.size = at_least(size, 1, "RandomProjection: size")
        self.width = at_least(width, 1, "RandomProjection: width")
        self.domain: Domain = domain
        self.active, self.latency = k, 1
        self.map = _orthonormal(self.size, self.width, seed)

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """Codes; on the sphere a vector of zeros stays that."""
        x = vectors(x, self.size, "RandomProjection")
        code, ops = to_domain(x @ self.map, self.domain, self.active), products(x, self.width)
        if self.domain == "ksparse":
            return code, ops + fired(code)
        scaled = float(code.size) if self.domain == "unit" else 0.0
        return code, ops + OpCount(mac=scaled, dense=scaled, timesteps=float(len(x)))

    def decode(self, code: Any) -> tuple[Array, OpCount]:
        """The transposed map of the code: what shares winners or signs is alike."""
        code = vectors(code, self.width, "RandomProjection")
        return code @ self.map.T, products(code, self.size)


def dentate_gyrus(size: int, width: int, k: int, seed: int = 0) -> RandomProjection:
    """A random projection of which the k largest fire: sparse codes that keep patterns apart."""
    return RandomProjection(size, width, "ksparse", k, seed)


def _orthonormal(size: int, width: int, seed: int) -> Array:
    """(size, width): orthonormal columns where it narrows, rows where it widens."""
    many, few = max(size, width), min(size, width)
    drawn = np.random.default_rng([seed, size, width]).standard_normal((many, few))
    q, r = np.linalg.qr(drawn)
    q = q * np.sign(np.diag(r))  # without it LAPACK's choice of signs shows
    return np.asarray(q if size == many else q.T, np.float64)
