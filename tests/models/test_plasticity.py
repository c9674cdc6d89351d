"""Short-term, homeostatic, three-factor and voltage-based plasticity, and gap junctions."""

from __future__ import annotations

import numpy as np
import pytest
from model_runs import FIRES_AT_ONCE, run_pairs

import engram as eg
from engram.models import (
    CLOPATH,
    LIF_CURR_EXP,
    clopath,
    gap_junction,
    inhibitory_vogels,
    short_term_memory,
    static,
    synaptic_scaling,
    three_factor,
    tsodyks_markram,
    with_modulator,
)
from engram.simulator.units import Hz, ms, mV, nS, pA


def releases(synapse, steps, duration, parameters, w=10.0):
    """What each spike adds to `i_exc`, in units of the weight."""
    run = run_pairs(synapse("i_exc"), steps, [], duration*ms, 1*ms, parameters, w=w*pA,
                    record=("r", "u", "x"), more=(eg.StateProbe("cells", "i_exc"),))
    i = (run.states["cells"]["i_exc"]/pA)[:, 0]
    before = np.concatenate([[0.0], i])[np.array(steps) + 1]
    sent = (i[np.array(steps) + 1]/np.exp(-1/5) - before)/w
    history = {n: v[np.array(steps), 0] for n, v in run.weights["q"].history.items()}
    return sent, history


@pytest.mark.parametrize(("U", "tau_f", "tau_d"), [(0.5, 50.0, 1100.0), (0.05, 1200.0, 125.0)])
def test_tsodyks_markram_follows_the_recursion_to_its_steady_state(U, tau_f, tau_d):
    """A regular train; u after the jump, x before it, as in the paper's eqs. for EPSP n."""
    period, n = 20, 40
    steps = [3 + period*k for k in range(n)]
    sent, history = releases(tsodyks_markram, steps, steps[-1] + 3,
                             {"U": U, "tau_f": tau_f*ms, "tau_d": tau_d*ms})
    u, x, expected = U, 1.0, []
    for _ in range(n):
        expected.append(u*x)
        x = 1 - (1 - x*(1 - u))*np.exp(-period/tau_d)
        u = u*np.exp(-period/tau_f)*(1 - U) + U
    np.testing.assert_allclose(sent, expected, rtol=1e-10)
    np.testing.assert_allclose(history["r"], expected, rtol=1e-10)
    f, d = np.exp(-period/tau_f), np.exp(-period/tau_d)
    u_inf = U/(1 - (1 - U)*f)
    r_inf = u_inf*(1 - d)/(1 - (1 - u_inf)*d)
    assert sent[0] == pytest.approx(U, rel=1e-12)
    # after 40 spikes the slowest factor has left (1 - U)^40 f^40 or ((1 - u) d)^40 of the start
    left = max(((1 - U)*f)**n, ((1 - u_inf)*d)**n)
    assert sent[-1] == pytest.approx(r_inf, rel=max(20*left, 1e-9))
    assert (r_inf < 0.2*U) == (tau_d > tau_f), "one set depresses, the other facilitates"


def test_working_memory_synapse_returns_to_U():
    """A lone spike after rest uses U + U (1 - U); a pair facilitates."""
    U = 0.2
    sent, history = releases(short_term_memory, [5, 35], 60, {})
    first = U + U*(1 - U)
    assert sent[0] == pytest.approx(first, rel=1e-12)
    u = U + (first - U)*np.exp(-30/1500)
    u += U*(1 - u)
    x = 1 - first*np.exp(-30/200)
    np.testing.assert_allclose(sent[1], u*x, rtol=1e-10)
    assert history["u"][1] > history["u"][0]


def test_vogels_window_and_bias():
    eta, rho, tau = 0.01, 4.0, 20.0
    given = {"w_max": 10*pA, "eta": eta, "rho_0": rho*Hz, "tau_stdp": tau*ms}
    alpha = 2*rho*tau/1000

    def change(pre, post):
        run = run_pairs(inhibitory_vogels("i_inh"), pre, post, 80*ms, 1*ms, given)
        return float((run.weights["q"]["w"]/pA)[0]) - 5
    assert change([20], []) == pytest.approx(-10*eta*alpha, rel=1e-10)
    for s in (-12, 5):  # any order potentiates by its distance
        pair = change([40], [40 + s - 1])
        assert pair == pytest.approx(10*eta*(np.exp(-abs(s)/tau) - alpha), rel=1e-10)
    assert change([40], []) < 0 < change([40], [42])


def test_vogels_balances_at_the_target_rate():
    """For independent trains of post rate rho, a pre spike changes w by 2 rho tau - alpha."""
    rng = np.random.default_rng(5)
    pre = np.flatnonzero(rng.random(3000) < 0.03)[:60]

    def change(rate):
        post = np.flatnonzero(rng.random(int(pre[-1])) < rate/1000) + 1
        run = run_pairs(inhibitory_vogels("i_inh"), list(pre), list(post), (pre[-1] + 5)*ms, 1*ms,
                        {"w_max": 100*pA, "eta": 1e-4, "rho_0": 20*Hz}, w=50*pA)
        return float((run.weights["q"]["w"]/pA)[0]) - 50
    slow, fast = change(5), change(60)
    size = 100*1e-4*len(pre)*0.8  # alpha = 0.8
    assert slow == pytest.approx(size*(5/20 - 1), abs=0.25*size)
    assert fast == pytest.approx(size*(60/20 - 1), abs=0.8*size)  # few spikes: wide by sampling
    assert slow < 0 < fast


def test_scaling_grows_a_silent_synapse_exponentially_up_to_its_bound():
    beta, goal = 4.0, 10.0
    run = run_pairs(synaptic_scaling("i_exc"), [], [], 40*ms, 1*ms,
                    {"beta": beta, "rate_goal": goal*Hz, "w_max": 10*pA})
    w = (run.weights["q"].history["w"]/pA)[:, 0]
    steps = np.arange(1, len(w) + 1)
    free = 5*np.exp(beta*goal*steps/1000)
    below = free < 9.5
    assert 5 < below.sum() < 30, "both phases must be seen"
    np.testing.assert_allclose(w[below], free[below], rtol=2e-8)  # 16 steps of 0.04^5/120
    assert 10 <= w[-1] <= 10*np.exp(beta*goal/1000)  # passed by one step's change at most


def test_scaling_shrinks_when_the_neuron_is_too_active():
    tau, post = 50.0, [10, 15, 20]
    run = run_pairs(synaptic_scaling("i_exc"), [], post, 30*ms, 1*ms,
                    {"beta": 1.0, "rate_goal": 1*Hz, "w_max": 10*pA, "tau_rate": tau*ms},
                    record=("w", "rate"))
    w, rate = ((run.weights["q"].history[n]/u)[:, 0] for n, u in (("w", pA), ("rate", Hz)))
    expected = sum(np.exp(-(29 - (k + 1))/tau) for k in post)*1000/tau
    assert rate[29] == pytest.approx(expected, rel=1e-10)
    assert w[-1] < w[8]
    # between events the rate of a step decays exactly; the weight takes its value as constant
    assert w[29]/w[28] == pytest.approx(np.exp((1 - rate[29])/1000), rel=1e-8)


TAU_C, TAU_D = 200.0, 50.0


def reward(pre, post, pulse, duration=400, tau_c=TAU_C, w=5.0, **given):
    """One synapse with eligibility, and dopamine that a spike of `pulse` (steps) raises by 0.5."""
    cell = with_modulator(LIF_CURR_EXP, "dopamine", TAU_D*ms)
    step = 0.5
    times = [(k - 1)*step for k in pulse]
    net = eg.Network(
        [eg.Population("source", 1, eg.SpikeTimes([0]*len(pre), np.array(pre)*step*ms)),
         eg.Population("teacher", 1, eg.SpikeTimes([0]*len(post), (np.array(post) - 1)*step*ms)),
         eg.Population("vta", 1, eg.SpikeTimes([0]*len(pulse), np.array(times)*ms)),
         eg.Population("cells", 1, cell, {"tau_ref": 0*ms})],
        [eg.Projection("q", "source", "cells", eg.OneToOne(), three_factor("i_exc"),
                       {"w_max": 10*pA, "tau_c": tau_c*ms, **given}, {"w": w*pA}),
         eg.Projection("force", "teacher", "cells", eg.OneToOne(), static("v", "volt"),
                       {"w": FIRES_AT_ONCE}),
         eg.Projection("reward", "vta", "cells", eg.OneToOne(), static("dopamine", "1"),
                       {"w": 0.5})],
        probes=[eg.WeightProbe("q", [duration - step]*ms, ("w", "c")),
                eg.SpikeProbe("cells")], dt=step*ms)
    run = eg.simulate(net, duration*ms, backend="reference")
    assert len(run.spikes["cells"]) == len(post)
    return float((run.weights["q"]["w"]/pA)[0]) - w, float(run.weights["q"]["c"][0])


@pytest.mark.parametrize(("pre", "post"), [(20, 28), (28, 20)])
def test_reward_turns_eligibility_into_the_integral_of_c_and_d(pre, post):
    dt, pulse, end = 0.5, 100, 800
    s = (post + 1 - pre)*dt  # seen one step late
    c = 0.1*np.exp(-s/20) if s > 0 else -0.15*np.exp(s/20)
    got, left = reward([pre], [post], [pulse])
    born = max(pre, post + 1)
    assert left == pytest.approx(c*np.exp(-(end - 1 - born)*dt/TAU_C), rel=1e-6)
    both = 1/TAU_C + 1/TAU_D
    area = c*np.exp(-(pulse - born)*dt/TAU_C)*0.5*(1 - np.exp(-(end - pulse)*dt*both))/both/1000
    # the modulator is taken as constant within a step: dt/(2 tau_d) = 0.5 %, and one step's phase
    assert got == pytest.approx(10*1.0*area, rel=0.02)
    assert np.sign(got) == (1 if post > pre else -1)


def test_no_reward_no_change_and_late_reward_less():
    assert reward([20], [28], [])[0] == 0
    assert reward([], [], [100])[0] == 0
    early, late = reward([20], [28], [100])[0], reward([20], [28], [300])[0]
    both = 1/TAU_C + 1/TAU_D  # the run ends 350 ms after the one pulse, 250 ms after the other
    expected = np.exp(-100/TAU_C)*np.expm1(-250*both)/np.expm1(-350*both)
    assert late/early == pytest.approx(expected, rel=1e-6)


def test_reward_stops_at_the_bounds():
    up, _ = reward([20], [28], [100], eta=1000*Hz, w=9.9)
    down, _ = reward([28], [20], [100], eta=1000*Hz, w=0.1)
    assert up >= 0.1 - 1e-12
    assert up < 1.0, "one step's change past the bound at most"
    assert down <= -0.1 + 1e-12
    assert down > -1.0


def clopath_run(pre, current, duration, dt=0.2, homeostatic=False, **given):
    net = eg.Network(
        [eg.Population("source", 1, eg.SpikeTimes([0]*len(pre), np.array(pre)*dt*ms)),
         eg.Population("cells", 1, CLOPATH, {"i_offset": current*pA})],
        [eg.Projection("q", "source", "cells", eg.OneToOne(),
                       clopath("i_exc", homeostatic=homeostatic), {"w_max": 1*pA, **given},
                       {"w": 0.5*pA})],
        probes=[eg.StateProbe("cells", ("v", "u", "v_minus", "v_plus", "v_mean", "v_th", "z")),
                eg.SpikeProbe("cells"),
                eg.WeightProbe("q", np.arange(round(duration/dt))*dt*ms, ("w", "r"))], dt=dt*ms)
    run = eg.simulate(net, duration*ms, backend="reference")
    traces = {n: (run.states["cells"][n]/(pA if n == "z" else mV))[:, 0]
              for n in run.states["cells"]}
    return traces, (run.weights["q"].history["w"]/pA)[:, 0], run


@pytest.mark.parametrize("homeostatic", [False, True])
def test_clopath_depression_is_the_filtered_voltage_at_a_pre_spike(homeostatic):
    traces, w, run = clopath_run([100], 400.0, 30.0, homeostatic=homeostatic)
    assert len(run.spikes["cells"]) == 0
    v_minus = traces["v_minus"][100]
    assert v_minus > -70.6 + 3, "it must be depolarised to mean anything"
    expected = 14e-5*(v_minus + 70.6)*((traces["v_mean"][100] + 70.6)**2/60 if homeostatic else 1)
    assert w[99] == 0.5
    assert w[100] - 0.5 == pytest.approx(-expected, rel=1e-9)
    assert w[-1] == w[100], "below theta_plus nothing potentiates"


def test_clopath_potentiation_by_brute_force():
    """The rule summed over recorded voltages: Euler, trace decayed first, voltage of the step."""
    dt, pre = 0.2, [50, 90, 130]
    traces, w, run = clopath_run(pre, 1500.0, 40.0)
    assert len(run.spikes["cells"]) >= 2
    expected, r, x = [], 0.0, 0.5
    for k in range(len(w)):
        r *= np.exp(-dt/15)
        x += dt*8e-5*r/15*max(traces["u"][k] + 45.3, 0)*max(traces["v_plus"][k] + 70.6, 0)
        if k in pre:
            x -= 14e-5*max(traces["v_minus"][k] + 70.6, 0)
            r += 1
        expected.append(x)
    np.testing.assert_allclose(w, expected, rtol=1e-9)
    assert np.diff(w).max() > 1e-4
    assert np.diff(w).min() < -1e-4


def test_clopath_stays_below_its_bound():
    _, w, _ = clopath_run([50, 60, 70, 80], 1500.0, 30.0, a_ltp=8e-3/mV**2)
    free = clopath_run([50, 60, 70, 80], 1500.0, 30.0, a_ltp=8e-3/mV**2, w_max=100*pA)[1]
    assert free.max() > 2
    assert w.max() < 1 + np.diff(w).max()
    assert w[80] <= 1, "a pre event leaves the weight within its bounds"


def test_clopath_neuron_shows_its_spike_and_filters_it():
    """`u` is at the clamp for exactly 2 ms after each spike; the filters see it."""
    dt = 0.2
    traces, _, run = clopath_run([], 1500.0, 40.0)
    spikes = run.spikes["cells"].step
    assert len(spikes) >= 2
    clamped = np.zeros(len(traces["u"]), bool)
    for k in spikes:
        clamped[k:k + 10] = True
    np.testing.assert_array_equal(traces["u"] == 33, clamped)
    np.testing.assert_array_equal(traces["u"][~clamped], traces["v"][~clamped])
    k = spikes[0]
    assert traces["z"][k] == pytest.approx(400)
    assert traces["v_th"][k] == pytest.approx(-30.4)
    assert traces["v_th"][k + 50] == pytest.approx(-50.4 + 20*np.exp(-10/50), rel=1e-5)
    # ten steps at the clamp, then free; midpoint steps of 0.2/7 miss the exponential by 1e-5
    rise = 33 + (traces["v_plus"][k] - 33)*np.exp(-2/7)
    assert traces["v_plus"][k + 10] == pytest.approx(rise, rel=1e-4)
    assert dt == 0.2


def test_gap_junctions_share_a_current_by_ohms_law():
    """Current I into one of two cells: v1 - v2 = I/(g_l + 2 g), v1 + v2 - 2 v_rest = I/g_l."""
    g, leak, current = 5.0, 10.0, 40.0
    net = eg.Network(
        [eg.Population("cells", 2, LIF_CURR_EXP, {"i_offset": np.array([current, 0])*pA})],
        [eg.Projection("gap", "cells", "cells", eg.AllToAll(self_connections=False),
                       gap_junction(), {"w": g*nS})],
        probes=[eg.StateProbe("cells", ("v", "i_gap"))], dt=0.5*ms)
    run = eg.simulate(net, 500*ms, backend="reference")
    v = (run.states["cells"]["v"]/mV)[-1]
    # 25 membrane time constants: exp(-25) of the start is left
    assert v[0] - v[1] == pytest.approx(current/(leak + 2*g), rel=1e-9)
    assert v.sum() + 120 == pytest.approx(current/leak, rel=1e-9)
    i = (run.states["cells"]["i_gap"]/pA)[-1]
    assert i[0] == pytest.approx(-i[1], rel=1e-9)
    assert i[1] == pytest.approx(g*(v[0] - v[1]), rel=1e-9)
