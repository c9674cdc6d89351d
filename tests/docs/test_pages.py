"""What the README and the pages say runs, points somewhere, and is current."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(), re.M | re.S)


WITH_CODE = [p for p in PAGES if blocks(p, "python")]


def test_there_is_code_to_run() -> None:
    assert ROOT / "README.md" in WITH_CODE
    assert len(WITH_CODE) >= 4


@pytest.mark.parametrize("path", WITH_CODE, ids=lambda p: p.stem)
def test_code_of_a_page_runs(path: Path, tmp_path: Path) -> None:
    """The blocks of one page are one program."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", "\n".join(blocks(path, "python"))],
                          cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    if path.name == "README.md":
        assert "recall content {1} -> cues {0, 4}" in done.stdout
        assert "recall content {1} -> cues {4}" in done.stdout
        assert (tmp_path / "run.h5").is_file()


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_links_of_a_page_lead_somewhere(path: Path) -> None:
    links = [x for x in re.findall(r"\]\(([^)#\s]+)\)", path.read_text()) if "://" not in x]
    assert [x for x in links if not (path.parent / x).exists()] == []


def anchors(path: Path) -> set[str]:
    """What the headings of a page are called in links to them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_links_to_headings_of_a_page_find_them(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", path.read_text())
    assert [f"{file}#{heading}" for file, heading in links if "://" not in file and
            heading not in anchors(path.parent / file if file else path)] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [p.name for p in (ROOT / "docs").glob("*.md") if f"](docs/{p.name})" not in readme] == []


def test_tables_of_the_readme_are_current() -> None:
    text = (ROOT / "README.md").read_text()
    assert text == runpy.run_path(str(ROOT / "docs" / "tables.py"))["renewed"](text), (
        "run: python docs/tables.py")
