"""The plastic synapse of the hippocampal memories: pair STDP as SpiNNaker carries it out."""

from __future__ import annotations

from ...simulator.models import SynapseModel
from ...simulator.units import UNITS

ms, nA = UNITS["ms"], UNITS["nA"]

PAIR_STDP_SPINNAKER = SynapseModel(
    "pair STDP as on SpiNNaker",
    """
    w : amp
    w_sent : amp
    dr/dt = -r/tau_plus : 1 (pre)
    do/dt = -o/tau_minus : 1 (post)
    tau_plus : second
    tau_minus : second
    a_plus : amp
    a_minus : amp
    w_max : amp
    """,
    on_pre="""
    w = clip(w - a_minus*o, 0*amp, w_max)
    w_sent = w
    r += 1
    in_exc_post += w_sent
    """,
    on_post="""
    w = clip(w + a_plus*r, 0*amp, w_max)
    o += 1
    """,
    defaults={"w": 0*nA, "w_sent": 0*nA, "tau_plus": 3*ms, "tau_minus": 3*ms, "a_plus": 6*nA,
              "a_minus": 6*nA, "w_max": 6*nA})
"""All pairs, additive, weights in [0, w_max], one pair changes w by a*exp(-dt/tau).

A postsynaptic spike is seen a dendritic delay late, so a pair potentiates where it reaches the
synapse after the presynaptic one, and depresses also where both reach it in one step.
`w` has every event in it. `w_sent` is the weight that the last presynaptic spike sent, which is
what a board's memory holds: there, postsynaptic events wait for the next presynaptic spike.
"""
