"""Networks that simulators of other makes can run: small, driven, without chance in the run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

import engram as eg
from engram import ms, mV, nA, pF
from engram.models import (
    ADEX_COND_EXP,
    LIF_COND_ALPHA,
    LIF_COND_EXP,
    LIF_CURR_ALPHA,
    LIF_CURR_EXP,
    LIF_DELTA,
    TRAUB_MILES,
    static,
    stdp_additive,
    stdp_multiplicative,
    stdp_van_rossum,
)
from engram.models.neurons import delta, izhikevich

# Our exponential Euler errs by a part of dt, NEST's integrator does not: compare the equations.
COND_EXP = replace(LIF_COND_EXP, method="rk4")
DT = 0.1*ms
DURATION = 120*ms
nS = eg.units.UNITS["nsiemens"]
MEMBRANE = {"v_rest": -65*mV, "v_reset": -65*mV, "v_th": -50*mV, "tau_m": 20*ms, "c_m": 200*pF,
            "tau_ref": 2*ms}


def source(size: int, seed: int, every: float = 9.0, name: str = "input") -> eg.Population:
    """Spikes of each neuron about `every` ms, from 2 ms on."""
    rng = np.random.default_rng(seed)
    trains = {n: np.round(np.sort(np.unique(rng.uniform(2, 115, int(115 / every)).round(1))), 1)
              for n in range(size)}
    return eg.Population(name, size, eg.SpikeTimes.of(trains, ms))


def network(populations: list[Any], projections: list[Any], stimuli: Any = ()) -> eg.Network:
    return eg.Network(populations, projections, stimuli, dt=DT, name="exported")


def cells(name: str, size: int, model: Any, **more: Any) -> eg.Population:
    return eg.Population(name, size, model, {**MEMBRANE, **more})


def join(name: str, pre: Any, post: Any, to: str, weight: Any, delay: Any, connector: Any = None,
         unit: str = "amp") -> eg.Projection:
    return eg.Projection(name, pre, post, connector or eg.AllToAll(), static(to, unit),
                         {"w": weight}, delay=delay)


def chain(model: Any, to: str, weight: Any, unit: str = "amp", **more: Any) -> eg.Network:
    """Four links, with one more delay each, that a shift of a step a link would show in."""
    links = [cells(f"c{n}", 3, model, **more) for n in range(4)]
    one = eg.OneToOne()
    joins = [join("first", "input", "c0", to, weight, 0.1*ms, one, unit)]
    joins += [join(f"link{n}", f"c{n}", f"c{n + 1}", to, weight, (0.2 + n)*ms, one, unit)
              for n in range(3)]
    return network([source(3, 1, 20), *links], joins)


def balanced(model: Any, exc: str, inh: str, weight: Any, unit: str, **more: Any) -> eg.Network:
    """Inputs to excitatory cells, and inhibitory ones that answer."""
    return network(
        [source(20, 2), cells("e", 12, model, **more), cells("i", 1, model, **more)],
        [join("in_e", "input", "e", exc, weight, 1*ms, eg.FixedProbability(0.5), unit),
         join("e_i", "e", "i", exc, weight*0.8, 1.5*ms, None, unit),
         join("i_e", "i", "e", inh, weight*2, 2*ms, None, unit)])


def currents() -> eg.Network:
    """Constant currents that differ by neuron; nothing else happens."""
    return network([cells("driven", 6, LIF_CURR_EXP,
                          i_offset=np.array([0.1, 0.16, 0.2, 0.3, 0.5, 0.8])*nA)], [])


def stepped() -> eg.Network:
    """A current that is switched on, raised and switched off, beside spikes."""
    step = eg.StepCurrent("driven", "i_offset", [10, 50, 90]*ms, [0.3, 0.6, 0.0]*nA)
    return network([source(4, 3), cells("driven", 4, LIF_CURR_EXP)],
                   [join("in", "input", "driven", "i_exc", 0.3*nA, 1*ms)], [step])


def mixed() -> eg.Network:
    """Every synapse has a weight and a delay of its own, every neuron a threshold."""
    rng = np.random.default_rng(4)
    pre, post = np.divmod(np.arange(60), 6)
    return network(
        [source(10, 5), cells("a", 6, LIF_CURR_EXP, v_th=np.linspace(-55, -50, 6)*mV),
         cells("b", 6, LIF_CURR_EXP, tau_m=np.linspace(10, 25, 6)*ms)],
        [join("in", "input", "a", "i_exc", rng.uniform(0.4, 1.2, 60)*nA,
              rng.integers(1, 40, 60)*DT, eg.FromArrays(pre, post)),
         join("on", "a", "b", "i_exc", rng.uniform(0.5, 1, 36)*nA, rng.integers(2, 40, 36)*DT)])


def parts() -> eg.Network:
    """Views of populations, one to one, and populations of one neuron."""
    one = eg.OneToOne()
    return network(
        [source(6, 6), cells("left", 3, LIF_CURR_EXP), cells("single", 1, LIF_CURR_EXP)],
        [join("a", eg.View("input", 0, 3), "left", "i_exc", 2*nA, 0.1*ms, one),
         join("b", eg.View("input", 3, 6), eg.View("left", 1, 3), "i_inh", 0.5*nA, 3*ms),
         join("c", eg.View("left", 2, 3), "single", "i_exc", 2.5*nA, 1*ms, one)])


def adaptive() -> eg.Network:
    """AdEx under constant currents and spikes."""
    return network(
        [source(5, 7), eg.Population("cell", 5, ADEX_COND_EXP,
                                     {"i_offset": np.linspace(0.9, 1.5, 5)*nA, "v_peak": -30*mV,
                                      "tau_ref": 2*ms})],
        [join("in", "input", "cell", "g_exc", 4*nS, 1*ms, eg.OneToOne(), "siemens")])


def quadratic() -> eg.Network:
    """Izhikevich's cells, under constant currents and spikes that make them jump."""
    return network(
        [source(5, 7), eg.Population(
            "cell", 5, izhikevich(delta("volt/second")),
            {"i_offset": np.linspace(8, 24, 5)*mV/ms}, {"v": -65*mV, "u": -13*mV/ms})],
        [join("in", "input", "cell", "v", 5*mV, 1*ms, eg.OneToOne(), "volt")])


def conductive() -> eg.Network:
    """Traub and Miles' cells under constant currents and spikes, from rest, in steps of 0.02 ms."""
    built = network(
        [source(5, 7), eg.Population("cell", 5, TRAUB_MILES,
                                     {"i_offset": np.linspace(0.3, 0.9, 5)*nA})],
        [join("in", "input", "cell", "g_exc", 20*nS, 1*ms, eg.OneToOne(), "siemens")])
    return replace(built, dt=0.02*ms)  # exponential Euler errs by a part of dt


COND = {"tau_exc": 5*ms, "tau_inh": 8*ms}
STATIC = {
    "chain": lambda: chain(LIF_CURR_EXP, "i_exc", 3*nA),
    "chain_cond": lambda: chain(COND_EXP, "g_exc", 60*nS, "siemens"),
    "balanced": lambda: balanced(LIF_CURR_EXP, "i_exc", "i_inh", 0.4*nA, "amp"),
    "balanced_cond": lambda: balanced(COND_EXP, "g_exc", "g_inh", 16*nS, "siemens", **COND),
    "balanced_alpha": lambda: balanced(LIF_CURR_ALPHA, "h_exc", "h_inh", 0.2*nA, "amp"),
    "balanced_cond_alpha": lambda: balanced(LIF_COND_ALPHA, "h_exc", "h_inh", 4*nS, "siemens",
                                            **COND),
    "currents": currents, "stepped": stepped, "mixed": mixed, "parts": parts,
}
"""Networks without plasticity, by name: one function each."""

LOOSE = {"adaptive": adaptive, "quadratic": quadratic, "conductive": conductive}
"""Cells with an upstroke, which no two simulators cut at the same moment."""

JUMPS = {"chain_delta": lambda: chain(LIF_DELTA, "v", 20*mV, "volt")}
"""Cells that a spike makes jump; NEURON has none."""


def learning(rule: Any, **more: Any) -> eg.Network:
    """Sixteen synapses each of their own pre and post times; the posts are forced by strong input.

    Pairs lie on both sides of the window, 2 to 8 ms apart, so that both amplitudes and both time
    constants count and a step more or less does not change the side.
    """
    rng = np.random.default_rng(8)
    size, pairs = 16, 5
    first = np.round(np.arange(10, 110, 20) + rng.uniform(-1, 1, (size, pairs)), 1)
    apart = rng.uniform(2, 8, (size, pairs)) * np.where(rng.random((size, pairs)) < 0.5, 1, -1)
    second = np.round(first + apart - 1.6, 1)  # a post spike is seen 1.6 ms after its cause
    # The last one comes after all: NEST brings a weight up to date when it is sent.
    pre = {n: [*first[n], 118.0] for n in range(size)}
    force = dict(enumerate(second))
    one = eg.OneToOne()
    plastic = eg.Projection(
        "plastic", "pre", "cell", one, rule("i_exc"),
        {"w_max": 0.02*nA, "a_plus": 0.012, "a_minus": 0.015, "tau_plus": 15*ms,
         "tau_minus": 25*ms, **more}, {"w": np.linspace(0.006, 0.016, size)*nA}, delay=1*ms)
    return network(
        [eg.Population("pre", size, eg.SpikeTimes.of(pre, ms)),
         eg.Population("force", size, eg.SpikeTimes.of(force, ms)),
         cells("cell", size, LIF_CURR_EXP, tau_exc=0.5*ms)],
        [plastic, join("forced", "force", "cell", "i_exc", 30*nA, 0.5*ms, one)])


PLASTIC = {"additive": lambda: learning(stdp_additive),
           "multiplicative": lambda: learning(stdp_multiplicative),
           "between": lambda: learning(stdp_multiplicative, mu=0.5),
           "van_rossum": lambda: learning(stdp_van_rossum)}
"""Networks that learn, by name."""


def watched() -> eg.Network:
    """Membranes and conductances are recorded; a Poisson source fires beside given spikes."""
    return eg.Network(
        [source(4, 9), eg.Population("noise", 40, eg.Poisson(100*eg.Hz, start=20*ms, stop=100*ms)),
         cells("cell", 4, COND_EXP), cells("other", 40, LIF_CURR_EXP)],
        [join("in", "input", "cell", "g_exc", 3*nS, 1*ms, eg.OneToOne(), "siemens"),
         join("on", "noise", "other", "i_exc", 3*nA, 1*ms, eg.OneToOne())],
        probes=[eg.StateProbe("cell", ["v", "g_exc", "i_offset"])], dt=DT, name="watched")


WATCHED = {"watched": watched}
"""A network whose states are recorded."""
