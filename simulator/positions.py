"""Where neurons are, for connections that depend on distance."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .errors import DescriptionError, UnitError
from .frozen import freeze
from .units import Quantity, name_of, split

Array = npt.NDArray[np.float64]


class Geometry(NamedTuple):
    """Plain numbers in one unit: positions (n, dimensions), period per dimension, length scale."""

    pre: Array
    post: Array
    box: Array
    length: float


def grid(rows: int, cols: int, spacing: Any = 1.0) -> Any:
    """Positions (rows * cols, 2): neuron r * cols + c is at (c, r) * spacing."""
    r, c = np.divmod(np.arange(rows * cols, dtype=np.float64), cols)
    return np.column_stack((c, r)) * spacing


def plain_positions(value: Any) -> Any:
    """Frozen float64 or quantity, so that equal positions make equal descriptions."""
    if value is None:
        return None
    number, dim = split(value)
    plain = number if isinstance(number, float) else np.asarray(number, dtype=np.float64)
    return freeze(Quantity(plain, dim) if any(dim) else plain)


def check_geometry(name: str, pre: Any, post: Any, length: Any, box: Any) -> Geometry:
    """The four as plain numbers; UnitError or DescriptionError if they do not fit together."""
    scale, unit = split(length)
    if np.ndim(scale) != 0 or not 0.0 < scale < np.inf:
        raise DescriptionError(f"{name}: length={length!r} must be one finite number above 0")
    source = _array(name, "pre_positions", pre, unit, 2)
    target = _array(name, "post_positions", post, unit, 2)
    period = np.zeros(source.shape[1]) if box is None else _array(name, "box", box, unit, 1)
    if not source.shape[1] == target.shape[1] == period.size or source.shape[1] not in (2, 3):
        raise DescriptionError(f"{name}: pre_positions have {source.shape[1]} coordinates, "
                               f"post_positions {target.shape[1]} and box {period.size}; "
                               "give 2 or 3 in each")
    if (period < 0.0).any():
        raise DescriptionError(f"{name}: box={box!r} has a negative period; use 0 for an open "
                               "dimension")
    return Geometry(source, target, period, float(scale))


def _array(name: str, field: str, given: Any, unit: tuple[float, ...], ndim: int) -> Array:
    value, dim = split(given)
    if dim != unit:
        raise UnitError(f"{name}: {field} is in {name_of(dim)} and length in {name_of(unit)}; "
                        "give both the same unit")
    out = np.ascontiguousarray(value, dtype=np.float64)
    if out.ndim != ndim or out.shape[-1] == 0:
        raise DescriptionError(f"{name}: {field} has shape {np.shape(value)}; give one row (x, y) "
                               "or (x, y, z) per neuron, and one period per coordinate in box")
    if not np.isfinite(out).all():
        k = tuple(int(i) for i in np.argwhere(~np.isfinite(out))[0])
        raise DescriptionError(f"{name}: {field}[{', '.join(map(str, k))}] = {out[k]} is not "
                               "finite; every coordinate must be a number")
    return out
