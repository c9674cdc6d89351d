"""Neurons, astrocyte and synapses of the steered liquid, in steps of 1 ms."""

from __future__ import annotations

from ...simulator import NeuronModel, SynapseModel
from ...simulator.units import ms

TRACE = """
    earlier = trace
    trace = (trace + raised*fired)*exp(-dt/tau_trace)
    fired = 0
    """
"""Of spikes before this step, and of those before the one before; what synapses learn by."""

TRACED = "fired : 1\ntrace : 1\nearlier : 1\nraised : 1\ntau_trace : second\n"
TRACED_DEFAULTS = {"v": 0, "fired": 0, "trace": 0, "earlier": 0, "anew": 0, "raised": 0.1,
                   "tau_trace": 10*ms, "tau_v": 64*ms, "v_th": 20}

CELL = NeuronModel(
    "liquid_cell", TRACED + """
    v : 1
    current : 1
    anew : 1
    rate : 1
    gain : 1
    tau_v : second
    tau_u : second
    v_th : 1
    """,
    update="""
    v = (1 - anew)*(v + current - v*dt/tau_v)
    current = (1 - anew)*current*exp(-dt/tau_u)
    """ + TRACE,
    threshold="v >= v_th", reset="v = 0; fired = 1", refractory=2*ms,
    defaults={**TRACED_DEFAULTS, "current": 0, "rate": 0.15, "gain": 1, "tau_u": 1*ms})
"""Integrate-and-fire with exponential currents, integrated while refractory.

`rate`, that of depression, and `gain`, of potentiation, are the astrocyte's. In the step where
`anew` is 1 a picture begins.
"""

PIXEL = NeuronModel(
    "liquid_pixel", TRACED + "v : 1\nanew : 1\ntau_v : second\nv_th : 1",
    update="v = (1 - anew)*(v - v*dt/tau_v)" + TRACE,
    threshold="v >= v_th", reset="v = 0; fired = 1", refractory=2*ms, defaults=TRACED_DEFAULTS)
"""A neuron of the input: what is shown while it is refractory makes it fire after."""

ASTROCYTE = NeuronModel(
    "liquid_astrocyte", """
    a : 1
    gain : 1
    liquid : 1
    given : 1
    anew : 1
    keep : 1
    w : 1
    bias : 1
    tau : second
    """,
    update="""
    a = anew*bias + (1 - anew)*keep*(a + (gain*(w*(liquid - given) + bias) - a)*dt/tau)
    gain = anew + (1 - anew)*keep*gain
    liquid = 0
    given = 0
    """,
    defaults={"a": "bias", "gain": 1, "liquid": 0, "given": 0, "anew": 0, "keep": 1, "w": 0.015,
              "bias": 0.15, "tau": 100*ms})
"""a follows w (spikes of the liquid - spikes of the input) + bias with `tau`, forward Euler."""

SHOWN = SynapseModel("shown", on_pre="v_post += 100")
"""A pixel that is drawn makes its neuron fire."""

STEERS = SynapseModel("steers", "rate_post = a_pre : 1 (summed)\ngain_post = gain_pre : 1 (summed)")


def counts(name: str) -> SynapseModel:
    """Each spike adds one to what the astrocyte counts under `name`."""
    return SynapseModel(f"counts {name}", on_pre=f"{name}_post += 1")


SYNAPSE = "w : 1\nlow : 1\nhigh : 1\nup : 1"

EXCITES = SynapseModel(
    "steered stdp", SYNAPSE,
    on_pre="w = clip(w - rate_post*trace_post, low, high); current_post += w",
    on_post="w = clip(w + up*gain_post*earlier_pre, low, high)", defaults={"up": 0.15})
"""Post after pre potentiates at `up`, pre after post depresses at the target's `rate`.

All pairs; spikes of one step are none. A post event comes a step late, and reads what was.
"""

INHIBITS = SynapseModel(
    "steered stdp, inhibitory", SYNAPSE,
    on_pre="w = clip(w + up*gain_post*trace_post, low, high); current_post += w",
    on_post="w = clip(w - rate_post*earlier_pre, low, high)", defaults={"up": 0.15})
"""The two rates have changed places."""
