"""Calcium of cells on grids of any shape against an integration of the equations by SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conformance.compare import TOLERANCE, differences
from scipy.integrate import solve_ivp

import engram as eg
from engram import ms
from engram.models.astrocyte import BEFORE, CA_DIFFUSION, GCHI, IP3_DIFFUSION, LI_RINZEL
from engram.simulator.positions import grid
from engram.simulator.units import second, umolar

START = {"ca": 0.06*umolar}


def sheet(rows: int, cols: int, ip3: Any, d: float, clock: int = 1, box: Any = None) -> Any:
    """Cells on a grid with given IP3 (umolar), calcium diffusing at `d` a second; 5 ms steps."""
    at = grid(rows, cols)
    near = eg.DistanceDependent("step", 1.0, 1.0, at, at, box, self_connections=False)
    return eg.Network(
        [eg.Population("cells", rows*cols, LI_RINZEL, {"ip3": ip3*umolar}, START, clock=clock)],
        [eg.Projection("diffusion", "cells", "cells", near, CA_DIFFUSION, {"d": d/second}),
         eg.Projection("before", "cells", "cells", eg.OneToOne(), BEFORE)],
        probes=[eg.SpikeProbe("cells"), eg.StateProbe("cells", ["ca", "h"], every=10)], dt=5*ms)


def exact(rows: int, cols: int, ip3: Any, d: float, times: Any, around: bool = False) -> Any:
    """ca (times, cells), umolar, from the equations written out once more."""
    def slope(_: float, y: Any) -> Any:
        ca, h = y.reshape(2, -1)
        m, q = ip3/(ip3 + 0.13)*ca/(ca + 0.08), 1.05*(ip3 + 0.13)/(ip3 + 0.9434)
        table, more = ca.reshape(rows, cols), np.zeros((rows, cols))
        for axis, n in enumerate((rows, cols)):
            for way in (1, -1):
                other = np.roll(table, way, axis)
                if not around:  # what has come round from the other edge
                    edge = [slice(None)]*2
                    edge[axis] = 0 if way == 1 else n - 1
                    other[tuple(edge)] = table[tuple(edge)]
                more += other - table
        return np.concatenate((
            (6*m**3*h**3 + 0.1)*(2 - 1.18*ca) - 0.9*ca**2/(ca**2 + 0.05**2) + d*more.ravel(),
            0.2*(q + ca)*(q/(q + ca) - h)))
    n = rows*cols
    return solve_ivp(slope, (0, times[-1]), np.concatenate((np.full(n, 0.06), np.full(n, 0.9))),
                     t_eval=times, rtol=1e-9, atol=1e-11, method="LSODA").y[:n].T


@pytest.mark.parametrize(("rows", "cols", "d", "clock"), [
    (1, 1, 0.0, 1), (1, 1, 0.0, 10), (3, 5, 0.05, 1), (5, 2, 0.1, 3)])
def test_calcium_on_a_grid_is_that_of_the_equations(rows: int, cols: int, d: float,
                                                    clock: int) -> None:
    ip3 = np.linspace(0.2, 1.4, rows*cols) if rows*cols > 1 else np.array([0.7])
    run = eg.simulate(sheet(rows, cols, ip3, d, clock), 6*second)
    found = run.states["cells"].traces["ca"].values*1e3
    steps = np.arange(len(found))*10  # recorded at the end of these steps
    times = (steps//clock + 1)*clock*0.005
    truth = exact(rows, cols, ip3, d, times)
    assert truth.max() > 0.4, "calcium must rise to mean anything"
    # Runge-Kutta errs with the fourth power of the step; a coupling is a step late, which moves
    # upstrokes of 3 umolar a second by some 3 ms. Without diffusion 0.9 would differ
    np.testing.assert_allclose(found, truth, atol=0.01 if d else 2e-8*clock**4)


def test_a_torus_has_no_edge() -> None:
    ip3 = np.array([1.0, *[0.3]*14])
    run = eg.simulate(sheet(3, 5, ip3, 0.1, box=(5, 3)), 3*second)
    found = run.states["cells"].traces["ca"].values*1e3
    truth = exact(3, 5, ip3, 0.1, (np.arange(len(found))*10 + 1)*0.005, around=True)
    np.testing.assert_allclose(found, truth, atol=2e-3)  # as above
    np.testing.assert_allclose(found[:, 1], found[:, 4], rtol=1e-12)
    np.testing.assert_allclose(found[:, 5], found[:, 10], rtol=1e-12)


@pytest.mark.parametrize("backend", ["numba", "torch", "brian2"])
def test_other_backends(backend: str) -> None:
    network = sheet(2, 3, np.linspace(0.3, 1.2, 6), 0.2, 2)
    runs = [eg.simulate(network, 4*second, backend=b) for b in ("reference", backend)]
    assert len(runs[0].spikes["cells"]) > 3
    assert differences(runs[1], runs[0], TOLERANCE[
        "brian2" if backend == "brian2" else "reference"]) == []


def test_ip3_diffuses_as_its_modes_decay() -> None:
    """On a ring of n the wave of length n falls with 2 d (1 - cos(2 pi / n)) a second.

    Everything that makes and takes IP3 is off. Euler's steps of the coupling: (1 - rate dt)^k.
    """
    n, at = 6, grid(1, 6)
    off = {name: 0*umolar/second for name in ("o_beta", "o_delta", "o_3k")}
    wave = np.cos(2*np.pi*np.arange(n)/n)
    run = eg.simulate(eg.Network(
        [eg.Population("cells", n, GCHI, {**off, "omega_5p": 0/second},
                       {"ip3": (1 + 0.5*wave)*umolar})],
        [eg.Projection("gap", "cells", "cells", eg.DistanceDependent(
            "step", 1.0, 1.0, at, at, (6, 0), self_connections=False), IP3_DIFFUSION,
            {"d": 0.4/second})],
        probes=[eg.SpikeProbe("cells"), eg.StateProbe("cells", "ip3")], dt=10*ms), 3*second,
        backend="reference")
    found = run.states["cells"].traces["ip3"].values*1e3
    left = (1 - 0.01*2*0.4*(1 - np.cos(2*np.pi/n)))**np.arange(1, len(found) + 1)
    np.testing.assert_allclose(found, 1 + 0.5*left[:, None]*wave, rtol=1e-12)
