"""Digits of 8 x 8 pixels as patterns of 64 entries: real images, unlike random ones, are alike."""

from __future__ import annotations

from functools import cache

import numpy as np

from ...models.memory import Domain, to_domain
from ...models.memory.patterns import Array
from ...simulator.errors import DescriptionError
from ..data.catalogue import digits

PIXELS = 64


def black_and_white(rng: np.random.Generator, count: int, domain: Domain) -> Array:
    """(count, 64) different images, a pixel on where it is above half of full ink; `bipolar` or
    `binary`. MissingPackageError without scikit-learn."""
    on = _drawn(rng, _pixels(), count) > 8.0
    return np.where(on, 1.0, -1.0 if domain == "bipolar" else 0.0)


def embedded(rng: np.random.Generator, count: int, domain: Domain,
             active: int | None = None) -> Array:
    """(count, 64) different images less the mean of all, in the domain."""
    chosen = _drawn(rng, _pixels() - _pixels().mean(0), count)
    return to_domain(chosen + 0.5 if domain == "binary" else chosen, domain, active)


def _drawn(rng: np.random.Generator, images: Array, count: int) -> Array:
    if count > len(images):
        raise DescriptionError(f"{count} images; there are {len(images)}")
    return images[rng.permutation(len(images))[:count]]


@cache
def _pixels() -> Array:
    """(images, 64), 0 to 16; read once, since that takes a tenth of a second."""
    return digits().pixels.reshape(-1, PIXELS).astype(np.float64)
