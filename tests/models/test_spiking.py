"""EIF, AdEx, Izhikevich, Hodgkin-Huxley and Traub-Miles against an independent integrator.

The right-hand sides here are written anew from the papers, in mV, ms, pA, nS and pF.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from model_runs import run_alone
from scipy.integrate import solve_ivp

from engram.models import (
    ADEX_CURR_EXP,
    EIF_CURR_EXP,
    HODGKIN_HUXLEY,
    IZHIKEVICH,
    TRAUB_MILES,
)
from engram.simulator.units import ms, mV, nA, pA


def eif(t, y):
    v, = y
    return [(-65 - v + 3.48*np.exp((v + 59.9)/3.48))/10 + 300/200]


def adex(t, y):
    v, w = y
    return [(30*(-70.6 - v) + 30*2*np.exp((v + 50.4)/2) - w + 900)/281, (4*(v + 70.6) - w)/144]


def izhikevich(t, y):
    v, u = y
    return [0.04*v**2 + 5*v + 140 - u + 10, 0.02*(0.2*v - u)]


CASES = {
    "eif": (EIF_CURR_EXP, eif, {"i_offset": 300*pA}, (("v", mV),), 0.0, 1.7, 60, 0.05),
    "adex": (ADEX_CURR_EXP, adex, {"i_offset": 900*pA}, (("v", mV), ("w", pA)), -10.0, 0.0, 150,
             0.05),
    "izhikevich": (IZHIKEVICH, izhikevich, {"i_offset": 10*mV/ms}, (("v", mV), ("u", mV/ms)), 30.0,
                   0.0, 250, 0.1)}
"""Model, slopes, parameters, variables, peak, refractory period, duration and step (ms).

From -10 mV the AdEx cell needs less than 1e-8 ms to its peak, too steep for the integrator.
"""


@pytest.mark.parametrize("case", CASES)
def test_between_spikes_the_trace_is_the_equations_own(case):
    """From the state that each spike leaves, the next comes in the step it must or in the next.

    A Runge-Kutta step into the upstroke, which blows up within it, falls short of the peak.
    """
    model, slope, parameters, variables, peak, rest, duration, dt = CASES[case]
    run = run_alone(model, parameters, duration*ms, dt*ms, tuple(n for n, _ in variables))
    states = np.array([(run.states["cells"][n]/unit)[:, 0] for n, unit in variables])
    spikes = run.spikes["cells"].step
    assert len(spikes) >= 4, "it must fire to mean anything"

    def crossing(t, y):
        return y[0] - peak
    crossing.terminal, crossing.direction = True, 1
    for first, last in pairwise(spikes):
        begin = first + round(rest/dt)
        found = solve_ivp(slope, (0, 200), states[:, begin], rtol=1e-10, atol=1e-10,
                          events=crossing, dense_output=True)
        assert last - begin - int(np.ceil(found.t_events[0][0]/dt)) in (0, 1)
        s = np.arange(begin + 1, last)
        truth = found.sol((s - begin)*dt)
        calm = truth[0] < -45  # in the upstroke, which magnifies errors, the step is the test
        assert calm.sum() > 20
        for n in range(len(variables)):  # the error of Runge-Kutta 4, near the upstroke
            np.testing.assert_allclose(states[n][s][calm], truth[n][calm], rtol=1e-5)


def test_a_spike_raises_adaptation_by_b_and_nothing_else():
    """The upstroke must not kick `w`: a (v_peak - v_rest) dt/tau_w = 0.13 pA at most."""
    run = run_alone(ADEX_CURR_EXP, {"i_offset": 900*pA}, 150*ms, 0.05*ms, ("v", "w"))
    w = (run.states["cells"]["w"]/pA)[:, 0]
    spikes = run.spikes["cells"].step
    assert len(spikes) >= 4
    np.testing.assert_allclose(w[spikes] - w[spikes - 1], 80.5, atol=0.2)
    assert np.isfinite(run.states["cells"]["v"].value).all()
    intervals = np.diff(spikes)
    assert intervals[-1] > 1.5*intervals[0], "the paper's cell adapts"


@pytest.mark.parametrize("model", [EIF_CURR_EXP, ADEX_CURR_EXP])
def test_a_huge_input_and_a_coarse_step_leave_no_nan(model):
    run = run_alone(model, {"i_offset": 1000*nA, "tau_ref": 0*ms}, 20*ms, 1*ms)
    assert len(run.spikes["cells"]) > 5
    assert np.isfinite(run.states["cells"]["v"].value).all()


def squid(current):
    """The paper's own rates, with its potential V from rest, here u = v + 65."""
    def slope(t, y):
        v, m, h, n = y
        u = v + 65
        an = 0.01*(10 - u)/np.expm1((10 - u)/10) if u != 10 else 0.1
        am = 0.1*(25 - u)/np.expm1((25 - u)/10) if u != 25 else 1.0
        bn, bm = 0.125*np.exp(-u/80), 4*np.exp(-u/18)
        ah, bh = 0.07*np.exp(-u/20), 1/(np.exp((30 - u)/10) + 1)
        return [current - 120*m**3*h*(v - 50) - 36*n**4*(v + 77) - 0.3*(v + 54.387),
                am*(1 - m) - bm*m, ah*(1 - h) - bh*h, an*(1 - n) - bn*n]
    return slope, (-65, 0.0529, 0.5961, 0.3177)


def traub(current):
    """Brette et al. 2007, appendix B, in the form with differences over exponentials."""
    def slope(t, y):
        v, m, h, n = y
        x = v + 63
        am = 0.32*(13 - x)/np.expm1((13 - x)/4)
        bm = 0.28*(x - 40)/np.expm1((x - 40)/5)
        ah, bh = 0.128*np.exp((17 - x)/18), 4/(1 + np.exp((40 - x)/5))
        an, bn = 0.032*(15 - x)/np.expm1((15 - x)/5), 0.5*np.exp((10 - x)/40)
        i = 10*(-60 - v) - 20000*m**3*h*(v - 50) - 6000*n**4*(v + 90) + current
        return [i/200, am*(1 - m) - bm*m, ah*(1 - h) - bh*h, an*(1 - n) - bn*n]
    return slope, (-60, 0.0269, 0.9913, 0.0604)


IONIC = {"squid": (HODGKIN_HUXLEY, squid(10.0), 1*nA, 0.0),  # 1 nA on 1e-4 cm^2: 10 uA/cm^2
         "traub_miles": (TRAUB_MILES, traub(500.0), 500*pA, -20.0)}


@pytest.mark.parametrize("name", IONIC)
def test_ionic_neurons_converge_to_the_equations(name):
    model, (slope, start), current, threshold = IONIC[name]
    truth = solve_ivp(slope, (0, 20), start, rtol=1e-9, atol=1e-9, dense_output=True,
                      method="LSODA", max_step=0.1)
    grid = np.arange(0, 20, 1e-3)
    v = truth.sol(grid)[0]
    crossings = grid[1:][(v[1:] > threshold) & (v[:-1] <= threshold)]
    assert len(crossings) >= 2
    errors = []
    for dt in (0.02, 0.01):
        run = run_alone(model, {"i_offset": current}, 20*ms, dt*ms, ("v", "m", "h", "n"))
        spikes = (run.spikes["cells"].step + 1)*dt
        assert len(spikes) == len(crossings)
        errors.append(np.abs(spikes - crossings).max())
        for gate in "mhn":
            value = run.states["cells"][gate]
            assert value.min() >= 0
            assert value.max() <= 1
    assert errors[1] < 0.2  # ms, after 20 ms of errors that add up
    assert errors[1] < 0.6*errors[0] + 0.01  # first order, seen through the grid of spike times


@pytest.mark.parametrize("name", IONIC)
def test_ionic_neurons_rest_and_follow_a_small_current(name):
    """Before the first spike the trace is the equations' own to 0.05 mV at dt = 0.01 ms."""
    model, (_, start), _, _ = IONIC[name]
    slope = {"squid": squid(1.0), "traub_miles": traub(10.0)}[name][0]
    run = run_alone(model, {"i_offset": {"squid": 0.1*nA, "traub_miles": 10*pA}[name]}, 8*ms,
                    0.01*ms)
    v = (run.states["cells"]["v"]/mV)[:, 0]
    truth = solve_ivp(slope, (0, 8), start, rtol=1e-9, atol=1e-9, dense_output=True)
    expected = truth.sol(0.01*np.arange(1, len(v) + 1))[0]
    assert np.ptp(expected) > 0.5, "it must move to mean anything"
    np.testing.assert_allclose(v, expected, atol=0.05)
    assert len(run.spikes["cells"]) == 0


def test_one_action_potential_counts_once_and_a_plateau_again_after_tau_ref():
    short = run_alone(HODGKIN_HUXLEY, {"i_offset": 1*nA, "tau_ref": 0.1*ms}, 12*ms, 0.02*ms)
    right = run_alone(HODGKIN_HUXLEY, {"i_offset": 1*nA}, 12*ms, 0.02*ms)
    assert len(right.spikes["cells"]) == 1
    assert len(short.spikes["cells"]) > 3
