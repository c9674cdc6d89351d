"""Curves of forgetting reduced to numbers: half-life, exponential and power laws, ends."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def half_life(ages: Sequence[float], kept: Sequence[float], floor: float = 0.0) -> float:
    """The age, between two measured ones, where `kept` has lost half of what it had above `floor`
    at the first age; inf if it never has."""
    level = floor + 0.5 * (kept[0] - floor)
    for k in range(1, len(ages)):
        if kept[k] <= level:
            fall = kept[k - 1] - kept[k]
            part = (kept[k - 1] - level) / fall if fall > 0.0 else 0.0
            return float(ages[k - 1] + part * (ages[k] - ages[k - 1]))
    return math.inf


def exponential(ages: Sequence[float], kept: Sequence[float]) -> tuple[float, float, float]:
    """(A, rate, residual) of A exp(-rate age), least squares; the residual is root mean square."""
    return _fit(np.asarray(ages, float), kept)


def power(ages: Sequence[float], kept: Sequence[float]) -> tuple[float, float, float]:
    """(A, exponent, residual) of A (1 + age)^-exponent, least squares."""
    return _fit(np.log1p(np.asarray(ages, float)), kept)


def serial_position(kept_in_order: Sequence[float], share: float = 0.1) -> tuple[float, float]:
    """(primacy, recency): what is kept of the first and of the last items written, less the mean of
    the middle half. `share` of all items is an end."""
    kept = np.asarray(kept_in_order, float)
    end, quarter = max(1, round(share * len(kept))), len(kept) // 4
    middle = kept[quarter:len(kept) - quarter].mean()
    return float(kept[:end].mean() - middle), float(kept[-end:].mean() - middle)


def _fit(x: np.ndarray, kept: Sequence[float]) -> tuple[float, float, float]:
    """A exp(-rate x). For a given rate A is linear, so one number is searched for."""
    y = np.asarray(kept, float)

    def best(rates: np.ndarray) -> tuple[float, float, float]:
        shapes = np.exp(-rates[:, None] * x)
        a = (shapes @ y) / (shapes**2).sum(1)
        errors = np.sqrt(((a[:, None] * shapes - y) ** 2).mean(1))
        k = int(errors.argmin())
        return float(a[k]), float(rates[k]), float(errors[k])

    found = best(np.concatenate([[0.0], np.geomspace(1e-6, 30.0, 400)]))
    for width in (0.1, 0.01, 1e-3, 1e-4):
        found = best(np.maximum(found[1] * np.linspace(1.0 - width, 1.0 + width, 201), 0.0))
    return found
