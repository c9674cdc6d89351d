"""A summed variable that another line of the same synapse reads is the sum, not the summand."""

from __future__ import annotations

import numpy as np
import pytest

import engram as eg
from engram import ms

COUNT = eg.NeuronModel("count", "x : 1\nback : 1", update="x = x + 1",
                       defaults={"x": 0, "back": 0})
SINK = eg.NeuronModel("sink", "c : 1", defaults={"c": 0})


def network(text: str) -> eg.Network:
    return eg.Network(
        [eg.Population("count", 3, COUNT), eg.Population("sink", 2, SINK)],
        [eg.Projection("p", "count", "sink", eg.AllToAll(), eg.SynapseModel("p", text))],
        probes=[eg.StateProbe("count", "back"), eg.StateProbe("sink", "c")], dt=1*ms)


@pytest.mark.parametrize("backend", ["reference", "numba", "brian2", "torch"])
def test_there_and_back_takes_two_steps(backend: str) -> None:
    run = eg.simulate(network("c_post = x_pre : 1 (summed)\nback_pre = c_post : 1 (summed)"),
                      6*ms, backend=backend)
    k = np.arange(6)
    there = 3*k  # x is k + 1 at the end of step k, and three of them are summed a step later
    np.testing.assert_array_equal(run.states["sink"].traces["c"].values,
                                  np.stack([there]*2, axis=1))
    back = 2*np.where(k > 0, 3*(k - 1), 0)
    np.testing.assert_array_equal(run.states["count"].traces["back"].values,
                                  np.stack([back]*3, axis=1))


def test_two_sums_may_read_each_other() -> None:
    run = eg.simulate(network("c_post = back_pre + 1 : 1 (summed)\n"
                              "back_pre = c_post : 1 (summed)"), 5*ms, backend="reference")
    c, back = [0.0], [0.0]  # before the first step
    for _ in range(5):
        c, back = [*c, 3*(back[-1] + 1)], [*back, 2*c[-1]]
    np.testing.assert_array_equal(run.states["sink"].traces["c"].values[:, 0], c[1:])
    np.testing.assert_array_equal(run.states["count"].traces["back"].values[:, 0], back[1:])
