"""Random networks of everything that the emulator has."""

import numpy as np

import engram as eg
from engram import ms, mV, nA
from engram.models import (
    IZHIKEVICH,
    LIF_COND_EXP,
    LIF_CURR_EXP,
    LIF_DELTA,
    static,
    stdp_additive,
    stdp_multiplicative,
)

KINDS = {  # model, variables of both receptors, unit, a weight that makes a neuron fire
    "curr": (LIF_CURR_EXP, "i_exc", "i_inh", "amp", 1.5 * nA),
    "delta": (LIF_DELTA, "v", "v", "volt", 6 * mV),
    "cond": (LIF_COND_EXP, "g_exc", "g_inh", "siemens", 25 * eg.nS),
    "izh": (IZHIKEVICH, "i_exc", "i_inh", "volt/second", 8 * mV / ms)}


def random_network(seed, scale=1.0):
    """All kinds of neurons in more than one block, all kinds of synapses, delays of both sorts."""
    rng = np.random.default_rng(seed)
    dt = [1.0, 0.1][seed % 2]
    steps = rng.integers(0, 400, 600)
    source = np.unique(np.column_stack([steps, rng.integers(0, 30, 600)]), axis=0)
    populations = [eg.Population("trains", 30, eg.SpikeTimes(source[:, 1], source[:, 0] * dt * ms)),
                   eg.Population("noise", 10, eg.Poisson(0.1 / (dt * ms)))]
    projections = []
    for name, (model, exc, inh, unit, weight) in KINDS.items():
        size = int(rng.integers(65, 90))
        more = {"tau_exc": rng.uniform(0.3, 5.0, size) * ms} if name != "delta" else {}
        if name != "izh":
            more |= {"tau_m": rng.uniform(2, 20, size) * ms,
                     "tau_ref": rng.integers(0, 4) * dt * ms}
        populations.append(eg.Population(name, size, model, more))

        def join(label, source, synapse, target=name, **values):
            fan = 0.3 if source != target else 0.1
            projections.append(eg.Projection(
                f"{label}_{target}", source, target, eg.FixedProbability(fan), synapse, values,
                delay="dt*floor(1 + 5*rand())" if rng.random() < 0.5 and "w_max" not in values
                else int(rng.integers(1, 5)) * dt * ms))
        join("exc", "trains", static(exc, unit), w=weight * scale)
        sign = -1 if name == "delta" else 1
        join("inh", "noise", static(inh, unit), w=weight * scale * 0.3 * sign)
        join("own", name, static(exc, unit), w=weight * scale * 0.2)
        if name != "delta":
            rule = stdp_additive if seed % 3 else stdp_multiplicative
            join("plastic", name, rule(exc, unit), w=weight * scale * 0.3, w_max=weight * scale,
                 a_plus=0.1, a_minus=0.08)
    probes = [eg.SpikeProbe(n) for n in ("trains", "noise", *KINDS)]
    probes += [eg.StateProbe("curr", ("v", "i_exc"), every=3, neurons=[0, 64]),
               eg.StateProbe("izh", ("u",)), eg.StateProbe("cond", ("g_inh", "v"))]
    return eg.Network(populations, projections, probes=probes, dt=dt * ms)


def dense_network(seed):
    """25 trains onto 70 neurons, of which some fire all the time, with pauses and recurrence."""
    rng = np.random.default_rng(seed)
    dt = [1.0, 0.1][seed % 2]
    steps = np.concatenate([rng.integers(0, 25, 70), rng.integers(45, 90, 130)])
    source = np.unique(np.column_stack([steps, 25 * rng.random(200)**3]).astype(int), axis=0)
    drive = np.where(rng.random(70) < 0.2, rng.uniform(5, 20, 70), rng.uniform(0, 2, 70))
    neurons = {"i_offset": drive * [0.15, 1][seed % 2] * nA, "tau_ref": 0 * ms}
    rule = {"w_min": 0.001 * nA, "w_max": 0.01 * nA, "a_plus": [0.3, 0.02][seed % 2],
            "a_minus": 0.06, "tau_plus": [5, 400][seed // 2 % 2] * ms, "tau_minus": 7 * ms}
    learn = [eg.Projection(f"p{delay}", name, "out", how, stdp_additive("i_exc"),
                           {"w": "rand()*w_max", **rule}, delay=delay * dt * ms)
             for delay, name, how in ((1, "in", eg.AllToAll()), (4, "in", eg.FixedProbability(0.5)),
                                      (2, "out", eg.FixedProbability(0.35)))]
    trains = eg.SpikeTimes(source[:, 1], source[:, 0] * dt * ms)
    return eg.Network([eg.Population("in", 25, trains),
                       eg.Population("out", 70, LIF_CURR_EXP, neurons)], learn, dt=dt * ms)
