from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from engram.kernels.elementary import NAMES, NUMPY
from engram.kernels.elementary_many import COMPILE_ABOVE, compiled, for_many

RNG = np.random.default_rng(11)
EDGES = np.array([0.0, 1.0, 2.0, 0.5, 2.0**-1022, 2.0**-1074, 2.0**-54, 1e-8, 40.0, 60.0, 708.4,
                  709.79, 710.0, 712.0, 720.0, 745.2, 746.0, 800.0, 0.4142135623730951,
                  2.414213562373095, np.sqrt(0.5), np.pi / 4, np.pi / 2, 2.0**25, 1e16, 3e15, 1e100,
                  1e290, 1e300, 2.0**996, np.inf, np.nan])
NEAR = np.concatenate([EDGES, *(np.nextafter(EDGES, to) for to in (-np.inf, np.inf))])
SIGNED = np.concatenate([NEAR, -NEAR])
QUIET, SIGNALLING = 0x7FF8000000000ABC, 0x7FF0000000000ABC
NANS = np.array([QUIET, SIGNALLING, QUIET - 2**63, SIGNALLING - 2**63], np.int64).view(np.float64)
VALUES = np.concatenate([
    SIGNED, NANS, RNG.integers(-2**63, 2**63 - 1, 700_000).view(np.float64),
    RNG.uniform(-750, 720, 150_000), RNG.uniform(-2, 2, 150_000),
    RNG.integers(0, 2**52, 20_000).view(np.float64)])  # the last are subnormal


def points(name):
    if name != "power":
        return (VALUES,)
    x = np.concatenate([np.repeat(SIGNED, SIGNED.size), VALUES, abs(VALUES)])
    y = np.concatenate([np.tile(SIGNED, SIGNED.size), RNG.permutation(VALUES),
                        RNG.uniform(-20, 20, VALUES.size)])
    return x, y


@pytest.mark.parametrize("name", NAMES)
def test_the_bits_are_those_of_the_reference(name):
    x = points(name)
    got, wanted = compiled(name)(*x), NUMPY[name](*x)
    same = (got.view(np.int64) == wanted.view(np.int64)) | (np.isnan(got) & np.isnan(wanted))
    bad = np.flatnonzero(~same)
    assert not bad.size, (name, *(a[bad[0]] for a in x), got[bad[0]], wanted[bad[0]])
    assert np.isfinite(wanted).sum() > 1000


def test_shapes_and_kinds_are_those_of_the_reference():
    exp, power = compiled("exp"), compiled("power")
    assert exp(1) == NUMPY["exp"](1)
    assert isinstance(exp(1), float)
    assert exp(np.zeros((3, 0))).shape == (3, 0)
    assert exp([[1, 2], [3, 4]]).tolist() == NUMPY["exp"]([[1, 2], [3, 4]]).tolist()
    x = RNG.uniform(0, 9, (7, 5))
    np.testing.assert_array_equal(exp(x.T), exp(x).T)
    np.testing.assert_array_equal(exp(x[::2, ::-1]), exp(x)[::2, ::-1])
    np.testing.assert_array_equal(power(x, np.arange(5)), NUMPY["power"](x, np.arange(5)))
    np.testing.assert_array_equal(power(2.0, x), NUMPY["power"](2.0, x))


def test_few_numbers_stay_with_numpy():
    assert for_many("tanh", COMPILE_ABOVE) is NUMPY["tanh"]
    assert for_many("tanh", COMPILE_ABOVE + 1) is compiled("tanh")


SMALL = """
import sys
import numpy as np
from engram.models.astrocyte import NeuronAstrocyteMemory
pattern = np.where(np.arange(20) % 3, 1, -1)
assert (NeuronAstrocyteMemory([pattern]).recall(pattern, 5) == pattern).all()
assert "numba" not in sys.modules
"""


def test_a_small_memory_does_not_wait_for_numba():
    subprocess.run([sys.executable, "-c", SMALL], check=True)
