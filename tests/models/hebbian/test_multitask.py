"""Multitasking networks: amplitudes by formula, by enumeration and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from engram.models.hebbian import multitask
from engram.models.hebbian import patterns as pt
from engram.simulator.errors import DescriptionError


@pytest.mark.parametrize(("number", "dilution"),
                         [(3, 0.6180), (4, 0.5437), (5, 0.5188), (6, 0.5087), (10, 0.5005)])
def test_the_critical_dilution(number: int, dilution: float) -> None:
    found = multitask.critical_dilution(number)
    assert found == pytest.approx(dilution, abs=6e-5)  # four digits were given
    assert multitask.stable(found - 1e-3, number)
    assert not multitask.stable(found + 1e-3, number)


def test_two_patterns_are_stable_at_any_dilution() -> None:
    assert all(multitask.stable(d, 2) for d in (0.1, 0.5, 0.9, 0.99))


@pytest.mark.parametrize(("number", "d", "t", "expected"), [
    (2, 0.2, 0.1, (0.8, 0.1532)), (2, 0.4, 0.5, (0.5745, 0.0)), (2, 0.6, 0.5, (0.3297, 0.2588)),
    (2, 0.8, 0.95, (0.061, 0.061)), (3, 0.8, 0.5, (0.152,) * 3),
    (3, 0.6, 0.1, (0.3678, 0.2714, 0.1762))])
def test_amplitudes_by_enumeration(number: int, d: float, t: float,
                                   expected: tuple[float, ...]) -> None:
    np.testing.assert_allclose(multitask.amplitudes(d, number, t * (1 - d)), expected, atol=6e-5)


def test_above_1_less_d_nothing_is_recalled() -> None:
    assert np.abs(multitask.amplitudes(0.3, 2, 0.72)).max() < 1e-3
    assert multitask.amplitudes(0.3, 2, 0.65).max() > 0.2


def test_cold_enumeration_is_the_hierarchical_state_where_it_is_stable() -> None:
    np.testing.assert_allclose(multitask.amplitudes(0.3, 3, 0.004), multitask.hierarchical(0.3, 3),
                               atol=1e-3)
    np.testing.assert_allclose(multitask.three_beyond(0.8), (0.196, 0.164, 0.132), atol=1e-12)


@pytest.mark.parametrize("d", [0.4, 0.8])
def test_a_cold_network_has_the_amplitudes_of_theory(d: float) -> None:
    x = pt.random_signs(20_000, 3, 1, d)
    state = multitask.relax(x, multitask.hierarchical_state(x, 1))
    theory = multitask.hierarchical(d, 3) if d < 0.6 else multitask.three_beyond(d)
    # 5 standard deviations of an amplitude of 20,000 spins
    np.testing.assert_allclose(pt.overlap(x, state[:, None]), theory, atol=5 * 0.5 / 20_000**0.5)


def test_a_warm_network_recalls_both_alike_under_strong_dilution() -> None:
    x = pt.random_signs(20_000, 2, 2, 0.8)
    state = multitask.relax(x, multitask.hierarchical_state(x, 1), 0.1, 100)
    m = pt.overlap(x, state[:, None])
    np.testing.assert_allclose(m, 0.1695, atol=0.02)  # T = 0.5 (1 - d); 4 s.d. of one state


def test_examples_without_labels_weigh_one_over_their_number() -> None:
    x = pt.random_signs(100, 1, 3, 0.2)
    shown = np.repeat(x, 4, axis=1)
    begin = np.where(x[:, 0] != 0, x[:, 0], 1).astype(np.int8)
    np.testing.assert_array_equal(
        multitask.relax(shown, begin, 0.5, 3, 4, np.full(4, 0.25)),
        multitask.relax(x, begin, 0.5, 3, 4))


@pytest.mark.parametrize(("wrong", "says"), [
    (lambda: multitask.relax([[0.5]], [1]), r"patterns\[0, 0\] is .*0\.5"),
    (lambda: multitask.relax([[1], [0]], [1, 1], weights=[1, 1]),
     r"weights of shape \(2,\); give \(1\)"),
    (lambda: multitask.relax([[1]], [1], weights=[np.nan]), "weights: nan"),
    (lambda: multitask.amplitudes(0.2, 2, 0.1, [1.0]), r"begin of shape \(1,\); give \(2\)"),
    (lambda: multitask.stable(1.5, 3), r"dilution 1\.5 must be in 0"),
    (lambda: multitask.three_beyond(0.3), r"dilution 0\.3 is below 0\.618, where"),
    (lambda: multitask.three_beyond(2.0), r"dilution 2\.0 must be in 0"),
    (lambda: multitask.sign_accuracy(-1.0), r"entropy -1\.0 must be 0 or more"),
    (lambda: multitask.amplitudes(0.2, 20, 0.1), "K is 1 to 12"),
    (lambda: multitask.amplitudes(0.2, 2, 0.0), "must be above 0"),
    (lambda: multitask.critical_dilution(2), "stable at any dilution"),
    (lambda: multitask.hierarchical(-0.1, 2), r"dilution -0\.1"),
])
def test_wrong_input_is_named(wrong: object, says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        wrong()
