"""The BCPNN synapse against sums over pairs of spikes and a naive reference, step by step."""

from __future__ import annotations

import numpy as np
import pytest
from model_runs import FIRES_AT_ONCE

import engram as eg
from engram.models import LIF_DELTA, bcpnn, static
from engram.models.hebbian.bcpnn_traces import Rates, expected, follow
from engram.models.synapses_bcpnn import joint
from engram.simulator.errors import DescriptionError
from engram.simulator.models import NeuronModel
from engram.simulator.units import Hz, ms, mV

STEPS = 400
RNG = np.random.default_rng(3)
PRE, POST = (np.sort(RNG.choice(np.arange(2, STEPS - 8), 30, replace=False)) for _ in range(2))
"""Two trains of whole milliseconds with every order of events, some of them at once."""

GATED = NeuronModel("gated", LIF_DELTA.equations + "print_now : 1\n", LIF_DELTA.threshold,
                    LIF_DELTA.reset, LIF_DELTA.refractory,
                    defaults={**LIF_DELTA.defaults, "print_now": 0.0})

CASES = {
    "plain": (Rates(), 1.0), "as printed": (Rates(0.02, 0.02, 1.0, 100.0, 1e-4), 3.0),
    "unequal": (Rates(0.005, 0.03, 0.4, 60.0, 0.02), 0.7),
    "faster than the traces": (Rates(0.05, 0.08, 0.1, 40.0, 0.05), 9.0),
    "as fast as the traces": (Rates(0.01, 0.01, 0.005, 50.0, 0.01), 1.0),
    "nearly as fast": (Rates(0.01, 0.01, 1.0, 50.0, 0.01), 200.0 + 1e-9),
    "frozen": (Rates(), 0.0)}


def parameters(rates, **more):
    return {"tau_zi": rates.tau_zi*1000*ms, "tau_zj": rates.tau_zj*1000*ms,
            "tau_p": rates.tau_p*1000*ms, "f_max": rates.f_max*Hz, "eps": rates.eps, **more}


def network(rates, kappa, dt=1.0, gate=None, delay=1, fraction=1.0, start=None):
    """One synapse whose neurons fire at PRE and POST; `gate` lists (ms, value) of print_now."""
    more = {"w_gain": 1*mV, **({} if gate else {"kappa": kappa})}
    first = {} if start is None else {"p_i": start, "p_j": start, "q": (start - rates.eps)**2}
    held = {} if gate else {"model": LIF_DELTA}
    model = held.get("model", GATED)
    stimuli = [] if not gate else [
        eg.StepCurrent(name, "print_now", np.array([t for t, _ in gate])*ms,
                       np.array([v for _, v in gate])) for name in ("source", "cells")]
    jump, cell = {"w": FIRES_AT_ONCE}, {"tau_ref": 0*ms}
    return eg.Network(
        [eg.Population("driver", 1, eg.SpikeTimes([0]*len(PRE), PRE*ms - dt*ms)),
         eg.Population("teacher", 1, eg.SpikeTimes([0]*len(POST), POST*ms - dt*ms)),
         eg.Population("source", 1, model, cell), eg.Population("cells", 1, model, cell)],
        [eg.Projection("q", "source", "cells", eg.OneToOne(),
                       bcpnn("v", "volt", "print_now" if gate else ""),
                       parameters(rates, **more), {"w": 0*mV, **first}, delay=delay*dt*ms,
                       dendritic_delay_fraction=fraction),
         *(eg.Projection(f"to_{b}", a, b, eg.OneToOne(), static("v", "volt"), jump, delay=dt*ms)
           for a, b in (("driver", "source"), ("teacher", "cells")))],
        stimuli, [eg.SpikeProbe("source"), eg.SpikeProbe("cells"),
                  eg.WeightProbe("q", [int(PRE[-1])]*ms)], dt=dt*ms)


def measured(net, rates, kappa=1.0, gated=False, duration=STEPS):
    run = eg.simulate(net, duration*ms, backend="reference")
    scale = 1/run.dt/1000
    np.testing.assert_allclose(run.spikes["cells"].step, POST*scale)  # or it tests nothing
    np.testing.assert_allclose(run.spikes["source"].step, PRE*scale)
    q = run.weights["q"]
    return [float(q[n][0]) for n in ("p_i", "p_j")] + [
        float(joint(q, parameters(rates, kappa=kappa), gated)[0])], float((q["w"]/mV)[0])


def rasters(late_pre=0, late_post=1, dt=1.0):
    out = []
    for train, late in ((PRE, late_pre), (POST, late_post)):
        raster = np.zeros((round(STEPS/dt), 1), bool)
        raster[np.round(train/dt).astype(int) + late] = True
        out.append(raster)
    return out


def pairs(rates, kappa, start):
    """Pi, Pj, Pij after STEPS by a sum over spikes, and over pairs of spikes: no step is made."""
    a, end = kappa/rates.tau_p, STEPS/1000
    b = {"i": 1/rates.tau_zi, "j": 1/rates.tau_zj}

    def left(rate, since):  # of a trace of height 1 at its spike, in P, `since` seconds later
        gap = a - rate
        return a*np.exp(-rate*since)*(-np.expm1(-gap*since)/gap if gap else since)
    s = {"i": (PRE + 1)/1000, "j": (POST + 2)/1000}  # a row of events ends its step
    p = {n: sum(left(b[n], end - t) for t in s[n])*b[n]/rates.f_max for n in "ij"}
    both = 0.0
    for t in s["i"]:
        for u in s["j"]:
            height = np.exp(-(u - t)*b["i"]) if u > t else np.exp(-(t - u)*b["j"])
            both += height*left(b["i"] + b["j"], end - max(t, u))
    both *= b["i"]*b["j"]/rates.f_max**2
    eps, old = rates.eps, np.exp(-a*end)
    rest = (start - eps)*old
    p_ij = both + eps*(p["i"] + p["j"]) + eps**2 + (start**2 - eps**2)*old
    return p["i"] + rest + eps, p["j"] + rest + eps, p_ij


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("start", [None, 0.3])
def test_the_naive_reference_is_the_sum_over_pairs(name, start):
    rates, kappa = CASES[name]
    got = follow(*rasters(), kappa, 1e-3, rates, start)
    wanted = pairs(rates, kappa, rates.eps if start is None else start)
    # 400 steps of rounding; of the pairs' sum 900 terms
    np.testing.assert_allclose([x.item() for x in got], wanted, rtol=1e-11)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("start", [None, 0.3])
def test_the_synapse_is_exact_between_spikes(name, start):
    rates, kappa = CASES[name]
    pre, post = rasters()
    found, _ = measured(network(rates, kappa, start=start), rates, kappa)
    np.testing.assert_allclose(found, [x.item() for x in follow(pre, post, kappa, 1e-3, rates,
                                                                start)], rtol=1e-11)


@pytest.mark.parametrize("name", ["as fast as the traces", "faster than the traces"])
def test_a_long_silence_leaves_nothing_but_eps(name):
    rates, kappa = CASES[name]
    found, _ = measured(network(rates, kappa, start=0.3), rates, kappa, duration=30_000)
    np.testing.assert_allclose(found, [rates.eps, rates.eps, rates.eps**2], rtol=1e-12)


@pytest.mark.parametrize(("delay", "fraction"), [(1, 1.0), (5, 1.0), (4, 0.5), (4, 0.25)])
def test_what_is_sent_is_log_of_coincidence_over_chance_at_the_pre_spike(delay, fraction):
    dendritic = round(delay*fraction)
    rates, kappa = CASES["unequal"]
    pre, post = rasters(delay - dendritic, dendritic)
    last = PRE[-1] + delay - dendritic
    _, w = measured(network(rates, kappa, delay=delay, fraction=fraction), rates, kappa)
    wanted = follow(pre[:last + 1], post[:last + 1], kappa, 1e-3, rates).weights.item()
    assert abs(wanted) > 0.05, "it must learn to mean anything"
    assert w == pytest.approx(wanted, rel=1e-10)


SWITCHED = [(0, 0.0), (60, 5.0), (130, 0.0), (200, 1.0), (207, 12.0), (300, 0.0)]


def test_a_gate_may_change_amid_spikes():
    rates = Rates(0.01, 0.02, 1.0, 50.0, 0.01)
    kappa = np.zeros(STEPS)
    for at, value in SWITCHED:
        kappa[at:] = value
    wanted = [x.item() for x in follow(*rasters(), kappa, 1e-3, rates, 0.2)]
    found, w = measured(network(rates, None, gate=SWITCHED, start=0.2), rates, gated=True)
    # Pij takes the mean of Zi Zj over a step as if kappa dt/tau_p, here up to 0.012, were 0
    np.testing.assert_allclose(found, wanted, rtol=2e-4)
    np.testing.assert_allclose(found[:2], wanted[:2], rtol=1e-6)  # Runge-Kutta 4 at dt/tau_z = 0.1
    assert w == pytest.approx(np.log(wanted[2]/wanted[0]/wanted[1]), abs=5e-4)
    other = follow(*rasters(), kappa.mean(), 1e-3, rates, 0.2)
    assert abs(other.p_ij.item()/wanted[2] - 1) > 0.05, "when it is on must matter"


def test_a_gate_that_is_shut_keeps_everything():
    rates = Rates()
    found, w = measured(network(rates, None, gate=[(0, 0.0)], start=0.2), rates, gated=True)
    assert found == [0.2, 0.2, pytest.approx(0.04, rel=1e-15)]
    assert w == pytest.approx(0.0, abs=1e-15)


def test_expected_coincidences_are_the_integral_of_one_pair():
    rates = Rates(0.01, 0.03, 1e6, 50.0, 0.0)
    for late in (0, 7):
        pre, post = np.zeros((2, 600, 1), bool)
        pre[1], post[1 + late] = True, True
        area = follow(pre, post, 1.0, 1e-3, rates).p_ij.item()*rates.tau_p
        got = expected(40.0, 30.0, 1.0, late/1000, rates)
        assert got[:2] == (0.8, 0.6)
        # in 0.6 s P loses 6e-7 of itself, tau_p being 1e6 s
        assert area == pytest.approx(got[2] - 0.48, rel=1e-6)


def test_a_gate_is_a_name():
    with pytest.raises(DescriptionError, match="gate of bcpnn to v"):
        bcpnn("v", "volt", gate="a b")
