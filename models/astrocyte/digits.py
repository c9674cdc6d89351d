"""The ten digits as black-and-white pictures, drawn from strokes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ...simulator.fields import integer

Stroke = tuple[float, ...]
"""A line (x0, y0, x1, y1), or an arc (x, y, rx, ry, from, to) in degrees, clockwise from the right;
in a frame of width 1 and height 1 with y downwards."""

STROKES: dict[int, tuple[Stroke, ...]] = {
    0: ((0.5, 0.5, 0.26, 0.36, 0, 360),),
    1: ((0.52, 0.12, 0.52, 0.88), (0.52, 0.12, 0.32, 0.3)),
    2: ((0.5, 0.35, 0.25, 0.22, 180, 395), (0.7, 0.47, 0.25, 0.86), (0.25, 0.86, 0.77, 0.86)),
    3: ((0.46, 0.31, 0.26, 0.19, 200, 450), (0.46, 0.68, 0.28, 0.19, 270, 520)),
    4: ((0.62, 0.12, 0.62, 0.88), (0.62, 0.12, 0.22, 0.64), (0.22, 0.64, 0.8, 0.64)),
    5: ((0.3, 0.14, 0.74, 0.14), (0.3, 0.14, 0.28, 0.46), (0.48, 0.64, 0.27, 0.23, 225, 500)),
    6: ((0.5, 0.64, 0.25, 0.23, 0, 360), (0.26, 0.62, 0.58, 0.13)),
    7: ((0.24, 0.14, 0.76, 0.14), (0.76, 0.14, 0.42, 0.88)),
    8: ((0.5, 0.31, 0.21, 0.19, 0, 360), (0.5, 0.69, 0.26, 0.19, 0, 360)),
    9: ((0.5, 0.36, 0.25, 0.23, 0, 360), (0.74, 0.38, 0.42, 0.88)),
}


def digit(n: int, size: int = 79, thickness: float = 0.11) -> Any:
    """Boolean array (size, size), row first: True where the digit `n` is ink.

    `thickness` of a stroke as a fraction of the side.
    """
    integer(n, "digit", 0, 9)
    integer(size, "size of a digit", 1)
    if not 0 < thickness <= 1:
        raise DescriptionError(f"thickness={thickness!r} of a digit's strokes must be above 0 and "
                               "at most 1, the side of the picture")
    at = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(at, at)
    ink = np.zeros((size, size), dtype=bool)
    for stroke in STROKES[n]:
        for px, py in _points(stroke):
            ink |= (x - px)**2 + (y - py)**2 <= (thickness/2)**2
    return ink


def _points(stroke: Stroke, many: int = 100) -> Any:
    along = np.linspace(0, 1, many)
    if len(stroke) == 4:
        x0, y0, x1, y1 = stroke
        return np.column_stack((x0 + along*(x1 - x0), y0 + along*(y1 - y0)))
    x, y, rx, ry, first, last = stroke
    angle = np.deg2rad(first + along*(last - first))
    return np.column_stack((x + rx*np.cos(angle), y + ry*np.sin(angle)))
