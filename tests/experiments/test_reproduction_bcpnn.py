"""The BCPNN reproduction in full, and that its judge can say no."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from engram.experiments.reproductions import find
from engram.experiments.reproductions.bcpnn import recalls, three_errors
from engram.experiments.reproductions.bcpnn_trains import against_naive, against_theory
from engram.experiments.reproductions.record import load_record

KEPT = Path(__file__).parents[2] / "docs" / "reproductions" / "bcpnn" / "record.json"


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    return dict(load_record(KEPT).measured)


def failing(measured: dict[str, Any]) -> list[str]:
    return [row.what for row in find("bcpnn").judge(measured) if not row.passes]


def test_what_is_kept_passes_and_is_what_is_measured_today(measured: dict[str, Any]) -> None:
    assert failing(measured) == []
    assert find("bcpnn").draw(measured).size == 4
    for found, kept in ((recalls(10, 3), measured["load 10"]),
                        (against_theory(10.0, 10, 400, 0), measured["poisson 10 Hz, 10 ms"]),
                        (against_naive("numba"), measured["trains numba"])):
        again = json.loads(json.dumps(found))
        assert again == pytest.approx(kept, rel=1e-9, abs=1e-12)  # another NumPy sums otherwise


@pytest.mark.parametrize(("part", "key", "value"), [
    ("trains numba", "p_ij", 1e-6), ("trains brian2", "w", float("nan")),
    ("poisson 2 Hz, 0 ms", "mean w", 0.04), ("poisson 40 Hz, 0 ms", "mean p_ij", 1.45),
    ("load 20", "spikes, half", 0.8), ("load 40", "spikes, rivals", 0.3),
    ("load 10", "apart", 0.1), ("completion", "line", [0.9, 0.0]),
    ("completion", "correlation", 0.9), ("completion", "right", 0.95),
    ("spikes numba", "i", []), ("spikes brian2", "naive", 1e-3),
    ("spikes numba", "decoded", [0, 1, -1])])
def test_a_spoilt_measurement_does_not_pass(measured: dict[str, Any], part: str, key: str,
                                            value: Any) -> None:
    spoilt = copy.deepcopy(measured)
    spoilt[part][key] = value
    assert failing(spoilt) != []


def test_one_weight_or_spike_that_differs_does_not_pass(measured: dict[str, Any]) -> None:
    for key, step in (("w", 1e-9), ("step", 1)):
        spoilt = copy.deepcopy(measured)
        spoilt["spikes brian2"][key][5] += step
        assert failing(spoilt) != []


def test_three_errors_of_a_share() -> None:
    # at one half of 100: 3 sqrt(2 * 0.25 / 100); none of 100 failing still leaves an error
    assert three_errors(0.5, 0.5, 100) == pytest.approx(0.2121, rel=1e-3)
    assert 0 < three_errors(1.0, 1.0, 100) < 0.05
