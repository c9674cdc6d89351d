"""Labelled pictures in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...simulator.errors import ArchiveError

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Images:
    """`pixels` (N, rows, columns), 0 to `top`, and `labels` (N,), 0 to `classes` - 1."""

    pixels: Bytes
    labels: Bytes
    top: int = 255
    classes: int = 10

    def __post_init__(self) -> None:
        if len(self.pixels) != len(self.labels):
            raise ArchiveError(f"{len(self.pixels)} images and {len(self.labels)} labels; they "
                               "must be files of one set")
        if len(self.labels) and int(self.labels.max()) >= self.classes:
            raise ArchiveError(f"label {int(self.labels.max())} where there are {self.classes} "
                               "classes; the files are damaged or of another set")

    def __len__(self) -> int:
        return len(self.labels)

    def flat(self) -> NDArray[np.float32]:
        """(N, rows * columns), 0 to 1."""
        return self.pixels.reshape(len(self), -1).astype(np.float32) / np.float32(self.top)


@dataclass(frozen=True)
class ImageSet:
    """A set in its two parts; one may be missing on this machine.

    `lacks` names the files that a missing part would need beside those that are here.
    """

    name: str
    train: Images | None
    test: Images | None
    lacks: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What is missing, in words; "" if nothing is."""
        gone = [part for part, images in (("training", self.train), ("test", self.test))
                if images is None]
        without = f" (no {', no '.join(self.lacks)})" if self.lacks else ""
        return (f"{self.name}: the {' and '.join(gone)} images are not here{without}" if gone
                else "")
