"""Curves drawn for print: measured with intervals, theory dashed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..figures import FAINT, INK, LABEL, NOTE, TICK, TITLE
from .gather import Comparison
from .series import Drawing, Line, Panel, drawings, extent, marked, style, weight
from .statistics import number

ACROSS, WIDTH, HEIGHT = 3, 3.4, 2.7
"""Panels in a row; inches of one."""


def save_figures(c: Comparison, folder: Path, stem: str) -> Iterator[tuple[Drawing, str]]:
    """Each curve as PNG and SVG; (what is drawn, name of the files without the ending)."""
    import matplotlib as mpl
    for drawing in drawings(c):
        name = f"{stem}-{drawing.name}"
        figure = draw(c, drawing)
        # equal records give equal bytes: SVG would have a date and names by chance
        with mpl.rc_context({"svg.hashsalt": "engram", "svg.fonttype": "none"}):
            figure.savefig(folder / f"{name}.svg", facecolor="white", metadata={"Date": None})
            figure.savefig(folder / f"{name}.png", dpi=160, facecolor="white",
                           metadata={"Software": None})
        yield drawing, name


def draw(c: Comparison, drawing: Drawing) -> Any:
    """A figure of one curve: a panel for each value of what it is split by."""
    from matplotlib.figure import Figure
    count = len(drawing.panels)
    across = min(ACROSS, count)
    down = math.ceil(count / across)
    width = max(WIDTH * across, 4.2)
    columns = _columns(c, width)
    legend = 0.25 * math.ceil((len(c.memories) + 1) / columns) + 0.3
    figure = Figure(figsize=(width, HEIGHT * down + legend), layout="constrained")
    axes = figure.subplots(down, across, squeeze=False, sharey=True)
    for ax in axes.flat[count:]:
        ax.set_visible(False)
    for ax, panel in zip(axes.flat, drawing.panels, strict=False):
        _panel(ax, c, drawing, panel)
    axes[0, 0].set_ylim(*extent(drawing))  # which all share
    for row in axes:
        row[0].set_ylabel(_told(drawing.curve.y), fontsize=LABEL, color=INK)
    _legend(figure, c, drawing, columns)
    return figure


def _columns(c: Comparison, width: float) -> int:
    """Of the legend, so many that the longest name fits into each."""
    letters = max(len(c.legend(m)) for m in c.memories)
    inches = (0.6 * letters + 4.5) * (NOTE + 0.5) / 72  # a letter, and what stands before a name
    return max(1, min(2 * ACROSS, int(width / inches)))


def _panel(ax: Any, c: Comparison, drawing: Drawing, panel: Panel) -> None:
    for line in panel.lines:
        _line(ax, line, weight(c, line.memory), *style(c, line.memory))
    if drawing.curve.log_x and not drawing.ticks:
        ax.set_xscale("symlog" if any(x <= 0 for n in panel.lines for x in n.x) else "log")
    if at := marked(drawing):
        ax.set_xticks(at, [number(x) for x in at])
        ax.minorticks_off()
    if drawing.ticks:
        ax.set_xticks(range(len(drawing.ticks)), map(_plain, drawing.ticks), rotation=30,
                      ha="right")
    ax.set_xlabel(_told(drawing.curve.x), fontsize=LABEL, color=INK)
    ax.set_title(_plain(panel.title), loc="left", fontsize=TITLE, color=INK)
    ax.tick_params(colors=INK, labelsize=TICK)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.axhline(0, color=FAINT, linewidth=0.4, zorder=0)


def _line(ax: Any, line: Line, weight: float, colour: str, shape: str) -> None:
    half = [0.0 if math.isnan(y.half) else y.half for y in line.y]
    ax.errorbar(line.x, [y.mean for y in line.y], yerr=half, color=colour, marker=shape,
                markersize=3.0 + 3.0 * weight, linewidth=1.0 + 1.4 * weight, elinewidth=0.8,
                capsize=1.6)
    if line.theory:
        ax.plot(*zip(*line.theory, strict=True), color=colour, linewidth=1.1, linestyle=(0, (4, 2)),
                alpha=0.9, zorder=1)


def _legend(figure: Any, c: Comparison, drawing: Drawing, columns: int) -> None:
    from matplotlib.lines import Line2D
    shown = {line.memory for panel in drawing.panels for line in panel.lines}
    handles = [Line2D([], [], color=style(c, m)[0], marker=style(c, m)[1], markersize=4,
                      linewidth=1.2, label=_plain(c.legend(m))) for m in c.memories if m in shown]
    if any(line.theory for panel in drawing.panels for line in panel.lines):
        handles.append(Line2D([], [], color=INK, linewidth=1.1, linestyle=(0, (4, 2)),
                              label="theory"))
    figure.legend(handles=handles, loc="outside lower center", ncols=min(columns, len(handles)),
                  fontsize=NOTE + 0.5, frameon=False)


def _told(name: str) -> str:
    """A name of ours in words."""
    return _plain(name.replace("_", " "))


def _plain(text: str) -> str:
    """A text as it is: a dollar begins no formula."""
    return text.replace("$", r"\$")
