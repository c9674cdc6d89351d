"""What is known of T2 for each family of memories, from independent keys and values.

Families: `linear`, `ridge`, `willshaw`, `nearest`, `modern-hopfield`. Others: nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..memories.entry import Entry
from .items import active_of
from .task import At
from .willshaw_theory import without_false_ones

Metrics = dict[str, float]


def theory(entry: Entry, at: At) -> Metrics:
    """Recall, cosine and exact recall at that load and cue, as far as they are known."""
    line = _LINES.get(entry.family)
    if line is None or at["alike"] or at["rewritten"]:
        return {}
    return line(at)


def above_all(signal: float, own: float, others: float, rivals: float) -> float:
    """The chance that N(signal, own) is above `rivals` independent N(0, others); both are
    variances."""
    from scipy.special import log_ndtr
    if rivals <= 0.0:
        return 1.0
    z = np.linspace(-8.0, 8.0, 1601)
    weight = np.exp(-0.5 * z**2)
    above = np.exp(rivals * log_ndtr((signal + math.sqrt(own) * z) / math.sqrt(others)))
    return float(weight @ above / weight.sum())


def _linear(at: At) -> Metrics:
    """Signal s = 1 - 2 f (1 - h) along the value; each other pair adds noise along its own.

    The cosine is s / sqrt(s^2 + (P - 1) |q|^2 / d). On its own value the noise has variance
    (P - 1) |q|^2 / d^2, on another (s^2 + |q|^2) / d + (P - 2) |q|^2 / d^2.
    """
    if at["domain"] not in ("unit", "bipolar"):
        return {}
    d, pairs = float(at["units"]), float(at["patterns"])
    signal = 1.0 - 2.0 * float(at["flipped"]) - float(at["hidden"])
    square = 1.0 - float(at["hidden"])
    own = (pairs - 1.0) * square / d**2
    others = (signal**2 + square) / d + max(pairs - 2.0, 0.0) * square / d**2
    found = {"recall": above_all(signal, own, others, pairs - 1.0)}
    if at["domain"] == "unit":
        found["cosine"] = signal / math.sqrt(signal**2 + (pairs - 1.0) * square / d)
    return found


def _ridge(at: At) -> Metrics:
    """Least squares: exact up to as many pairs as dimensions, then the cosine is sqrt(d / P)."""
    if at["domain"] != "unit" or at["flipped"] or at["hidden"]:
        return {}
    return {"cosine": min(1.0, math.sqrt(float(at["units"]) / float(at["patterns"])))}


def _nearest(at: At) -> Metrics:
    """The likeness of a cue with its own key is s, with another it has variance |q|^2 / d."""
    if at["domain"] not in ("unit", "bipolar"):
        return {}
    square = 1.0 - float(at["hidden"])
    signal = square - 2.0 * float(at["flipped"])
    return {"recall": above_all(signal, 0.0, square / float(at["units"]),
                                float(at["patterns"]) - 1.0)}


def _willshaw(at: At) -> Metrics:
    if at["domain"] != "ksparse" or at["flipped"]:
        return {}
    units, ones = int(at["units"]), active_of("ksparse", int(at["units"])) or 1
    shown = ones - round(float(at["hidden"]) * ones)
    return {"exact": without_false_ones(units, ones, shown, int(at["patterns"]))}


_LINES: dict[str, Callable[[At], Metrics]] = {"linear": _linear, "ridge": _ridge,
                                              "willshaw": _willshaw, "nearest": _nearest,
                                              "modern-hopfield": _nearest}
