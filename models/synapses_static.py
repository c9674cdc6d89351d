"""Synapses that do not change: a fixed weight, and continuous couplings."""

from __future__ import annotations

from ..simulator import SynapseModel


def static(target: str, unit: str = "amp") -> SynapseModel:
    """Each spike adds `w`, in `unit`, to the variable `target` of the neuron it reaches.

    static("i_exc") for currents, static("g_exc", "siemens"), static("v", "volt") for a jump of
    the membrane. There is no default weight.
    """
    return SynapseModel(f"static to {target}", f"w : {unit}", f"{target}_post += w")


def gap_junction(target: str = "i_gap", unit: str = "amp") -> SynapseModel:
    """Electrical coupling: `target` of the post neuron is the sum of w (v_pre - v_post).

    `w` is a conductance (`unit`/volt). One direction only: connect both ways, or all with all, for
    a symmetric junction. The current of a step is that of the voltages at the end of the step
    before. `target` belongs to the coupling; the neurons of the library keep `i_gap` for it.
    """
    return SynapseModel(f"gap junction to {target}",
                        f"w : {unit}/volt\n{target}_post = w*(v_pre - v_post) : {unit} (summed)")
