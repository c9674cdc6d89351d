"""`engram report`: what `engram compare` measured, as tables, figures and a page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .progress import stage
from .report.words import default_baseline, sentences
from .report.write import NUMBERS, PAGE, TEXT, Written, write_report


@dataclass(frozen=True)
class Request:
    """What was typed."""

    folder: Path
    out: Path | None = None
    baseline: str | None = None
    page: bool = True
    quiet: bool = False
    as_json: bool = False


def run(request: Request) -> int:
    """Write the report and say where it is."""
    with stage("drawing", request.quiet or request.as_json):
        written = write_report(request.folder, request.out, request.baseline, request.page)
    if request.as_json:
        print(json.dumps(_plain(written, request)))
    elif not request.quiet:
        for c in written.comparisons:
            print(c.title, *sentences(c, request.baseline or default_baseline(c)), sep="\n  ",
                  end="\n\n")
        page = f"{PAGE}, " if request.page else ""
        print(f"wrote {written.folder}: {page}{TEXT}, {NUMBERS}, figures/")
    return 0


def _plain(written: Written, request: Request) -> dict[str, object]:
    return {"out": str(written.folder), "comparisons": [
        {"title": c.title, "memories": list(c.memories), "seeds": list(c.seeds),
         "text": sentences(c, request.baseline or default_baseline(c))}
        for c in written.comparisons]}
