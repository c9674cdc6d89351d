"""How spikes become current: the synaptic part that the neurons of the library share.

Each is a text that defines `i_syn` from variables that spikes add to, and their defaults. Weights
are positive for excitation and for inhibition alike; the sign is in the equations.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..simulator.equations import unit_dim
from ..simulator.units import Quantity, ms, mV

EXCITATION, INHIBITION = 5*ms, 10*ms
"""Time constants of Vogels and Abbott 2005 (J. Neurosci. 25:10786)."""


class Inputs(NamedTuple):
    """`equations` define `i_syn`; `method` integrates them together with a linear membrane."""

    name: str
    equations: str
    defaults: dict[str, Any]
    method: str


def _offsets(unit: str) -> tuple[str, dict[str, Any]]:
    zero = Quantity(0.0, unit_dim(unit, "inputs"))
    return f"i_offset : {unit}\ni_gap : {unit}\n", {"i_offset": zero, "i_gap": zero}


def delta(unit: str = "amp") -> Inputs:
    """No synaptic current: a spike makes `v` jump by its weight, a voltage."""
    more, defaults = _offsets(unit)
    one = unit.split("/", 1)
    zero = f"0*{one[0]}" + (f"/{one[1]}" if len(one) == 2 else "")
    return Inputs("delta", f"i_syn = {zero} : {unit}\n{more}", defaults, "exact")


def curr_exp(unit: str = "amp") -> Inputs:
    """Currents that jump by the weight and decay: spikes go to `i_exc`, `i_inh`."""
    more, defaults = _offsets(unit)
    return Inputs("curr_exp", f"""
    i_syn = i_exc - i_inh : {unit}
    di_exc/dt = -i_exc/tau_exc : {unit}
    di_inh/dt = -i_inh/tau_inh : {unit}
    tau_exc : second
    tau_inh : second
    {more}""", {**defaults, "tau_exc": EXCITATION, "tau_inh": INHIBITION}, "exact")


def curr_alpha(unit: str = "amp") -> Inputs:
    """Currents w (t/tau) exp(1 - t/tau), peak w at t = tau: spikes go to `h_exc`, `h_inh`."""
    more, defaults = _offsets(unit)
    return Inputs("curr_alpha", f"""
    i_syn = i_exc - i_inh : {unit}
    di_exc/dt = (e*h_exc - i_exc)/tau_exc : {unit}
    di_inh/dt = (e*h_inh - i_inh)/tau_inh : {unit}
    dh_exc/dt = -h_exc/tau_exc : {unit}
    dh_inh/dt = -h_inh/tau_inh : {unit}
    tau_exc : second
    tau_inh : second
    {more}""", {**defaults, "tau_exc": EXCITATION, "tau_inh": INHIBITION}, "exact")


def cond_exp(unit: str = "amp") -> Inputs:
    """Conductances that jump by the weight and decay: spikes go to `g_exc`, `g_inh`.

    Linear in `v` while the conductances rest, hence exponential Euler: stable at any step, with an
    error of the order of dt.
    """
    more, defaults = _offsets(unit)
    return Inputs("cond_exp", f"""
    i_syn = g_exc*(e_exc - v) + g_inh*(e_inh - v) : {unit}
    dg_exc/dt = -g_exc/tau_exc : {unit}/volt
    dg_inh/dt = -g_inh/tau_inh : {unit}/volt
    tau_exc : second
    tau_inh : second
    e_exc : volt
    e_inh : volt
    {more}""", {**defaults, "tau_exc": EXCITATION, "tau_inh": INHIBITION, "e_exc": 0*mV,
                "e_inh": -80*mV}, "exponential_euler")


def cond_alpha(unit: str = "amp") -> Inputs:
    """Conductances w (t/tau) exp(1 - t/tau), peak w at t = tau: spikes go to `h_exc`, `h_inh`.

    Runge-Kutta 4, because exponential Euler would feed each conductance the value that its source
    had a step earlier, and so delay the peak; keep dt below 2.7 times the shortest time constant.
    """
    more, defaults = _offsets(unit)
    return Inputs("cond_alpha", f"""
    i_syn = g_exc*(e_exc - v) + g_inh*(e_inh - v) : {unit}
    dg_exc/dt = (e*h_exc - g_exc)/tau_exc : {unit}/volt
    dg_inh/dt = (e*h_inh - g_inh)/tau_inh : {unit}/volt
    dh_exc/dt = -h_exc/tau_exc : {unit}/volt
    dh_inh/dt = -h_inh/tau_inh : {unit}/volt
    tau_exc : second
    tau_inh : second
    e_exc : volt
    e_inh : volt
    {more}""", {**defaults, "tau_exc": EXCITATION, "tau_inh": INHIBITION, "e_exc": 0*mV,
                "e_inh": -80*mV}, "rk4")
