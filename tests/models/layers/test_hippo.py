"""Legendre memories: what they were told can be read back from their coefficients."""

from __future__ import annotations

import numpy as np
import pytest

from engram.models.layers.hippo import (
    legs,
    legs_recalled,
    legs_step,
    legt,
    legt_recalled,
    legt_step,
)

STEPS = 1000


def signals(count: int, band: int) -> np.ndarray:
    """Sums of all harmonics up to `band` cycles in STEPS."""
    rng, time = np.random.default_rng(0), 2 * np.pi * np.arange(STEPS) / STEPS
    f = np.arange(1, band + 1)[:, None] * time
    a, b = rng.standard_normal((2, count, band))
    return a @ np.cos(f) + b @ np.sin(f)


def error(told: np.ndarray, recalled: np.ndarray) -> np.ndarray:
    return np.sqrt(((told - recalled) ** 2).mean(-1) / (told ** 2).mean(-1))


def test_matrices_are_the_published_ones() -> None:
    a, b = legs(3)
    np.testing.assert_allclose(b, np.sqrt([1, 3, 5]))
    np.testing.assert_allclose(a, -np.array([[1, 0, 0], [3 ** 0.5, 2, 0],
                                             [5 ** 0.5, 15 ** 0.5, 3]]))
    a, b = legt(3)
    np.testing.assert_allclose(b, [1, -3, 5])
    np.testing.assert_allclose(a, [[-1, -1, -1], [3, -3, -3], [-5, 5, -5]])


@pytest.mark.parametrize(("order", "measured"), [(8, 0.685), (16, 0.614), (32, 0.132),
                                                 (64, 0.009)])
def test_the_whole_past_of_a_signal_is_recalled_to_its_order(order: int, measured: float) -> None:
    """10 Hz over 1 s, 1000 steps. `measured`: another implementation's error for one such signal,
    which must lie among those of 40."""
    told = signals(40, 10)
    c = np.zeros((len(told), order))
    for step in range(1, STEPS + 1):
        move, feed = legs_step(order, step)
        c = c @ move.T + told[:, step - 1, None] * feed
    found = error(told, legs_recalled(c, STEPS))
    assert found.min() < measured < found.max()
    if order == 64:
        assert found.mean() < 0.02  # 20 free numbers in the signal, 64 in the memory
        assert found.mean() > 0.001, "an error this small would mean that nothing was compressed"


def test_a_constant_is_one_coefficient() -> None:
    c = np.zeros(6)
    for step in range(1, 200):
        move, feed = legs_step(6, step)
        c = move @ c + feed * 2.5
    # what the first step got wrong, of the order of the constant, is 1 of 200 steps' share by now
    np.testing.assert_allclose(c, [2.5, 0, 0, 0, 0, 0], atol=2 * 2.5 / 200)


def test_a_window_of_a_signal_is_recalled_and_what_was_before_is_not() -> None:
    window, order = 250, 24
    told = signals(10, 8)
    move, feed = legt_step(order, window)
    m = np.zeros((len(told), order))
    for now in range(STEPS):
        m = m @ move.T + told[:, now, None] * feed
    # 2 cycles in a window: 24 Legendre polynomials hold them up to ripples of a jump at its edge
    assert error(told[:, -window:], legt_recalled(m, window)).max() < 0.02
    assert error(told[:, -2 * window:-window], legt_recalled(m, window)).min() > 0.5
