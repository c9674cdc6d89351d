"""Who is joined with whom in the steered liquid, and what pixels are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulator.units import ms

C = ((0.2, 0.1), (0.3, 0.05))
"""Probability at distance 0: from excitatory or inhibitory (row), to excitatory or inhibitory."""

LENGTH = 3.0
"""Edges of the lattice over which the probability falls."""


def lattice(side: int, excitatory: int, rng: Any) -> tuple[Any, Any]:
    """pre and post, joined with probability C exp(-(distance/LENGTH)^2), nobody with itself.

    Neurons of both kinds stand anywhere on a cube of `side`.
    """
    n = side**3
    at = np.stack(np.unravel_index(rng.permutation(n), (side,)*3), axis=1).astype(float)
    kind = (np.arange(n) >= excitatory).astype(int)
    far = ((at[:, None] - at[None])**2).sum(axis=2)
    chance = np.array(C)[kind[:, None], kind]*np.exp(-far/LENGTH**2)
    np.fill_diagonal(chance, 0)
    pre, post = np.nonzero(rng.random((n, n)) < chance)
    return pre, post


def input_pairs(inputs: int, size: int, density: float, rng: Any) -> tuple[Any, Any]:
    """pre and post of exactly a share `density` of all pairs."""
    pair = np.sort(rng.permutation(inputs*size)[:int(density*inputs*size)])
    return pair//size, pair % size


def rates(pictures: Any) -> Any:
    """Chance that a pixel is drawn in a step, (n, pixels): brightness as a share of its picture.

    All are divided by the largest, so that every picture of the set has the same sum.
    """
    bright = np.asarray(pictures, float).reshape(len(pictures), -1)
    share = bright/bright.sum(axis=1, keepdims=True)
    return share/share.max()


def drawn(rates: Any, steps: int, seed: int) -> tuple[Any, Any]:
    """Index and time of the pixels drawn: pictures (n, inputs) in turn, `steps` of 1 ms each."""
    rng = np.random.default_rng([seed, 11])
    found = [np.nonzero(rng.random((steps, len(p))) < p) for p in np.asarray(rates, float)]
    step = np.concatenate([k + n*steps for n, (k, _) in enumerate(found)])
    return np.concatenate([i for _, i in found]), step*ms
