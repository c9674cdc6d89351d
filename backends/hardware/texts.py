"""Neurons of PyNN as texts of ours, with PyNN's default values.

The texts are those of the library of models (a test holds them equal), which the import rule keeps
out of backends. So a network made of library neurons, and one that came in through PyNN, are
recognised alike.
"""

from __future__ import annotations

from ...simulator.models import NeuronModel
from ...simulator.units import UNITS

ms, mV, nA, nF, nS, uS, volt = (UNITS[u] for u in (
    "ms", "mV", "nA", "nfarad", "nsiemens", "usiemens", "volt"))

DELTA = """
i_syn = {zero} : {unit}
i_offset : {unit}
i_gap : {unit}
"""
CURR_EXP = """
i_syn = i_exc - i_inh : {unit}
di_exc/dt = -i_exc/tau_exc : {unit}
di_inh/dt = -i_inh/tau_inh : {unit}
tau_exc : second
tau_inh : second
i_offset : {unit}
i_gap : {unit}
"""
CURR_ALPHA = """
i_syn = i_exc - i_inh : amp
di_exc/dt = (e*h_exc - i_exc)/tau_exc : amp
di_inh/dt = (e*h_inh - i_inh)/tau_inh : amp
dh_exc/dt = -h_exc/tau_exc : amp
dh_inh/dt = -h_inh/tau_inh : amp
tau_exc : second
tau_inh : second
i_offset : amp
i_gap : amp
"""
REVERSED = """
i_syn = g_exc*(e_exc - v) + g_inh*(e_inh - v) : amp
tau_exc : second
tau_inh : second
e_exc : volt
e_inh : volt
i_offset : amp
i_gap : amp
"""
COND_EXP = REVERSED + """
dg_exc/dt = -g_exc/tau_exc : siemens
dg_inh/dt = -g_inh/tau_inh : siemens
"""
COND_ALPHA = REVERSED + """
dg_exc/dt = (e*h_exc - g_exc)/tau_exc : siemens
dg_inh/dt = (e*h_inh - g_inh)/tau_inh : siemens
dh_exc/dt = -h_exc/tau_exc : siemens
dh_inh/dt = -h_inh/tau_inh : siemens
"""
LIF = """
dv/dt = (v_rest - v)/tau_m + (i_syn + i_offset + i_gap)/c_m : volt (unless refractory)
v_rest : volt
v_reset : volt
v_th : volt
tau_m : second
c_m : farad
tau_ref : second
"""
LIMITED = "v_lim = clip(v, -1*volt, v_peak) : volt\n"
ADEX = LIMITED + """
dv/dt = (g_l*(v_rest - v_lim) + g_l*delta_t*exp((v_lim - v_th)/delta_t) - w
         + i_syn + i_offset + i_gap)/c_m : volt (unless refractory)
dw/dt = (a*(v_lim - v_rest) - w)/tau_w : amp
v_rest : volt
v_reset : volt
v_peak : volt
delta_t : volt
g_l : siemens
c_m : farad
a : siemens
b : amp
tau_w : second
tau_ref : second
v_th : volt
"""
IZHIKEVICH = LIMITED + """
dv/dt = (0.04/mV/ms)*v_lim**2 + (5/ms)*v_lim + 140*mV/ms - u
        + i_syn + i_offset + i_gap : volt
du/dt = a*(b*v_lim - u) : volt/second
a : 1/second
b : 1/second
c : volt
d : volt/second
v_peak : volt
"""
TRAUB_MILES = """
dv/dt = (g_l*(v_rest - v) + g_na*m**3*h*(e_na - v) + g_k*n**4*(e_k - v)
         + i_syn + i_offset + i_gap)/c_m : volt
alpha_m = 1.28/exprel((13*mV - v + v_t)/(4*mV))/ms : Hz
beta_m = 1.4/exprel((v - v_t - 40*mV)/(5*mV))/ms : Hz
alpha_h = 0.128*exp((17*mV - v + v_t)/(18*mV))/ms : Hz
beta_h = 4/(1 + exp((40*mV - v + v_t)/(5*mV)))/ms : Hz
alpha_n = 0.16/exprel((15*mV - v + v_t)/(5*mV))/ms : Hz
beta_n = 0.5*exp((10*mV - v + v_t)/(40*mV))/ms : Hz
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
c_m : farad
g_l : siemens
g_na : siemens
g_k : siemens
v_t : volt
e_na : volt
e_k : volt
v_rest : volt
v_th : volt
tau_ref : second
"""
BOARD = """
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
"""
BOARD_UPDATE = """
i_exc = i_exc*exp(-dt/tau_syn_e) + in_exc*(tau_syn_e/dt)*(1 - exp(-dt/tau_syn_e))
i_inh = i_inh*exp(-dt/tau_syn_i) + in_inh*(tau_syn_i/dt)*(1 - exp(-dt/tau_syn_i))
in_exc = 0*amp
in_inh = 0*amp
target = v_rest + (i_exc - i_inh + i_offset)*(tau_m/c_m)
v = target - exp(-dt/tau_m)*(target - v)
"""

OFFSET = {"i_offset": 0*nA, "i_gap": 0*nA}
MEMBRANE = {"v": -65*mV, "v_rest": -65*mV, "v_reset": -65*mV, "v_th": -50*mV, "tau_m": 20*ms,
            "c_m": 1*nF, "tau_ref": 0.1*ms, **OFFSET}
REVERSALS = {"e_exc": 0*mV, "e_inh": -70*mV}
ADEX_DEFAULTS = {
    "v": -70.6*mV, "w": 0*nA, "v_rest": -70.6*mV, "v_reset": -70.6*mV, "v_th": -50.4*mV,
    "v_peak": -40*mV, "delta_t": 2*mV, "g_l": 0.281/9.3667*uS, "c_m": 0.281*nF, "a": 4*nS,
    "b": 0.0805*nA, "tau_w": 144*ms, "tau_ref": 0.1*ms, "e_exc": 0*mV, "e_inh": -80*mV, **OFFSET}
IZHIKEVICH_DEFAULTS = {
    "v": -70*mV, "u": -14*mV/ms, "a": 0.02/ms, "b": 0.2/ms, "c": -65*mV, "d": 2*mV/ms,
    "v_peak": 30*mV, "i_offset": 0*mV/ms, "i_gap": 0*mV/ms}
TRAUB_DEFAULTS = {
    "v": -65*mV, "m": 0.0, "h": 1.0, "n": 0.0, "v_rest": -65*mV, "e_na": 50*mV, "e_k": -90*mV,
    "c_m": 0.2*nF, "g_l": 0.01*uS, "g_na": 20*uS, "g_k": 6*uS, "v_t": -63*mV, "v_th": -20*mV,
    "tau_ref": 3*ms, "e_exc": 0*mV, "e_inh": -80*mV, **OFFSET}


def _decay(exc: float, inh: float) -> dict[str, object]:
    return {"tau_exc": exc*ms, "tau_inh": inh*ms}


def _lif(name: str, synapse: str, method: str, **defaults: object) -> NeuronModel:
    return NeuronModel(name, LIF + synapse, threshold="v > v_th", reset="v = v_reset",
                       refractory="tau_ref", method=method, defaults={**MEMBRANE, **defaults})


def _adex(name: str, synapse: str) -> NeuronModel:
    return NeuronModel(name, ADEX + synapse, threshold="v > v_peak", reset="v = v_reset; w += b",
                       refractory="tau_ref", method="rk4",
                       defaults={**ADEX_DEFAULTS, **_decay(5, 5)})


def _izhikevich(name: str, synapse: str, **defaults: object) -> NeuronModel:
    return NeuronModel(name, IZHIKEVICH + synapse, threshold="v >= v_peak",
                       reset="v = c; u += d", method="rk4",
                       defaults={**IZHIKEVICH_DEFAULTS, **defaults})


IF_CURR_EXP = _lif("IF_curr_exp", CURR_EXP.format(unit="amp"), "exact", **_decay(5, 5))
IF_CURR_ALPHA = _lif("IF_curr_alpha", CURR_ALPHA, "exact", **_decay(0.5, 0.5))
IF_CURR_DELTA = _lif("IF_curr_delta", DELTA.format(unit="amp", zero="0*amp"), "exact")
IF_COND_EXP = _lif("IF_cond_exp", COND_EXP, "exponential_euler", **_decay(5, 5), **REVERSALS)
IF_COND_ALPHA = _lif("IF_cond_alpha", COND_ALPHA, "rk4", **_decay(0.3, 0.5), **REVERSALS)
EIF_COND_EXP = _adex("EIF_cond_exp_isfa_ista", COND_EXP)
EIF_COND_ALPHA = _adex("EIF_cond_alpha_isfa_ista", COND_ALPHA)
IZHIKEVICH_DELTA = _izhikevich(
    "Izhikevich", DELTA.format(unit="volt/second", zero="0*volt/second"))
IZHIKEVICH_EXP = _izhikevich("Izhikevich_curr_exp", CURR_EXP.format(unit="volt/second"),
                             **_decay(5, 5))
HH_COND_EXP = NeuronModel(
    "HH_cond_exp", TRAUB_MILES + COND_EXP, threshold="v > v_th", refractory="tau_ref",
    method="exponential_euler", defaults={**TRAUB_DEFAULTS, **_decay(0.2, 2)})
IF_CURR_EXP_BOARD = NeuronModel(
    "IF_curr_exp_board", BOARD, threshold="v >= v_thresh", reset="v = v_reset",
    refractory="tau_refrac", update=BOARD_UPDATE,
    defaults={"v": -65*mV, "i_exc": 0*nA, "i_inh": 0*nA, "in_exc": 0*nA, "in_inh": 0*nA,
              "v_rest": -65*mV, "v_reset": -65*mV, "v_thresh": -50*mV, "c_m": 1*nF,
              "tau_m": 20*ms, "tau_syn_e": 5*ms, "tau_syn_i": 5*ms, "tau_refrac": 0.1*ms,
              "i_offset": 0*nA})
