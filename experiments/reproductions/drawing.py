"""Axes of the reproductions' figures, in the dress of `experiments.figures`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..figures import COLOURS, FAINT, INK, LABEL, NOTE, TICK, TITLE

SERIES = (*COLOURS, "#4b8f5a", "#8a6fb0", "#c79a2e", "#5f5f5f")
"""Colours of series, in turn; told apart in print."""

POINT = {"linestyle": "none", "marker": "o", "markersize": 4}
"""How a simulation is drawn; theory is a line."""


def panels(width: float, height: float, columns: int, rows: int = 1) -> Any:
    """Axes (rows, columns) of one new figure of that size in inches."""
    from matplotlib.figure import Figure
    return Figure(figsize=(width, height), layout="constrained").subplots(
        rows, columns, squeeze=False)


def dress(ax: Any, title: str, xlabel: str, ylabel: str, where: str = "best") -> Any:
    """Labels in our sizes, no box; a legend at `where` without a frame if there are labels."""
    ax.set_title(title, loc="left", fontsize=TITLE, color=INK)
    ax.set_xlabel(xlabel, fontsize=LABEL)
    ax.set_ylabel(ylabel, fontsize=LABEL)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.tick_params(colors=INK, labelsize=TICK)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(frameon=False, fontsize=NOTE, loc=where)
    return ax


def bars(ax: Any, x: Sequence[float], y: Sequence[float], error: Sequence[float],
         colour: str, label: str = "") -> None:
    """Points with their standard errors."""
    ax.errorbar(x, y, yerr=error, color=colour, label=label or None, capsize=2, linewidth=1,
                **POINT)


def mark(ax: Any, at: float, text: str) -> None:
    """A vertical line with a note at its top."""
    ax.axvline(at, color=FAINT, linewidth=0.8, linestyle=":")
    ax.annotate(text, (at, 1.0), xycoords=("data", "axes fraction"), xytext=(2, -2),
                textcoords="offset points", fontsize=NOTE, color=FAINT, va="top")
