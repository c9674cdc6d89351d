"""The judges of the continual-learning reproductions, on the numbers of the record kept."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from engram.experiments.data import MissingDataError
from engram.experiments.reproductions import find
from engram.experiments.reproductions.record import load_record

DOCS = Path(__file__).parents[2] / "docs" / "reproductions"


def measured(name: str) -> dict[str, Any]:
    return copy.deepcopy(load_record(DOCS / name / "record.json").measured)


@pytest.mark.parametrize("name", ["continual", "hlop-spiking"])
def test_the_record_is_judged_again_and_drawn(name: str) -> None:
    found = measured(name)
    assert [row for row in find(name).judge(found) if not row.passes] == []
    assert find(name).draw(found).shape == (3, {"continual": 5, "hlop-spiking": 3}[name])


@pytest.mark.parametrize(("name", "one", "other"), [
    ("continual", "permuted-digits, naive", "permuted-digits, replay"),
    ("continual", "split-digits, naive", "split-digits, hlop"),
    ("continual", "permuted-digits-16, naive", "permuted-digits-16, hlop"),
    ("continual", "permuted-digits, replay", "permuted-digits, replay-compressed"),
    ("hlop-spiking", "bptt, naive", "bptt, hlop"), ("hlop-spiking", "dsr, naive", "dsr, hlop"),
    ("hlop-spiking", "ottt, naive", "ottt, hlop-spiking")])
def test_methods_that_change_places_do_not_pass(name: str, one: str, other: str) -> None:
    found = measured(name)
    found[one], found[other] = found[other], found[one]
    assert [row for row in find(name).judge(found) if not row.passes]


def test_the_full_size_asks_for_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENGRAM_DATA", raising=False)
    with pytest.raises(MissingDataError, match="engram data fetch mnist --to DIR"):
        find("continual").parts("full")
