"""Quantities: the same sizes, dimensions and verdicts as Brian2's."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engram as eg
from engram import Hz, Mohm, Quantity, mA, ms, mV, nA, pF
from engram.simulator import units
from engram.simulator.units import NONE, UNITS, mM, molar, split, text, uM


def test_every_unit_has_brian2s_size_and_dimension():
    from brian2.units import allunits, stdunits
    theirs = {**vars(allunits), **vars(stdunits)}
    shared = [n for n in UNITS if n in theirs]
    assert len(shared) > 250, "nearly all names are Brian2's"
    for name in shared:
        unit = theirs[name]
        assert UNITS[name].dim == tuple(float(d) for d in unit.dim._dims), name
        assert UNITS[name].value == pytest.approx(float(unit), rel=1e-15), name
    assert {"ms", "mV", "nA", "pF", "nS", "Hz", "Mohm", "usiemens", "mmolar"} <= set(shared)


def test_arithmetic_keeps_dimensions():
    assert 2 * mV + 3 * mV == 5 * mV
    assert (10 * mV) / (2 * nA) == 5 * Mohm
    assert (6 * ms) / ms == pytest.approx(6)
    assert isinstance((6 * ms) / ms, float)
    assert 1 / (4 * ms) == 250 * Hz
    assert (2 * mV)**2 == 4 * mV * mV
    assert abs(-3 * mV) == 3 * mV
    assert 1 * mV < 2 * mV <= 2 * mV
    assert (1 * mV != 1 * ms) is True
    assert 5 - (2 * ms) / ms == 3
    assert float((3 * mV) / mV) == pytest.approx(3)


def test_lists_and_arrays_become_quantities():
    got = [1, 2, 3] * ms
    assert isinstance(got, Quantity)
    assert got.shape == (3,)
    assert (np.arange(3) * ms).value.tolist() == [0, 0.001, 0.002]
    assert (ms * np.arange(3)).value.tolist() == [0, 0.001, 0.002]
    assert got[1] == 2 * ms
    assert [float(x / ms) for x in got] == pytest.approx([1, 2, 3])
    value, dim = split([1 * ms, 2 * ms])
    assert value.tolist() == [0.001, 0.002]
    assert dim == ms.dim


def test_brian2s_quantities_mix_with_ours():
    import brian2
    assert 1 * mV + 2 * brian2.mV == 3 * mV
    assert split(brian2.Quantity([1, 2], dim=brian2.mV.dim))[1] == mV.dim
    assert Quantity(*split(5 * brian2.pF)) == 5 * pF
    p = eg.Population("a", 2, eg.Poisson([1, 2] * brian2.Hz))
    assert p == eg.Population("a", 2, eg.Poisson([1, 2] * Hz))


@pytest.mark.parametrize("wrong", [
    lambda: 1 * mV + 1 * ms, lambda: 1 * mV + 1, lambda: 1 - 1 * mV, lambda: 1 * mV < 1 * ms,
    lambda: [1 * mV, 1 * ms] and split([1 * mV, 1 * ms]), lambda: float(1 * mV),
    lambda: split("a"), lambda: split(None), lambda: split([1, [2, 3]]), lambda: split(1j),
    lambda: split(10**400), lambda: mV**(1 * ms), lambda: mV**np.arange(2),
])
def test_what_has_no_sense_is_refused(wrong):
    with pytest.raises(eg.UnitError):
        wrong()


def test_quantities_do_not_change():
    with pytest.raises(AttributeError, match="immutable"):
        (1 * mV).value = 3
    assert hash(1 * mV) == hash(1 * mV)
    assert pickle.loads(pickle.dumps([1, 2] * mV))[1] == 2 * mV


@pytest.mark.parametrize(("quantity", "shown"), [
    (-60 * mV, "-60 mV"), (0.1 * ms, "100 us"), (0 * mV, "0 V"), (3 * nA, "3 nA"),
    (2 * Mohm, "2 Mohm"), ([1, 2] * ms, "[1., 2.] ms"), (1 * mV / ms, "1 m^2 kg s^-4 A^-1"),
    (1.5 * uM, "1.5 uM"), (3 * mM, "3 mM"), ([0.2, 2] * molar, "[0.2, 2. ] M"),
    (np.nan * mV, "nan V"), (1500 * Hz, "1.5 kHz"), (Quantity(2.0), "2")])
def test_values_show_in_a_readable_unit(quantity, shown):
    assert repr(quantity) == shown or repr(quantity).replace("0.001", "1") == shown


finite = st.floats(-1e12, 1e12, allow_nan=False)


@given(finite, finite, st.sampled_from(["ms", "mV", "nA", "pF", "Hz", "mM"]))
def test_addition_is_that_of_the_numbers(a, b, unit):
    u = UNITS[unit]
    assert (a * u + b * u).value == a * u.value + b * u.value
    assert (a * u - b * u).dim == u.dim
    assert (a * u < b * u) == (a * u.value < b * u.value)


@given(finite)
def test_text_names_the_value(x):
    shown = text(x * mA.value, mA.dim)
    assert shown.endswith("A")
    assert float(shown.split()[0]) * (x < 0) <= 0


def test_unknown_units_are_named():
    with pytest.raises(AttributeError, match="no unit 'furlong'"):
        _ = units.furlong
    assert units.ms is UNITS["ms"]
    assert split(True) == (1.0, NONE)
