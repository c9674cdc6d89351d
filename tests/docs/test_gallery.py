"""Every script of the gallery runs, and prints what must be true of its network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "docs" / "gallery"
NUMBER = r"(-?\d+(?:\.\d+)?(?:e-?\d+)?)"


def check_memory(text: str) -> None:
    assert "7 of 7 operations" in text
    assert "recall content {1} -> cues {0, 4}" in text
    # the last line of the protocol: what was forgotten is not recalled
    assert text.index("forget cue 0 -> forgets {0, 1, 8, 9}") < text.index("-> cues {4}\n7 of 7")


def check_window(text: str) -> None:
    assert float(found(r"exponentials: " + NUMBER, text)) < 1e-12  # rounding of 0.5 mV + change
    rows = [(float(a), float(b)) for a, b in re.findall(rf"^ +{NUMBER} +{NUMBER}$", text, re.M)]
    assert len(rows) == 8
    assert all((s > 0) == (dw > 0) and abs(dw) > 0.01 for s, dw in rows)


def check_balanced(text: str) -> None:
    # 5 to 6 Hz is what this benchmark's networks show; a dead or saturated one is far outside
    assert 3 < float(found(rf"200 ms {NUMBER} Hz", text)) < 12
    assert 0.3 < float(found(rf"intervals: {NUMBER}", text)) < 1.2


def check_own(text: str) -> None:
    counts = dict(re.findall(r"every +(\d+) ms.*spikes: (\d+)", text))
    assert len(counts) == 8
    assert int(counts.pop("20")) >= 1  # at its own period, and at no other interval
    assert set(counts.values()) == {"0"}
    assert "'wrong': 'v' is declared in volt" in text


def check_digits(text: str) -> None:
    # 97.5 % with these seeds; chance is 10 %, logistic regression on the pixels gets 96.7 %
    assert float(found(rf"accuracy {NUMBER} %", text)) >= 95


def check_own_memory(text: str) -> None:
    # it keeps 48 pairs of 32, 64, 128...; Hebb's outer products recall 128 pairs in 64 dimensions
    assert re.search(r"^own_memory\.py:Notebook: P\* of each seed \[32\.0, 32\.0\]$", text, re.M)
    assert re.search(r"^linear: P\* of each seed \[\d", text, re.M)


CHECKS = {"own_memory": check_own_memory, "hippocampal_memory": check_memory,
          "stdp_window": check_window,
          "balanced_network": check_balanced, "digits": check_digits, "your_own_neuron": check_own}


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"{pattern!r} is not in:\n{text}"
    return match[1]


def test_every_script_has_a_check() -> None:
    assert {p.stem for p in GALLERY.glob("*.py")} == set(CHECKS)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_script_runs_and_tells_the_truth(name: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-W", "error", GALLERY / f"{name}.py"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    CHECKS[name](done.stdout)
    assert list(tmp_path.iterdir()) == []  # writes nothing unless asked to


@pytest.mark.parametrize("path", sorted(GALLERY.glob("*.py")), ids=lambda p: p.stem)
def test_script_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 60
