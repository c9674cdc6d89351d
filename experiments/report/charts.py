"""Curves for the page: Bokeh figures that show their values under the pointer."""

from __future__ import annotations

import math
from typing import Any

from ...simulator.errors import MissingPackageError
from .gather import Comparison
from .series import Drawing, Line, Panel, extent, marked, style, weight
from .statistics import number

HEIGHT = 300  # pixels

SERVERS = ("https://cdn.jsdelivr.net/", "https://maps.googleapis.com/")

MARKERS = {"o": "circle", "s": "square", "^": "triangle", "D": "diamond", "v": "inverted_triangle",
           "P": "plus", "X": "x", "*": "star"}


def needed() -> None:
    """MissingPackageError where the page cannot be made. Asked before anything is drawn."""
    try:
        import bokeh.plotting  # noqa: F401
    except ImportError as problem:
        raise MissingPackageError("the page needs Bokeh: pip install 'engram[report]'; --no-page "
                                  "makes the report without it") from problem


def scripts() -> str:
    """BokehJS as script elements, nothing but what curves need, all of it inline.

    Fonts, formulas and maps, which it would fetch if a figure asked for them, have no address left.
    """
    from bokeh.resources import Resources
    made: str = Resources(mode="inline", components=["bokeh"]).render_js()
    for server in SERVERS:
        made = made.replace(server, "about:blank#")
    return made


def embedded(plots: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The script that draws the plots, and an element for each."""
    from bokeh.embed import components
    script, elements = components(plots)
    return script, elements


def chart(c: Comparison, drawing: Drawing, panel: Panel) -> Any:
    """One panel. Each memory's renderers bear its name, by which the page hides and shows them."""
    from bokeh.models import FixedTicker, HoverTool
    from bokeh.plotting import figure
    positive = all(x > 0 for line in panel.lines for x in line.x)
    log = drawing.curve.log_x and positive and not drawing.ticks
    plot = figure(height=HEIGHT, min_width=220, sizing_mode="stretch_width",
                  x_axis_type="log" if log else "linear", tools="pan,box_zoom,reset",
                  active_drag=None, toolbar_location="above", title=panel.title or None,
                  y_range=extent(drawing),
                  x_axis_label=drawing.curve.x.replace("_", " "),
                  y_axis_label=drawing.curve.y.replace("_", " "),
                  background_fill_color=None, border_fill_color=None)
    plot.toolbar.logo = None
    marks = [_line(plot, drawing, line, weight(c, line.memory), *style(c, line.memory))
             for line in panel.lines]
    plot.add_tools(HoverTool(renderers=marks, mode="mouse", tooltips=[
        ("", "@memory"), (drawing.curve.x, "@at"), (drawing.curve.y, "@mean"),
        ("seeds", "@seeds"), ("theory", "@theory")]))
    if log and (at := marked(drawing)):
        plot.xaxis.ticker = FixedTicker(ticks=list(at))
        plot.xaxis.major_label_overrides = {x: number(x) for x in at}
    if drawing.ticks:
        plot.xaxis.ticker = FixedTicker(ticks=list(range(len(drawing.ticks))))
        plot.xaxis.major_label_overrides = dict(enumerate(drawing.ticks))
    return plot


def _line(plot: Any, drawing: Drawing, line: Line, weight: float, colour: str,
          shape: str) -> Any:
    from bokeh.models import ColumnDataSource
    known = dict(line.theory)
    half = [0.0 if math.isnan(y.half) else y.half for y in line.y]
    mean = [y.mean for y in line.y]
    source = ColumnDataSource({
        "x": list(line.x), "y": mean, "memory": [line.memory] * len(mean),
        "low": [m - h for m, h in zip(mean, half, strict=True)],
        "high": [m + h for m, h in zip(mean, half, strict=True)],
        "mean": [str(y) for y in line.y], "seeds": [y.seeds for y in line.y],
        "at": [drawing.ticks[int(x)] if drawing.ticks else number(x) for x in line.x],
        "theory": [number(known[x]) if x in known else "-" for x in line.x]})
    if line.theory:
        x, y = (list(v) for v in zip(*line.theory, strict=True))
        plot.line(x, y, color=colour, line_dash=[6, 4], line_width=1.5, name=line.memory)
    if any(half):
        plot.segment("x", "low", "x", "high", source=source, color=colour, line_width=1.2,
                     name=line.memory)
    plot.line("x", "y", source=source, color=colour, line_width=1.2 + 1.8 * weight,
              name=line.memory)
    return plot.scatter("x", "y", source=source, color=colour, size=5.5 + 5 * weight,
                        marker=MARKERS[shape], name=line.memory)
