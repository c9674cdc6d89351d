"""Neurons with ionic conductances: the squid axon of 1952, and the Traub-Miles cell.

Each equation is linear in its own variable while the others rest, which is what exponential Euler
asks for: gates stay within [0, 1] and nothing is unstable, with an error of the order of dt; 0.01
to 0.05 ms is usual. A spike is `v` above `v_th`; `tau_ref` only keeps one action potential from
being counted twice and must outlast it, as `v` is not reset. A membrane that stays above `v_th`
(depolarisation block) is counted again after each `tau_ref`.
"""

from __future__ import annotations

from ..simulator import NeuronModel
from ..simulator.units import metre2, ms, msiemens, mV, nS, pF, ufarad, usiemens
from .neurons_inputs import Inputs, cond_exp, curr_exp

CM2 = 1e-4*metre2

GATES = """
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
e_na : volt
e_k : volt
v_rest : volt
v_th : volt
tau_ref : second
"""


def hodgkin_huxley(inputs: Inputs) -> NeuronModel:
    """The squid giant axon at 6.3 degrees (Hodgkin and Huxley 1952, J. Physiol. 117:500).

    Potentials are shifted so that rest is -65 mV, inside negative; rates are eqs. 12, 13, 20, 21,
    23, 24. `c_m`, `g_l`, `g_na`, `g_k` are per area; `area` (1e-4 cm^2, our choice: 1 nA is then
    10 uA/cm^2) turns currents into densities. `v_rest` is the reversal of the leak.
    """
    return NeuronModel(
        f"hodgkin_huxley_{inputs.name}", """
        dv/dt = (g_l*(v_rest - v) + g_na*m**3*h*(e_na - v) + g_k*n**4*(e_k - v)
                 + (i_syn + i_offset + i_gap)/area)/c_m : volt
        alpha_n = 0.1/exprel(-(v + 55*mV)/(10*mV))/ms : Hz
        beta_n = 0.125*exp(-(v + 65*mV)/(80*mV))/ms : Hz
        alpha_m = 1/exprel(-(v + 40*mV)/(10*mV))/ms : Hz
        beta_m = 4*exp(-(v + 65*mV)/(18*mV))/ms : Hz
        alpha_h = 0.07*exp(-(v + 65*mV)/(20*mV))/ms : Hz
        beta_h = 1/(exp(-(v + 35*mV)/(10*mV)) + 1)/ms : Hz
        c_m : farad/metre**2
        g_l : siemens/metre**2
        g_na : siemens/metre**2
        g_k : siemens/metre**2
        area : metre**2
        """ + GATES + inputs.equations,
        threshold="v > v_th", refractory="tau_ref", method="exponential_euler",
        defaults={"v": -65*mV, "m": 0.0529, "h": 0.5961, "n": 0.3177, "v_rest": -54.387*mV,
                  "e_na": 50*mV, "e_k": -77*mV, "c_m": 1*ufarad/CM2, "g_l": 0.3*msiemens/CM2,
                  "g_na": 120*msiemens/CM2, "g_k": 36*msiemens/CM2, "area": 1e-4*CM2,
                  "v_th": 0*mV, "tau_ref": 3*ms, **inputs.defaults})


def traub_miles(inputs: Inputs) -> NeuronModel:
    """The cell of the COBAHH benchmark (Brette et al. 2007, J. Comput. Neurosci. 23:349).

    Rates after Traub and Miles 1991, relative to `v_t`. Conductances are those of the whole cell.
    The gates start at their steady state for v = -60 mV.
    """
    return NeuronModel(
        f"traub_miles_{inputs.name}", """
        dv/dt = (g_l*(v_rest - v) + g_na*m**3*h*(e_na - v) + g_k*n**4*(e_k - v)
                 + i_syn + i_offset + i_gap)/c_m : volt
        alpha_m = 1.28/exprel((13*mV - v + v_t)/(4*mV))/ms : Hz
        beta_m = 1.4/exprel((v - v_t - 40*mV)/(5*mV))/ms : Hz
        alpha_h = 0.128*exp((17*mV - v + v_t)/(18*mV))/ms : Hz
        beta_h = 4/(1 + exp((40*mV - v + v_t)/(5*mV)))/ms : Hz
        alpha_n = 0.16/exprel((15*mV - v + v_t)/(5*mV))/ms : Hz
        beta_n = 0.5*exp((10*mV - v + v_t)/(40*mV))/ms : Hz
        c_m : farad
        g_l : siemens
        g_na : siemens
        g_k : siemens
        v_t : volt
        """ + GATES + inputs.equations,
        threshold="v > v_th", refractory="tau_ref", method="exponential_euler",
        defaults={"v": "v_rest", "m": 0.0269, "h": 0.9913, "n": 0.0604, "v_rest": -60*mV,
                  "e_na": 50*mV, "e_k": -90*mV, "c_m": 200*pF, "g_l": 10*nS, "g_na": 20*usiemens,
                  "g_k": 6*usiemens, "v_t": -63*mV, "v_th": -20*mV, "tau_ref": 3*ms,
                  **inputs.defaults})


HODGKIN_HUXLEY = hodgkin_huxley(curr_exp())
"""The squid axon with exponential currents."""

TRAUB_MILES = traub_miles(cond_exp())
"""The COBAHH cell with exponential conductances."""
