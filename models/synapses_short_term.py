"""Short-term plasticity: what a spike releases depends on the spikes of its neuron before it.

`u` is the part of the resources `x` that a spike uses, `r` = u x what it released; `w` is what a
release of 1 would add to the target. Weights do not change.
"""

from __future__ import annotations

from ..simulator import SynapseModel
from ..simulator.units import ms


def _release(name: str, target: str, unit: str, u: str, u_first: object,
             **defaults: object) -> SynapseModel:
    return SynapseModel(
        f"{name} to {target}", f"""
        w : {unit}
        du/dt = {u}/tau_f : 1 (pre)
        dx/dt = (1 - x)/tau_d : 1 (pre)
        r : 1 (pre)
        U : 1
        tau_f : second
        tau_d : second
        """,
        on_pre=f"""
        u += U*(1 - u)
        r = u*x
        x -= r
        {target}_post += w*r
        """,
        defaults={"u": u_first, "x": 1.0, "r": 0.0, **defaults})


def tsodyks_markram(target: str, unit: str = "amp") -> SynapseModel:
    """Facilitation and depression (Tsodyks, Pawelzik and Markram 1998, Neural Comput. 10:821).

    At a spike u += U (1 - u), then u x is released; between spikes u returns to 0 and x to 1.
    Defaults: excitatory to excitatory, depressing (Maass, Natschlaeger and Markram 2002, Neural
    Comput. 14:2531); facilitating: U = 0.05, tau_d = 125 ms, tau_f = 1200 ms.
    """
    return _release("tsodyks_markram", target, unit, "-u", 0.0, U=0.5, tau_f=50*ms, tau_d=1100*ms)


def short_term_memory(target: str, unit: str = "amp") -> SynapseModel:
    """The facilitating synapse of working memory (Mongillo, Barak and Tsodyks 2008).

    Science 319:1543. As `tsodyks_markram`, but u returns to U, so a first spike uses
    U + U (1 - U). Defaults: the paper's.
    """
    return _release("short_term_memory", target, unit, "(U - u)", "U", U=0.2, tau_f=1500*ms,
                    tau_d=200*ms)
