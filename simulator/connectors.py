"""Connectors: which neuron of one population reaches which of another, as data.

`connector.rows(n_pre, n_post, seed, name, same, offset)` gives the synapses. A random connector
draws row r from the counters (seed, object_id(name), r), so the arrays are the same on every
machine, at any number of threads and in every backend. `same` says that both sides are one
population: only then does `self_connections=False` leave anything out. Where they are two views of
it, presynaptic neuron r is postsynaptic neuron r + offset.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..kernels import sampling
from ..kernels.philox import object_id
from ..kernels.transpose import flip, row_order, rows_of
from .connector_checks import (
    check_enough,
    check_inside,
    check_sizes,
    count,
    flag,
    hole_in,
    indices,
    probability,
    shape_of,
    who,
)
from .errors import DescriptionError
from .fields import text
from .frozen import description, put
from .positions import Geometry, check_geometry, plain_positions

PROFILES = {"gaussian": sampling.GAUSSIAN, "exponential": sampling.EXPONENTIAL,
            "step": sampling.STEP}


@dataclass(frozen=True, eq=False)
class Rows:
    """Synapses in compressed rows, `post` ascending within each presynaptic row.

    `indptr` is int64 (n_pre + 1), `post` uint32. `order` brings per-synapse values given in the
    connector's own order into this one, `values[order]`; None where the two orders are the same.
    """

    indptr: npt.NDArray[np.int64]
    post: npt.NDArray[np.uint32]
    order: npt.NDArray[np.int64] | None = None

    @property
    def pre(self) -> npt.NDArray[np.uint32]:
        """The presynaptic neuron of every synapse (uint32, made on each call)."""
        return rows_of(self.indptr)


@description
class OneToOne:
    """Neuron k reaches neuron k."""

    def rows(self, n_pre: int, n_post: int, seed: int = 0, name: str = "",
             same: bool = False, offset: int = 0) -> Rows:
        """DescriptionError if the populations differ in size."""
        check_sizes(self, name, n_pre, n_post)
        if n_pre != n_post:
            raise DescriptionError(f"{who(self, name)} joins populations of {n_pre} and {n_post} "
                                   "neurons; make them equal or use FromArrays")
        return Rows(np.arange(n_pre + 1, dtype=np.int64), np.arange(n_post, dtype=np.uint32))


@description
class AllToAll:
    """Every neuron reaches every neuron."""

    self_connections: bool = True

    def __post_init__(self) -> None:
        put(self, "self_connections", flag(self, "self_connections", self.self_connections))

    def rows(self, n_pre: int, n_post: int, seed: int = 0, name: str = "",
             same: bool = False, offset: int = 0) -> Rows:
        """n_pre * n_post synapses, or n * (n - 1) without self connections."""
        hole = hole_in(self, name, n_pre, n_post, same, offset)
        return Rows(*sampling.complete(n_pre, n_post, hole))


@description
class FixedProbability:
    """Each pair is joined with probability p, independently of the others."""

    p: float
    self_connections: bool = True

    def __post_init__(self) -> None:
        put(self, "p", probability(self, "p", self.p))
        put(self, "self_connections", flag(self, "self_connections", self.self_connections))

    def rows(self, n_pre: int, n_post: int, seed: int = 0, name: str = "",
             same: bool = False, offset: int = 0) -> Rows:
        """A binomial number of synapses per row."""
        hole = hole_in(self, name, n_pre, n_post, same, offset)
        return Rows(*sampling.bernoulli(n_pre, n_post, self.p, hole, seed, object_id(name)))


@description
class FixedOutDegree:
    """Each presynaptic neuron reaches exactly n distinct neurons."""

    n: int
    self_connections: bool = True

    def __post_init__(self) -> None:
        put(self, "n", count(self, self.n))
        put(self, "self_connections", flag(self, "self_connections", self.self_connections))

    def rows(self, n_pre: int, n_post: int, seed: int = 0, name: str = "",
             same: bool = False, offset: int = 0) -> Rows:
        """DescriptionError if there are fewer than n neurons to reach."""
        hole = hole_in(self, name, n_pre, n_post, same, offset)
        check_enough(self, name, self.n, n_pre, n_post, hole, "reach")
        return Rows(*sampling.fixed(n_pre, n_post, self.n, hole, seed, object_id(name)))


@description
class FixedInDegree:
    """Each postsynaptic neuron is reached by exactly n distinct neurons."""

    n: int
    self_connections: bool = True

    def __post_init__(self) -> None:
        put(self, "n", count(self, self.n))
        put(self, "self_connections", flag(self, "self_connections", self.self_connections))

    def rows(self, n_pre: int, n_post: int, seed: int = 0, name: str = "",
             same: bool = False, offset: int = 0) -> Rows:
        """DescriptionError if there are fewer than n neurons to be reached by."""
        hole = hole_in(self, name, n_post, n_pre, same, -offset)
        check_enough(self, name, self.n, n_post, n_pre, hole, "be reached by")
        by_target = sampling.fixed(n_post, n_pre, self.n, hole, seed, object_id(name))
        return Rows(*flip(*by_target, n_pre))


@description
class DistanceDependent:
    """Each pair at distance d is joined with probability p_max * kernel(d / length).

    `kernel`: "gaussian" is exp(-d^2 / (2 length^2)), "exponential" is exp(-d / length), "step" is
    1 up to d = length and 0 beyond. Positions are (n, 2) or (n, 3); `box` gives the period of each
    dimension, 0 for an open one. Positions, length and box share one unit, or none.
    Building costs p_max * n_pre * n_post steps, however short the length.
    """

    kernel: str
    p_max: float
    length: Any
    pre_positions: Any
    post_positions: Any
    box: Any = None
    self_connections: bool = True

    def __post_init__(self) -> None:
        put(self, "self_connections", flag(self, "self_connections", self.self_connections))
        if text(self.kernel, "DistanceDependent: kernel") not in PROFILES:
            raise DescriptionError(f"DistanceDependent: kernel={self.kernel!r} is not known; "
                                   f"use one of {', '.join(PROFILES)}")
        put(self, "p_max", probability(self, "p_max", self.p_max))
        for field in ("length", "pre_positions", "post_positions", "box"):
            put(self, field, plain_positions(getattr(self, field)))
        self._geometry()

    def rows(self, n_pre: int, n_post: int, seed: int = 0, name: str = "",
             same: bool = False, offset: int = 0) -> Rows:
        """DescriptionError if the populations do not have one neuron per position."""
        hole, g = hole_in(self, name, n_pre, n_post, same, offset), self._geometry()
        for side, n, x in (("pre", n_pre, g.pre), ("post", n_post, g.post)):
            if len(x) != n:
                raise DescriptionError(f"{who(self, name)}: {len(x)} {side}_positions for {n} "
                                       "neurons; give one position per neuron")
        return Rows(*sampling.by_distance(g.pre, g.post, g.box, PROFILES[self.kernel], self.p_max,
                                          g.length, hole, seed, object_id(name)))

    def _geometry(self) -> Geometry:
        return check_geometry("DistanceDependent", self.pre_positions, self.post_positions,
                              self.length, self.box)


@description
class FromArrays:
    """Synapse k goes from `pre[k]` to `post[k]`; a pair given twice is two synapses.

    `shape`, where given, is the (n_pre, n_post) that the populations must have.
    """

    pre: Any
    post: Any
    shape: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        for side in ("pre", "post"):
            put(self, side, indices(self, side, getattr(self, side)))
        if self.pre.size != self.post.size:
            raise DescriptionError(f"FromArrays: pre has {self.pre.size} entries and post "
                                   f"{self.post.size}; give one of each per synapse")
        if self.shape is not None:
            put(self, "shape", shape_of(self, self.shape))

    def rows(self, n_pre: int, n_post: int, seed: int = 0, name: str = "",
             same: bool = False, offset: int = 0) -> Rows:
        """Synapses sorted by (pre, post); those of one pair stay in the order given."""
        check_sizes(self, name, n_pre, n_post)
        if self.shape not in (None, (n_pre, n_post)):
            raise DescriptionError(f"{who(self, name)} has shape {self.shape}, and the populations"
                                   f" have {n_pre} and {n_post} neurons; make them agree")
        for side, index, n in (("pre", self.pre, n_pre), ("post", self.post, n_post)):
            check_inside(f"{who(self, name)}: {side}", index, n)
        indptr = np.zeros(n_pre + 1, np.int64)
        np.cumsum(np.bincount(self.pre, minlength=n_pre), out=indptr[1:])
        order = row_order(self.pre, self.post, n_pre, n_post)
        return Rows(indptr, self.post if order is None else self.post[order], order)


def from_sparse(matrix: Any) -> tuple[FromArrays, npt.NDArray[np.float64]]:
    """Connector and weights (float64) of a SciPy sparse matrix: row = pre, column = post.

    Synapses and weights come in (pre, post) order. As SciPy has it, entries given twice are one
    with their sum; a stored zero is a synapse of weight zero.
    """
    if not hasattr(matrix, "tocsr"):
        raise DescriptionError(f"from_sparse: {type(matrix).__name__} is not a SciPy sparse matrix;"
                               " use scipy.sparse.csr_array(x), or FromArrays(*x.nonzero())")
    m = matrix.tocsr().copy()
    m.sum_duplicates()
    if m.dtype.kind not in "biuf" or np.isnan(m.data).any():
        raise DescriptionError(f"from_sparse: weights of {m.dtype} must be real and not NaN; "
                               "clean the matrix's .data first")
    pre = np.repeat(np.arange(m.shape[0], dtype=np.uint32), np.diff(m.indptr))
    return FromArrays(pre, m.indices.astype(np.uint32), m.shape), m.data.astype(np.float64)
