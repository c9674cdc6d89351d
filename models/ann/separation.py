"""From similarities to the weights of a read: softmax, softmax_1, its clipped form, entmax.

Each takes (Q, P) scores z and gives (Q, P) weights; P may be 0.

    softmax     exp(z_i) / sum_j exp(z_j)
    softmax_1   exp(z_i) / (1 + sum_j exp(z_j)): the softmax over [0, z] without its first entry, a
                pattern of nothing that takes what belongs nowhere (Hu et al. 2024,
                arXiv:2404.03828)
    clipped     clip((eta - gamma) softmax_1 + gamma, 0, 1), gamma <= 0 <= 1 <= eta
    entmax      argmax_p p . z + H_a(p) on the simplex: 1 is softmax, 2 sparsemax (Martins and
                Astudillo 2016), weights beyond a threshold are exactly 0 (Peters et al. 2019)
    nearest     1 for the largest, the first of equals
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory.protocol import Array

GAMMA, ETA = -0.025, 1.1
"""As in the authors' code"""
BISECTIONS = 60
"""Halvings of an interval of length 1: down to float64's last digit"""


@dataclass(frozen=True)
class Separation:
    """`weigh` scores into weights. `rejects`: the weights of a strange query sum to less than 1."""

    name: str
    weigh: Callable[[Array], Array]
    rejects: bool = False


def softmax(z: Array) -> Array:
    """Rows that sum to 1."""
    if z.shape[1] == 0:
        return z.copy()
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def softmax_1(z: Array) -> Array:
    """Rows that sum to less than 1."""
    if z.shape[1] == 0:
        return z.copy()
    top = np.maximum(z.max(axis=1, keepdims=True), 0.0)  # 0 is the score of the empty pattern
    e = np.exp(z - top)
    return np.asarray(e / (e.sum(axis=1, keepdims=True) + np.exp(-top)))


def clipped(z: Array, gamma: float = GAMMA, eta: float = ETA) -> Array:
    """softmax_1 whose small weights are 0 and whose large ones are 1."""
    return np.clip((eta - gamma) * softmax_1(z) + gamma, 0.0, 1.0)


def nearest(z: Array) -> Array:
    """One 1 a row."""
    out = np.zeros_like(z)
    if z.shape[1]:
        np.put_along_axis(out, z.argmax(axis=1)[:, None], 1.0, axis=1)
    return out


def sparsemax(z: Array) -> Array:
    """The projection of each row on the simplex, exact, by sorting."""
    if z.shape[1] == 0:
        return z.copy()
    z = z - z.max(axis=1, keepdims=True)  # 1 is nothing beside large scores
    down = -np.sort(-z, axis=1)
    rank = np.arange(1, z.shape[1] + 1)
    above = np.cumsum(down, axis=1) - 1.0
    support = (rank * down > above).sum(axis=1, keepdims=True)
    tau = np.take_along_axis(above, support - 1, axis=1) / support
    return np.asarray(np.maximum(z - tau, 0.0))


def entmax(z: Array, alpha: float = 1.5) -> Array:
    """alpha-entmax of each row by bisection: p_i = max((a - 1) z_i - t, 0)^(1 / (a - 1)).

    t is between -1 and -P^(1 - a) where the largest z is 0.
    """
    if not alpha >= 1.0:
        raise DescriptionError(f"entmax: alpha {alpha}; 1 is softmax, 2 sparsemax; it is at "
                               "least 1")
    if alpha == 1.0 or z.shape[1] == 0:
        return softmax(z)
    # the largest at 0: an interval of length 1 is nothing beside large scores
    scaled = (alpha - 1.0) * (z - z.max(axis=1, keepdims=True))
    low = np.full((len(z), 1), -1.0)
    high = np.full((len(z), 1), -(float(z.shape[1]) ** (1.0 - alpha)))
    power = 1.0 / (alpha - 1.0)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        enough = (np.maximum(scaled - middle, 0.0) ** power).sum(axis=1, keepdims=True) >= 1.0
        low, high = np.where(enough, middle, low), np.where(enough, high, middle)
    p = np.maximum(scaled - low, 0.0) ** power
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def named(name: str, alpha: float = 1.5) -> Separation:
    """softmax, softmax-1, clipped, sparsemax, entmax (of `alpha`) or nearest."""
    table = {"softmax": (softmax, False), "softmax-1": (softmax_1, True),
             "clipped": (clipped, True), "sparsemax": (sparsemax, False),
             "entmax": (lambda z: entmax(z, alpha), False), "nearest": (nearest, False)}
    if name not in table:
        raise DescriptionError(f"separation {name!r}; there are {', '.join(table)}")
    return Separation(name, *table[name])
