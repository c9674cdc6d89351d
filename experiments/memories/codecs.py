"""Codecs in one step: as it is, signs, two rails, winners, and random projections."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...models.memory import NOTHING, Domain, OpCount, products, to_domain
from ...simulator.errors import DescriptionError
from .codec import Array, at_least, vectors


class Identity:
    """Vectors as they are, at no cost."""

    latency = 0

    def __init__(self, size: int, domain: Domain, active: int | None = None) -> None:
        self.size = self.width = at_least(size, 1, "Identity: size")
        self.domain, self.active = domain, active

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """`x`."""
        return vectors(x, self.size, "Identity"), NOTHING

    def decode(self, code: Any) -> tuple[Array, OpCount]:
        """`code`."""
        return vectors(code, self.width, "Identity"), NOTHING


class Bipolar(Identity):
    """Signs; 0 counts as 1. A comparison each, which no view counts."""

    def __init__(self, size: int) -> None:
        super().__init__(size, "bipolar")

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """-1 and 1."""
        return to_domain(vectors(x, self.size, "Bipolar"), "bipolar"), NOTHING


class KWTA(Identity):
    """The k largest of a vector are 1, the others 0: a layer whose neurons compete, one update
    each."""

    latency = 1

    def __init__(self, size: int, k: int) -> None:
        if not 1 <= k <= size:
            raise DescriptionError(f"KWTA: k={k} winners of {size}; give 1 to {size}")
        super().__init__(size, "ksparse", k)

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """Exactly k ones a row; of equals, the first."""
        x = vectors(x, self.size, "KWTA")
        return to_domain(x, "ksparse", self.active), OpCount(
            neuron_updates=float(x.size), spikes=float(len(x) * (self.active or 0)),
            timesteps=float(len(x)))


class TwoRails:
    """Two units an entry of signs or flags: one fires for 1, the other for -1 (or 0).

    Every pattern has `size` ones of 2 `size`. An entry of 0 among signs is not known, and fires
    neither. Decodes to what the first rail says beyond the second.
    """

    latency = 1
    domain: Domain = "ksparse"

    def __init__(self, size: int, signs: bool = True) -> None:
        self.size, self.active, self.signs = at_least(size, 1, "TwoRails: size"), size, signs
        self.width = 2 * size

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """(Q, 2 size) of 0 and 1."""
        x = vectors(x, self.size, "TwoRails")
        off = x < 0.0 if self.signs else x <= 0.0
        code = np.hstack([x > 0.0, off]).astype(np.float64)
        return code, OpCount(neuron_updates=float(code.size), spikes=float(code.sum()),
                             timesteps=float(len(x)))

    def decode(self, code: Any) -> tuple[Array, OpCount]:
        """From -1 to 1, or from 0 to 1, of codes of 0 and 1."""
        code = vectors(code, self.width, "TwoRails")
        apart = code[:, :self.size] - code[:, self.size:]
        return (apart if self.signs else (apart + 1.0) / 2.0), OpCount(ac=float(code.size))


class RandomProjection:
    """A fixed random map (size, width) of orthonormal columns, or rows if it widens.

    Codes are divided by their norm, for memories of the sphere. Decoding applies the transposed
    map: exact up to a factor if it widens, the nearest vector in the span of the rows if it
    narrows. The map is fixed wiring and no state of a memory.
    """

    latency, active = 1, None
    domain: Domain = "unit"

    def __init__(self, size: int, width: int, seed: int = 0) -> None:
        self.size = at_least(size, 1, "RandomProjection: size")
        self.width = at_least(width, 1, "RandomProjection: width")
        self.map = _orthonormal(self.size, self.width, seed)

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """Codes of norm 1; a vector of zeros stays that."""
        x = vectors(x, self.size, "RandomProjection")
        code = to_domain(x @ self.map, "unit")
        return code, products(x, self.width) + OpCount(mac=float(code.size), dense=float(code.size),
                                                       timesteps=float(len(x)))

    def decode(self, code: Any) -> tuple[Array, OpCount]:
        """The transposed map of the code."""
        code = vectors(code, self.width, "RandomProjection")
        return code @ self.map.T, products(code, self.size)


class SignedProjection(RandomProjection):
    """The signs of a random projection."""

    domain: Domain = "bipolar"

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """-1 and 1."""
        x = vectors(x, self.size, "SignedProjection")
        return to_domain(x @ self.map, "bipolar"), products(x, self.width) + OpCount(
            timesteps=float(len(x)))


class DentateGyrus(RandomProjection):
    """A random projection of which the k largest fire: sparse codes that keep patterns apart.

    Decodes by the transposed projection of the ones, so that what shares winners is alike.
    """

    domain: Domain = "ksparse"

    def __init__(self, size: int, width: int, k: int, seed: int = 0) -> None:
        super().__init__(size, width, seed)
        if not 1 <= k <= width:
            raise DescriptionError(f"DentateGyrus: k={k} winners of {width}; give 1 to {width}")
        self.active: int | None = k

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """Exactly k ones a row."""
        x = vectors(x, self.size, "DentateGyrus")
        code = to_domain(x @ self.map, "ksparse", self.active)
        return code, products(x, self.width) + OpCount(
            neuron_updates=float(code.size), spikes=float(code.sum()), timesteps=float(len(x)))


def _orthonormal(size: int, width: int, seed: int) -> Array:
    """(size, width): orthonormal columns where it narrows, rows where it widens."""
    many, few = max(size, width), min(size, width)
    drawn = np.random.default_rng([seed, size, width]).standard_normal((many, few))
    q, r = np.linalg.qr(drawn)
    q = q * np.sign(np.diag(r))  # without it LAPACK's choice of signs shows
    return np.asarray(q if size == many else q.T, np.float64)
