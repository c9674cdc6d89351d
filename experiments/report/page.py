"""One HTML page that holds everything and asks the network for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from .charts import chart, embedded, scripts
from .gather import Comparison
from .series import Drawing, drawings, style
from .table import Cell, Table
from .tables import tables
from .words import provenance, sentences

FOLDED = 40
"""Rows from which on a table is folded away."""

# what the browser is told to refuse, should anything ever ask for it
POLICY = ("default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
          "img-src data: blob:; base-uri 'none'; form-action 'none'")
SVG = {"o": '<circle cx="8" cy="8" r="4"/>', "s": '<path d="M4 4h8v8H4z"/>',
       "^": '<path d="M8 3l5 9H3z"/>', "D": '<path d="M8 3l5 5-5 5-5-5z"/>',
       "v": '<path d="M8 13l5-9H3z"/>',
       "P": '<path d="M6.5 3h3v3.5H13v3H9.5V13h-3V9.5H3v-3h3.5z"/>',
       "X": '<path d="M4 4l8 8M12 4l-8 8" stroke-width="2.5"/>',
       "*": '<path d="M8 2l1.6 4.4H14l-3.6 2.8 1.4 4.6L8 11l-3.8 2.8 1.4-4.6L2 6.4h4.4z"/>'}


def page(comparisons: Sequence[Comparison], baselines: Sequence[str]) -> str:
    """The text of index.html."""
    plots: dict[str, Any] = {}
    bodies = [_comparison(c, base, n, plots)
              for n, (c, base) in enumerate(zip(comparisons, baselines, strict=True))]
    script, elements = embedded(plots) if plots else ("", {})
    body = "\n".join(bodies)
    for name, element in elements.items():
        body = body.replace(f"<!-- {name} -->", element.strip())
    here = Path(__file__)
    return "\n".join([
        "<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">', '<link rel="icon" href="data:,">',
        f"<title>{escape(_title(comparisons))}</title>",
        f"<style>\n{here.with_name('page.css').read_text(encoding='utf-8')}</style>",
        scripts() if plots else "", "</head>", "<body>",
        '<a class="skip" href="#main">Skip to the results</a>',
        f"<header><h1>{escape(_title(comparisons))}</h1>{_contents(comparisons)}</header>",
        f'<main id="main">\n{body}\n</main>',
        "<footer><p>Written by engram report. Values behind every curve stand in the tables, and "
        "all numbers in long.csv.</p></footer>", script,
        f"<script>\n{here.with_name('page.js').read_text(encoding='utf-8')}</script>",
        "</body>", "</html>", ""])


def _title(comparisons: Sequence[Comparison]) -> str:
    return f"Memories compared: {', '.join(dict.fromkeys(c.task for c in comparisons))}"


def _contents(comparisons: Sequence[Comparison]) -> str:
    if len(comparisons) < 2:
        return ""
    links = "".join(f'<li><a href="#c{n}">{escape(c.title)}</a></li>'
                    for n, c in enumerate(comparisons))
    return f'<nav aria-label="Comparisons"><ul>{links}</ul></nav>'


def _comparison(c: Comparison, baseline: str, n: int, plots: dict[str, Any]) -> str:
    text = "".join(f"<p>{escape(s)}</p>" for s in sentences(c, baseline))
    made = tables(c, baseline)
    curves = [_curve(c, d, f"c{n}-{k}", plots) for k, d in enumerate(drawings(c))]
    parts = [_table(made[0], f"c{n}-t0")] if made else []
    parts += [_keys(c), *curves] if curves else []
    parts += [_table(t, f"c{n}-t{k}") for k, t in enumerate(made) if k]
    return (f'<section id="c{n}" class="comparison" aria-labelledby="c{n}-h">'
            f'<h2 id="c{n}-h">{escape(c.title)}</h2>{text}\n' + "\n".join(parts)
            + f'<p class="quiet">{escape(provenance(c))}</p></section>')


def _curve(c: Comparison, drawing: Drawing, name: str, plots: dict[str, Any]) -> str:
    """A heading, and a place for each panel."""
    title = f"{drawing.curve.y} over {drawing.curve.x}".replace("_", " ")
    places = []
    for k, panel in enumerate(drawing.panels):
        plots[f"{name}-{k}"] = chart(c, drawing, panel)
        told = f"{title}{', ' + panel.title if panel.title else ''}: curves of " \
               f"{', '.join(line.memory for line in panel.lines)}; values in the table below"
        places.append(f'<figure class="chart" role="group" aria-label="{escape(told)}">'
                      f"<!-- {name}-{k} --></figure>")
    known = any(line.theory for panel in drawing.panels for line in panel.lines)
    note = "Mean and 95 % interval over seeds, cut where it leaves the frame" + (
        "; dashed: theory." if known else ".")
    return (f'<section aria-labelledby="{name}-h"><h3 id="{name}-h">{escape(title)}</h3>'
            f'<p class="quiet">{note}</p><div class="charts">{"".join(places)}</div></section>')


def _keys(c: Comparison) -> str:
    """Buttons that hide and show a memory in all curves of the comparison."""
    def key(memory: str) -> str:
        colour, shape = style(c, memory)
        return (f'<button type="button" class="key" aria-pressed="true" '
                f'data-memory="{escape(memory)}"><svg aria-hidden="true" width="16" height="16" '
                f'fill="{colour}" stroke="{colour}">{SVG[shape]}</svg> '
                f"{escape(c.legend(memory))}</button>")
    every = '<button type="button" class="key every">all or none</button>'
    return ('<div class="keys" role="group" aria-label="Memories shown in the curves">'
            f'{"".join(key(m) for m in c.memories)}{every if len(c.memories) > 2 else ""}</div>')


def _table(table: Table, name: str) -> str:
    """A table that sorts, in a box of its own that scrolls; a long one is folded away."""
    head = "".join(f'<th scope="col" aria-sort="none"><button type="button">{escape(h)}'
                   '<span aria-hidden="true"></span></button></th>' for h in table.header)
    body = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in table.rows)
    note = f'<p class="quiet">{escape(table.note)}</p>' if table.note else ""
    box = (f'{note}<div class="scroll" role="region" tabindex="0" aria-labelledby="{name}-h">'
           f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>")
    heading = f'<h3 id="{name}-h">{escape(table.title)}</h3>'
    if table.long or len(table.rows) > FOLDED:
        return f"<details><summary>{heading}</summary>{box}</details>"
    return f'<section aria-labelledby="{name}-h">{heading}{box}</section>'


def _cells(row: Iterable[Cell]) -> Iterable[str]:
    for n, x in enumerate(row):
        value = "" if x.value is None else f' data-value="{x.value!r}"'
        kind = ' class="number"' if x.value is not None or x.text == "-" else \
            ' class="text"' if len(x.text) > 20 else ""
        yield (f'<th scope="row"{value}>{escape(x.text)}</th>' if n == 0
               else f"<td{value}{kind}>{escape(x.text)}</td>")
