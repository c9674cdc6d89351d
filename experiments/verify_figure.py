"""One comparison as a figure: spikes around the first divergence, the neuron, the Jaccard bars."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..simulator.errors import DescriptionError
from ..simulator.results import Spikes
from ..simulator.units import Quantity
from .divergence_explain import Explanation
from .equivalence import Equivalence, differences
from .figures import COLOURS, FAINT, INK, LABEL, NOTE, RULE, TICK, TITLE, band_heights, in_one_unit
from .verify import Pair, Verification

BEFORE, AFTER = 30, 20
"""Steps around a divergence that are drawn."""

ALONE = 5.0
"""Points: the least size of a spike that only one of the two has, however crowded it is."""

MOST_BANDS = 14
"""Populations that are drawn; of more, those that differ come first."""


def draw(v: Verification, label: str | None = None) -> Any:
    """Axes of a figure of one pair; None takes the first that differs, or else the first."""
    from matplotlib.figure import Figure
    pair = _chosen(v, label)
    figure = Figure(figsize=(9.0, 1.2), layout="constrained")
    if pair.found is None:
        ax = figure.add_subplot()
        ax.set_axis_off()
        _title(ax, f"{v.network.name}: {pair.label} refused the network")
        return ax
    names = shown(pair.found)
    heights = band_heights([v.first.spikes[n].size for n in names])
    why = pair.explanations[0] if pair.explanations else None
    watched = why is not None and why.watch is not None and bool(why.watch.reads)
    upper = 0.9 + 0.13 * float(heights.sum())
    figure.set_size_inches(9.0, 0.9 + upper + (2.3 if watched else 0.0))
    grid = figure.add_gridspec(1 + watched, 2, width_ratios=(3, 1.25),
                               height_ratios=(upper, 2.3)[:1 + watched])
    window = _window(v, why)
    ax = figure.add_subplot(grid[0, 0])
    _raster(ax, v, pair, names, heights, window, why)
    _bars(figure.add_subplot(grid[0, 1], sharey=ax), pair.found, names, heights)
    if watched and why is not None:
        _trace(figure.add_subplot(grid[1, 0], sharex=ax), why, window)
        _words(figure.add_subplot(grid[1, 1]), why)
    figure.suptitle(f"{v.network.name}: {pair.label} against {v.label}, {pair.verdict}", x=0.01,
                    ha="left", fontsize=TITLE + 1, color=INK)
    return ax


def shown(found: Equivalence) -> list[str]:
    """Populations to draw: all in their order, or of too many those that differ before others."""
    names = [s.population for s in found.spikes]
    if len(names) <= MOST_BANDS:
        return names
    apart = [s.population for s in sorted(found.spikes, key=lambda s: not s.mismatches)]
    return [n for n in names if n in apart[:MOST_BANDS]]


def _chosen(v: Verification, label: str | None) -> Pair:
    if label is None:
        return next((p for p in v.pairs if p.explanations), v.pairs[0])
    for p in v.pairs:
        if p.label == label:
            return p
    raise DescriptionError(f"{label!r} was not compared; there are "
                           f"{', '.join(p.label for p in v.pairs)}")


def _window(v: Verification, why: Explanation | None) -> tuple[int, int]:
    """First and last step drawn: around the divergence, or the whole run."""
    if why is None:
        return 0, max(v.first.steps - 1, 1)
    at = why.moment.step
    low = max(0, min(at - BEFORE, at if why.departs is None else why.departs - 5))
    return max(low, at - 10 * BEFORE), min(v.first.steps - 1, at + AFTER) or 1


def _raster(ax: Any, v: Verification, pair: Pair, names: list[str], heights: Any,
            window: tuple[int, int], why: Explanation | None) -> None:
    assert pair.run is not None
    edges = float(heights.sum()) - np.cumsum(heights)
    for name, bottom, height in zip(names, edges, heights, strict=True):
        ax.axhline(bottom, color=RULE, linewidth=0.6, zorder=0)
        size = float(np.clip(60 * height * 0.13 / max(v.first.spikes[name].size, 1), 2.2, 6.5))
        a, b = v.first.spikes[name], pair.run.spikes[name]
        labels = (v.label, pair.label) if name == names[0] else (None, None)
        apart = differences(a, b)[0]
        for spikes, ring, label in ((a, True, labels[0]), (b, False, labels[1])):
            alone = np.isin(spikes.step * max(spikes.size, 1) + spikes.i, apart)
            for shown_now, least in ((~alone, 0.0), (alone, ALONE)):
                some = Spikes(spikes.step[shown_now], spikes.i[shown_now], spikes.dt, spikes.size)
                x, y = _points(some, window, bottom, height)
                ax.plot(x, y, linestyle="none", marker="o", rasterized=len(x) > 5000,
                        **_marker(ring, max(size, least)))
            ax.plot([], [], linestyle="none", marker="o", label=label, **_marker(ring, ALONE))
    _divergence_line(ax, why)
    ax.set_yticks(edges + heights / 2, names)
    ax.set_ylim(0, float(heights.sum()))
    margin = 0.02 * (window[1] - window[0]) + 0.5
    ax.set_xlim(window[0] - margin, window[1] + margin)
    _whole_steps(ax)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=NOTE + 1,
              handletextpad=0.1, borderaxespad=0.2)
    _dress(ax, "step" if why is None or why.watch is None or not why.watch.reads else "")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _marker(ring: bool, size: float) -> dict[str, Any]:
    """A ring for the first run and a dot for the second: a ring with a dot is in both."""
    if ring:
        return {"markerfacecolor": "none", "markeredgecolor": COLOURS[0], "markersize": size,
                "markeredgewidth": 0.9}
    return {"markerfacecolor": COLOURS[1], "markeredgewidth": 0, "markersize": 0.6 * size}


def _points(s: Spikes, window: tuple[int, int], bottom: float, height: float) -> tuple[Any, Any]:
    inside = (s.step >= window[0]) & (s.step <= window[1])
    place = (s.i[inside] + 0.5) / max(s.size, 1)  # neuron 0 on top, as in a matrix
    return s.step[inside], bottom + height * (0.92 - 0.84 * place)


def _bars(ax: Any, found: Equivalence, names: list[str], heights: Any) -> None:
    """Two bars a population, in the band where its spikes are."""
    of = {s.population: s for s in found.spikes}
    middle = float(heights.sum()) - np.cumsum(heights) + heights / 2
    for n, (name, y) in enumerate(zip(names, middle, strict=True)):
        for offset, value, colour, said in ((0.32, of[name].jaccard, COLOURS[0], "same step"),
                                            (-0.32, of[name].jaccard_near, "#a9bfd8",
                                             "within 1 step")):
            ax.barh(y + offset, value or 0.0, height=0.6, color=colour,
                    label=said if not n else None)
        if of[name].jaccard is None:
            ax.text(0.02, y, "no spikes", fontsize=NOTE, color=FAINT, va="center")
    ax.set_xlim(0, 1.0)
    ax.tick_params(axis="y", length=0, labelleft=False)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=NOTE + 1,
              handlelength=0.8, handletextpad=0.4, borderaxespad=0.2, columnspacing=1.0)
    _dress(ax, "Jaccard index")


def _trace(ax: Any, why: Explanation, window: tuple[int, int]) -> None:
    """The variable that the threshold reads, when the threshold was tested, in both runs."""
    seen = why.watch
    assert seen is not None
    name = seen.reads[0]
    at = np.arange(window[0], min(window[1] + 1, len(seen.first.before[name])))
    held = [w.before[name][at] for w in seen.both]
    sides = seen.sides(seen.first, at)
    limit = sides[1] if sides is not None and why.threshold.startswith(name) else None
    dim = seen.dims[name]
    unit, arrays = in_one_unit(*(Quantity(x, dim) for x in [*held, *([] if limit is None
                                                                    else [limit])]))
    for values, label, colour, style in zip(arrays, why.labels, COLOURS, ("-", (0, (3, 1.6))),
                                            strict=False):
        ax.plot(at, values, color=colour, linewidth=1.3, linestyle=style, label=label, marker="o",
                markersize=2.2)
    if limit is not None:
        ax.plot(at, arrays[2], color=INK, linewidth=0.8, linestyle=(0, (1, 1.5)),
                label="threshold")
    _divergence_line(ax, why)
    ax.set_ylabel(f"{name} ({unit})" if unit else name, fontsize=LABEL)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=NOTE + 1,
              handlelength=1.8, borderaxespad=0.2)
    _whole_steps(ax)
    _dress(ax, f"step; {why.moment.population} neuron {why.moment.neuron} when its threshold is "
               "tested")


def _words(ax: Any, why: Explanation) -> None:
    import textwrap
    ax.set_axis_off()
    lines = [f"first divergence: {why.moment.population}", f"step {why.moment.step}, neuron "
             f"{why.moment.neuron}", f"a spike on {why.fired_on} only", "",
             *textwrap.wrap(f"likely cause: {why.cause}: {why.says}", 38)[:11]]
    ax.text(0, 1, "\n".join(lines), transform=ax.transAxes, va="top", fontsize=NOTE + 0.5,
            color=INK, linespacing=1.3)


def _divergence_line(ax: Any, why: Explanation | None) -> None:
    if why is not None:
        ax.axvline(why.moment.step, color=FAINT, linewidth=0.8, linestyle=(0, (4, 2)), zorder=0)


def _whole_steps(ax: Any) -> None:
    from matplotlib.ticker import MaxNLocator
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))


def _dress(ax: Any, xlabel: str) -> None:
    ax.set_xlabel(xlabel, fontsize=LABEL)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.tick_params(colors=INK, labelsize=TICK)


def _title(ax: Any, words: str) -> None:
    ax.set_title(words, loc="left", fontsize=TITLE, color=INK)
