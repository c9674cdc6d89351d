"""The networks that are timed, each as an engram description."""

from __future__ import annotations

from typing import Any

import engram as eg
from engram import Hz, ms, mV

CUBA = eg.NeuronModel(
    "CUBA", """
    dv/dt = (ge + gi - (v - v_l))/tau_m : volt (unless refractory)
    dge/dt = -ge/tau_e : volt
    dgi/dt = -gi/tau_i : volt
    v_l : volt
    v_t : volt
    v_r : volt
    tau_m : second
    tau_e : second
    tau_i : second
    """, "v > v_t", "v = v_r", 5 * ms,
    defaults={"v_l": -49 * mV, "v_t": -50 * mV, "v_r": -60 * mV, "tau_m": 20 * ms,
              "tau_e": 5 * ms, "tau_i": 10 * ms})
"""Vogels and Abbott 2005 (J. Neurosci. 25:10786), as in the review of Brette et al. 2007."""

LIF = eg.NeuronModel(
    "LIF", """
    dv/dt = (v_l - v + ge)/tau_m : volt
    dge/dt = -ge/tau_e : volt
    v_l : volt
    tau_m : second
    tau_e : second
    """, "v > -54*mV", "v = -60*mV",
    defaults={"v_l": -74 * mV, "v": -60 * mV, "tau_m": 10 * ms, "tau_e": 5 * ms})

STDP = eg.SynapseModel(
    "additive pair STDP", """
    w : 1
    dapre/dt = -apre/tau : 1 (pre)
    dapost/dt = -apost/tau : 1 (post)
    tau : second
    g : volt
    """,
    on_pre="apre += 0.01; w = clip(w + apost, 0, 1); ge_post += g*w",
    on_post="apost -= 0.0105; w = clip(w + apre, 0, 1)",
    defaults={"tau": 20 * ms})


def _to(variable: str) -> Any:
    return eg.SynapseModel(f"to {variable}", "w : volt", f"{variable}_post += w")


def _balanced(n: int, connector: Any, w_exc: str, w_inh: str, delay: Any, name: str) -> Any:
    """80 % excitatory, 20 % inhibitory neurons of the CUBA model."""
    exc = 4 * n // 5
    return eg.Network(
        [eg.Population("cells", n, CUBA, initial={"v": "v_r + rand()*(v_t - v_r)"})],
        [eg.Projection("exc", eg.View("cells", 0, exc), "cells", connector, _to("ge"),
                       {"w": w_exc}, delay=delay),
         eg.Projection("inh", eg.View("cells", exc, n), "cells", connector, _to("gi"),
                       {"w": w_inh}, delay=delay)], dt=0.1 * ms, name=name)


def cuba() -> Any:
    """4,000 neurons, 2 %, a weight a synapse."""
    # 0*rand() makes the weights arrays: one weight a synapse, as the peers hold them
    return _balanced(4000, eg.FixedProbability(0.02), "(1.62 + 0*rand())*mV",
                     "(-9 + 0*rand())*mV", None, "cuba")


def large(synapses: int = 1000) -> Any:
    """100,000 neurons, 1,000 synapses each, one delay of 1.5 ms; fires at 2 to 5 Hz."""
    scale = (80 / synapses)**0.5
    return _balanced(100_000, eg.FixedOutDegree(synapses),
                     f"{1.62 * scale * 1.25}*(0.5 + rand())*mV",
                     f"{-9 * scale}*(0.5 + rand())*mV", 1.5 * ms, "large")


def dense() -> Any:
    """10,000 Poisson sources onto 100 neurons, all to all: 10^6 plastic synapses."""
    return _plastic(100, eg.AllToAll(), 0.054 * mV, "dense")


def sparse() -> Any:
    """10,000 Poisson sources onto 10,000 neurons, 10^6 plastic synapses."""
    return _plastic(10_000, eg.FixedOutDegree(100), 4.2 * mV, "sparse")


def _plastic(n: int, connector: Any, g: Any, name: str) -> Any:
    return eg.Network(
        [eg.Population("sources", 10_000, eg.Poisson(15 * Hz)), eg.Population("cells", n, LIF)],
        [eg.Projection("plastic", "sources", "cells", connector, STDP,
                       {"w": "rand()", "g": g})],
        probes=[eg.SpikeProbe("cells"), eg.SpikeProbe("sources")], dt=0.1 * ms, name=name)


def sources_only(n: int) -> Any:
    """What `dense` and `sparse` cost without their synapses: sources and silent neurons."""
    return eg.Network(
        [eg.Population("sources", 10_000, eg.Poisson(15 * Hz)), eg.Population("cells", n, LIF)],
        probes=[eg.SpikeProbe("cells"), eg.SpikeProbe("sources")], dt=0.1 * ms, name="sources")
