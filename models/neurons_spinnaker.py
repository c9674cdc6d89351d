"""A neuron as the SpiNNaker board computes it: discrete updates, one a step."""

from __future__ import annotations

from ..simulator import NeuronModel
from ..simulator.units import ms, mV, nA, nfarad

IF_CURR_EXP_SPINNAKER = NeuronModel(
    name="IF_curr_exp_spinnaker",
    equations="""
    v : volt (unless refractory)
    i_exc : amp
    i_inh : amp
    in_exc : amp
    in_inh : amp
    v_rest : volt
    v_reset : volt
    v_thresh : volt
    c_m : farad
    tau_m : second
    tau_syn_e : second
    tau_syn_i : second
    tau_refrac : second
    i_offset : amp
    """,
    update="""
    i_exc = i_exc*exp(-dt/tau_syn_e) + in_exc*(tau_syn_e/dt)*(1 - exp(-dt/tau_syn_e))
    i_inh = i_inh*exp(-dt/tau_syn_i) + in_inh*(tau_syn_i/dt)*(1 - exp(-dt/tau_syn_i))
    in_exc = 0*amp
    in_inh = 0*amp
    target = v_rest + (i_exc - i_inh + i_offset)*(tau_m/c_m)
    v = target - exp(-dt/tau_m)*(target - v)
    """,
    threshold="v >= v_thresh",
    reset="v = v_reset",
    refractory="tau_refrac",
    defaults={"v": "v_rest", "i_exc": 0*nA, "i_inh": 0*nA, "in_exc": 0*nA, "in_inh": 0*nA,
              "v_rest": -60*mV, "v_reset": -60*mV, "v_thresh": -57*mV, "c_m": 0.27*nfarad,
              "tau_m": 3*ms, "tau_syn_e": 0.3*ms, "tau_syn_i": 0.3*ms, "tau_refrac": 1*ms,
              "i_offset": 0*nA})
"""PyNN's IF_curr_exp in the order and with the factors of the board's software.

Synapses send to `in_exc` and `in_inh`; both weights are positive. Input of a step is spread over
that step, hence the factor tau_syn/dt (1 - exp(-dt/tau_syn)), and acts on `v` in the same step;
the current is constant within the step. At dt = 1 ms it fires as boards were recorded to. Names
and units are PyNN's; the defaults are those of the large neurons of the hippocampal memory in
arXiv 2310.05868.
"""
