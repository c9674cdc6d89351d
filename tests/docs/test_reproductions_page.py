"""The page of reproductions says what the records say."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

from engram.experiments.reproductions import NAMES, Row

DOCS = Path(__file__).parents[2] / "docs"
TABLES = runpy.run_path(str(DOCS / "reproduction_tables.py"))


def test_the_tables_are_those_of_the_records() -> None:
    text = (DOCS / "reproductions.md").read_text()
    assert text == TABLES["renewed"](text), "run: python docs/reproduction_tables.py"


def test_every_reproduction_has_a_record_and_a_figure() -> None:
    assert {r.name for r in TABLES["records"]()} == set(NAMES)
    assert all((DOCS / "reproductions" / name / "figure.png").is_file() for name in NAMES)


def test_a_row_that_does_not_pass_is_shown_as_not_passing() -> None:
    record = TABLES["records"]()[0]
    spoilt = replace(record, rows=(*record.rows, Row("a", 2.0, 0.0, 1.0, "below 1", "theory")))
    assert "**DOES NOT PASS**" in TABLES["section"](spoilt)
    assert "DOES NOT PASS" in TABLES["verdict"](spoilt)
