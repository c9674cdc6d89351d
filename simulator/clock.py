"""Whole steps: the only place where seconds become integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .equations import SECOND
from .errors import DescriptionError, UnitError
from .units import name_of, split, text

TOLERANCE = 1e-6
"""Fraction of a step by which a time may miss a whole step: float rounding, not a real offset."""

MOST = 2.0**53
"""Steps at most: beyond, a float64 no longer holds every whole number."""


def seconds(value: Any, what: str) -> Any:
    """SI value of a time; raises UnitError for anything else, DescriptionError for NaN."""
    number, dim = split(value)
    if dim != SECOND:
        raise UnitError(f"{what} is {value!r}, {name_of(dim)}; it must be a time such as 1*ms")
    if not np.all(np.isfinite(number)):
        raise DescriptionError(f"{what} is {value!r}; it must be finite")
    return number


def one_time(value: Any, what: str) -> float:
    """SI value of a single time."""
    number = seconds(value, what)
    if np.ndim(number):
        raise DescriptionError(f"{what} is {value!r}; give one time")
    return float(number)


def steps(value: Any, dt: float, what: str, least: int = 0) -> Any:
    """A time (quantity) as a whole number of steps: int, or int64 array.

    Raises DescriptionError when it is not whole, or below `least` steps; nothing is rounded.
    """
    return whole(seconds(value, what), dt, what, least)


def duration_steps(duration: Any, dt: float) -> int:
    """The steps of a run; DescriptionError unless it is one time, not negative, in whole steps."""
    return int(whole(one_time(duration, "duration"), dt, "duration"))


def whole(value: Any, dt: float, what: str, least: int = 0) -> Any:
    """As `steps`, for a value already in seconds."""
    ratio = np.asarray(value, dtype=np.float64) / dt
    if not np.all(np.abs(ratio) < MOST):  # NaN fails too
        raise DescriptionError(f"{what} = {text(value, SECOND)} is not finite or above {MOST:g} "
                               f"steps of dt = {text(dt, SECOND)}; use a shorter time")
    count = np.rint(ratio)
    off = np.abs(ratio - count) > TOLERANCE * np.maximum(1.0, np.abs(count) * 1e-3)
    low = count < least
    for bad, why in ((off, "is not a whole number of steps"),
                     (low, f"is below {least} step{'s' if least != 1 else ''}")):
        if np.any(bad):
            at = np.flatnonzero(bad)[0] if ratio.ndim else None
            one = float(ratio.flat[at] if at is not None else ratio)
            entry = f"[{at}]" if at is not None else ""
            fit = max(least, round(one))
            raise DescriptionError(
                f"{what}{entry} = {text(one * dt, SECOND)} {why} of dt = {text(dt, SECOND)}; "
                f"use {text(fit * dt, SECOND)} or another dt")
    return int(count) if ratio.ndim == 0 else count.astype(np.int64)
