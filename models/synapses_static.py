"""Synapses that do not change: a fixed weight, and continuous couplings."""

from __future__ import annotations

from ..simulator import SynapseModel


def static(target: str, unit: str = "amp") -> SynapseModel:
    """Each spike adds `w`, in `unit`, to the variable `target` of the neuron it reaches.

    static("i_exc") for currents, static("g_exc", "siemens"), static("v", "volt") for a jump of
    the membrane. There is no default weight.
    """
    return SynapseModel(f"static to {target}", f"w : {unit}", f"{target}_post += w")
