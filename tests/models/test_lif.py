"""Leaky integrate-and-fire neurons against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from model_runs import run_alone, run_with_spike
from scipy.integrate import solve_ivp

import engram as eg
from engram.models import (
    LIF_ADAPTIVE,
    LIF_COND_ALPHA,
    LIF_COND_EXP,
    LIF_CURR_ALPHA,
    LIF_CURR_EXP,
    LIF_DELTA,
    LIF_NOISE,
    static,
)
from engram.simulator.units import ms, mV, nA, nS, pA

TAU_M, C_M, REST = 20.0, 200.0, -60.0  # ms, pF, mV: currents in pA and times in ms give mV


def test_rate_against_current_is_the_closed_form():
    """T = tau_ref + tau_m ln(x/(x - (v_th - v_reset))), x = R I, rounded up to whole steps."""
    dt, currents = 0.1, np.array([90.0, 101.0, 120.0, 200.0, 500.0, 2000.0])
    run = run_alone(LIF_DELTA, {"i_offset": currents*pA}, 200*ms, dt*ms, size=len(currents))
    drive = currents*TAU_M/C_M
    steps = run.spikes["cells"].trains()
    assert len(steps[0]) == 0, "below rheobase (100 pA) it must be silent"
    for n, x in list(enumerate(drive))[1:]:
        climb = np.ceil(TAU_M*np.log(x/(x - 10))/dt)  # v > v_th first holds at this grid point
        intervals = np.diff(np.rint(steps[n]/(dt*ms)))
        assert len(intervals) >= 1
        np.testing.assert_array_equal(intervals, 50 + climb)


def psp(model, synapse, weight, parameters, record, dt=0.5, at=2.0, until=60.0):
    run = run_with_spike(model, synapse, weight, at*ms, until*ms, dt*ms, record, parameters)
    assert len(run.spikes["cells"]) == 0, "it must stay below threshold"
    s = run.states["cells"].t/ms + dt - at  # from the arrival to the end of each step
    return s, run.states["cells"]


@pytest.mark.parametrize("tau", [5.0, 20.0])
def test_exponential_current_gives_the_closed_potential(tau):
    s, states = psp(LIF_CURR_EXP, static("i_exc"), 150*pA, {"tau_exc": tau*ms}, ("v", "i_exc"))
    late = np.clip(s, 0, None)
    current = np.where(s > 1e-9, 150*np.exp(-late/tau), 0)
    if tau == TAU_M:
        rise = 150/C_M*late*np.exp(-late/tau)
        peak = tau
    else:
        rise = 150/C_M*(TAU_M*tau/(TAU_M - tau))*(np.exp(-late/TAU_M) - np.exp(-late/tau))
        peak = TAU_M*tau/(TAU_M - tau)*np.log(TAU_M/tau)
    # exact integration: only rounding remains
    np.testing.assert_allclose((states["i_exc"]/pA)[:, 0], current, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose((states["v"]/mV)[:, 0], REST + rise, rtol=1e-10)
    assert abs(s[np.argmax(states["v"].value[:, 0])] - peak) <= 0.5  # the grid


def test_inhibition_lowers_the_potential_with_positive_weights():
    _, up = psp(LIF_CURR_EXP, static("i_exc"), 300*pA, {"tau_inh": 5*ms}, ("v",))
    _, down = psp(LIF_CURR_EXP, static("i_inh"), 300*pA, {"tau_inh": 5*ms}, ("v",))
    np.testing.assert_allclose(up["v"]/mV - REST, REST - down["v"]/mV, atol=1e-10)
    assert (down["v"]/mV).min() < REST - 1


def test_alpha_current_peaks_at_its_weight_and_gives_the_closed_potential():
    tau = 4.0
    s, states = psp(LIF_CURR_ALPHA, static("h_exc"), 200*pA, {"tau_exc": tau*ms}, ("v", "i_exc"))
    late = np.clip(s, 0, None)
    np.testing.assert_allclose((states["i_exc"]/pA)[:, 0],
                               200*late/tau*np.exp(1 - late/tau), rtol=1e-10, atol=1e-10)
    at_peak = states["i_exc"].value[:, 0].argmax()
    assert s[at_peak] == pytest.approx(tau)
    assert (states["i_exc"]/pA)[at_peak, 0] == pytest.approx(200, rel=1e-12)
    beta = 1/tau - 1/TAU_M
    rise = (200*np.e/(C_M*tau)*np.exp(-late/TAU_M)
            * (1 - np.exp(-beta*late)*(1 + beta*late))/beta**2)
    np.testing.assert_allclose((states["v"]/mV)[:, 0], REST + rise, rtol=1e-10)


def conductance_potential(g_of_s, at, times):
    """v (mV) at `times` (ms) for a conductance in nS, from an independent integrator."""
    def slope(t, v):
        return (10*(REST - v) + g_of_s(t - at)*(0 - v))/C_M
    first = solve_ivp(slope, (at, times[-1] + 1), [REST], rtol=1e-10, atol=1e-10,
                      dense_output=True)
    return np.where(times > at, first.sol(times)[0], REST)


def conductance_error(model, target, g_of_s, dt):
    run = run_with_spike(model, static(target, "siemens"), 4*nS, 2*ms, 30*ms, dt*ms, ("v",))
    times = run.states["cells"].t/ms + dt
    truth = conductance_potential(g_of_s, 2.0, times)
    assert truth.max() > REST + 2, "the input must be felt"
    return np.abs((run.states["cells"]["v"]/mV)[:, 0] - truth).max()/(truth.max() - REST)


def test_exponential_conductance_converges_with_the_step():
    errors = [conductance_error(LIF_COND_EXP, "g_exc", lambda s: 4*np.exp(-s/5), dt)
              for dt in (0.2, 0.1, 0.05)]
    assert errors[0] < 0.025  # half a step of decay, dt/(2 tau) = 0.02 of the response
    np.testing.assert_allclose(np.divide(errors[:-1], errors[1:]), 2, rtol=0.05)  # first order


def test_alpha_conductance_is_of_fourth_order():
    errors = [conductance_error(LIF_COND_ALPHA, "h_exc", lambda s: 4*s/5*np.exp(1 - s/5), dt)
              for dt in (1.0, 0.5)]
    assert errors[1] < 1e-5  # (dt/tau)^4/120 = 8e-7 for the conductance, and its neighbours
    assert errors[0]/errors[1] > 12  # 16 in the limit


def test_adaptive_threshold_lengthens_intervals_to_the_fixed_point():
    """In the steady state theta before a spike is d/(exp(T/tau) - 1), and v climbs just to it."""
    dt, tau, d, drive = 0.05, 40.0, 2.0, 30.0
    run = run_alone(LIF_ADAPTIVE, {"i_offset": drive*C_M/TAU_M*pA, "tau_theta": tau*ms,
                                   "d_theta": d*mV, "tau_ref": 1*ms}, 150*ms, dt*ms, ("theta",))
    intervals = np.diff(run.spikes["cells"].step)*dt
    assert intervals[0] < intervals[-1] - 1, "it must adapt to mean anything"

    def miss(t):  # v at the end of the climb less the threshold then
        return drive*(1 - np.exp(-(t - 1)/TAU_M)) - 10 - d/np.expm1(t/tau)
    from scipy.optimize import brentq
    assert abs(intervals[-1] - brentq(miss, 1.5, 80)) <= 2*dt  # spikes fall on the grid
    steps = run.spikes["cells"].step
    jump = (run.states["cells"]["theta"]/mV)[steps, 0] - (
        run.states["cells"]["theta"]/mV)[steps - 1, 0]*np.exp(-dt/tau)
    np.testing.assert_allclose(jump, d, rtol=1e-10)


def test_noise_has_its_standard_deviation():
    """From rest to the stationary law: variance sigma^2/(1 - dt/(2 tau_m)) for this scheme."""
    dt, sigma, size = 1.0, 1.5, 4000  # 120 ms: exp(-12) of the start is left
    run = run_alone(LIF_NOISE, {"sigma": sigma*mV, "v_th": 100*mV}, 120*ms, dt*ms, size=size,
                    seed=3)
    v = (run.states["cells"]["v"]/mV)[-1] - REST
    variance = sigma**2/(1 - dt/(2*TAU_M))
    assert abs(v.mean()) < 4*np.sqrt(variance/size)  # four standard errors
    assert abs(v.var()/variance - 1) < 4*np.sqrt(2/size)
    other = run_alone(LIF_NOISE, {"sigma": sigma*mV}, 5*ms, dt*ms, size=3, seed=4)
    assert len(np.unique(other.states["cells"]["v"].value[0])) == 3, "cells must differ"


def test_input_to_v_is_lost_while_refractory_and_currents_go_on():
    net = eg.Network(
        [eg.Population("source", 1, eg.SpikeTimes([0, 0], [0.0, 1.0]*ms)),
         eg.Population("cells", 1, LIF_CURR_EXP, {"tau_ref": 3*ms, "tau_exc": 1000*ms})],
        [eg.Projection("q", "source", "cells", eg.OneToOne(), static("v", "volt"), {"w": 15*mV}),
         eg.Projection("i", "source", "cells", eg.OneToOne(), static("i_exc"), {"w": 0.1*nA})],
        probes=[eg.SpikeProbe("cells"), eg.StateProbe("cells", ("v", "i_exc"))], dt=1*ms)
    run = eg.simulate(net, 7*ms, backend="reference")
    np.testing.assert_array_equal(run.spikes["cells"].step, [1])
    v, i = (run.states["cells"]["v"]/mV)[:, 0], (run.states["cells"]["i_exc"]/nA)[:, 0]
    np.testing.assert_array_equal(v[1:5], REST)
    assert v[5] > REST
    assert i[2] == pytest.approx(0.1*np.exp(-2e-3) + 0.1*np.exp(-1e-3), rel=1e-12)
