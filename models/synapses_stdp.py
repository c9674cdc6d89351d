"""Spike-timing dependent plasticity by pairs of spikes.

A presynaptic trace `r` and a postsynaptic trace `o` are raised by 1 at a spike of their side and
decay with `tau_plus` and `tau_minus`. A postsynaptic spike potentiates by `r`, a presynaptic one
depresses by `o`; a pair that reaches the synapse in the same step depresses (post events run
first). The synapse sees postsynaptic spikes late by the dendritic part of the delay, which by
default is all of it.

Amplitudes are fractions of `w_max - w_min` for a pair at no distance, so that they fit weights of
any unit; weights are kept within [w_min, w_max]. `w_max` and the first `w` have no default. Each
function takes the variable that spikes are sent to, and the unit of the weights.
"""

from __future__ import annotations

from typing import Any

from ..simulator import SynapseModel
from ..simulator.equations import unit_dim
from ..simulator.units import Quantity, ms

BOUNDS = "w_min : {unit}\nw_max : {unit}\n"
PAIR = """
w : {unit}
dr/dt = -r/tau_plus : 1 (pre)
do/dt = -o/tau_minus : 1 (post)
tau_plus : second
tau_minus : second
a_plus : 1
a_minus : 1
""" + BOUNDS
SONG = {"tau_plus": 20*ms, "tau_minus": 20*ms, "a_plus": 0.005, "a_minus": 0.00525}
"""Song, Miller and Abbott 2000 (Nat. Neurosci. 3:919)."""


def zero(unit: str) -> Quantity:
    """Nothing, in `unit`: the default of `w_min`."""
    return Quantity(0.0, unit_dim(unit, "weights"))


def pair(name: str, target: str, unit: str, change: tuple[str, str], equations: str = PAIR,
         more: str = "", nearest: bool = False, **defaults: Any) -> SynapseModel:
    """A pair rule: `change` is what a pre event takes from `w`, and what a post event adds."""
    raised = "= 1" if nearest else "+= 1"
    return SynapseModel(
        f"{name} to {target}", equations.format(unit=unit) + more,
        on_pre=f"w = clip(w - {change[0]}, w_min, w_max); r {raised}; {target}_post += w",
        on_post=f"w = clip(w + {change[1]}, w_min, w_max); o {raised}",
        defaults={**SONG, "w_min": zero(unit), **defaults})


ADDITIVE = ("a_minus*(w_max - w_min)*o", "a_plus*(w_max - w_min)*r")


def stdp_additive(target: str, unit: str = "amp") -> SynapseModel:
    """Steps that do not depend on the weight, all pairs (Song, Miller and Abbott 2000).

    dw = a_plus (w_max - w_min) exp(-s/tau_plus) for a post spike s after a pre spike, else
    dw = -a_minus (w_max - w_min) exp(-s/tau_minus).
    """
    return pair("stdp_additive", target, unit, ADDITIVE)


def stdp_nearest(target: str, unit: str = "amp") -> SynapseModel:
    """As `stdp_additive`, but each spike sees only the last one of the other side.

    The symmetric nearest-neighbour scheme (Morrison, Diesmann and Gerstner 2008, Biol. Cybern.
    98:459, fig. 7A): traces are set to 1 at a spike, not raised by 1.
    """
    return pair("stdp_nearest", target, unit, ADDITIVE, nearest=True)


def stdp_multiplicative(target: str, unit: str = "amp") -> SynapseModel:
    """Soft bounds (Guetig et al. 2003, J. Neurosci. 23:3697), all pairs.

    With q = (w - w_min)/(w_max - w_min), potentiation scales with (1 - q)^mu and depression with
    q^mu. mu = 1, the default, is the multiplicative rule; mu = 0 the additive one.
    """
    return pair("stdp_multiplicative", target, unit,
                ("a_minus*(w_max - w_min)*q**mu*o", "a_plus*(w_max - w_min)*(1 - q)**mu*r"),
                more="q = clip((w - w_min)/(w_max - w_min), 0, 1) : 1\nmu : 1\n", mu=1.0)


def stdp_van_rossum(target: str, unit: str = "amp") -> SynapseModel:
    """Additive potentiation, multiplicative depression (van Rossum, Bi and Turrigiano 2000).

    J. Neurosci. 20:8812, without its noise. Depression takes the fraction a_minus exp(-s/tau_minus)
    of `w` itself, so no upper bound is needed; it is kept for safety. `a_plus` is relative to
    `w_max - w_min` as in the other rules; the paper's potentiation is 7 pS, whatever the weight.
    """
    return pair("stdp_van_rossum", target, unit, ("a_minus*w*o", ADDITIVE[1]), a_minus=0.003)


TRIPLET = """
w : {unit}
dr/dt = -r/tau_plus : 1 (pre)
dr_slow/dt = -r_slow/tau_x : 1 (pre)
do/dt = -o/tau_minus : 1 (post)
do_slow/dt = -o_slow/tau_y : 1 (post)
tau_plus : second
tau_minus : second
tau_x : second
tau_y : second
a2_plus : 1
a2_minus : 1
a3_plus : 1
a3_minus : 1
""" + BOUNDS


def stdp_triplet(target: str, unit: str = "amp") -> SynapseModel:
    """Triplets of spikes, all-to-all (Pfister and Gerstner 2006, J. Neurosci. 26:9673, eqs. 3-4).

    A post spike adds r (a2_plus + a3_plus o_slow), a pre spike takes o (a2_minus + a3_minus
    r_slow); the slow traces are read before the spike itself raises them. The unit of the weights,
    which the paper leaves open, is `w_max - w_min`. Defaults: visual cortex, full model.
    """
    return SynapseModel(
        f"stdp_triplet to {target}", TRIPLET.format(unit=unit),
        on_pre=f"""
        w = clip(w - (w_max - w_min)*o*(a2_minus + a3_minus*r_slow), w_min, w_max)
        r += 1
        r_slow += 1
        {target}_post += w
        """,
        on_post="""
        w = clip(w + (w_max - w_min)*r*(a2_plus + a3_plus*o_slow), w_min, w_max)
        o += 1
        o_slow += 1
        """,
        defaults={"tau_plus": 16.8*ms, "tau_minus": 33.7*ms, "tau_x": 101*ms, "tau_y": 125*ms,
                  "a2_plus": 5e-10, "a2_minus": 7e-3, "a3_plus": 6.2e-3, "a3_minus": 2.3e-4,
                  "w_min": zero(unit)})
