"""Leaky integrate-and-fire neurons.

    tau_m dv/dt = v_rest - v + (tau_m/c_m) (i_syn + i_offset + i_gap)

A spike is fired when `v > v_th`; `v` is then `v_reset` for `tau_ref`, during which input to `v` is
lost while currents and conductances go on. `i_offset` is for constant and stepped currents, `i_gap`
for continuous couplings (a coupling owns the variable it sums into). The defaults are those of
Vogels and Abbott 2005 (J. Neurosci. 25:10786), as in the benchmarks of Brette et al. 2007
(J. Comput. Neurosci. 23:349).
"""

from __future__ import annotations

from ..simulator import NeuronModel
from ..simulator.units import ms, mV, pF
from .neurons_inputs import Inputs, cond_alpha, cond_exp, curr_alpha, curr_exp, delta

MEMBRANE = """
v_rest : volt
v_reset : volt
v_th : volt
tau_m : second
c_m : farad
tau_ref : second
"""
DEFAULTS = {"v": "v_rest", "v_rest": -60*mV, "v_reset": -60*mV, "v_th": -50*mV, "tau_m": 20*ms,
            "c_m": 200*pF, "tau_ref": 5*ms}


def lif(inputs: Inputs) -> NeuronModel:
    """The neuron of this module with one of the `neurons_inputs`, integrated as those say."""
    return NeuronModel(
        f"lif_{inputs.name}",
        "dv/dt = (v_rest - v)/tau_m + (i_syn + i_offset + i_gap)/c_m : volt (unless refractory)"
        + MEMBRANE + inputs.equations,
        threshold="v > v_th", reset="v = v_reset", refractory="tau_ref", method=inputs.method,
        defaults={**DEFAULTS, **inputs.defaults})


LIF_DELTA = lif(delta())
"""A spike makes `v` jump by its weight: static("v", "volt")."""

LIF_CURR_EXP = lif(curr_exp())
"""Exponential currents, integrated exactly, also for tau_exc = tau_m."""

LIF_CURR_ALPHA = lif(curr_alpha())
"""Alpha-shaped currents, integrated exactly; spikes go to `h_exc`, `h_inh`."""

LIF_COND_EXP = lif(cond_exp())
"""Exponential conductances, the COBA neuron of Brette et al. 2007; leak c_m/tau_m = 10 nS."""

LIF_COND_ALPHA = lif(cond_alpha())
"""Alpha-shaped conductances; spikes go to `h_exc`, `h_inh`."""

LIF_ADAPTIVE = NeuronModel(
    "lif_adaptive",
    LIF_CURR_EXP.equations + """
    dtheta/dt = -theta/tau_theta : volt
    d_theta : volt
    tau_theta : second
    """,
    threshold="v > v_th + theta", reset="v = v_reset; theta += d_theta", refractory="tau_ref",
    method="exact",
    defaults={**LIF_CURR_EXP.defaults, "d_theta": 2*mV, "tau_theta": 100*ms})
"""A threshold that each spike raises by `d_theta` and that comes back with `tau_theta`.

The adaptive neuron of recurrent networks with long memory (Bellec et al. 2018, NeurIPS) and,
with a very long `tau_theta`, of Diehl and Cook 2015 (Front. Comput. Neurosci. 9:99). The size and
duration set here are our choice.
"""

LIF_NOISE = NeuronModel(
    "lif_noise",
    LIF_CURR_EXP.equations.replace(
        "(i_syn + i_offset + i_gap)/c_m",
        "(i_syn + i_offset + i_gap)/c_m + sigma*sqrt(2/tau_m)*xi") + "sigma : volt\n",
    threshold="v > v_th", reset="v = v_reset", refractory="tau_ref", method="euler",
    defaults={**LIF_CURR_EXP.defaults, "sigma": 2*mV})
"""White noise on the membrane; far below threshold, `v` has the standard deviation `sigma`.

The noise is additive, so Euler-Maruyama and Milstein are the same scheme and Ito and Stratonovich
the same process. The stationary variance of the scheme is sigma^2 / (1 - dt/(2 tau_m)).
"""
