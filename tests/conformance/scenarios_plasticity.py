"""Scenarios of synapses that change: an oracle for pairs of spikes, and the library's rules."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from conformance.scenario import (
    RELAY,
    STEP,
    TO_V,
    Scenario,
    holds,
    raster,
    register,
    relays,
    scenario,
)

import engram as eg
from engram import Hz, ms, mV, nA, nS
from engram.models.neurons import CLOPATH, LIF_COND_EXP, LIF_DELTA, with_modulator
from engram.models.synapses import SYNAPSES, static

ALL, ONE = eg.AllToAll(), eg.OneToOne()

PAIR = eg.SynapseModel(
    "pair", """
    w : 1
    dr/dt = -r/tau_r : 1 (pre)
    do/dt = -o/tau_o : 1 (post)
    tau_r : second
    tau_o : second
    """,
    on_pre="w = clip(w - 0.3*o, 0, 1); r += 1; g_post += w",
    on_post="w = clip(w + 0.25*r, 0, 1); o += 1",
    defaults={"w": 0.5, "tau_r": 2*ms, "tau_o": 3*ms})
"""Large steps that reach both bounds, so that an event too many or too early shows."""

N_PRE, N_POST = 5, 4
START = np.linspace(0.1, 0.9, N_PRE * N_POST).reshape(N_PRE, N_POST)


def oracle(run: Any, axonal: int, dendritic: Any) -> tuple[dict[str, Any], Any]:
    """Final w, r, o and the course of g of PAIR, written down from the contract's point 6."""
    spikes = {}
    for name, size in (("pre", N_PRE), ("post", N_POST)):
        spikes[name] = np.zeros((run.steps, size), bool)
        spikes[name][run.spikes[name].step, run.spikes[name].i] = True
    w, came = START.copy(), np.zeros((run.steps + 40, N_POST))
    r, o = np.zeros((N_PRE, N_POST)), np.zeros((N_PRE, N_POST))
    late = np.broadcast_to(dendritic, w.shape)
    for k in range(run.steps):
        r *= np.exp(-0.1/2)
        o *= np.exp(-0.1/3)
        for i, j in np.ndindex(*w.shape):  # synapses do not see each other
            if k >= late[i, j] and spikes["post"][k - late[i, j], j]:
                w[i, j] = min(1, w[i, j] + 0.25*r[i, j])
                o[i, j] += 1
            if k >= axonal and spikes["pre"][k - axonal, i]:
                w[i, j] = max(0, w[i, j] - 0.3*o[i, j])
                r[i, j] += 1
                came[k + late[i, j], j] += w[i, j]
    return {"w": w, "r": r, "o": o}, np.cumsum(came, axis=0)[:run.steps]


def _pair_answer(run: Any, axonal: int, dendritic: Any) -> None:
    final, g = oracle(run, axonal, dendritic)
    w = final["w"]
    assert ((w > 0) & (w < 1)).sum() >= 3, "some weights must end between the bounds"
    for name, expected in final.items():
        # 300 steps of rounding 1e-16 in the traces, and g is a running sum
        np.testing.assert_allclose(run.weights["stdp"].final[name].reshape(w.shape), expected,
                                   rtol=1e-12, atol=1e-15, err_msg=name)
    holds(run, "post", "g", g, rtol=1e-12)


def _pair(delay: Any, fraction: float) -> Any:
    """A teacher makes the targets fire; what the plastic synapses send is only added up."""
    return eg.Network(
        [raster("pre", N_PRE, 300, 0.06, 7), raster("teacher", N_POST, 300, 0.06, 8),
         relays("post", N_POST, rest=STEP)],
        [eg.Projection("teach", "teacher", "post", ONE, TO_V, delay=STEP),
         eg.Projection("stdp", "pre", "post", ALL, PAIR, initial={"w": START.ravel()}, delay=delay,
                       dendritic_delay_fraction=fraction)],
        probes=[eg.StateProbe("post", "g"), eg.WeightProbe("stdp", [10, 20]*ms, ["w", "r", "o"])])


MIXED = 1 + (5 * np.arange(N_PRE * N_POST)) % 7
for _name, _delay, _f, _axonal, _dendritic in (
        ("one_step", STEP, 1.0, 0, 1), ("five_steps", 5*STEP, 1.0, 0, 5),
        ("f_075", 4*STEP, 0.75, 1, 3), ("f_050", 4*STEP, 0.5, 2, 2), ("f_025", 4*STEP, 0.25, 3, 1),
        ("mixed", MIXED*STEP, 1.0, 0, MIXED.reshape(N_PRE, N_POST))):
    register(Scenario(f"stdp_{_name}", partial(_pair, _delay, _f), 30*ms, 40,
                      partial(_pair_answer, axonal=_axonal, dendritic=_dendritic)))


LEARNER = with_modulator(LIF_COND_EXP)
BOUNDED = {"w_max": 10*nS}
FAST = {"tau_plus": 8*ms, "tau_minus": 8*ms, "a_plus": 0.2, "a_minus": 0.15}
RULES: dict[str, dict[str, Any]] = {  # parameters by which 60 ms change a weight visibly
    "stdp_additive": {**BOUNDED, **FAST}, "stdp_nearest": {**BOUNDED, **FAST},
    "stdp_multiplicative": {**BOUNDED, **FAST, "mu": 0.5},
    "stdp_van_rossum": {**BOUNDED, **FAST},
    "stdp_triplet": {**BOUNDED, "a2_plus": 0.02, "a2_minus": 0.05, "a3_plus": 0.2,
                     "a3_minus": 0.05},
    "inhibitory_vogels": {**BOUNDED, "eta": 0.1, "rho_0": 20*Hz},
    "synaptic_scaling": {**BOUNDED, "beta": 0.5, "rate_goal": 30*Hz, "tau_rate": 20*ms},
    "three_factor": {**BOUNDED, "tau_c": 40*ms, "eta": 400*Hz},
    "bcpnn": {"w_gain": 2*nS, "tau_p": 30*ms, "tau_zj": 15*ms, "kappa": 1.5, "eps": 0.05},
    "tsodyks_markram": {"tau_f": 50*ms, "tau_d": 30*ms},
    "short_term_memory": {"tau_f": 60*ms, "tau_d": 20*ms},
}


def _rule(name: str) -> Any:
    """The rule between sources and neurons that also get a current and a modulator."""
    model = SYNAPSES[name]("g_inh" if name == "inhibitory_vogels" else "g_exc", "siemens")
    current = np.array([0.13, 0.16, 0.2, 0.25]) + (1.8 if name == "inhibitory_vogels" else 0)
    return eg.Network(
        [raster("pre", 6, 600, 0.03, 9), raster("reward", 1, 600, 0.01, 10),
         eg.Population("post", 4, LEARNER, {"i_offset": current*nA, "tau_ref": 2*ms})],
        [eg.Projection("rule", "pre", "post", ALL, model, RULES[name],
                       {"w": np.linspace(0.8, 7, 24)*nS}, delay=3*STEP),
         eg.Projection("gate", "reward", "post", ALL, static("dopamine", "1"), {"w": 0.5})],
        probes=[eg.StateProbe("post", ["v", "dopamine"], every=5),
                eg.WeightProbe("rule", [30]*ms)])


for _name in RULES:
    register(Scenario(f"synapse_{_name}", partial(_rule, _name), 60*ms, 12))


@scenario(60*ms, 12)
def synapse_clopath() -> Any:
    """Voltage-based plasticity on the neuron that has the filtered voltages."""
    rule = SYNAPSES["clopath"]("i_exc", homeostatic=True)
    return eg.Network(
        [raster("pre", 5, 600, 0.03, 11),
         eg.Population("post", 3, CLOPATH, {"i_offset": np.array([1.0, 1.4, 2.2])*nA})],
        [eg.Projection("rule", "pre", "post", ALL, rule,
                       {"w_max": 0.5*nA, "a_ltd": 2e-2/mV, "a_ltp": 1e-2/mV**2}, {"w": 0.2*nA})],
        probes=[eg.StateProbe("post", ["v", "v_minus"], every=5)])


@scenario(60*ms, 12)
def synapse_gap_junction() -> Any:
    """Neurons joined all to all, one of them driven; two projections sum into one variable."""
    gap = SYNAPSES["gap_junction"]()
    w = np.random.default_rng(12).uniform(1, 4, 20)*nS
    return eg.Network(
        [eg.Population("cells", 5, LIF_DELTA, {"i_offset": np.array([.5, .3, 0, .12, .1])*nA}),
         eg.Population("far", 2, LIF_DELTA, {"i_offset": 0.3*nA})],
        [eg.Projection("gap", "cells", "cells", eg.AllToAll(self_connections=False), gap, {"w": w}),
         eg.Projection("more", "far", "cells", ALL, gap, {"w": 2*nS})],
        probes=[eg.StateProbe("cells", ["v", "i_gap"], every=3)])


RELAX = eg.SynapseModel(
    "relax", """
    dw/dt = (goal - w)/tau : 1
    dx/dt = -x/tau_x + g_post/(20*ms) : 1 (clock-driven)
    used : 1
    goal : 1
    tau : second
    tau_x : second
    """,
    on_pre="w *= 0.5; used = w + 0.01*x; v_post += used", on_post="w += 0.2; x += 1",
    defaults={"w": 0.6, "x": 0.0, "used": 0.0, "tau": 4*ms, "tau_x": 3*ms})


@scenario(50*ms, 20)
def own_dynamics() -> Any:
    """Synapses with equations of their own: one solved at events only, one in every step."""
    goal = np.linspace(0.2, 1.2, 12)
    return eg.Network(
        [raster("pre", 4, 500, 0.05, 13), relays("post", 3, tau=3*ms, rest=2*STEP)],
        [eg.Projection("s", "pre", "post", ALL, RELAX, {"goal": goal, "tau": (2 + goal)*ms},
                       delay=2*STEP), eg.Projection("count", "post", "post", ONE, eg.SynapseModel(
                           "count", "w : 1", "g_post += w"), {"w": 0.1})],
        probes=[eg.StateProbe("post", ["v", "g"], every=2), eg.WeightProbe("s", [11, 37]*ms, "x")])


PEEK = eg.SynapseModel(
    "peek", """
    w : 1
    seen : 1
    mean_v = 0.5*(v_pre + v_post) : 1
    """,
    on_pre="low = 0.3*v_post; seen += mean_v; w = clip(w + 0.2*(low - 0.02), 0, 2); v_post += w",
    on_post="change = 0.1*v_pre; w = clip(w + change, 0, 2)", defaults={"w": 0.4, "seen": 0.0})


@scenario(50*ms, 30)
def reads_neurons() -> Any:
    """Events that read variables of both neurons, by temporaries and a subexpression."""
    return eg.Network(
        [raster("in", 6, 500, 0.06, 14), eg.Population("a", 6, RELAY, {"tau": 2*ms}),
         relays("b", 5, tau=4*ms, rest=3*STEP)],
        [eg.Projection("feed", "in", "a", ONE, TO_V),
         eg.Projection("peek", "a", "b", eg.FixedProbability(0.7), PEEK, delay=2*STEP),
         eg.Projection("back", "b", "a", eg.FixedOutDegree(2), TO_V, {"w": -0.2}, delay=3*STEP)],
        probes=[eg.StateProbe("a", "v", every=2), eg.StateProbe("b", "v", every=2)])
