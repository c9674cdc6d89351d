"""The quick Hebbian reproductions in full, and that their judges can say no."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from engram.experiments.reproductions import find, reproduce
from engram.experiments.reproductions.cliques import three_errors


@pytest.fixture(scope="module", params=["cliques", "emergence"])
def found(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return request.param, reproduce(find(request.param)).measured


def test_every_row_passes_and_a_figure_is_drawn(found: tuple[str, dict[str, Any]]) -> None:
    name, measured = found
    rows = find(name).judge(measured)
    assert len(rows) > 20
    assert [row for row in rows if not row.passes] == []
    assert find(name).draw(measured).size == 2


def test_a_spoilt_measurement_does_not_pass(found: tuple[str, dict[str, Any]]) -> None:
    name, measured = found
    for part in measured:
        spoilt = copy.deepcopy(measured)
        for key, value in spoilt[part].items():
            if isinstance(value, float):
                spoilt[part][key] = value + (0.3 if value < 0.5 else -0.3)
            elif key == "outcomes":
                spoilt[part][key] = [[1 - x for x in row] for row in value]
        assert any(not row.passes for row in find(name).judge(spoilt)), part


def test_three_errors_of_a_share() -> None:
    # two samples of 1,000 at one half: sqrt(2 * 0.25 / 1000) = 0.02236
    assert three_errors(0.5, 1000, 0.5, 1000) == pytest.approx(3 * 0.02236, rel=1e-3)
    assert 0 < three_errors(0.0, 1000, 0.0, 4000) < 0.005
