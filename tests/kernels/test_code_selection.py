"""Code selection: the compiled column is the naive one, and a small one by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engram.kernels import bits, code_selection, code_selection_numba
from engram.kernels.code_selection import Law
from engram.models.hebbian.code_selections import SELECTIONS

MODULES, CELLS, INPUTS = 6, 5, 70


def items() -> np.ndarray:
    """Thirty inputs, and each of them again with a fifth of its ones gone."""
    rng = np.random.default_rng(0)
    x = rng.random((60, INPUTS)) < 0.15
    x[30:] = x[:30] & (rng.random((30, INPUTS)) < 0.8)
    x[:, 0] = True  # every input has a one
    return x


@pytest.mark.parametrize("name", SELECTIONS)
@pytest.mark.parametrize("saturation", [0.4, 1.0])
def test_compiled_columns_learn_and_recognise_as_naive_ones(name: str, saturation: float) -> None:
    selection, x = SELECTIONS[name], items()
    law, draws = selection.law(CELLS), np.random.default_rng(1).random((len(x), MODULES))
    weights, state = np.zeros((INPUTS, MODULES, CELLS), bool), np.array([selection.middle, 0.0])
    rows, other = bits.pack(weights.reshape(INPUTS, -1).T), state.copy()
    codes, g = code_selection.learn(weights, x, draws, law, state, saturation)
    fast, fast_g = code_selection_numba.learn(rows, x, draws, law, other, saturation)
    np.testing.assert_array_equal(fast, codes)
    np.testing.assert_array_equal(fast_g, g)  # the same sums in the same order: to the last bit
    np.testing.assert_array_equal(other, state)
    np.testing.assert_array_equal(bits.unpack(rows, INPUTS).T.reshape(weights.shape), weights)
    assert len(np.unique(codes)) == CELLS
    assert g[0] == 0.0
    assert 0.5 < g[30:].mean() <= 1.0
    for naive, compiled in zip(code_selection.recognise(weights, x, draws[0]),
                               code_selection_numba.recognise(rows, x, draws[0]), strict=True):
        np.testing.assert_array_equal(compiled, naive)


def test_compiled_stores_are_naive_stores() -> None:
    x, rng = items(), np.random.default_rng(2)
    codes = rng.integers(0, CELLS, (len(x), MODULES))
    weights = np.zeros((INPUTS, MODULES, CELLS), bool)
    rows = bits.pack(weights.reshape(INPUTS, -1).T)
    outputs = np.zeros_like(rows)
    ones = (codes[:, :, None] == np.arange(CELLS)).reshape(len(x), -1)
    code_selection.store(weights, x, codes, 0.4)
    code_selection_numba.store(rows, x, codes, 0.4)
    code_selection_numba.associate(outputs, x, ones, 0.4)
    np.testing.assert_array_equal(bits.unpack(rows, INPUTS).T.reshape(weights.shape), weights)
    np.testing.assert_array_equal(outputs, rows)
    assert weights.mean(axis=0).max() > 0.4, "some cells must have come to their end"
    everything = np.zeros_like(rows)
    code_selection_numba.store(everything, x, codes, 1.0)
    assert (everything != rows).any()


def test_a_column_by_hand() -> None:
    # one module of two cells; input {0, 1} goes to cell 1, since 0.9 > 1/2
    law = Law(0.1, 3.0, 20.0, 0.0, 1.0, 10.0, 0.0, 1.0, 0.5, 0.0, np.inf)
    weights, state = np.zeros((4, 1, 2), bool), np.array([0.5, 0.0])
    first, second = np.array([[1, 1, 0, 0], [1, 0, 1, 0]], bool)
    codes, g = code_selection.learn(weights, first[None], np.array([[0.9]]), law, state, 1.0)
    assert (codes.tolist(), g.tolist()) == ([[1]], [0.0])
    np.testing.assert_array_equal(weights[:, 0, 1], first)
    # half of {0, 2} is known: V = (0, 1/2), G = 1/2, height = 20 (0.4 / 0.9)^3
    height = 20.0 * (4.0 / 9.0) ** 3
    mu = [1.0 + height / (1.0 + np.exp(5.0)), 1.0 + height / 2.0]
    edge = mu[0] / sum(mu)
    for u, winner in ((edge - 1e-9, 0), (edge + 1e-9, 1)):
        held = weights.copy()
        codes, g = code_selection.learn(held, second[None], np.array([[u]]), law, state, 1.0)
        assert (codes.tolist(), g.tolist()) == ([[winner]], [0.5])
        np.testing.assert_array_equal(held[:, 0, winner], second | weights[:, 0, winner])
    assert state.tolist() == [0.5, 0.0]


def test_equals_are_told_apart_by_the_number_given() -> None:
    weights = np.zeros((2, 3, 4), bool)
    weights[0, :, 1:3] = True
    x = np.array([[1, 0]], bool)
    codes, g = code_selection.recognise(weights, x, np.array([0.1, 0.5, 1.0]))
    assert (codes.tolist(), g.tolist()) == ([[1, 2, 2]], [1.0])
