"""Neurons that carry what a synaptic learning rule reads: filtered voltages, a modulator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..simulator import NeuronModel
from ..simulator.equations import check_name
from ..simulator.units import ms, mV, pA
from .neurons_exponential import ADEX_DEFAULTS, ADEX_EQUATIONS
from .neurons_inputs import curr_exp

CLOPATH = NeuronModel(
    "clopath",
    ADEX_EQUATIONS.replace("- w\n", "- w + z\n") + """
    dz/dt = -z/tau_z : amp
    dv_th/dt = (v_th_rest - v_th)/tau_th : volt
    dclamp/dt = -1/tau_ref : 1  # from 1 at a spike to 0 at the end of the clamp, and on
    u = v_lim + (v_clamp - v_lim)*int(clamp > 0.000001) : volt
    dv_minus/dt = (u - v_minus)/tau_minus : volt
    dv_plus/dt = (u - v_plus)/tau_plus : volt
    dv_mean/dt = (u - v_mean)/tau_mean : volt
    i_spike : amp
    tau_z : second
    v_th_rest : volt
    v_th_max : volt
    tau_th : second
    v_clamp : volt
    tau_minus : second
    tau_plus : second
    tau_mean : second
    """ + curr_exp().equations,
    threshold="v > v_peak",
    reset="v = v_reset; w += b; z = i_spike; v_th = v_th_max; clamp = 1",
    refractory="tau_ref", method="rk2",
    defaults={**ADEX_DEFAULTS, "tau_ref": 2*ms, "z": 0*pA, "i_spike": 400*pA, "tau_z": 40*ms,
              "v_th": "v_th_rest", "v_th_rest": -50.4*mV, "v_th_max": -30.4*mV, "tau_th": 50*ms,
              "clamp": 0.0, "v_clamp": 33*mV, "v_minus": "v_rest", "v_plus": "v_rest",
              "v_mean": "v_rest", "tau_minus": 10*ms, "tau_plus": 7*ms, "tau_mean": 1000*ms,
              **curr_exp().defaults})
"""The neuron of voltage-based plasticity (Clopath et al. 2010, Nat. Neurosci. 13:344, Methods).

AdEx with a depolarising spike after-current `z` and a threshold `v_th` that jumps at a spike. The
rule reads `u`, the voltage with its spike: `v_clamp` for `tau_ref` after threshold, `v` otherwise;
`v_minus`, `v_plus` and `v_mean` are `u` filtered with `tau_minus`, `tau_plus` and `tau_mean`. The
midpoint method (rk2) judges the clamp inside the step, never at its ends, so that the clamp lasts
exactly its steps. Defaults: the paper's, visual cortex; a spike of 33 mV that lasts 2 ms is NEST's.
"""


def with_modulator(model: NeuronModel, name: str = "dopamine", tau: Any = 200*ms) -> NeuronModel:
    """`model` with a concentration that decays with `tau`, for three-factor synapses.

    Drive it with a projection of `static(name, "1")`: each spike of the source adds its weight.
    The default duration is that of Izhikevich 2007 (Cereb. Cortex 17:2443).
    """
    check_name(name, f"modulator of neuron model {model.name!r}")
    return replace(model, name=f"{model.name}_{name}",
                   equations=f"{model.equations}\nd{name}/dt = -{name}/tau_{name} : 1\n"
                             f"tau_{name} : second",
                   defaults={**model.defaults, f"tau_{name}": tau})
