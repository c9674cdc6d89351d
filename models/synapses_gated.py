"""Plasticity that a third thing takes part in: a modulator, or the voltage of the target neuron.

The weight changes in every step, so these cost time by the synapse, not by the spike. A bound may
be passed by the change of one step; what is sent is within the bounds.

Within a step a trace of one side is constant for the weight, at its decayed value: traces are kept
once a neuron, not integrated with each synapse. The error is dt/(2 tau) of the change.
"""

from __future__ import annotations

from ..simulator import SynapseModel
from ..simulator.units import Hz, ms, mV
from .synapses_stdp import BOUNDS, zero


def three_factor(target: str, unit: str = "amp", modulator: str = "dopamine") -> SynapseModel:
    """Reward-modulated STDP (Izhikevich 2007, Cereb. Cortex 17:2443): dw/dt = c d.

    Pairs of spikes move an eligibility `c`, not the weight; `c` decays with `tau_c` and becomes a
    change of the weight while the target neuron's variable `modulator` (a plain number, see
    `with_modulator`) is not 0: dw/dt = eta (w_max - w_min) c modulator. `tau_c` and the ratio of
    the amplitudes are the paper's; their size, the durations of pairs and `eta` are our choice.
    """
    return SynapseModel(
        f"three_factor ({modulator}) to {target}", f"""
        dr/dt = -r/tau_plus : 1 (pre)
        do/dt = -o/tau_minus : 1 (post)
        dc/dt = -c/tau_c : 1 (clock-driven)
        drive = c*{modulator}_post : 1
        dw/dt = eta*(w_max - w_min)*drive
                *int((drive > 0 and w < w_max) or (drive < 0 and w > w_min))
                : {unit} (clock-driven)
        tau_plus : second
        tau_minus : second
        tau_c : second
        a_plus : 1
        a_minus : 1
        eta : Hz
        """ + BOUNDS.format(unit=unit),
        on_pre=f"""
        w = clip(w, w_min, w_max)
        c -= a_minus*o
        r += 1
        {target}_post += w
        """,
        on_post="c += a_plus*r; o += 1",
        defaults={"tau_plus": 20*ms, "tau_minus": 20*ms, "tau_c": 1000*ms, "a_plus": 0.1,
                  "a_minus": 0.15, "eta": 1*Hz, "w_min": zero(unit)})


def clopath(target: str, unit: str = "amp", homeostatic: bool = False) -> SynapseModel:
    """Voltage-based plasticity (Clopath et al. 2010, Nat. Neurosci. 13:344, eqs. 1-3).

    A pre spike takes a_ltd [v_minus - theta_minus]+; in every step the weight grows by
    a_ltp r/tau_x [u - theta_plus]+ [v_plus - theta_minus]+, both in units of w_max - w_min, which
    the paper leaves open. The target must be a neuron such as CLOPATH, which has the filtered
    voltages. `homeostatic` scales depression by the mean depolarisation squared,
    (v_mean - v_rest)^2 / u_ref^2. Defaults: the paper's, visual cortex.
    """
    scale = "*((v_mean_post - v_rest_post)/u_ref)**2" if homeostatic else ""
    return SynapseModel(
        f"clopath to {target}", f"""
        dr/dt = -r/tau_x : 1 (pre)
        dw/dt = (w_max - w_min)*a_ltp*r/tau_x*(u_post - theta_plus)*(v_plus_post - theta_minus)
                *int(u_post > theta_plus and v_plus_post > theta_minus and w < w_max)
                : {unit} (clock-driven)
        tau_x : second
        a_ltd : 1/volt
        a_ltp : 1/volt**2
        theta_minus : volt
        theta_plus : volt
        """ + ("u_ref : volt\n" if homeostatic else "") + BOUNDS.format(unit=unit),
        on_pre=f"""
        w = clip(w, w_min, w_max)
        low = (v_minus_post - theta_minus)*int(v_minus_post > theta_minus)
        w = clip(w - (w_max - w_min)*a_ltd*low{scale}, w_min, w_max)
        r += 1
        {target}_post += w
        """,
        defaults={"tau_x": 15*ms, "a_ltd": 14e-5/mV, "a_ltp": 8e-5/mV**2, "theta_minus": -70.6*mV,
                  "theta_plus": -45.3*mV, "w_min": zero(unit),
                  **({"u_ref": 60**0.5*mV} if homeostatic else {})})
