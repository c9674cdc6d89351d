"""Who is joined with whom in the steered liquid, and what pixels are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ...simulator.fields import integer
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
    targets = []
    for k in range(n):  # a row at a time: all of 8,000 neurons at once take gigabytes
        chance = np.array(C)[kind[k], kind]*np.exp(-((at[k] - at)**2).sum(axis=1)/LENGTH**2)
        chance[k] = 0
        targets.append(np.flatnonzero(rng.random(n) < chance))
    return np.repeat(np.arange(n), [len(t) for t in targets]), np.concatenate(targets)


def input_pairs(inputs: int, size: int, density: float, rng: Any) -> tuple[Any, Any]:
    """pre and post of exactly a share `density` of all pairs."""
    pair = np.sort(rng.permutation(inputs*size)[:int(density*inputs*size)])
    return pair//size, pair % size


def rates(pictures: Any) -> Any:
    """Chance that a pixel is drawn in a step, (n, pixels): brightness as a share of its picture.

    All are divided by the largest, so that every picture of the set has the same sum.
    DescriptionError for a picture that is black, or has pixels below 0 or no numbers.
    """
    bright = _numbers(pictures, "pictures")
    if bright.ndim < 2 or not bright.size:
        raise DescriptionError(f"pictures of shape {bright.shape} must be (n, pixels) or (n, rows, "
                               "columns), one at least")
    bright = bright.reshape(len(bright), -1)
    strange = ~((bright >= 0) & (bright < np.inf)).all(axis=1)
    for problem, found in (("holds a pixel below 0 or no number", strange),
                           ("is black, so its pixels have no share", ~bright.any(axis=1))):
        if found.any():
            raise DescriptionError(f"picture {found.argmax()} {problem}; leave it out")
    share = bright/bright.sum(axis=1, keepdims=True)
    return share/share.max()


def chances(rates: Any, inputs: int) -> Any:
    """`rates` as (n, inputs); DescriptionError unless they are that many, one at least, in 0 ... 1.
    """
    found = _numbers(rates, "rates")
    if found.ndim != 2 or found.shape[1] != inputs or not len(found):
        raise DescriptionError(f"rates of shape {found.shape} must be (n, {inputs}): a row a "
                               "picture, one at least, a number for each input")
    if not ((found >= 0) & (found <= 1)).all():
        raise DescriptionError(f"rates from {found.min()} to {found.max()} must be chances, 0 to "
                               "1; `rates` of liquid_wiring makes them of brightness")
    return found


def _numbers(values: Any, what: str) -> Any:
    try:
        return np.asarray(values, float)
    except (TypeError, ValueError) as problem:
        raise DescriptionError(f"{what}: {problem}; give numbers") from problem


def drawn(rates: Any, steps: int, seed: int) -> tuple[Any, Any]:
    """Index and time of the pixels drawn: pictures (n, inputs) in turn, `steps` of 1 ms each."""
    integer(steps, "steps of a picture", 1)
    integer(seed, "seed of the pixels drawn", 0, 2**63 - 1)
    rng = np.random.default_rng([seed, 11])
    found = [np.nonzero(rng.random((steps, len(p))) < p) for p in np.asarray(rates, float)]
    step = np.concatenate([k + n*steps for n, (k, _) in enumerate(found)])
    return np.concatenate([i for _, i in found]), step*ms
