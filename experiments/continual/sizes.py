"""How large a continual-learning experiment is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...simulator.errors import DescriptionError


@dataclass(frozen=True)
class Protocol:
    """Adam at `rate`, `epochs` a task in batches of `batch`, `hidden` layers between.

    `images` bounds what is taken of a large set, training and test together; 0 takes all.
    """

    tasks: int
    epochs: int
    hidden: tuple[int, ...] = (128, 128)
    batch: int = 32
    rate: float = 1e-3
    images: int = 0


SIZES = {"ci": Protocol(5, 5, images=3000), "std": Protocol(10, 20, images=12_000),
         "full": Protocol(10, 20)}
"""Seconds, the protocol of the field at half a minute, the same on all images."""

LARGE = 20_000
"""Images in a set from which one epoch a task is enough, as in the field."""


def protocol(size: str, images: int) -> Protocol:
    """The protocol of a size for a set of so many training images; DescriptionError if unknown."""
    if size not in SIZES:
        raise DescriptionError(f"size {size!r} is not known; there are {', '.join(SIZES)}")
    found = SIZES[size]
    return replace(found, epochs=1, batch=64, hidden=(800, 800)) if images > LARGE else found
