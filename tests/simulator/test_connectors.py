from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.simulator.connectors import (
    AllToAll,
    DistanceDependent,
    FixedInDegree,
    FixedOutDegree,
    FixedProbability,
    FromArrays,
    OneToOne,
    from_sparse,
)
from engram.simulator.errors import DescriptionError, UnitError
from engram.simulator.positions import grid
from engram.simulator.units import mm, ms, um

EVERYWHERE = grid(6, 5)  # 30 neurons


def connectors(self_connections):
    return [AllToAll(self_connections), FixedProbability(0.3, self_connections),
            FixedOutDegree(4, self_connections), FixedInDegree(4, self_connections),
            DistanceDependent("gaussian", 0.9, 2.0, EVERYWHERE, EVERYWHERE,
                              self_connections=self_connections)]


def kind(connector):
    return type(connector).__name__


def pairs(rows):
    return list(zip(rows.pre.tolist(), rows.post.tolist(), strict=True))


@pytest.mark.parametrize("c", [OneToOne(), *connectors(True), *connectors(False)], ids=kind)
def test_structure_and_determinism(c):
    a, b = (c.rows(30, 30, 5, "cells_to_cells", True) for _ in range(2))
    assert a.order is None
    assert (a.indptr.dtype, a.post.dtype) == (np.int64, np.uint32)
    assert a.indptr.shape == (31,)
    assert a.post.size > 20, "there must be synapses to mean anything"
    assert pairs(a) == sorted(set(pairs(a))) == pairs(b)


@pytest.mark.parametrize("c", connectors(True)[1:], ids=kind)
def test_seed_and_name_choose_the_draw(c):
    base = pairs(c.rows(30, 30, 5, "a"))
    assert base != pairs(c.rows(30, 30, 6, "a"))
    assert base != pairs(c.rows(30, 30, 5, "b"))
    assert base == pairs(c.rows(30, 30, 5, "a", True))  # self connections are wanted: no hole


@pytest.mark.parametrize("c", connectors(False), ids=kind)
def test_only_one_population_has_self_connections_to_leave_out(c):
    found = [c.rows(30, 30, seed, "a", True) for seed in range(20)]
    assert not any(i == j for rows in found for i, j in pairs(rows))
    apart = [c.rows(30, 30, seed, "a", False) for seed in range(20)]
    assert any(i == j for rows in apart for i, j in pairs(rows))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 20), st.integers(1, 20), st.integers(0, 20), st.integers(1, 20),
       st.integers(0, 99))
def test_views_of_one_population_leave_out_the_true_diagonal(s0, n_pre, t0, n_post, seed):
    n = min(n_pre, n_post) - 1
    for c in (AllToAll(False), FixedProbability(0.8, False), FixedOutDegree(n, False),
              FixedInDegree(n, False)):
        rows = c.rows(n_pre, n_post, seed, "a", True, s0 - t0)
        assert all(s0 + i != t0 + j for i, j in pairs(rows))
    shared = len(set(range(s0, s0 + n_pre)) & set(range(t0, t0 + n_post)))
    assert AllToAll(False).rows(n_pre, n_post, 0, "", True, s0 - t0).post.size == (
        n_pre * n_post - shared)


def test_known_answers():
    assert pairs(OneToOne().rows(3, 3)) == [(0, 0), (1, 1), (2, 2)]
    assert pairs(AllToAll().rows(2, 3)) == [(i, j) for i in range(2) for j in range(3)]
    assert pairs(FixedProbability(1.0).rows(2, 3)) == pairs(AllToAll().rows(2, 3))
    assert pairs(FixedOutDegree(3).rows(2, 3)) == pairs(AllToAll().rows(2, 3))
    assert pairs(FixedProbability(0).rows(2, 3)) == pairs(FixedOutDegree(0).rows(2, 3)) == []


@pytest.mark.parametrize(("n_pre", "n_post"), [(0, 0), (0, 3), (3, 0)])
def test_an_empty_population_has_no_synapses(n_pre, n_post):
    nowhere = DistanceDependent("step", 1.0, 1.0, np.zeros((n_pre, 2)), np.zeros((n_post, 2)))
    for c in (AllToAll(), AllToAll(False), FixedProbability(0.5), FixedOutDegree(0),
              FixedInDegree(0), FromArrays([], []), nowhere):
        rows = c.rows(n_pre, n_post, 0, "a", True)
        assert rows.indptr.tolist() == [0] * (n_pre + 1)
        assert (rows.post.size, rows.post.dtype) == (0, np.uint32)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 2**64 - 1), st.data())
def test_degrees_are_exact(n_pre, n_post, seed, data):
    n = data.draw(st.integers(0, n_post))
    assert (np.diff(FixedOutDegree(n).rows(n_pre, n_post, seed, "a").indptr) == n).all()
    n = data.draw(st.integers(0, n_pre))
    rows = FixedInDegree(n).rows(n_pre, n_post, seed, "a")
    assert (np.bincount(rows.post, minlength=n_post) == n).all()
    assert pairs(rows) == sorted(set(pairs(rows)))


def test_from_arrays_sorts_and_keeps_multapses_in_order():
    pre, post = [2, 0, 2, 0, 2], [1, 3, 0, 3, 1]
    weight = np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    rows = FromArrays(pre, post).rows(3, 4)
    assert pairs(rows) == [(0, 3), (0, 3), (2, 0), (2, 1), (2, 1)]
    assert rows.order is not None
    assert weight[rows.order].tolist() == [20, 40, 30, 10, 50]
    assert rows.indptr.tolist() == [0, 2, 2, 5]
    assert FromArrays([0, 1], [1, 0]).rows(2, 2).order is None
    assert FromArrays([], []).rows(2, 2).indptr.tolist() == [0, 0, 0]


def test_equal_synapses_are_equal_descriptions_whatever_their_dtype():
    a, b = FromArrays([0, 1], [1, 0]), FromArrays(np.array([0, 1], np.uint8), (1, 0))
    assert a == b
    assert hash(a) == hash(b)
    assert a != FromArrays([0, 1], [0, 1])
    with pytest.raises(ValueError, match="read-only"):
        a.pre[0] = 1


@pytest.mark.parametrize("form", ["coo_array", "csr_array", "csc_matrix", "lil_array"])
def test_from_sparse_gives_the_matrix_back(form):
    dense = np.array([[0, 2.5, 0], [1.5, 0, 3.5]])
    connector, weight = from_sparse(getattr(scipy.sparse, form)(dense))
    rows = connector.rows(2, 3)
    assert rows.order is None
    back = np.zeros((2, 3))
    back[rows.pre, rows.post] = weight
    np.testing.assert_array_equal(back, dense)
    assert weight.tolist() == [2.5, 1.5, 3.5]


def test_from_sparse_sums_duplicates_and_leaves_its_argument_alone():
    m = scipy.sparse.csr_array((np.array([1.0, 2.0, 4.0]), np.array([1, 0, 1]), np.array([0, 3])))
    connector, weight = from_sparse(m)
    assert pairs(connector.rows(1, 2)) == [(0, 0), (0, 1)]
    assert weight.tolist() == [2.0, 5.0]
    assert m.data.tolist() == [1.0, 2.0, 4.0]


def test_grid_and_disc():
    assert grid(2, 3, 2.0).tolist() == [[0, 0], [2, 0], [4, 0], [0, 2], [2, 2], [4, 2]]
    line = grid(1, 6)
    rows = DistanceDependent("step", 1.0, 1.0, line, line).rows(6, 6)
    assert pairs(rows) == [(i, j) for i in range(6) for j in range(6) if abs(i - j) <= 1]
    ring = DistanceDependent("step", 1.0, 1.0, line, line, box=(6, 0)).rows(6, 6)
    assert set(pairs(ring)) - set(pairs(rows)) == {(0, 5), (5, 0)}


def test_distances_carry_units():
    plain, metric = grid(3, 3), grid(3, 3, 50 * um)
    a = DistanceDependent("exponential", 0.5, 1.5, plain, plain, (3, 3))
    b = DistanceDependent("exponential", 0.5, 75 * um, metric, metric, [150 * um, 0.15 * mm])
    assert pairs(a.rows(9, 9, 1, "x")) == pairs(b.rows(9, 9, 1, "x"))
    assert a == DistanceDependent("exponential", 0.5, 1.5, plain.tolist(), plain, [3, 3])
    with pytest.raises(UnitError, match=r"pre_positions is in metre and length in second"):
        DistanceDependent("step", 1.0, 1 * ms, metric, metric)


LINE = grid(1, 4)


@pytest.mark.parametrize(("make", "says"), [
    (lambda: FixedProbability(1.5), r"FixedProbability: p=1.5 .* from 0 to 1"),
    (lambda: FixedProbability(-0.1), "p=-0.1"),
    (lambda: FixedProbability(float("nan")), "p=nan"),
    (lambda: FixedProbability("0.1"), "p='0.1'"),
    (lambda: FixedProbability(True), "p=True"),
    (lambda: FixedOutDegree(2.5), r"FixedOutDegree: n=2.5 .* whole number"),
    (lambda: FixedInDegree(-1), "n=-1"),
    (lambda: FixedInDegree(True), "n=True"),
    (lambda: FixedOutDegree(5).rows(9, 4, 0, "a"), r"a: FixedOutDegree: n=5 .* 4 to reach"),
    (lambda: FixedOutDegree(4, False).rows(4, 4, 0, "a", True), "3 to reach"),
    (lambda: FixedInDegree(5).rows(4, 9, 0, "a"), "4 to be reached by"),
    (lambda: OneToOne().rows(3, 4, 0, "a"), "a: OneToOne joins populations of 3 and 4"),
    (lambda: AllToAll().rows(2**33, 4), "populations of 8589934592 and 4"),
    (lambda: AllToAll(1), r"AllToAll: self_connections=1 must be True or False"),
    (lambda: FromArrays([0], [0], 3), r"FromArrays: shape=3 must be \(n_pre, n_post\)"),
    (lambda: FromArrays([0, 1], [0]), "pre has 2 entries and post 1"),
    (lambda: FromArrays([0.5], [0]), r"pre is an array of float64 .* x\.astype\(int\)"),
    (lambda: FromArrays([[0]], [[0]]), r"shape \(1, 1\)"),
    (lambda: FromArrays([True], [0]), "array of bool"),
    (lambda: FromArrays([0, 7, -3, -4], [0] * 4), r"pre\[2\] = -3"),
    (lambda: FromArrays([0, 2, 9, 8], [0] * 4).rows(5, 5, 0, "a"),
     r"a: FromArrays: pre\[2\] = 9 is not a neuron of 5; indices run from 0 to 4"),
    (lambda: FromArrays([0], [0], (3, 3)).rows(3, 4), r"shape \(3, 3\)"),
    (lambda: from_sparse(np.eye(2)), "csr_array"),
    (lambda: from_sparse(scipy.sparse.csr_array([[np.nan]])), "NaN"),
    (lambda: DistanceDependent("cone", 1, 1, LINE, LINE), "kernel='cone'"),
    (lambda: DistanceDependent("step", 2, 1, LINE, LINE), "p_max=2"),
    (lambda: DistanceDependent("step", 1, 0, LINE, LINE), "length=0"),
    (lambda: DistanceDependent("step", 1, np.nan, LINE, LINE), "length=nan"),
    (lambda: DistanceDependent("step", 1, 1, LINE[:, 0], LINE), r"pre_positions has shape \(4,\)"),
    (lambda: DistanceDependent("step", 1, 1, LINE, LINE[:, :0]), r"post_positions .* \(4, 0\)"),
    (lambda: DistanceDependent("step", 1, 1, LINE, LINE * np.nan), r"post_positions\[0, 0\] = nan"),
    (lambda: DistanceDependent("step", 1, 1, LINE, np.zeros((4, 3))), "2 coordinates"),
    (lambda: DistanceDependent("step", 1, 1, LINE, LINE, (1, -1)), "negative period"),
    (lambda: DistanceDependent("step", 1, 1, LINE, LINE).rows(4, 5), "4 post_positions for 5"),
])
def test_errors_name_the_connector_the_value_and_the_way_out(make, says):
    with pytest.raises(DescriptionError, match=says):
        make()
