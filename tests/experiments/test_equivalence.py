"""Two runs compared: known mismatches, first divergence, Jaccard, shift, statistics, verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import engram as eg
from engram import nA
from engram.experiments.equivalence import (
    MOST_SHIFT,
    REQUIRABLE,
    VERDICTS,
    compare_spikes,
    equivalence,
)
from engram.experiments.equivalence_statistics import (
    ENOUGH,
    LEVEL,
    agree,
    any_rejected,
    counts_differ,
    intervals,
    ks,
    statistics,
)
from engram.simulator.errors import DescriptionError
from engram.simulator.results import Results, Spikes, States, Trace, Weights

AMP = nA.dim


def spikes(*pairs, size=5):
    table = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return Spikes(table[:, 0], table[:, 1], 1e-3, size)


def run(cells, w=None, steps=10, v=None, **more):
    weights = {} if w is None else {"plastic": Weights(
        np.arange(len(w)), np.arange(len(w)), {"w": np.array(w, float)}, {"w": AMP},
        (len(w), len(w)))}
    states = {} if v is None else {"cells": States({"v": Trace(
        np.array([v], float), np.arange(1), np.arange(len(v)), AMP, 1e-3)})}
    return Results({"cells": cells, **more}, states, weights, 1e-3, steps, {})


ONE = spikes((1, 0), (2, 4))


def test_equal_runs_are_bit_equal():
    found = equivalence(run(ONE, [1.0, np.nan], v=[0.0, np.inf]),
                        run(ONE, [1.0, np.nan], v=[-0.0, np.inf]))
    assert (found.verdict, found.mismatches, found.spikes[0].divergence) == ("bit-equal", 0, None)
    assert found.spikes[0].jaccard == found.spikes[0].jaccard_near == 1.0
    assert found.shift == 0


def test_a_missing_and_a_moved_spike_are_counted_and_the_first_is_found():
    a = spikes((1, 0), (3, 2), (5, 1), (7, 4))
    b = spikes((1, 0), (4, 2), (5, 1))  # (3, 2) came a step late, (7, 4) never
    found = compare_spikes("cells", a, b, 10)
    assert (found.first, found.second, found.mismatches) == (4, 3, 3)
    assert (found.divergence, found.only_in) == ((3, 2), "first")
    assert compare_spikes("cells", b, a, 10).only_in == "second"
    assert found.jaccard == 2 / 5  # two in both, five in either
    assert found.jaccard_near == 3 / 4  # the moved one is in both
    assert found.shift is None
    assert equivalence(run(a), run(b)).verdict == "different"


def test_near_spikes_are_matched_one_to_one():
    """1, 2 and 2, 3 match 1-2 and 2-3, though 2 is in both; a single 2 cannot match 1 and 3."""
    assert compare_spikes("c", spikes((1, 0), (2, 0)), spikes((2, 0), (3, 0)), 9).jaccard_near == 1
    assert compare_spikes("c", spikes((1, 0), (3, 0)), spikes((2, 0)), 9).jaccard_near == 0.5
    assert compare_spikes("c", spikes((1, 0)), spikes((1, 1)), 9).jaccard_near == 0
    assert compare_spikes("c", spikes((1, 0)), spikes((3, 0)), 9).jaccard_near == 0


def test_spikes_that_occur_twice_count_twice():
    assert compare_spikes("cells", spikes((1, 0), (1, 0)), spikes((1, 0)), 9).mismatches == 1


def test_empty_populations_compare():
    nobody = spikes(size=0)
    found = compare_spikes("cells", nobody, nobody, 9)
    assert (found.mismatches, found.jaccard, found.verdict) == (0, None, "nothing-fired")


def test_runs_without_a_spike_show_nothing():
    assert equivalence(run(spikes()), run(spikes())).verdict == "nothing-fired"
    assert equivalence(run(spikes()), run(ONE)).verdict == "different"


def test_spikes_of_sources_alone_show_nothing():
    silent = run(spikes(), source=ONE)
    assert equivalence(silent, silent, given=("source",)).verdict == "nothing-fired"
    assert equivalence(silent, silent).verdict == "bit-equal"
    only = run(ONE)
    assert equivalence(only, only, given=("cells",)).verdict == "bit-equal", "nothing else is there"


@pytest.mark.parametrize(("other", "verdict"), [
    ([1.0, 2.0], "bit-equal"), ([1.0, 2.0 + 1e-9], "spike-equal"), ([1.0, 2.1], "different"),
    ([1.0, np.nan], "different")])
def test_weights_are_judged_by_the_largest(other, verdict):
    found = equivalence(run(ONE, [1.0, 2.0]), run(ONE, other))
    assert found.verdict == verdict
    if verdict == "different":
        assert "every spike is the same, but weights differ by" in found.says
    assert found.to_dict()["verdict"] == verdict


def test_weights_that_part_are_told_where_nothing_fires():
    assert equivalence(run(spikes(), [1.0]), run(spikes(), [2.0])).verdict == "different"


def test_one_difference_in_many_projections_is_the_worst():
    worst = equivalence(run(ONE, [4.0]), run(ONE, [5.0])).worst_weight
    assert (worst.part, worst.variable, worst.difference, worst.relative) == (
        "plastic", "w", 1.0, 0.2)


def test_states_keep_a_run_from_being_bit_equal_and_are_told():
    found = equivalence(run(ONE, v=[1.0]), run(ONE, v=[1.0 + 1e-15]))
    assert found.verdict == "spike-equal"
    assert "states" not in found.says
    found = equivalence(run(ONE, v=[1.0]), run(ONE, v=[1.5]))
    assert found.verdict == "spike-equal"
    assert "no state or weight to compare" in equivalence(run(ONE), run(ONE)).says
    assert "but recorded states differ by 500 mA in cells.v, whose largest is 1.5 A" in found.says


# -- shifts ---------------------------------------------------------------------------------------
TRAIN = ((1, 0), (4, 2), (5, 1), (9, 3))


@pytest.mark.parametrize("k", [1, 2, MOST_SHIFT, -1])
def test_a_run_that_is_late_throughout_is_equal_after_a_shift(k):
    a = spikes(*((n + 20, i) for n, i in TRAIN))
    b = spikes(*((n + 20 + k, i) for n, i in TRAIN))
    found = equivalence(run(a, steps=50), run(b, steps=50))
    assert (found.verdict, found.shift) == ("shift-equal", k)
    assert f"a shift of {k} step" in found.says
    assert found.spikes[0].jaccard_near == (1.0 if abs(k) == 1 else 0.0)
    assert found.spikes[0].divergence == ((21, 0) if k > 0 else (20, 0))


def test_a_shift_is_bounded_exact_and_common_to_all_neurons():
    def shifted(b):
        return compare_spikes("cells", spikes(*TRAIN), spikes(*b), 60).shift
    assert shifted([(n + MOST_SHIFT + 1, i) for n, i in TRAIN]) is None
    assert shifted([(n + (i != 3), i) for n, i in TRAIN]) is None
    assert shifted([(n + 1, i) for n, i in TRAIN] + [(0, 0)]) is None, "one too many at the start"
    assert shifted([(n + 1, i) for n, i in TRAIN][:-1]) is None, "one is lost before the end"


def test_spikes_that_a_shift_moves_beyond_the_end_are_not_missed():
    late = [(n + 1, i) for n, i in TRAIN][:-1]
    assert compare_spikes("cells", spikes(*TRAIN), spikes(*late), 10).shift == 1
    assert compare_spikes("cells", spikes((9, 0)), spikes(), 10).shift is None, "none remains"


def test_shifts_of_their_own_are_told_of_each_population():
    a = run(spikes(*TRAIN), steps=40, late=spikes(*TRAIN))
    b = run(spikes(*((n + 1, i) for n, i in TRAIN)), steps=40,
            late=spikes(*((n + 2, i) for n, i in TRAIN)))
    found = equivalence(a, b)
    assert (found.verdict, found.shift) == ("shift-equal", None)
    assert found.says.endswith("shifts of 1 step in cells, 2 steps in late")


# -- statistics -----------------------------------------------------------------------------------
def poisson(seed, rate=0.02, steps=4000, size=40):
    step, i = np.nonzero(np.random.default_rng(seed).random((steps, size)) < rate)
    return Spikes(step, i, 1e-3, size)


def test_two_draws_of_one_process_are_statistically_equal():
    found = equivalence(run(poisson(1), steps=4000), run(poisson(2), steps=4000))
    assert found.verdict == "statistically-equal"
    assert found.spikes[0].jaccard < 0.1, "hardly a spike is the same"


def swapped(s):
    """The same spikes, those of the lower half of the neurons given to one neuron each."""
    return replace(s, i=np.where(s.i < 20, 0, s.i))


@pytest.mark.parametrize("other", [
    poisson(2, rate=0.023), poisson(2, rate=0.0175),  # more, or fewer, spikes than MARGIN allows
    swapped(poisson(2)),
    Spikes(np.sort(poisson(2).step // 2), poisson(2).i, 1e-3, 40),  # all in the first half
    Spikes(np.repeat(np.arange(0, 4000, 50), 40), np.tile(np.arange(40), 80), 1e-3, 40)])  # regular
def test_another_rate_place_or_time_is_different(other):
    found = equivalence(run(poisson(1), steps=4000), run(other, steps=4000))
    assert found.verdict == "different"


RATES = np.linspace(0.01, 0.03, 40)


@pytest.mark.parametrize(("other", "chance"), [
    (replace(poisson(1, RATES), i=39 - poisson(1, RATES).i), "p_counts"),
    (replace(poisson(1, RATES), step=poisson(1, RATES).step + 300), "p_times")])
def test_each_test_sees_what_the_others_do_not(other, chance):
    """The rates of neurons reversed; all of it 300 steps later: intervals stay what they are."""
    found = statistics(poisson(1, RATES), other)
    assert getattr(found, chance) < LEVEL / 3
    assert sum(p > 0.3 for p in (found.p_counts, found.p_intervals, found.p_times)) == 2
    result = equivalence(run(poisson(1, RATES), steps=5000), run(other, steps=5000))
    assert result.verdict == "different"


def test_numbers_that_few_spikes_cannot_tell_apart_are_bounded():
    """104 and 120 spikes of two neurons, spread alike: no test can object, but 14 % is too much."""
    a, b = (Spikes(np.linspace(0, 999, n).astype(int), np.arange(n) % 2, 1e-3, 2)
            for n in (104, 120))
    found = replace(statistics(a, b), p_intervals=None)
    assert min(found.tests) > 0.1
    assert found.margin == pytest.approx(16 / 112)
    assert not agree([found])
    assert agree([replace(found, margin=0.1)])


def test_too_few_spikes_show_nothing_and_are_different():
    a, b = (Spikes(np.arange(ENOUGH - 1) + k, np.zeros(ENOUGH - 1, np.int64), 1e-3, 1)
            for k in (0, 20))
    assert not statistics(a, b).enough
    assert equivalence(run(a, steps=200), run(b, steps=200)).verdict == "different"


def test_few_of_two_equal_runs_are_called_different():
    """LEVEL is the chance that any of the three tests errs: of 200 pairs, 2 are expected."""
    wrong = sum(any_rejected(statistics(poisson(2 * n, steps=500, size=20),
                                        poisson(2 * n + 1, steps=500, size=20)).tests)
                for n in range(200))
    assert wrong <= 8  # P(more) < 3e-4 for a binomial of 200 and LEVEL
    assert LEVEL == 0.01


def test_chances_are_those_of_scipy():
    from scipy import stats
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 10**6, 300), rng.integers(0, 10**6, 400) + 70_000
    # Stephens's formula is good to some percent of p where n is in the hundreds
    assert ks(a, b) == pytest.approx(stats.ks_2samp(a, b, method="asymp").pvalue, rel=0.3)
    assert ks(a, a) == 1.0
    x, y = rng.poisson(20, 200), rng.poisson(21, 200)
    both = x + y
    chi = ((x - y) ** 2 / both).sum()
    # Wilson and Hilferty's cube root is good to 1e-3 at 200 degrees of freedom
    assert counts_differ(x, y) == pytest.approx(stats.chi2.sf(chi, 200), abs=1e-3)
    assert counts_differ(np.zeros(3, int), np.zeros(3, int)) == 1.0


def test_intervals_are_those_of_single_neurons():
    assert sorted(intervals(spikes((1, 0), (2, 1), (4, 0), (9, 1), (9, 0)))) == [3, 5, 7]


def test_holm_divides_the_level_by_the_number_of_tests():
    assert any_rejected([0.009])
    assert not any_rejected([0.009, 0.9])
    assert not any_rejected([])


# -- verdicts and refusals ------------------------------------------------------------------------
def test_a_stronger_verdict_reaches_a_weaker_requirement():
    equal = equivalence(run(ONE), run(ONE))
    assert all(equal.reaches(r) for r in REQUIRABLE)
    rounded = equivalence(run(ONE, v=[1.0]), run(ONE, v=[1.0 + 1e-15]))
    assert [rounded.reaches(r) for r in REQUIRABLE] == [False, True, True, True]
    silent = equivalence(run(spikes()), run(spikes()))
    assert not any(silent.reaches(r) for r in REQUIRABLE)
    with pytest.raises(DescriptionError, match="'different' is no verdict"):
        equal.reaches("different")
    assert set(REQUIRABLE) < set(VERDICTS)


@pytest.mark.parametrize(("other", "says"), [
    (run(ONE, [1.0], steps=11), "equal dt and duration"),
    (replace(run(ONE, [1.0]), dt=2e-3), "equal dt and duration"),
    (replace(run(ONE, [1.0]), spikes={"others": ONE}), "cells, others"),
    (run(ONE, [1.0, 1.0]), "1 and 2 synapses"),
    (run(ONE), "different weights"),
    (run(ONE, [1.0], v=[1.0]), "different states"),
    (run(spikes(size=6), [1.0]), "5 and 6 neurons"),
    (replace(run(ONE, [1.0]), weights={"plastic": replace(
        run(ONE, [1.0]).weights["plastic"], post=np.array([1]))}), "joins other neurons")])
def test_runs_that_cannot_be_compared_say_why(other, says):
    with pytest.raises(DescriptionError, match=says):
        equivalence(run(ONE, [1.0]), other)


def test_what_is_no_run_is_refused():
    with pytest.raises(DescriptionError, match="3 is not the Results of one run"):
        equivalence(run(ONE), 3)


def test_runs_of_another_precision_or_seed_are_compared_with_a_note():
    a = replace(run(ONE), provenance={"precision": "float64", "seed": 0})
    b = replace(run(ONE), provenance={"precision": "float32", "seed": 0})
    found = eg.equivalence(a, b)
    assert found.notes == ("precision is float64 in the first and float32 in the second: they "
                           "round differently",)
    assert equivalence(a, a).notes == ()


def test_runs_from_files_are_compared(tmp_path):
    from broken_backends import chain
    held = eg.simulate(chain(), 50 * eg.ms, "reference")
    held.save(tmp_path / "run.h5")
    assert eg.equivalence(held, Results.load(tmp_path / "run.h5")).verdict == "bit-equal"
