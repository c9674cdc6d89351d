"""Rules that learn at spikes beside scripts for Brian2, written by hand from the papers' equations.

The `brian2` backend makes its statements from our models' texts; these share nothing with them.
Postsynaptic spikes reach the synapses late by the dendritic delay and before presynaptic ones, see
docs/differences.md.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

import engram as eg
from engram import Hz, ms
from engram.backends.brian2.session import session
from engram.models import SYNAPSES, static

DT, STEPS, SOURCES, CELLS = 0.5, 300, 5, 4  # ms
DELAYS = [(1, 1.0), (5, 0.4)]
"""Steps, and the part of them that is dendritic."""
RNG = np.random.default_rng(7)
PRE, POST = (np.nonzero(RNG.random((STEPS, n)) < 0.06) for n in (SOURCES, CELLS))
START = RNG.uniform(0.3, 0.7, SOURCES*CELLS)
CELL = eg.NeuronModel("cell", "dv/dt = -v/(1*ms) : 1\nheard : 1", "v > 0.5", "v = 0",
                      defaults={"heard": 0.0})
"""Hears all there is; fires when a jump of 100 arrives."""


class Rule(NamedTuple):
    """Parameters of ours, and a script of Brian2; `seen` is what both are asked for."""

    parameters: dict[str, Any]
    equations: str
    on_pre: str
    on_post: str = ""
    initial: dict[str, Any] = {}  # noqa: RUF012
    seen: str = "w"
    far: float = 1e-12  # some hundred roundings of numbers about 1


PAIR = """
w : 1
dapre/dt = -apre/(12*ms) : 1 (event-driven)
dapost/dt = -apost/(17*ms) : 1 (event-driven)
"""
OURS = {"tau_plus": 12*ms, "tau_minus": 17*ms, "a_plus": 0.11, "a_minus": 0.09, "w_max": 1.0}
RELEASE = """
w : 1
r : 1
du/dt = {u}/(300*ms) : 1 (event-driven)
dx/dt = (1 - x)/(200*ms) : 1 (event-driven)
"""
SPENT = "u += 0.2*(1 - u); r = u*x; x -= r"
RULES = {
    "stdp_additive": Rule(OURS, PAIR, "apre += 0.11; w = clip(w + apost, 0, 1)",
                          "apost -= 0.09; w = clip(w + apre, 0, 1)"),
    "stdp_nearest": Rule(OURS, PAIR, "apre = 0.11; w = clip(w + apost, 0, 1)",
                         "apost = -0.09; w = clip(w + apre, 0, 1)"),
    "stdp_multiplicative": Rule({**OURS, "mu": 0.4}, PAIR,
                                "apre += 0.11; w = clip(w + w**0.4*apost, 0, 1)",
                                "apost -= 0.09; w = clip(w + (1 - w)**0.4*apre, 0, 1)"),
    "stdp_van_rossum": Rule(OURS, PAIR, "apre += 0.11; w = clip(w + w*apost, 0, 1)",
                            "apost -= 0.09; w = clip(w + apre, 0, 1)"),
    "stdp_triplet": Rule(
        {"w_max": 1.0, "a2_plus": 4e-3, "a2_minus": 3e-3, "a3_plus": 6e-3, "a3_minus": 8e-3}, """
        w : 1
        dr1/dt = -r1/(16.8*ms) : 1 (event-driven)
        dr2/dt = -r2/(101*ms) : 1 (event-driven)
        do1/dt = -o1/(33.7*ms) : 1 (event-driven)
        do2/dt = -o2/(125*ms) : 1 (event-driven)
        """, "w = clip(w - o1*(3e-3 + 8e-3*r2), 0, 1); r1 += 1; r2 += 1",
        "w = clip(w + r1*(4e-3 + 6e-3*o2), 0, 1); o1 += 1; o2 += 1"),
    "inhibitory_vogels": Rule(
        {"w_max": 1.0, "tau_stdp": 17*ms, "rho_0": 20*Hz, "eta": 0.03},
        PAIR.replace("12*ms", "17*ms"),
        "apre += 1; w = clip(w + (apost - 2*20*0.017)*0.03, 0, 1)",
        "apost += 1; w = clip(w + apre*0.03, 0, 1)"),
    "tsodyks_markram": Rule({"U": 0.2, "tau_f": 300*ms, "tau_d": 200*ms}, RELEASE.format(u="-u"),
                            SPENT, initial={"x": 1.0}, seen="r"),
    "short_term_memory": Rule({"U": 0.2, "tau_f": 300*ms, "tau_d": 200*ms},
                              RELEASE.format(u="(0.2 - u)"), SPENT,
                              initial={"x": 1.0, "u": 0.2}, seen="r"),
    "bcpnn": Rule(
        {"tau_zi": 10*ms, "tau_zj": 25*ms, "tau_p": 300*ms, "f_max": 50*Hz, "eps": 0.01,
         "kappa": 2.0, "w_gain": 1.0}, """
        w : 1
        dzi/dt = (0.01 - zi)/(10*ms) : 1 (clock-driven)
        dzj/dt = (0.01 - zj)/(25*ms) : 1 (clock-driven)
        dp/dt = 2*(zi - p)/(300*ms) : 1 (clock-driven)
        dq/dt = 2*(zj - q)/(300*ms) : 1 (clock-driven)
        dpq/dt = 2*(zi*zj - pq)/(300*ms) : 1 (clock-driven)
        """, "zi += 1/(50*0.010); w = log(pq/(p*q))", "zj += 1/(50*0.025)",
        {"zi": 0.01, "zj": 0.01, "p": 0.01, "q": 0.01, "pq": 1e-4},
        far=1e-6)}  # the script's Runge-Kutta; with steps 8 times finer both agree to 1e-10


@pytest.fixture(scope="module")
def ours():
    """Each rule with each delay, its history (steps, synapses)."""
    projections = [
        eg.Projection(f"{name}_{d}", "sources", "cells", eg.AllToAll(),
                      SYNAPSES[name]("heard", "1"), rule.parameters, {"w": START},
                      delay=d*DT*ms, dendritic_delay_fraction=f)
        for name, rule in RULES.items() for d, f in DELAYS]
    net = eg.Network(
        [eg.Population("sources", SOURCES, eg.SpikeTimes(PRE[1], PRE[0]*DT*ms)),
         eg.Population("teachers", CELLS, eg.SpikeTimes(POST[1], POST[0]*DT*ms)),
         eg.Population("cells", CELLS, CELL)],
        [*projections, eg.Projection("force", "teachers", "cells", eg.OneToOne(),
                                     static("v", "1"), {"w": 100.0})],
        probes=[eg.SpikeProbe("cells"),
                *(eg.WeightProbe(f"{name}_{d}", np.arange(STEPS)*DT*ms, rule.seen)
                  for name, rule in RULES.items() for d, _ in DELAYS)], dt=DT*ms)
    run = eg.simulate(net, STEPS*DT*ms, backend="reference")
    # the teacher's spike needs a step, so all of them but those of the last step are there
    assert len(run.spikes["cells"].step) == np.sum(POST[0] < STEPS - 1)
    return {f"{name}_{d}": run.weights[f"{name}_{d}"].history[rule.seen]
            for name, rule in RULES.items() for d, _ in DELAYS}


@pytest.fixture(scope="module")
def theirs():
    with session(False, None) as b2:
        clock = b2.Clock(DT*b2.ms)
        sources = b2.SpikeGeneratorGroup(SOURCES, PRE[1], PRE[0]*DT*b2.ms, clock=clock)
        cells = b2.SpikeGeneratorGroup(CELLS, POST[1], (POST[0] + 1)*DT*b2.ms, clock=clock)
        network, monitors = b2.Network(sources, cells), {}
        for name, rule in RULES.items():
            for d, f in DELAYS:
                late = {"pre": round((1 - f)*d), "post": round(f*d)}
                synapses = b2.Synapses(
                    sources, cells, model=rule.equations, on_pre=rule.on_pre,
                    on_post=rule.on_post or None,
                    delay={n: k*DT*b2.ms for n, k in late.items() if n == "pre" or rule.on_post},
                    method="rk4" if "clock-driven" in rule.equations else "exact", clock=clock)
                synapses.connect()
                for variable, value in {"w": START, **rule.initial}.items():
                    setattr(synapses, variable, value)
                if rule.on_post:
                    synapses.post.order = -2
                monitor = b2.StateMonitor(synapses, rule.seen, record=True, when="end", clock=clock)
                network.add(synapses, monitor)
                monitors[f"{name}_{d}"] = monitor, rule.seen
        network.run(STEPS*DT*b2.ms, namespace={"ms": b2.ms})
        return {n: np.array(getattr(m, seen)).T for n, (m, seen) in monitors.items()}


@pytest.mark.parametrize("delay", [d for d, _ in DELAYS])
@pytest.mark.parametrize("name", RULES)
def test_rule_is_the_hand_written_one(name, delay, ours, theirs):
    got, truth = ours[f"{name}_{delay}"], theirs[f"{name}_{delay}"]
    assert np.ptp(truth, axis=0).mean() > 0.1, "it must learn to mean anything"
    np.testing.assert_allclose(got, truth, rtol=0, atol=RULES[name].far)
