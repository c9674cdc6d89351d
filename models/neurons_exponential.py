"""Neurons with a spike upstroke of their own: exponential integrate-and-fire, AdEx, Izhikevich.

Their right-hand sides explode within a step. All of them read `v_lim`, which is `v` up to
`v_peak`, where the spike is cut, so that no intermediate value of a Runge-Kutta step overflows or
kicks the adaptation. Runge-Kutta 4 is used because exponential Euler needs equations that are
linear in `v`; splitting the exponential off would lose the upstroke.
"""

from __future__ import annotations

from ..simulator import NeuronModel
from ..simulator.units import ms, mV, nA, nS, pF
from .neurons_inputs import Inputs, cond_exp, curr_exp

LIMITED = "v_lim = clip(v, -1*volt, v_peak) : volt  # nothing gets as low as -1 V\n"


def eif(inputs: Inputs) -> NeuronModel:
    """Exponential integrate-and-fire (Fourcaud-Trocme et al. 2003, J. Neurosci. 23:11628).

    tau_m dv/dt = v_rest - v + delta_t exp((v - v_th)/delta_t) + (tau_m/c_m) i

    `v_th` is where the upstroke takes over (V_T), `v_peak` where it is cut. Defaults: their fit to
    the Wang-Buzsaki neuron; the peak and `c_m`, which scales currents only, are our choice.
    """
    return NeuronModel(
        f"eif_{inputs.name}", LIMITED + """
        dv/dt = (v_rest - v_lim + delta_t*exp((v_lim - v_th)/delta_t))/tau_m
                + (i_syn + i_offset + i_gap)/c_m : volt (unless refractory)
        v_rest : volt
        v_reset : volt
        v_th : volt
        v_peak : volt
        delta_t : volt
        tau_m : second
        c_m : farad
        tau_ref : second
        """ + inputs.equations,
        threshold="v > v_peak", reset="v = v_reset", refractory="tau_ref", method="rk4",
        defaults={"v": "v_rest", "v_rest": -65*mV, "v_reset": -68*mV, "v_th": -59.9*mV,
                  "v_peak": 0*mV, "delta_t": 3.48*mV, "tau_m": 10*ms, "c_m": 200*pF,
                  "tau_ref": 1.7*ms, **inputs.defaults})


ADEX_EQUATIONS = LIMITED + """
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
"""
ADEX_DEFAULTS = {
    "v": "v_rest", "w": 0*nA, "v_rest": -70.6*mV, "v_reset": -70.6*mV, "v_th": -50.4*mV,
    "v_peak": 20*mV, "delta_t": 2*mV, "g_l": 30*nS, "c_m": 281*pF, "a": 4*nS, "b": 0.0805*nA,
    "tau_w": 144*ms, "tau_ref": 0*ms}


def adex(inputs: Inputs) -> NeuronModel:
    """Adaptive exponential integrate-and-fire (Brette and Gerstner 2005, J. Neurophysiol. 94:3637).

    c_m dv/dt = g_l (v_rest - v) + g_l delta_t exp((v - v_th)/delta_t) - w + i
    tau_w dw/dt = a (v - v_rest) - w,  at a spike v = v_reset, w += b

    `w` is the adaptation current, `v_th` is V_T. Defaults: the paper's, without refractory period.
    """
    return NeuronModel(
        f"adex_{inputs.name}", ADEX_EQUATIONS + "v_th : volt\n" + inputs.equations,
        threshold="v > v_peak", reset="v = v_reset; w += b", refractory="tau_ref", method="rk4",
        defaults={**ADEX_DEFAULTS, **inputs.defaults})


def izhikevich(inputs: Inputs) -> NeuronModel:
    """Izhikevich 2003 (IEEE Trans. Neural Networks 14:1569), eqs. 1-3, in mV and ms.

    dv/dt = 0.04 v^2 + 5 v + 140 - u + i,  du/dt = a (b v - u),  at v >= 30 v = c, u += d

    Currents are in mV/ms, a unit of the paper's own, as are `u` and the weights; `inputs` must be
    made for 'volt/second'. Defaults: the regular-spiking cell. The paper's program takes Euler
    steps of 1 ms, with two half steps for `v`; it fires at other times than the equations do.
    """
    return NeuronModel(
        f"izhikevich_{inputs.name}", LIMITED + """
        dv/dt = (0.04/mV/ms)*v_lim**2 + (5/ms)*v_lim + 140*mV/ms - u
                + i_syn + i_offset + i_gap : volt
        du/dt = a*(b*v_lim - u) : volt/second
        a : 1/second
        b : 1/second
        c : volt
        d : volt/second
        v_peak : volt
        """ + inputs.equations,
        threshold="v >= v_peak", reset="v = c; u += d", method="rk4",
        defaults={"v": "c", "u": "b*v", "a": 0.02/ms, "b": 0.2/ms, "c": -65*mV, "d": 8*mV/ms,
                  "v_peak": 30*mV, **inputs.defaults})


EIF_CURR_EXP = eif(curr_exp())
"""Exponential integrate-and-fire with exponential currents."""

EIF_COND_EXP = eif(cond_exp())
"""Exponential integrate-and-fire with exponential conductances."""

ADEX_CURR_EXP = adex(curr_exp())
"""AdEx with exponential currents."""

ADEX_COND_EXP = adex(cond_exp())
"""AdEx with exponential conductances, as in the paper."""

IZHIKEVICH = izhikevich(curr_exp("volt/second"))
"""The regular-spiking cell with exponential currents in mV/ms."""
