"""Bayesian confidence propagation (BCPNN): weights are logarithms of coincidence over chance.

Lansner and Ekeberg 1989 (Int. J. Neural Syst. 1:77) gave the rule, Tully, Hennig and Lansner 2014
(Front. Synaptic Neurosci. 6:8) its form for spikes; here it is without their eligibility stage. A
spike of either side raises its trace by 1/(f_max tau), so that a train of the rate f_max has a mean
of 1; slow traces then estimate how probable activity and joint activity are:

    tau_zi dZi/dt = -Zi + eps,   Zi += 1/(f_max tau_zi) at a spike;   Zj alike with tau_zj
    tau_p dPi/dt  = kappa (Zi - Pi),   Pj alike,   tau_p dPij/dt = kappa (Zi Zj - Pij)
    w = w_gain log(Pij/(Pi Pj))

`kappa` is the paper's print-now signal: 0 keeps what is known, large values learn at once. The bias
log Pj belongs to the neuron, see `hebbian.spiking_bcpnn`. Names: `z_i`, `z_j` are Z - eps, the part
that spikes make; `p_i`, `p_j` are P; before any spike Pij is `q` + eps (p_i + p_j) - eps^2. Silence
is eps and eps^2, with w = 0, as has any start with q = (p_i - eps) (p_j - eps). The dendritic delay
shifts the spikes of the target neuron, as in every rule. `eps` keeps logarithms finite: give 0 only
with a start above it. All numbers set here are our choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..kernels.elementary import NUMPY
from ..simulator import SynapseModel
from ..simulator.equations import check_name
from ..simulator.results import Weights
from ..simulator.units import Hz, ms, split

TRACES = """
w : {unit}
w_gain : {unit}
dz_i/dt = -z_i/tau_zi : 1 (pre)
dz_j/dt = -z_j/tau_zj : 1 (post)
dp_i/dt = {pre}*(z_i + eps - p_i)/tau_p : 1 (pre)
dp_j/dt = {post}*(z_j + eps - p_j)/tau_p : 1 (post)
p_ij = {joint} + eps*(p_i + p_j) - eps**2 : 1
tau_zi : second
tau_zj : second
tau_p : second
f_max : Hz
eps : 1
"""

CONSTANT = """
kappa : 1
learning = kappa/tau_p : Hz
fading = 1/tau_zi + 1/tau_zj : Hz
slower = 0.5*(learning + fading - abs(learning - fading)) : Hz
taken = learning*both*since*exprel(-abs(learning - fading)*since) : 1
dq/dt = -learning*q : 1
dboth/dt = -slower*both : 1
dsince/dt = 1 : second
"""

GATED = """
tau_ij = tau_zi*tau_zj/(tau_zi + tau_zj) : second
dq/dt = {post}*(z_i*z_j*exprel(dt/tau_ij) - q)/tau_p : 1 (clock-driven)
"""

DEFAULTS: dict[str, Any] = {"tau_zi": 10*ms, "tau_zj": 10*ms, "tau_p": 1000*ms, "f_max": 50*Hz,
                            "eps": 0.01}


def bcpnn(target: str, unit: str = "amp", gate: str = "") -> SynapseModel:
    """The rule of this module; weights have both signs, `w` is what the last pre spike sent.

    Without a `gate`, kappa is a parameter and work is done at spikes alone, exactly, whatever the
    rates a = kappa/tau_p and b = 1/tau_zi + 1/tau_zj, also where they are equal: t after a spike
    Pij is (eps apart) q + a Zi Zj t exp(-min(a, b) t) exprel(-|a - b| t), with q = Pij exp(-a t)
    and the Zi Zj of that spike; `both` is Zi Zj exp(-min(a, b) t) and `since` is t. `joint` gives
    Pij after a run.

    `gate` names kappa as a variable of both neurons, which may change at any time; then `q` is Pij
    itself, eps apart, and costs time in every step (Runge-Kutta 4, Zi Zj by its mean over a step).
    """
    if gate:
        check_name(gate, f"gate of bcpnn to {target}")
    pre, post = (f"{gate}_pre", f"{gate}_post") if gate else ("kappa", "kappa")
    text = TRACES.format(unit=unit, pre=pre, post=post,
                         joint="q" if gate else "q + taken")
    text += GATED.format(post=post) if gate else CONSTANT
    before, after = ("", "") if gate else ("q += taken\nsince = 0*second\n", "both = z_i*z_j\n")
    return SynapseModel(
        f"bcpnn to {target}" + (f", gated by {gate}" if gate else ""), text,
        on_pre=f"""
        {before}z_i += 1/(f_max*tau_zi)
        {after}w = w_gain*log(p_ij/(p_i*p_j))
        {target}_post += w
        """,
        on_post=f"{before}z_j += 1/(f_max*tau_zj)\n{after}", method="rk4" if gate else "auto",
        defaults={**DEFAULTS, "p_i": "eps", "p_j": "eps", **({} if gate else {"kappa": 1.0})})


def joint(weights: Weights, parameters: Mapping[str, Any], gated: bool = False) -> Any:
    """Pij (synapses,) of a projection of `bcpnn`, as `run.weights` has it at the end of a run.

    `parameters` are those the projection was given: numbers, one for all synapses.
    """
    given = {**DEFAULTS, "kappa": 1.0, **parameters}
    tau_zi, tau_zj, tau_p, eps, kappa = (
        split(given[name])[0] for name in ("tau_zi", "tau_zj", "tau_p", "eps", "kappa"))
    p_ij = weights["q"] + eps * (weights["p_i"] + weights["p_j"]) - eps**2
    if gated:
        return p_ij
    learning, since = kappa / tau_p, split(weights["since"])[0]
    apart = np.abs(learning - 1 / tau_zi - 1 / tau_zj)
    return p_ij + learning * weights["both"] * since * NUMPY["exprel"](-apart * since)
