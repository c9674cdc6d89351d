"""A scenario for each neuron of the library, made from one table; and cases of integration."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from conformance.scenario import (
    STEP,
    Scenario,
    fires,
    holds,
    raster,
    register,
    scenario,
    times,
)

import engram as eg
from engram import ms, mV, nA, nS, pF
from engram.models.neurons import LIF_CURR_ALPHA, LIF_CURR_EXP, LIF_DELTA, NEURONS
from engram.models.synapses import static

NEURON_COUNT = 6


class Drive(NamedTuple):
    """Constant input from `low` to `high` over the neurons; spikes go to `exc` and `inh`.

    A neuron is driven so that it fires several times, and differs from its neighbours.
    """

    low: Any
    high: Any
    exc: str
    inh: str
    unit: str
    weight: Any
    steps: int = 400
    least: int = 10
    dt: Any = STEP


MV_MS = mV/ms
CURRENT = partial(Drive, exc="i_exc", inh="i_inh", unit="amp")
CONDUCTANCE = partial(Drive, exc="g_exc", inh="g_inh", unit="siemens")
ALPHA = {"exc": "h_exc", "inh": "h_inh"}
DRIVES = {
    "lif_delta": Drive(0.05*nA, 0.25*nA, "v", "v", "volt", 2.3*mV),
    "lif_curr_exp": CURRENT(0.05*nA, 0.25*nA, weight=0.07*nA),
    "lif_curr_alpha": CURRENT(0.05*nA, 0.25*nA, weight=0.05*nA, **ALPHA),
    "lif_cond_exp": CONDUCTANCE(0.05*nA, 0.25*nA, weight=2*nS),
    "lif_cond_alpha": CONDUCTANCE(0.05*nA, 0.25*nA, weight=1.5*nS, **ALPHA),
    "lif_adaptive": CURRENT(0.1*nA, 0.5*nA, weight=0.07*nA),
    "lif_noise": CURRENT(0.1*nA, 0.3*nA, weight=0.07*nA),
    "eif_curr_exp": CURRENT(0.2*nA, 0.6*nA, weight=0.07*nA),
    "eif_cond_exp": CONDUCTANCE(0.2*nA, 0.6*nA, weight=2*nS),
    "adex_curr_exp": CURRENT(0.9*nA, 2*nA, weight=0.1*nA),
    "adex_cond_exp": CONDUCTANCE(0.9*nA, 2*nA, weight=3*nS),
    "izhikevich_curr_exp": CURRENT(8*MV_MS, 25*MV_MS, unit="volt/second", weight=2*MV_MS,
                                   steps=800),
    "hodgkin_huxley_curr_exp": CURRENT(0.6*nA, 2.5*nA, weight=0.3*nA, steps=900, dt=0.05*ms),
    "traub_miles_cond_exp": CONDUCTANCE(0.3*nA, 1*nA, weight=5*nS, steps=900, dt=0.05*ms),
    "clopath": CURRENT(0.9*nA, 2*nA, weight=0.1*nA),
    "IF_curr_exp_spinnaker": Drive(0.2*nA, 0.7*nA, "in_exc", "in_inh", "amp", 0.5*nA, 120, dt=1*ms),
}


def _neuron(name: str) -> Any:
    """Six neurons with different constant input, and spikes of both signs."""
    model, d = NEURONS[name], DRIVES[name]
    low, high = (x / x.__class__(1, x.dim) for x in (d.low, d.high))
    offsets = eg.Quantity(np.linspace(low, high, NEURON_COUNT), d.low.dim)
    w = d.weight * np.linspace(0.4, 1.6, 4 * NEURON_COUNT)
    state = [e.name for e in model.parsed if e.kind == "differential"] or ["v", "i_exc"]
    minus = -0.5 if d.inh == d.exc else 0.5
    return eg.Network(
        [raster("exc", 4, d.steps, 0.04, 2, d.dt), raster("inh", 4, d.steps, 0.02, 3, d.dt),
         eg.Population("cells", NEURON_COUNT, model, {"i_offset": offsets})],
        [eg.Projection("e", "exc", "cells", eg.AllToAll(), static(d.exc, d.unit), {"w": w}),
         eg.Projection("i", "inh", "cells", eg.AllToAll(), static(d.inh, d.unit),
                       {"w": w * minus}, delay=3*d.dt)],
        probes=[eg.StateProbe("cells", state, every=3)], dt=d.dt)


def _builder(name: str) -> Callable[[], Any]:
    return partial(_neuron, name)


for _name, _d in DRIVES.items():
    register(Scenario(f"neuron_{_name}", _builder(_name), _d.steps * _d.dt, _d.least))


ALIKE = np.array([5, 10, 10 + 1e-9, 20, 7, 10])*ms


@scenario(60*ms, 15)
def equal_time_constants() -> Any:
    """Membrane and synapse with one time constant, nearly one, and different ones."""
    return eg.Network(
        [raster("exc", 5, 600, 0.05, 4),
         eg.Population("cells", 6, LIF_CURR_EXP, {"tau_m": 10*ms, "tau_exc": ALIKE})],
        [eg.Projection("e", "exc", "cells", eg.AllToAll(), static("i_exc"), {"w": 0.25*nA})],
        probes=[eg.StateProbe("cells", ["v", "i_exc"], every=5)])


AT = 4  # step in which the spike of `alpha_shape` arrives
LIFTS = np.array([0.5, 0.8, 1.1, 1.4, 1.7, 9])*1e-3  # thresholds above rest, in V; the peak is 1.84


def _alpha_answer(run: Any) -> None:
    s = np.maximum(0, (np.arange(run.steps) - AT + 1) * 1e-4)  # s since arrival, at a step's end
    tau = 5e-3
    v = 1e-10*np.e/(2*tau*200e-12) * s**2*np.exp(-s/tau)  # all three time constants are tau
    holds(run, "cells", "h_exc", np.where(s > 0, 1e-10*np.exp(-s/tau), 0)[:, None])
    holds(run, "cells", "i_exc", (1e-10*s/tau*np.exp(1 - s/tau))[:, None], rtol=1e-11)
    holds(run, "cells", "v", (-0.06 + v)[:, None], rtol=1e-11)
    fires(run, "cells", [(int(np.argmax(v > lift)), j) for j, lift in enumerate(LIFTS[:5])])


@scenario(30*ms, 5, _alpha_answer)
def alpha_shape() -> Any:
    """One spike through an alpha synapse of the membrane's own time constant: closed forms."""
    cells = eg.Population("cells", 6, LIF_CURR_ALPHA, {
        "tau_m": 5*ms, "v_th": (-60 + LIFTS*1e3)*mV, "tau_ref": 100*ms})
    return eg.Network(
        [times("in", 1, {0: [AT - 1]}), cells],
        [eg.Projection("e", "in", "cells", eg.AllToAll(), static("h_exc"), {"w": 0.1*nA})],
        probes=[eg.StateProbe("cells", ["v", "i_exc", "h_exc"], neurons=[5])])


LEAK = eg.NeuronModel(
    "leak", """
    dv/dt = -v/tau : 1
    tau : second
    v_low : 1
    start : 1
    """, threshold="v < v_low", reset="v = start", defaults={"v": "start"})
TAU, LOW, START = np.array([1, 2, 3, 5.]), np.array([0.5, 0.4, 0.3, 0.6]), np.array([1, 2, 1, 4.])


def _leak_answer(run: Any) -> None:
    period = np.ceil(np.log(START/LOW)*TAU*10).astype(int)  # no quotient is near a whole number
    fires(run, "cells", [(n*p - 1, i) for i, p in enumerate(period) for n in range(1, run.steps)])
    k = np.arange(1, run.steps + 1)[:, None] % period
    holds(run, "cells", "v", START*np.exp(-0.1*k/TAU))


@scenario(40*ms, 60, _leak_answer)
def neuron_parameters() -> Any:
    """Time constants, thresholds, resets and first values of each neuron's own."""
    return eg.Network([eg.Population("cells", 4, LEAK, {"tau": TAU*ms, "v_low": LOW,
                                                        "start": START})],
                      probes=[eg.StateProbe("cells", "v")])


@scenario(60*ms, 25)
def drawn_parameters() -> Any:
    """Texts with rand(): values of every neuron drawn from the seed, refractory periods too."""
    return eg.Network(
        [eg.Population("cells", 12, LIF_DELTA,
                       {"i_offset": "(0.15 + 0.2*rand())*nA", "tau_m": "(10 + 15*rand())*ms",
                        "tau_ref": np.arange(12)*STEP, "c_m": "(180 + 5*i)*pF"},
                       {"v": "v_reset + rand()*(v_th - v_reset)"})],
        probes=[eg.StateProbe("cells", "v", every=5, neurons=[11, 0, 7])])


@scenario(150*ms, 20)
def short_time_constants() -> Any:
    """Time constants of a third and a tenth of the step of 1 ms."""
    return eg.Network(
        [raster("in", 3, 150, 0.2, 5, 1*ms),
         eg.Population("cells", 3, LIF_CURR_EXP, {"tau_exc": np.array([0.3, 0.1, 5])*ms,
                                                  "tau_m": np.array([0.5, 3, 3])*ms,
                                                  "tau_ref": 1*ms, "c_m": 140*pF})],
        [eg.Projection("e", "in", "cells", eg.AllToAll(), static("i_exc"),
                       {"w": np.array([30, 60, 2]*3)*nA}, delay=2*ms)],
        probes=[eg.StateProbe("cells", ["v", "i_exc"])], dt=1*ms)


METHOD_TEXT = "dv/dt = (1.5 + sin(t/(3*ms)) - v*v)/(5*ms) : 1\ndu/dt = (v - u)/(4*ms) : 1"


@scenario(40*ms, 20)
def integration_methods() -> Any:
    """One nonlinear system, with time in its equation, under every explicit method."""
    pops = [eg.Population(f"by_{m}", 3, eg.NeuronModel(
        f"riccati {m}", METHOD_TEXT, threshold="v > 0.7 + 0.1*u", reset="v = -0.3; u += 0.1",
        method=m), initial={"v": np.array([0.0, 0.2, -0.4])}) for m in ("euler", "rk2", "rk4",
                                                                        "heun")]
    return eg.Network(pops, probes=[eg.StateProbe(p.name, ["v", "u"], every=4) for p in pops])


@scenario(60*ms, 20)
def timed_values() -> Any:
    """Currents for all and for each neuron, and a threshold that is moved during the run."""
    steps = np.array([0, 101, 250, 251, 400])
    each = np.random.default_rng(6).uniform(0, 0.5, (3, 4))
    return eg.Network(
        [eg.Population("all", 3, LIF_DELTA, {"tau_ref": np.array([0, 1, 2])*ms}),
         eg.Population("each", 4, LIF_DELTA)],
        stimuli=[eg.StepCurrent("all", "i_offset", steps*STEP, np.array([0, .3, 1, .2, .4])*nA),
                 eg.StepCurrent("each", "i_offset", steps[:3]*STEP, each*nA),
                 eg.StepCurrent("each", "v_th", [0, 30]*ms, [-50, -54]*mV)],
        probes=[eg.StateProbe("all", ["v", "i_offset"], every=7), eg.StateProbe("each", "v")])
