"""Plasticity that steers the activity of the target neuron: inhibitory rule, synaptic scaling."""

from __future__ import annotations

from ..simulator import SynapseModel
from ..simulator.units import Hz, ms, second
from .synapses_stdp import BOUNDS, zero


def inhibitory_vogels(target: str, unit: str = "amp") -> SynapseModel:
    """Inhibitory plasticity (Vogels et al. 2011, Science 334:1569): the target fires at `rho_0`.

    Any pair potentiates by its distance, each pre spike depresses by alpha = 2 rho_0 tau_stdp:
    a post spike adds r, a pre spike o - alpha, times eta (w_max - w_min). `tau_stdp` is the
    paper's; `eta` and `rho_0` are our choice.
    """
    return SynapseModel(
        f"inhibitory_vogels to {target}", f"""
        w : {unit}
        dr/dt = -r/tau_stdp : 1 (pre)
        do/dt = -o/tau_stdp : 1 (post)
        alpha = 2*rho_0*tau_stdp : 1
        tau_stdp : second
        rho_0 : Hz
        eta : 1
        """ + BOUNDS.format(unit=unit),
        on_pre=f"""
        w = clip(w + eta*(w_max - w_min)*(o - alpha), w_min, w_max)
        r += 1
        {target}_post += w
        """,
        on_post="""
        w = clip(w + eta*(w_max - w_min)*r, w_min, w_max)
        o += 1
        """,
        defaults={"tau_stdp": 20*ms, "rho_0": 5*Hz, "eta": 0.001, "w_min": zero(unit)})


def synaptic_scaling(target: str, unit: str = "amp") -> SynapseModel:
    """Multiplicative scaling to a goal of activity, dw/dt = beta w (rate_goal - rate).

    van Rossum, Bi and Turrigiano 2000 (J. Neurosci. 20:8812), the proportional part. `rate`
    is the target neuron's spikes filtered with `tau_rate`. Proportions between the synapses of a
    neuron stay; a weight of 0 stays 0. A bound may be passed by the change of one step, what is
    sent is within the bounds. `beta` and `rate_goal` have no default; 100 s is the paper's filter.
    """
    return SynapseModel(
        f"synaptic_scaling to {target}", f"""
        drate/dt = -rate/tau_rate : Hz (post)
        drive = beta*(rate_goal - rate) : Hz
        dw/dt = w*drive*int((drive > 0*Hz and w < w_max) or (drive < 0*Hz and w > w_min))
                : {unit} (clock-driven)
        beta : 1
        rate_goal : Hz
        tau_rate : second
        """ + BOUNDS.format(unit=unit),
        on_pre=f"w = clip(w, w_min, w_max); {target}_post += w",
        on_post="rate += 1/tau_rate",
        defaults={"tau_rate": 100*second, "w_min": zero(unit)})
