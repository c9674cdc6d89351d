"""Given values: numbers, arrays in the connector's order, and texts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tiny import ADD, SUM, join, network, sources

import engram as eg
from engram import ms, mV
from engram.kernels.philox import normal, object_id, uniform
from engram.simulator.lower import lower

CELL = eg.NeuronModel("cell", "v : volt\na : 1\nb : 1\ntau : second", update="v = v",
                      defaults={"v": "a*b*mV", "a": 2, "b": "a + 1", "tau": 10 * ms})


def values(name, seed=0, size=4, **given):
    """The start of a state variable or a constant of a population."""
    (p,) = lower(eg.Network([eg.Population("p", size, CELL, given)]), seed=seed).populations
    v = p.state.get(name, p.constants.get(name))
    return np.broadcast_to(v, size).tolist()


def test_texts_read_other_values_and_the_index():
    assert values("v") == pytest.approx([0.006] * 4)
    assert values("v", a="i") == pytest.approx([0, 0.002, 0.006, 0.012])
    assert values("v", v="i*mV", a=5) == pytest.approx([0, 0.001, 0.002, 0.003])
    assert values("v", v="N*mV + 0*t*mV/ms") == pytest.approx([0.004] * 4)
    assert values("v", v=[1, 2, 3, 4] * mV) == pytest.approx([0.001, 0.002, 0.003, 0.004])
    assert values("v", size=0, v="rand()*mV") == []


def test_draws_are_the_generators_own_and_keyed_by_name_and_seed():
    got = values("v", seed=9, v="1*mV*rand() + 2*mV*randn()")
    stream = object_id("population 'p'.v")
    i = np.arange(4)
    assert got == pytest.approx(0.001 * uniform(9, stream, 0, i, 1)
                                + 0.002 * normal(9, stream, 0, i, 2), rel=1e-15)
    assert got != values("v", seed=10, v="1*mV*rand() + 2*mV*randn()")
    assert values("v", v="mV*rand()") != values("v", v="mV*(0*rand() + rand())")


def test_draws_have_their_law():
    u = np.array(values("v", size=20_000, v="mV*rand()")) / 1e-3
    z = np.array(values("v", size=20_000, v="mV*randn()")) / 1e-3
    assert u.mean() == pytest.approx(0.5, abs=4 / math.sqrt(12 * 20_000))
    assert z.mean() == pytest.approx(0, abs=4 / math.sqrt(20_000))
    assert z.var() == pytest.approx(1, rel=4 * math.sqrt(2 / 20_000))


def weights(given, connector, dt=1 * ms, **more):
    net = network([sources("a", (0,), (0,), (0,)), eg.Population("b", 4, SUM)],
                  [join("ab", "a", "b", ADD, connector, parameters={"w": given}, **more)])
    (q,) = lower(net).projections
    pre = np.repeat(np.arange(3), np.diff(q.indptr))
    return {(int(i), int(j)): float(w) for i, j, w in zip(
        pre, q.post, np.broadcast_to(q.constants["w"], q.post.shape), strict=True)}


def test_arrays_follow_the_connectors_order_and_texts_the_indices():
    c = eg.FromArrays([2, 0, 1], [3, 1, 2])
    assert weights([10, 20, 30], c) == {(2, 3): 10, (0, 1): 20, (1, 2): 30}
    assert weights("10*i + j", c) == {(2, 3): 23, (0, 1): 1, (1, 2): 12}
    assert weights(7, c) == {(2, 3): 7, (0, 1): 7, (1, 2): 7}


def test_indices_in_texts_are_those_of_the_views():
    net = network([sources("a", (0,), (0,), (0,)), eg.Population("b", 4, SUM)],
                  [join("ab", eg.View("a", 1, 3), eg.View("b", 2, 4), ADD,
                        parameters={"w": "10*i + j"})])
    (q,) = lower(net).projections
    assert q.constants["w"].tolist() == [0, 1, 10, 11]
    assert q.post.tolist() == [2, 3, 2, 3]
    assert q.indptr.tolist() == [0, 0, 2, 4]


def test_single_precision_is_for_synapses_only():
    net = network([sources("a", (0,)), eg.Population("b", 4, SUM)],
                  [join("ab", "a", "b", parameters={"w": [0.1, 0.2, 0.3, 0.4]})])
    plan = lower(net, dtype=np.float32)
    assert plan.projections[0].constants["w"].dtype == np.float32
    assert plan.populations[1].state["v"].dtype == np.float64


def test_an_infinite_time_constant_is_a_value_and_nan_is_none():
    assert values("v", v="mV/0") == [math.inf] * 4
    for wrong in ("0*mV/0", "mV*log(i - 2)"):
        with pytest.raises(eg.DescriptionError, match=r"population 'p'.*v.*gives NaN"):
            values("v", v=wrong)
