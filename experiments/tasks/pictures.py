"""Digits of 8 x 8 pixels as patterns of 64 entries: real images, unlike random ones, are alike."""

from __future__ import annotations

import numpy as np

from ...models.memory import Domain, to_domain
from ...models.memory.patterns import Array
from ...simulator.errors import DescriptionError
from ..data.catalogue import digits

PIXELS = 64


def black_and_white(rng: np.random.Generator, count: int, domain: Domain) -> Array:
    """(count, 64) different images, a pixel on where it is above half of full ink; `bipolar` or
    `binary`. MissingPackageError without scikit-learn."""
    on = digits().pixels[_drawn(rng, count)].reshape(count, PIXELS) > 8
    return np.where(on, 1.0, -1.0 if domain == "bipolar" else 0.0)


def embedded(rng: np.random.Generator, count: int, domain: Domain,
             active: int | None = None) -> Array:
    """(count, 64) different images less the mean of all, in the domain."""
    pixels = digits().pixels.reshape(-1, PIXELS).astype(np.float64)
    centred = pixels - pixels.mean(0)
    chosen = centred[_drawn(rng, count)]
    return to_domain(chosen + 0.5 if domain == "binary" else chosen, domain, active)


def _drawn(rng: np.random.Generator, count: int) -> Array:
    number = len(digits().pixels)
    if count > number:
        raise DescriptionError(f"{count} images; there are {number}")
    return rng.permutation(number)[:count]
