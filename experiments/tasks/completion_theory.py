"""What is known of T1 for each family of memories: nothing, or numbers in the figure's own units.

Only for independent patterns. Families: `hopfield`, `pseudo-inverse`, `dense-3`, `dense-4`,
`dense-associative-N`, `willshaw`, `linear`, `ridge`, and (as the bound of all) `nearest`,
`modern-hopfield`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ...models.hebbian import dense_theory, hopfield_theory
from ..memories.entry import Entry
from .items import active_of
from .measures import SUCCESS
from .task import At
from .willshaw_theory import without_false_ones

Metrics = dict[str, float]


def theory(entry: Entry, at: At) -> Metrics:
    """Overlap and success at that load and cue, as far as they are known."""
    line = _LINES.get(entry.family)
    if line is None or at["alike"]:
        return {}
    return line(at)


def success_at(overlap: float, units: int) -> float:
    """The chance that a pattern of independent errors has an overlap of at least 0.95."""
    from scipy.special import bdtr
    allowed = math.floor((1.0 - SUCCESS) / 2.0 * units + 1e-9)
    return float(bdtr(allowed, units, (1.0 - overlap) / 2.0))


def _hopfield(at: At) -> Metrics:
    """The retrieval state, from whole cues: basins are another matter."""
    if at["domain"] != "bipolar" or at["flipped"] or at["hidden"]:
        return {}
    m = hopfield_theory.overlap_at(float(at["load"]))
    if math.isnan(m):
        return {"success": 0.0}
    return {"overlap": m, "success": success_at(m, int(at["units"]))}


def _pseudo_inverse(at: At) -> Metrics:
    if at["domain"] != "bipolar" or at["flipped"] or at["hidden"] or float(at["load"]) >= 1.0:
        return {}
    return {"overlap": 1.0, "success": 1.0}


def _dense(order: int) -> Callable[[At], Metrics]:
    def line(at: At) -> Metrics:
        if at["domain"] != "bipolar" or at["flipped"] or at["hidden"]:
            return {}
        units = int(at["units"])
        m = dense_theory.overlap_at(dense_theory.load(units, float(at["patterns"]), order), order)
        if m < 0.5:
            return {"success": 0.0}
        return {"overlap": m, "success": success_at(m, units)}
    return line


def _dense_associative(power: int) -> Callable[[At], Metrics]:
    """One update from a whole cue (Krotov and Hopfield 2016): an entry is wrong if a normal number
    of variance (2 n - 3)!! P / N^(n - 1) is above 1."""
    odd = math.prod(range(1, 2 * power - 2, 2))

    def line(at: At) -> Metrics:
        if at["domain"] != "bipolar" or at["flipped"] or at["hidden"]:
            return {}
        units = float(at["units"])
        wrong = _below(math.sqrt(units ** (power - 1) / (odd * float(at["patterns"]))))
        return {"success": success_at(1.0 - 2.0 * wrong, int(units))}
    return line


def _willshaw(at: At) -> Metrics:
    """Of one reading with a threshold. Who takes the l best, or reads again, does better."""
    if at["domain"] != "ksparse" or at["flipped"]:
        return {}
    units, ones = int(at["units"]), active_of("ksparse", int(at["units"])) or 1
    shown = ones - round(float(at["hidden"]) * ones)
    return {"success": without_false_ones(units, ones, shown, int(at["patterns"]))}


def _linear(at: At) -> Metrics:
    """One product and its sign. Of the N outputs, each has a signal s = 1 - 2 f (1 - h where cue
    entries are hidden), the load a of its own entry in the cue, and noise of variance a."""
    if at["domain"] != "bipolar":
        return {}
    load, flips, hides = float(at["load"]), float(at["flipped"]), float(at["hidden"])
    noise = math.sqrt(load * (1.0 - hides))
    signal = 1.0 - 2.0 * flips - hides
    shown = _below((signal + load) / noise)
    turned = _below((signal - load) / noise)
    wrong = flips * turned + hides * _below(signal / noise) + (1.0 - flips - hides) * shown
    return {"overlap": 1.0 - 2.0 * wrong, "success": success_at(1.0 - 2.0 * wrong,
                                                                int(at["units"]))}


def _ridge(at: At) -> Metrics:
    """One product with the projection on the span of the patterns, of rank a N, and its sign.

    The cue is the pattern less e x at a share f of the entries, e = 2 where they are flipped and 1
    where hidden: 1 - e f of the pattern and a rest, of which the share a stays in its own entry and
    noise of variance a (1 - a) e^2 f (1 - f) comes to all.
    """
    load, share = float(at["load"]), float(at["flipped"]) or float(at["hidden"])
    size = 2.0 if at["flipped"] else 1.0
    if at["domain"] != "bipolar" or load >= 1.0:
        return {}
    noise = size * math.sqrt(share * (1.0 - share) * load * (1.0 - load))
    if noise == 0.0:
        return {"overlap": 1.0, "success": 1.0}
    signal = 1.0 - size * share
    spoilt = _below((signal - load * size * (1.0 - share)) / noise)
    wrong = share * spoilt + (1.0 - share) * _below((signal + load * size * share) / noise)
    return {"overlap": 1.0 - 2.0 * wrong,
            "success": success_at(1.0 - 2.0 * wrong, int(at["units"]))}


def _nearest(at: At) -> Metrics:
    """Of the stored pattern that is nearest to the cue, which no decoder can better: N / 2 - f N
    entries of difference lie between it and another."""
    from scipy.special import bdtr
    if at["domain"] != "bipolar":
        return {}
    units = int(at["units"])
    flips = round(float(at["flipped"]) * units)
    told = units - round(float(at["hidden"]) * units)
    chance = 1.0 - float(bdtr(flips, told, 0.5))
    return {"success": chance ** (float(at["patterns"]) - 1.0)}


def _below(x: float) -> float:
    """The chance that a normal number is above x."""
    return 0.5 * math.erfc(x / math.sqrt(2.0))


_LINES: dict[str, Callable[[At], Metrics]] = {
    "hopfield": _hopfield, "pseudo-inverse": _pseudo_inverse, "dense-3": _dense(3),
    "dense-4": _dense(4), "dense-associative-2": _dense_associative(2),
    "dense-associative-3": _dense_associative(3), "dense-associative-4": _dense_associative(4),
    "willshaw": _willshaw, "linear": _linear, "ridge": _ridge,
    "nearest": _nearest, "modern-hopfield": _nearest}
