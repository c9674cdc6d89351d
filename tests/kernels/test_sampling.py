from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.kernels import sampling, sampling_numba, transpose
from engram.kernels.sampling import NO_HOLE

HOLE = st.one_of(st.just(NO_HOLE), st.integers(-40, 40))
SIZE = st.integers(1, 40)
SEED = st.integers(0, 2**64 - 1)


def both_ways(module, function, *args):
    """The function's arrays, once from Python and once compiled, after checking they agree."""
    out = []
    with pytest.MonkeyPatch.context() as patch:
        for limit in (math.inf, -1):
            patch.setattr(module, "COMPILE_ABOVE", limit)
            out.append(function(*args))
    for slow, fast in zip(*out, strict=True):
        np.testing.assert_array_equal(slow, fast)
        assert slow.dtype == fast.dtype
    return out[0]


def check_structure(indptr, column, n_rows, n_columns, hole):
    assert (indptr.dtype, column.dtype) == (np.int64, np.uint32)
    assert (indptr.size, indptr[0], indptr[-1]) == (n_rows + 1, 0, column.size)
    row = transpose.rows_of(indptr).astype(np.int64)
    assert (np.diff(row * n_columns + column) > 0).all()  # ascending and distinct in each row
    assert (column < n_columns).all()
    assert (column != row + hole).all()


@settings(max_examples=100, deadline=None)
@given(SIZE, SIZE, st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0, 1e-300])), HOLE, SEED)
def test_bernoulli(n_rows, n_columns, p, hole, seed):
    got = both_ways(sampling, sampling.bernoulli, n_rows, n_columns, p, hole, seed, 7)
    check_structure(*got, n_rows, n_columns, hole)


@settings(max_examples=100, deadline=None)
@given(SIZE, st.integers(2, 40), st.floats(0, 1), HOLE, SEED)
def test_fixed(n_rows, n_columns, share, hole, seed):
    n = int(share * (n_columns - 1))  # up to every column but a possible hole
    got = both_ways(sampling, sampling.fixed, n_rows, n_columns, n, hole, seed, 7)
    check_structure(*got, n_rows, n_columns, hole)
    assert (np.diff(got[0]) == n).all()


@settings(max_examples=60, deadline=None)
@given(SIZE, SIZE, st.integers(2, 3), st.sampled_from([0.3, 1.0]), st.integers(0, 2),
       st.booleans(), HOLE, SEED)
def test_by_distance(n_rows, n_columns, dimensions, p_max, profile, periodic, hole, seed):
    place = np.random.default_rng(seed).uniform
    source, target = place(size=(n_rows, dimensions)), place(size=(n_columns, dimensions))
    box = np.full(dimensions, 1.0 if periodic else 0.0)
    got = both_ways(sampling, sampling.by_distance, source, target, box, profile, p_max, 0.4, hole,
                    seed, 7)
    check_structure(*got, n_rows, n_columns, hole)


def test_a_sparse_fixed_row_is_sorted_too():
    # 2 of 9000 columns: the compiled kernel sorts here instead of reading the bits off in order
    got = both_ways(sampling, sampling.fixed, 50, 9000, 2, 3, 1, 7)
    check_structure(*got, 50, 9000, 3)


def test_the_number_of_threads_changes_nothing(monkeypatch):
    monkeypatch.setattr(sampling, "COMPILE_ABOVE", -1)
    runs = []
    for workers in (1, 3):
        monkeypatch.setattr(sampling_numba.numba.config, "NUMBA_NUM_THREADS", workers)
        runs.append((*sampling.bernoulli(97, 50, 0.2, 0, 1, 7),
                     *sampling.fixed(97, 50, 9, 0, 1, 7)))
    for one, three in zip(*runs, strict=True):
        np.testing.assert_array_equal(one, three)


def test_rows_do_not_depend_on_how_many_there_are():
    few, many = (sampling.fixed(n, 30, 4, NO_HOLE, 1, 7)[1] for n in (5, 9))
    np.testing.assert_array_equal(few, many[:few.size])


@pytest.mark.parametrize("change", [{"seed": 2}, {"obj": 8}, {"seed": 1 + 2**32}])
def test_seed_and_object_matter(change):
    base = dict(n_rows=20, n_columns=50, p=0.3, hole=NO_HOLE, seed=1, obj=7)
    a, b = sampling.bernoulli(**base)[1], sampling.bernoulli(**{**base, **change})[1]
    assert not np.array_equal(a, b)


@pytest.mark.parametrize("p", [0.01, 0.5, 0.97])
def test_every_bernoulli_entry_is_equally_likely(p):
    n, columns = 6000, 40
    indptr, column = sampling.bernoulli(n, columns, p, NO_HOLE, 3, 7)
    spread = math.sqrt(p * (1 - p) / n)
    each = np.bincount(column, minlength=columns) / n
    assert (abs(each - p) < 4.5 * spread).all()  # 40 columns at once, so a little above four sigma
    assert abs(column.size / (n * columns) - p) < 4 * spread / math.sqrt(columns)
    degrees, var = np.diff(indptr), columns * p * (1 - p)
    # binomial variance, with the standard error that its fourth moment gives
    error = math.sqrt((2 * var**2 + var * (1 - 6 * p * (1 - p))) / n)
    assert abs(degrees.var() - var) < 4 * error


def test_every_set_of_a_fixed_row_is_equally_likely():
    n = 15_000
    column = sampling.fixed(n, 6, 3, NO_HOLE, 3, 7)[1].reshape(n, 3)
    sets, counts = np.unique(column, axis=0, return_counts=True)
    assert len(sets) == math.comb(6, 3)
    spread = math.sqrt(n / 20 * (1 - 1 / 20))
    assert (abs(counts - n / 20) < 4 * spread).all()


def test_connection_falls_with_distance_as_the_profile_says():
    n = 20_000  # all sources at one place, targets at a few distances
    source, target = np.zeros((n, 2)), np.array([[0.0, 0.5], [1.0, 0.0], [0.0, 2.0], [3.0, 4.0]])
    d = np.array([0.5, 1.0, 2.0, 5.0])
    laws = {sampling.GAUSSIAN: np.exp(-d**2 / 2 / 1.5**2), sampling.EXPONENTIAL: np.exp(-d / 1.5),
            sampling.STEP: d <= 1.5}
    for profile, law in laws.items():
        _, column = sampling.by_distance(source, target, np.zeros(2), profile, 0.8, 1.5, NO_HOLE,
                                         3, 7)
        expected = 0.8 * law
        spread = np.sqrt(expected * (1 - expected) / n)
        assert (abs(np.bincount(column, minlength=4) / n - expected) <= 4 * spread).all()


def test_distance_goes_the_short_way_round():
    assert sampling.distance([0.1, 0.0], [0.9, 0.0], [1.0, 1.0]) == pytest.approx(0.2)
    assert sampling.distance([0.1, 0.0], [0.9, 0.0], [0.0, 1.0]) == pytest.approx(0.8)
    assert sampling.distance([0.0, 0.0, 0.0], [1.0, 2.0, 2.0], [0.0] * 3) == 3.0


@settings(max_examples=60, deadline=None)
@given(SIZE, SIZE, SEED)
def test_transpose_is_the_column_view(n_pre, n_post, seed):
    rng = np.random.default_rng(seed)
    indptr = np.concatenate(([0], np.cumsum(rng.integers(0, 9, n_pre))))
    post = rng.integers(0, n_post, indptr[-1]).astype(np.uint32)  # unsorted, with multapses
    begin, pre, perm = both_ways(transpose, transpose.transpose, indptr, post, n_post)
    rows = transpose.rows_of(indptr)
    np.testing.assert_array_equal(rows[perm], pre)
    np.testing.assert_array_equal(post[perm], transpose.rows_of(begin))
    key = post[perm].astype(np.int64) * (post.size + 1) + perm
    assert (np.diff(key) > 0).all()  # by column, then in the order of the rows
    flipped = both_ways(transpose, transpose.flip, indptr, post, n_post)
    np.testing.assert_array_equal(flipped[0], begin)
    np.testing.assert_array_equal(flipped[1], pre)


@settings(max_examples=60, deadline=None)
@given(SIZE, SIZE, st.integers(0, 60), SEED)
def test_row_order_is_the_stable_sort(n_pre, n_post, n, seed):
    rng = np.random.default_rng(seed)
    pre, post = (rng.integers(0, k, n).astype(np.uint32) for k in (n_pre, n_post))
    truth = sorted(range(n), key=lambda k: (pre[k], post[k]))
    got = [None, None]
    with pytest.MonkeyPatch.context() as patch:
        for k, limit in enumerate((10**9, -1)):
            patch.setattr(transpose, "COMPILE_ABOVE", limit)
            got[k] = transpose.row_order(pre, post, n_pre, n_post)
    for order in got:
        if order is None:
            assert truth == list(range(n))
        else:
            assert order.tolist() == truth
