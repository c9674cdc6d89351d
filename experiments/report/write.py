"""A report: report.md, long.csv, figures and index.html from the records of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...simulator.errors import DescriptionError
from ..run_folder import new_folder
from .charts import needed
from .figures import save_figures
from .gather import Comparison, read_folder
from .longform import long_csv
from .page import page
from .table import markdown
from .tables import tables
from .words import default_baseline, provenance, sentences

TEXT, NUMBERS, PAGE = "report.md", "long.csv", "index.html"


@dataclass(frozen=True)
class Written:
    """Where a report is, and what it compares."""

    folder: Path
    comparisons: tuple[Comparison, ...]


def write_report(folder: str | Path, out: str | Path | None = None,
                 baseline: str | None = None, with_page: bool = True) -> Written:
    """The report of the records under `folder`, by default into folder/report.

    An earlier report there is replaced. ArchiveError where a record is damaged; DescriptionError
    for a baseline that was not measured; MissingPackageError where the page needs Bokeh.
    """
    folder = Path(folder)
    comparisons = read_folder(folder)
    if with_page:
        needed()
    baselines = [_baseline(c, baseline) for c in comparisons]
    if baseline is not None and not any(baselines):
        there = dict.fromkeys(m for c in comparisons for m in c.memories)
        raise DescriptionError(f"--baseline {baseline!r} was not measured; there are "
                               f"{', '.join(there)}")
    target = folder / "report" if out is None else Path(out)
    with new_folder(target, overwrite=True, mark=TEXT) as part:
        (part / "figures").mkdir()
        texts = [_section(c, base, part, n)
                 for n, (c, base) in enumerate(zip(comparisons, baselines, strict=True))]
        head = f"# Memories compared\n\nAll numbers: {NUMBERS}. The page: {PAGE}." if with_page \
            else f"# Memories compared\n\nAll numbers: {NUMBERS}."
        (part / TEXT).write_text("\n\n".join([head, *texts]) + "\n", encoding="utf-8")
        (part / NUMBERS).write_text(long_csv(comparisons), encoding="utf-8")
        if with_page:
            (part / PAGE).write_text(page(comparisons, baselines), encoding="utf-8")
    return Written(target, tuple(comparisons))


def _baseline(c: Comparison, asked: str | None) -> str:
    """The one asked for, where it was measured; "" where it was not."""
    if asked is None:
        return default_baseline(c)
    return asked if asked in c.memories else ""


def _section(c: Comparison, baseline: str, part: Path, n: int) -> str:
    """A comparison in Markdown; its figures are written on the way."""
    figures = [f"![{d.curve.y} over {d.curve.x}, a curve a memory; dashed: theory]"
               f"(figures/{name}.svg)"
               for d, name in save_figures(c, part / "figures", _stem(c, n))]
    made: Sequence[str] = [markdown(t) for t in tables(c, baseline)]
    return "\n\n".join([f"## {c.title}", *sentences(c, baseline), *made[:1], *figures, *made[1:],
                        provenance(c)])


def _stem(c: Comparison, n: int) -> str:
    return "".join(x if x.isalnum() or x in "-_" else "-" for x in f"{n}-{c.task}")
