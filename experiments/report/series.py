"""Curves of a comparison as numbers, for every kind of figure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..tasks.task import Curve
from .gather import Comparison, Condition
from .statistics import Estimate, estimate

PALETTE = ("#3b78b5", "#c8553d", "#2f8f5b", "#9a7400", "#a04fa3", "#11888f", "#7c6bd6", "#7a7f87")
"""Told apart by the colour-blind as far as eight can be; each has a contrast of 3 or more to the
page in light and in dark."""

SHAPES = ("o", "s", "^", "D", "v", "P", "X", "*")


DECADES = 100.0
"""From the first to the last x there are powers of ten enough to mark an axis."""


@dataclass(frozen=True)
class Line:
    """A memory in a panel: x, the estimates there, and theory where it is known (x, y)."""

    memory: str
    x: tuple[float, ...]
    y: tuple[Estimate, ...]
    theory: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Panel:
    """One value of what the curve is split by."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Drawing:
    """A curve of a task, with its panels. `ticks` name the values of an x that is no number."""

    curve: Curve
    panels: tuple[Panel, ...]
    ticks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """For files: metric and axis."""
        return f"{self.curve.y}-over-{self.curve.x}"


def style(c: Comparison, memory: str) -> tuple[str, str]:
    """Colour and shape of a memory, the same in every figure of a comparison."""
    n = c.memories.index(memory)
    return PALETTE[n % len(PALETTE)], SHAPES[(n + n // len(PALETTE)) % len(SHAPES)]


def weight(c: Comparison, memory: str) -> float:
    """1 for the memory drawn first to 0 for the last: thinner ones on top, so that curves that
    coincide all show."""
    return 1.0 - c.memories.index(memory) / max(len(c.memories) - 1, 1)


def extent(drawing: Drawing) -> tuple[float, float]:
    """Of the y axis, in all panels alike: means, theory, and intervals as far as they leave a
    quarter of that. Two seeds give intervals in which nothing else could be seen."""
    lines = [line for panel in drawing.panels for line in panel.lines]
    known = [y.mean for line in lines for y in line.y] + [y for line in lines
                                                          for _, y in line.theory]
    known = [y for y in known if math.isfinite(y)]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    span = high - low or max(abs(high), 1.0) / 5
    ends = [min(max(e, low - span / 4), high + span / 4) for line in lines for y in line.y
            for e in (y.low, y.high) if math.isfinite(e)]
    return min([low, *ends]) - span / 20, max([high, *ends]) + span / 20


def marked(drawing: Drawing) -> tuple[float, ...]:
    """Where a logarithmic axis that spans too little for powers of ten is marked: at what was
    measured, six at most; nothing where powers of ten do."""
    xs = sorted({x for panel in drawing.panels for line in panel.lines for x in line.x})
    if not drawing.curve.log_x or drawing.ticks or xs[0] <= 0 or xs[-1] >= DECADES * xs[0]:
        return ()
    return tuple(xs[:: math.ceil(len(xs) / 6)])


def drawings(c: Comparison) -> list[Drawing]:
    """Every curve of the task for which something was measured."""
    made = [_drawing(c, curve) for curve in c.curves]
    return [d for d in made if any(panel.lines for panel in d.panels)]


def _drawing(c: Comparison, curve: Curve) -> Drawing:
    conditions = [at for at in c.conditions if curve.x in dict(at)]
    texts = [v for v in dict.fromkeys(dict(at)[curve.x] for at in conditions)
             if isinstance(v, str)]
    places = {text: float(n) for n, text in enumerate(texts)}
    by: dict[object, list[Condition]] = {}
    for at in conditions:
        by.setdefault(dict(at).get(curve.by) if curve.by else None, []).append(at)
    panels = [Panel(_title(curve.by, value), tuple(
        line for m in c.memories if (line := _line(c, m, curve, inside, places)).x))
        for value, inside in by.items()]
    return Drawing(curve, tuple(panels), tuple(texts))


def _title(by: str | None, value: object) -> str:
    if by is None or value is None:
        return ""
    return f"{by}: {value:g}" if isinstance(value, float) else f"{by}: {value}"


def _line(c: Comparison, memory: str, curve: Curve, conditions: list[Condition],
          places: dict[str, float]) -> Line:
    """Means over seeds; of conditions at one x, a seed's mean over them comes first."""
    found: dict[float, dict[int, list[float]]] = {}
    known: dict[float, list[float]] = {}
    for at in conditions:
        value = dict(at)[curve.x]
        x = places[value] if isinstance(value, str) else float(value)
        for seed, y in c.metric(memory, at, curve.y).items():
            found.setdefault(x, {}).setdefault(seed, []).append(y)
        theory = c.theory(memory, at, curve.y)
        if theory is not None:
            known.setdefault(x, []).append(theory)
    xs = tuple(sorted(found))
    return Line(memory, xs, tuple(estimate([sum(v) / len(v) for v in found[x].values()])
                                  for x in xs),
                tuple((x, sum(v) / len(v)) for x, v in sorted(known.items())))
