"""Sparsey's macrocolumn: known answers, codes as alike as inputs, ends and permanence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engram.models.hebbian import AgeingMacrocolumn, Macrocolumn, permanence
from engram.models.hebbian.code_selections import SELECTIONS, CodeSelection
from engram.models.hebbian.sparsey import shared
from engram.simulator.errors import DescriptionError

ONES = 12
OVERLAPS = (12, 11, 10, 9, 8, 6, 4, 2, 0)
KEPT = {  # simulated independently, U = 144, Q = 24, K = 8; to three digits
    "graded": (.882, .859, .826, .774, .692, .381, .147, .125, .125),
    "steep": (.947, .945, .942, .936, .925, .847, .501, .138, .125),
    "steeper": (.991, .989, .987, .984, .978, .920, .177, .125, .125),
}


def flags(*rows: Any, size: int) -> np.ndarray:
    out = np.zeros((len(rows), size), bool)
    for row, ones in zip(out, rows, strict=True):
        row[list(ones)] = True
    return out


def overlapping() -> np.ndarray:
    """The stored input of 12 ones of 144 first, then inputs that share 12, 11, ... 0 with it."""
    return flags(range(ONES), *(range(ONES - n, 2 * ONES - n) for n in OVERLAPS), size=144)


def test_inputs_are_learnt_in_one_trial_and_known_again() -> None:
    four = flags(*(range(3 * n, 3 * n + 3) for n in range(4)), size=16)
    column = Macrocolumn(16, modules=5, cells=8, seed=42)
    learnt = column.learn(four)
    assert len(np.unique(learnt.cells, axis=0)) == 4
    assert learnt.familiarity.tolist() == [0.0] * 4
    again = column.recognise(four)
    np.testing.assert_array_equal(again.cells, learnt.cells)
    assert again.familiarity.tolist() == [1.0] * 4
    assert column.recognise(flags([13, 14, 15], size=16)).familiarity.tolist() == [0.0]


def test_familiarity_of_given_codes() -> None:
    # inputs of two ones of which half overlap; the codes are those of a published fixture
    x = flags([0, 1], [2, 3], [0, 3], [1, 2], size=4)
    codes = np.array([[3, 1, 3], [2, 3, 2], [1, 3, 2], [3, 2, 3]])
    column = Macrocolumn(4, modules=3, cells=4, saturation=1.0)
    before = []
    for one, code in zip(x, codes, strict=True):
        before.append(float(column.recognise(one[None]).familiarity[0]))
        column.store(one[None], code[None])
    # {0, 3} shares 0 with the first, 3 with the second: half in every module; so does {1, 2}
    assert before == [0.0, 0.0, 0.5, 0.5]
    known = column.recognise(x)
    assert known.familiarity.tolist() == [1.0] * 4
    chosen = column.matrix()[:, np.arange(3), known.cells].transpose(1, 2, 0)  # (M, Q, U)
    assert chosen[np.broadcast_to(x[:, None], chosen.shape)].all(), "a winner knows all of it"


def test_familiarity_is_the_overlap_after_one_input() -> None:
    x = overlapping()
    column = Macrocolumn(144)
    column.learn(x[:1])
    np.testing.assert_allclose(column.recognise(x[1:]).familiarity, np.array(OVERLAPS) / ONES,
                               rtol=1e-12)  # a mean over 24 modules of the same number


@pytest.mark.parametrize("name", KEPT)
def test_closed_form_of_the_code_that_is_kept(name: str) -> None:
    found = [SELECTIONS[name].kept_after_one(n / ONES, 8) for n in OVERLAPS]
    np.testing.assert_allclose(found, KEPT[name], atol=5e-4)  # half of the last digit


@pytest.mark.parametrize("name", SELECTIONS)
def test_codes_overlap_as_the_closed_form_says(name: str) -> None:
    x, modules = overlapping(), 8000
    column = Macrocolumn(144, modules=modules, selection=name)
    first = column.learn(x[:1]).cells
    for n, one in zip(OVERLAPS, x[1:], strict=True):
        other = Macrocolumn(144, modules=modules, selection=name, seed=n + 1)
        other.store(x[:1], first)
        kept = shared(other.learn(one[None]).cells, first)[0]
        expected = SELECTIONS[name].kept_after_one(n / ONES, 8)
        # four standard deviations of 8000 independent modules, and the first step of `middle`
        assert abs(kept - expected) < 4 * (expected * (1 - expected) / modules) ** 0.5 + 1e-3


def test_the_tenth_power_is_a_step_and_the_floor_is_not_graded() -> None:
    step = [SELECTIONS["tenth-power"].kept_after_one(n / ONES, 8) for n in OVERLAPS]
    assert min(step[:2]) > 0.97
    assert max(step[2:]) < 0.16
    v = np.array([1.0] + [0.0] * 7)
    floored, graded = SELECTIONS["floored"], SELECTIONS["graded"]
    assert floored.chances(v, 0.3)[0] == pytest.approx(floored.chances(v, 1.0)[0], abs=1e-3)
    assert graded.chances(v, 0.3)[0] < 0.3 < 0.8 < graded.chances(v, 1.0)[0]


def test_the_seventh_power_by_hand() -> None:
    # one half of 12 ones: 10000 / 2^7 / 2 + 1 against 7 cells of 10000 / 2^7 / (1 + e^13) + 1
    stored, other = 1.0 + 1e4 / 2**8, 1.0 + 1e4 / 2**7 / (1.0 + np.exp(13.0))
    found = SELECTIONS["seventh-power"].kept_after_one(0.5, 8)
    assert found == pytest.approx(stored / (stored + 7 * other), rel=1e-12)
    assert SELECTIONS["seventh-power"].expansion(1.0, 8) == 10001.0


def test_core_moves_its_middle_as_the_column_fills() -> None:
    core = SELECTIONS["core"]
    assert core.expansion(1.0, 8) == 801.0
    assert core.expansion(0.0, 8) == 1.0
    rng = np.random.default_rng(0)
    column = Macrocolumn(40, 6, 4, core, saturation=1.0)
    seen = [column.state[0]]
    for _ in range(40):
        column.learn(rng.random((1, 40)) < 0.3)
        seen.append(column.state[0])
    steps = np.round(np.diff(seen) / 0.004, 9)
    assert set(steps.tolist()) == {0.0, 1.0}
    assert column.recognise(np.ones((1, 40))).familiarity[0] > 0.3
    assert Macrocolumn(40, 6, 4).state.tolist() == [0.5, 0.0]


def test_one_by_one_is_all_at_once_and_seeds_differ() -> None:
    x = np.random.default_rng(3).random((30, 60)) < 0.2
    whole, parts, other = Macrocolumn(60, seed=5), Macrocolumn(60, seed=5), Macrocolumn(60, seed=6)
    codes = whole.learn(x)
    found = [parts.learn(one[None]) for one in x]
    np.testing.assert_array_equal(np.vstack([f.cells for f in found]), codes.cells)
    np.testing.assert_array_equal(parts.rows, whole.rows)
    assert (other.learn(x).cells != codes.cells).any()
    held = whole.rows.copy()
    once, alone = whole.recognise(x), [whole.recognise(one[None]).cells[0] for one in x]
    np.testing.assert_array_equal(once.cells, alone)
    np.testing.assert_array_equal(whole.rows, held)


def test_a_full_cell_learns_no_more_and_old_inputs_stay() -> None:
    rng = np.random.default_rng(4)
    x = np.array([rng.permutation(np.arange(100) < 10) for _ in range(300)])
    known = {}
    for saturation in (0.5, 1.0):
        column = Macrocolumn(100, 16, 8, saturation=saturation, seed=1)
        codes = column.learn(x).cells
        known[saturation] = shared(column.recognise(x[:20]).cells, codes[:20]).mean()
        if saturation == 0.5:
            assert column.frozen().mean() > 0.5
            assert column.matrix().mean(axis=0).max() <= 0.5 + 0.1, "an input has a tenth"
    assert known[0.5] > 0.95
    assert known[1.0] < 0.5, "without an end, new inputs wash out the old"


def test_the_band_keeps_a_column_silent() -> None:
    column = Macrocolumn(20, 4, 4, band=(0.2, 0.5))
    x = flags(range(3), range(4), range(10), range(11), [], size=20)
    found = column.learn(x)
    np.testing.assert_array_equal((found.cells >= 0).all(axis=1), [False, True, True, False, False])
    assert (found.cells[[0, 3, 4]] == -1).all()
    assert column.learnt == 2
    assert not column.ones(found.cells)[[0, 3, 4]].any()
    assert not column.matrix()[10].any()


@pytest.mark.parametrize(("bad", "says"), [
    (lambda: Macrocolumn(0), "0 inputs"),
    (lambda: Macrocolumn(4, cells=1), "1 cells"),
    (lambda: Macrocolumn(4, saturation=0.0), "saturation 0.0"),
    (lambda: Macrocolumn(4, band=(0.5, 0.2)), "band"),
    (lambda: Macrocolumn(4, selection="best"), "no code selection 'best'"),
    (lambda: Macrocolumn(4).learn(np.ones((2, 5))), r"shape \(2, 5\)"),
    (lambda: Macrocolumn(4).learn(np.full((2, 4), 0.5)), "0.5"),
    (lambda: Macrocolumn(4).store(np.ones((1, 4)), np.full((1, 24), 8)), "0 to 7"),
    (lambda: CodeSelection(floor=1.0), "floor 1.0"),
    (lambda: CodeSelection(base=0.0), "base 0.0"),
    (lambda: AgeingMacrocolumn(4, cells=1), "1 cells"),
    (lambda: AgeingMacrocolumn(4).learn(np.zeros((1, 4))), "a 1 in each row"),
    (lambda: AgeingMacrocolumn(4).wait(-1), "-1 steps"),
    (lambda: permanence.Table(until=((3, 2, 1),)), "rising ages"),
    (lambda: permanence.convex(0, 0, 1), "0 steps"),
])
def test_what_makes_no_sense_is_refused(bad: Any, says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        bad()


def test_convex_permanence() -> None:
    ages = np.arange(12)
    assert permanence.convex(0, 10, 2.0) == 1.0
    # by hand: (1 + 2 / 10) / (1 + 2 / 5)
    assert permanence.convex(5, 10, 2.0) == pytest.approx(1.2 / 1.4)
    found = permanence.convex(ages, 10, 2.0)
    assert (np.diff(found) <= 0).all()
    assert found[10:].tolist() == [0.0, 0.0]
    np.testing.assert_array_equal(permanence.convex(ages, 10, 0.0), ages < 10)


def test_weights_of_the_table_at_its_edges() -> None:
    table = permanence.Table()
    ages = [0, 1999, 2000, 2999, 3000, 3999, 4000, 9999]
    assert table.weight(0, ages).tolist() == [127, 127, 120, 120, 50, 50, 0, 0]
    assert table.weight(1, np.array(ages) * 2).tolist() == [127, 127, 120, 120, 50, 50, 0, 0]
    assert table.weight(2, ages).tolist() == [127] * 8


@pytest.mark.parametrize(("times", "later", "weight"), [
    ((0,), 3999, 50), ((0,), 4000, 0),
    ((0, 500), 500 + 4000, 120), ((0, 500), 500 + 8000, 0),
    ((0, 500, 1000), 1_000_000, 127),
    ((0, 2500), 2500 + 4000, 0),  # too late to last longer
    ((0, 500, 9000), 9000 + 2000, 120),  # had gone, and begins anew
])
def test_what_is_set_again_in_time_lasts(times: tuple[int, ...], later: int, weight: int) -> None:
    synapses = permanence.AgeingSynapses(3, 2)
    for now in times:
        synapses.coincide([1, 0, 1], [0, 1], now)
    assert synapses.weights(later).tolist() == [[0, weight], [0, 0], [0, weight]]
    with pytest.raises(DescriptionError, match="does not go back"):
        synapses.coincide([1, 0, 0], [1, 0], times[-1] - 1)


def test_a_column_forgets_what_does_not_come_again() -> None:
    table = permanence.Table(((20, 30, 40), (40, 60, 80)))
    x = overlapping()[[0, -1]]  # no one in common
    sharp = replace(SELECTIONS["steeper"], factor=1e9)  # what is known keeps its code
    column = AgeingMacrocolumn(144, 6, 8, sharp, table=table, seed=2)
    first = column.learn(x).cells
    column.learn(x[:1])
    column.learn(x[:1])
    known = column.recognise(x)
    np.testing.assert_array_equal(known.cells, first)
    assert known.familiarity.tolist() == [1.0, 1.0]
    column.wait(25)
    assert column.recognise(x).familiarity[1] == pytest.approx(120 / 127)
    column.wait(1000)
    np.testing.assert_array_equal(column.recognise(x).familiarity, [1.0, 0.0])
    np.testing.assert_array_equal(column.recognise(x[:1]).cells, first[:1])


def test_an_ageing_column_begins_as_the_plain_one_and_ends_its_period() -> None:
    rng = np.random.default_rng(5)
    x = np.array([rng.permutation(np.arange(40) < 8) for _ in range(30)])
    plain, ageing = Macrocolumn(40, 6, 4, seed=3), AgeingMacrocolumn(40, 6, 4, seed=3)
    np.testing.assert_array_equal(ageing.learn(x).cells, plain.learn(x).cells)
    np.testing.assert_array_equal(ageing.weights() > 0, plain.matrix())
    np.testing.assert_array_equal(ageing.frozen(), plain.frozen().ravel())
    assert 0 < ageing.frozen().sum() < 24
    kept = plain.matrix() & plain.frozen()
    ageing.wait(100_000)
    left = ageing.weights()
    assert kept.any()
    assert (left[kept] == 1.0).all()
    assert (left[plain.matrix() & ~kept] == 0.0).mean() > 0.5, "most others were set once or twice"
