from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engram.kernels import philox, philox_numba

# Known answers distributed with Random123 (kat_vectors, philox4x32 with 10 rounds).
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
     (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
]
SEED, OBJ, STEP, INDEX, DRAW = (st.integers(0, 2**b - 1) for b in (64, 32, 48, 32, 16))


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers_in_ints_arrays_and_compiled(counter, key, answer):
    assert philox.philox4x32(*counter, *key) == answer
    wide = [np.array([x], np.uint64) for x in (*counter, *key)]
    assert tuple(int(w[0]) for w in philox.philox4x32(*wide)) == answer
    assert philox_numba.philox_nb(*(np.uint64(x) for x in (*counter, *key))) == answer


def test_counter_layout():
    got = philox.words((7 << 32) | 9, 11, (5 << 32) | 3, 2, 4)
    assert got == philox.philox4x32(2, 3, 11, 4 | (5 << 16), 9, 7)


@settings(max_examples=300, deadline=None)
@given(SEED, OBJ, STEP, INDEX, DRAW)
def test_compiled_twins_are_bit_identical(seed, obj, step, index, draw):
    k0, k1 = (np.uint32(k) for k in philox.key(seed))
    args = k0, k1, np.uint32(obj), np.int64(step), np.int64(index), np.int64(draw)
    assert philox_numba.uniform_nb(*args) == philox.uniform(seed, obj, step, index, draw)
    assert philox_numba.normal_nb(*args) == philox.normal(seed, obj, step, index, draw)


@pytest.mark.parametrize("draw_numbers", [philox.uniform, philox.normal])
def test_arrays_broadcast_to_the_scalar_values(draw_numbers):
    step, index = np.array([[0], [2**32 - 1], [2**32 + 5], [2**47]]), np.array([0, 1, 2**31])
    got = draw_numbers(3, 8, step, index, 1)
    assert got.shape == (4, 3)
    assert got.dtype == np.float64
    for (a, b), value in np.ndenumerate(got):
        assert value == draw_numbers(3, 8, int(step[a, 0]), int(index[b]), 1)
    assert draw_numbers(3, 8, 5, np.arange(0)).shape == (0,)
    assert draw_numbers(3, 8, np.int64(2**40), 7) == draw_numbers(3, 8, 2**40, 7)


def test_every_part_of_the_key_matters():
    base = dict(seed=1, obj=2, step=3, index=4, draw=5)
    changed = [base] + [{**base, k: v + d} for k, v in base.items() for d in (1, 1 << 8)]
    changed += [{**base, "seed": 1 + 2**32}, {**base, "step": 3 + 2**32}]
    assert len({philox.uniform(**c) for c in changed}) == len(changed)


def test_unit_reaches_its_ends_and_no_further():
    assert philox.unit(0, 0) == 2.0**-54
    assert philox.unit(2**32 - 1, 2**32 - 1) == 1.0  # 2^53 - 1/2 rounds up: documented


def test_moments():
    n = 200_000
    u = philox.uniform(12, 1, np.arange(n), 0)
    z = philox.normal(12, 1, np.arange(n), 0)
    sigma = 4 / math.sqrt(n)  # four standard errors of each estimate below
    assert abs(u.mean() - 0.5) < sigma * math.sqrt(1 / 12)
    assert abs(u.var() - 1 / 12) < sigma * math.sqrt(1 / 180)
    assert abs(z.mean()) < sigma
    assert abs(z.var() - 1) < sigma * math.sqrt(2)
    assert abs((z**4).mean() - 3) < sigma * math.sqrt(96)
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < sigma


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_that_does_not_fit_is_refused(seed):
    with pytest.raises(ValueError, match="64 bits"):
        philox.key(seed)


def test_object_id_is_crc32():
    assert philox.object_id("123456789") == 0xCBF43926  # the standard check value of CRC-32
