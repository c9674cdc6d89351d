"""Astrocytes against the published examples, run independently, and their own laws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conformance.compare import TOLERANCE, differences

import engram as eg
from engram import ms
from engram.models.astrocyte.gchi import BEFORE, GAP_JUNCTION, GCHI, GCHI_NOISY
from engram.models.astrocyte.stimberg import activated_cell, ring
from engram.simulator.units import second, umolar

CELL = ["ca", "ip3", "h", "gamma_a"]

FIGURE_2 = {1000: (0.052212, 0.004073, 0.895415, 0.0), 2000: (0.052408, 0.009284, 0.889323, 0.0),
            2500: (0.61993, 1.570235, 0.876203, 0.408197),
            3000: (1.142192, 0.84981, 0.805908, 0.061922),
            4000: (0.76475, 0.076228, 0.671473, 0.001296),
            5000: (0.669315, 0.328488, 0.6123, 0.036808)}
"""ms: ca and ip3 (umolar), h, gamma_a of the published program, run by its own simulator."""


def values(run: Any, population: str) -> Any:
    """Traces as (variable, time, cell), concentrations in umolar."""
    traces = run.states[population].traces
    return np.stack([t.values * (1e3 if n in ("ca", "ip3", "g_a") else 1)
                     for n, t in traces.items()])


def test_the_activated_cell_of_figure_2() -> None:
    run = eg.simulate(activated_cell([eg.StateProbe("astrocyte", CELL)]), 30*second)
    found = values(run, "astrocyte")[:, :, 0]
    for at, expected in FIGURE_2.items():  # a value at time t is that of the end of the step before
        np.testing.assert_allclose(found[:, at - 1], expected, atol=1e-3)
    ca, ip3, _, gamma = found
    assert ca.max() == pytest.approx(1.16080, abs=1e-3)
    assert ca.argmax() + 1 == pytest.approx(3147, abs=1)
    assert ip3.max() == pytest.approx(2.25947, abs=1e-3)
    assert gamma.max() == pytest.approx(0.94857, abs=1e-3)


def test_the_published_step_is_not_yet_the_limit() -> None:
    """Runge-Kutta differs from Euler at 1 ms, so that the numbers above are those of Euler."""
    probes = [eg.StateProbe("astrocyte", CELL, every=500)]
    euler, rk4 = (values(eg.simulate(activated_cell(probes, m), 2500*ms, backend="reference"),
                         "astrocyte") for m in ("euler", "rk4"))
    assert 1e-5 < np.abs(euler - rk4).max() < 1e-2


def small(model: Any = GCHI, **more: Any) -> Any:
    """Two coupled cells held at an oscillating level of IP3, which release; 10 ms steps."""
    both = eg.FromArrays([0, 1], [1, 0])
    return eg.Network(
        [eg.Population("cells", 2, model, {"f_ex": 2*umolar/second, "o_beta": 0*umolar/second,
                                           "ip3_bias": np.array([0.8, 1.25])*umolar, **more},
                       {"ip3": 0.4*umolar})],
        [eg.Projection("gap", "cells", "cells", both, GAP_JUNCTION),
         eg.Projection("before", "cells", "cells", eg.OneToOne(), BEFORE)],
        probes=[eg.SpikeProbe("cells"), eg.StateProbe("cells", ["ca", "ip3", "h", "g_a", "j_gap"])],
        dt=10*ms)


@pytest.fixture(scope="module")
def truth() -> Any:
    return eg.simulate(small(), 6*second, backend="reference")


def test_release_is_once_a_passage_and_of_the_known_size(truth: Any) -> None:
    ca, _, h, g_a, _ = values(truth, "cells")
    up = (ca[1:] > 0.5) & (ca[:-1] <= 0.5)
    at = np.argwhere(up) + np.array([1, 0])
    np.testing.assert_array_equal(np.stack([truth.spikes["cells"].step, truth.spikes["cells"].i],
                                           axis=1), at)
    assert len(at) >= 2
    assert ca.max() > 0.5
    first = at[0]
    # rho_e g_t u_a in umolar, all vesicles full; recorded at the end of the step, after the release
    assert g_a[tuple(first)] == pytest.approx(78.0, rel=1e-12)
    assert h.min() > 0
    assert h.max() < 1


def test_without_before_nothing_is_released() -> None:
    whole = small()
    silent = eg.Network(whole.populations, whole.projections[:1], probes=whole.probes, dt=10*ms)
    run = eg.simulate(silent, 3*second, backend="reference")
    ca, _, _, g_a, _ = values(run, "cells")
    assert ca.max() > 0.5, "it must pass the threshold to mean anything"
    assert len(run.spikes["cells"]) == 0
    assert not g_a.any()


def test_what_leaves_one_cell_enters_the_other(truth: Any) -> None:
    flow = truth.states["cells"].traces["j_gap"].values
    assert np.abs(flow).max() > 1e-6, "something flows"
    # the two terms are the same operations but for a sign
    np.testing.assert_array_equal(flow[:, 0], -flow[:, 1])


@pytest.mark.parametrize("backend", ["numba", "torch", "brian2"])
def test_other_backends(backend: str, truth: Any) -> None:
    found = eg.simulate(small(), 6*second, backend=backend)
    assert len(truth.spikes["cells"]) >= 2
    assert differences(found, truth, TOLERANCE[
        "brian2" if backend == "brian2" else "reference"]) == []


def test_noise_of_zero_is_euler() -> None:
    """The same step, up to the rounding of (h_inf - h)/tau_h, which is put together otherwise."""
    probes = (eg.StateProbe("cells", CELL),)
    runs = [eg.simulate(replace(small(model, **more), projections=(), probes=probes), 1*second,
                        backend="reference")
            for model, more in ((replace(GCHI, method="euler"), {}), (GCHI_NOISY, {"noise": 0}),
                                (GCHI_NOISY, {"noise": 1}))]
    plain, quiet, noisy = (values(run, "cells") for run in runs)
    np.testing.assert_allclose(quiet, plain, rtol=1e-12, atol=1e-15)
    assert np.abs(noisy - plain).max() > 1e-3


def test_a_wave_runs_around_the_ring_both_ways() -> None:
    """First passages of 0.3 umolar: 7.30 s where it is driven, 25.0 s beside that."""
    run = eg.simulate(ring(20, [eg.StateProbe("ring", "ca")], periods=3), 110*second)
    ca = values(run, "ring")[0]
    first = np.array([np.flatnonzero(ca[:, n] > 0.3)[0] + 1 for n in range(5, 16)]) * 0.05
    assert first[5] == pytest.approx(7.30, abs=0.051)
    assert first[4] == first[6] == pytest.approx(25.0, abs=0.051)
    assert first[10] - first[5] == pytest.approx(79.5, abs=3), "5 cells in about 77.6 s"
    np.testing.assert_array_equal(first, first[::-1])


def test_small_rings_join_each_pair_once() -> None:
    for cells, pairs in ((1, set()), (2, {(0, 1), (1, 0)}),
                         (3, {(a, b) for a in range(3) for b in range(3) if a != b})):
        found = ring(cells, periods=1).projection("gap").connector
        assert len(found.pre) == len(pairs)
        assert set(zip(found.pre.tolist(), found.post.tolist(), strict=True)) == pairs
    for changes in ({"cells": 0}, {"cells": 2.5}, {"periods": 0}):
        with pytest.raises(eg.DescriptionError, match=r"of a ring=.* must be a whole number"):
            ring(**changes)
