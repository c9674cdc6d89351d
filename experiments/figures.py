"""Figures of a run: spikes by population, and plastic weights before and after.

Every function draws into `ax` (one of its own when None) and returns it; `save(ax, path)` writes
it. No state of matplotlib's is touched, so they work in scripts, notebooks and servers alike.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..simulator.results import Results, Spikes
from ..simulator.units import NONE, UNITS, split, text

INK, FAINT, RULE = "#222222", "#8a8a8a", "#dddddd"
COLOURS = ("#2f5f98", "#b5503c")
"""Of neighbouring populations, in turn: told apart in print and by the colour-blind."""

TITLE, LABEL, TICK, NOTE = 10, 9, 8, 7
"""Sizes of text in points."""

SLANT = 35.0
"""Degrees by which labels are turned that would collide."""

WIDTH, PITCH = 7.5, 0.11
"""Inches: a raster of our own, and one unit of a band's height in it."""

MOST_SPIKES = 50_000
"""Spikes of one population that are drawn; of more, every n-th neuron stands for the rest."""

LARGEST_MATRIX = 400
"""Neurons on a side up to which weights are shown as a matrix; larger ones as a histogram."""

WHEN = ("before", "after")


def raster(run: Results, ax: Any = None, populations: Sequence[str] | None = None,
           marks: Iterable[tuple[Any, str]] = (), title: str = "") -> Any:
    """Spikes over time in ms, a band for each population, the first on top.

    `marks` are times (quantities) with a label each, such as the operations of a memory.
    """
    names = list(run.spikes) if populations is None else list(populations)
    heights = band_heights([run.spikes[n].size for n in names])
    end = run.duration / UNITS["ms"]
    labels = [(at, label) for t, label in marks if (at := float(t / UNITS["ms"])) <= end]
    wide = WIDTH * 0.85 if ax is None else ax.figure.get_figwidth() * ax.get_position().width
    angle, rise = room_above(labels, wide / max(end, 1e-9))
    top = float(heights.sum())
    ax = _axes(WIDTH, 0.9 + PITCH * top + rise / 72) if ax is None else ax
    edges = top - np.cumsum(heights)
    said = [name + _band(ax, run.spikes[name], bottom, height, COLOURS[n % 2])
            for n, (name, bottom, height) in enumerate(zip(names, edges, heights, strict=True))]
    ax.set_yticks(edges + heights / 2, said)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(0, max(top, 1.0))
    ax.set_xlim(-0.005 * end, 1.005 * end or 1.0)
    ax.set_xlabel("time (ms)", fontsize=LABEL)
    _marks(ax, labels, angle, rise)
    if title:
        ax.set_title(title, loc="left", fontsize=TITLE, color=INK, pad=6 + rise)
    return _clean(ax, "left")


def band_heights(sizes: Sequence[int]) -> NDArray[np.float64]:
    """Heights in units of PITCH: a name always fits, and no band dwarfs the rest."""
    return np.clip(np.asarray(sizes, dtype=np.float64) * 0.5, 2.0, 8.0)


def _band(ax: Any, spikes: Spikes, bottom: float, height: float, colour: str) -> str:
    """Draw one population between `bottom` and `bottom + height`; what to add to its label."""
    ax.axhline(bottom, color=RULE, linewidth=0.6, zorder=0)
    every = -(-len(spikes) // MOST_SPIKES) or 1
    shown = spikes.i % every == 0
    t = spikes.step[shown] * spikes.dt * 1e3
    inside = (spikes.i[shown] + 0.5) / max(spikes.size, 1)  # neuron 0 on top, as in a matrix
    y = bottom + height * (0.92 - 0.84 * inside)
    dense = spikes.size > 60 or len(t) > 5000
    crowd = {"markersize": 0.9, "markeredgewidth": 0, "alpha": 0.6} if len(t) > 10_000 else {}
    style = {"marker": ".", "markersize": 1.6, **crowd} if dense else {
        "marker": "|", "markersize": np.clip(50 * PITCH * height / max(spikes.size, 1), 2, 8),
        "markeredgewidth": 1.4}
    ax.plot(t, y, linestyle="none", color=colour, rasterized=True, **style)
    return f"\n(1 neuron in {every})" if every > 1 else ""


def room_above(labels: Sequence[tuple[float, str]],
               inches: float) -> tuple[float | None, float]:
    """(angle, points of height) of labels `inches` apart for each ms between them.

    Level where they fit, slanted where they would collide, None where even that is too close.
    """
    from matplotlib.textpath import TextPath
    if not labels:
        return None, 0.0
    gap = float(min(np.diff(sorted(t for t, _ in labels)), default=np.inf)) * inches * 72
    lines = [label.split("\n") for _, label in labels]

    def widest(texts: Iterable[str]) -> float:
        return max(float(TextPath((0, 0), text, size=NOTE).get_extents().width) for text in texts)

    if widest(line for label in lines for line in label) + NOTE / 2 < gap:
        return 0.0, NOTE + 1.3 * NOTE * max(map(len, lines))
    if gap > 2 * NOTE:
        return SLANT, 2 * NOTE + widest(map(" ".join, lines)) * float(np.sin(np.radians(SLANT)))
    return None, 0.0


def _marks(ax: Any, labels: Iterable[tuple[float, str]], angle: float | None,
           rise: float) -> None:
    """Dotted lines, with their labels in the room above the axes."""
    for t, label in labels:
        ax.axvline(t, color=FAINT, linewidth=0.7, linestyle=(0, (1, 2)), zorder=0)
        if angle is not None:
            ax.annotate(" ".join(label.split("\n")) if angle else label, (t, 1),
                        xycoords=("data", "axes fraction"), xytext=(1, 4 if angle else rise - 3),
                        textcoords="offset points", fontsize=NOTE, color=INK, linespacing=1.15,
                        va="bottom" if angle else "top", rotation=angle, rotation_mode="anchor")


def weights(before: Any, after: Any, axes: Any = None, name: str = "", variable: str = "w") -> Any:
    """Two axes: matrices (source, target) before and after on one scale, or two histograms.

    They are quantities or plain arrays; pairs without a synapse are NaN, shown grey. Histograms
    stand in where a side has over 400 neurons, or where one value a synapse is given, (synapses,).
    """
    axes = _axes(7.0, 3.0, 2) if axes is None else axes
    unit, both = in_one_unit(before, after)
    label = f"{variable} ({unit})" if unit else variable
    low, high = _range(both)
    if both[0].ndim == 1 or max(both[0].shape) > LARGEST_MATRIX:
        return _histograms(both, np.linspace(low, high, 41), axes, name, label)
    for ax, matrix, when in zip(axes, both, WHEN, strict=True):
        image = ax.imshow(matrix, vmin=low, vmax=high, aspect="auto",
                          cmap="Blues" if low == 0 else "RdBu_r",
                          interpolation="nearest")
        _dress(ax, f"{name}, {when}" if name else when, "target neuron")
        _whole_ticks(ax)
        _cells(ax, matrix.shape)
    axes[0].set_ylabel("source neuron", fontsize=LABEL)
    bar = axes[1].figure.colorbar(image, ax=list(axes), fraction=0.05, pad=0.02)
    bar.set_label(label, fontsize=LABEL)
    bar.ax.tick_params(labelsize=TICK, colors=INK)
    bar.outline.set_visible(False)
    return axes


def _dress(ax: Any, title: str, xlabel: str) -> None:
    ax.set_title(title, loc="left", fontsize=TITLE, color=INK)
    ax.set_xlabel(xlabel, fontsize=LABEL)
    ax.set_facecolor(RULE)
    for spine in ax.spines.values():
        spine.set(color=FAINT, linewidth=0.6)


def _histograms(both: Sequence[Any], bins: Any, axes: Any, name: str, label: str) -> Any:
    for ax, values, when in zip(axes, both, WHEN, strict=True):
        ax.hist(values[np.isfinite(values)], bins=bins, color=COLOURS[0])
        _dress(ax, f"{name}, {when}" if name else when, label)
        ax.set_facecolor("white")
        _clean(ax)
    top = max(ax.get_ylim()[1] for ax in axes)
    for ax in axes:
        ax.set_ylim(0, top)
    axes[0].set_ylabel("synapses", fontsize=LABEL)
    return axes


def weight_changes(changes: Mapping[str, tuple[Any, Any]]) -> Any:
    """`weights` of several projections, a row each: axes (rows, 2)."""
    axes = np.atleast_2d(_axes(7.0, 0.4 + 2.3 * len(changes), (len(changes), 2)))
    for row, (name, (before, after)) in zip(axes, changes.items(), strict=True):
        weights(before, after, row, name)
    return axes


def save(ax: Any, path: str | os.PathLike[str]) -> None:
    """Write the figure that `ax` (or an array of axes) is part of, at 200 dots an inch."""
    one = np.ravel(ax)[0]
    one.figure.savefig(path, dpi=200, facecolor="white", metadata={"Software": None})


def _axes(width: float, height: float, grid: Any = None) -> Any:
    """Axes of a figure of their own, which takes its size in inches from what it will hold."""
    from matplotlib.figure import Figure
    figure = Figure(figsize=(width, height), layout="constrained")
    if grid is None:
        return figure.add_subplot()
    rows, columns = (1, grid) if isinstance(grid, int) else grid
    made = figure.subplots(rows, columns, squeeze=False)
    return made[0] if isinstance(grid, int) else made


def _clean(ax: Any, *sides: str) -> Any:
    for side in ("top", "right", *sides):
        ax.spines[side].set_visible(False)
    ax.tick_params(colors=INK, labelsize=TICK)
    return ax


def _whole_ticks(ax: Any) -> None:
    from matplotlib.ticker import MaxNLocator
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ax.tick_params(labelsize=TICK, colors=INK)


def _cells(ax: Any, shape: tuple[int, ...]) -> None:
    """Lines between the cells, where there are few enough to count."""
    if max(shape) <= 40:
        for n, line in zip(shape, (ax.axhline, ax.axvline), strict=True):
            for edge in range(1, n):
                line(edge - 0.5, color="#e2e6ec", linewidth=0.6)


def _range(both: Sequence[Any]) -> tuple[float, float]:
    """One scale for both, from zero; it has some width even where every weight is zero."""
    known = np.concatenate([np.ravel(m)[np.isfinite(np.ravel(m))] for m in both])
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if low < 0:  # zero stays in the middle, where the colours turn
        return -max(-low, high), max(-low, high)
    return 0.0, high or 1.0


def in_one_unit(*values: Any) -> tuple[str, list[Any]]:
    """The most readable unit of the largest value ("" for plain numbers), and arrays in it."""
    arrays, dims = zip(*(split(v) for v in values), strict=True)
    if dims[0] == NONE:
        return "", list(arrays)
    top = max(float(np.nanmax(np.abs(a), initial=0.0)) for a in arrays)
    size = 10.0 ** np.clip(3 * np.floor(np.log10(top or 1.0) / 3 + 1e-9), -15, 9)
    number, unit = text(size, dims[0]).split(" ", 1)  # "1 nA"; "1e-09 m^-1" where none has a prefix
    return unit, [a / (size / float(number)) for a in arrays]
