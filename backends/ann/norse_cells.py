"""Norse's cells as models: its Euler steps, in its order of operations.

Potentials are plain numbers, inverse time constants are in Hz, and `dt` is Norse's. `drive` is the
input of the step, `bias` that of its Linear layer, `back` what the layer sends to itself. A cell
that is refractory in Norse counts `rho` down by one a step; here that is `tau_ref`.
"""

from __future__ import annotations

from functools import lru_cache

from ...simulator.models import NeuronModel
from ...simulator.units import UNITS

KINDS = ("LIF", "LIFRefrac", "LIFAdEx", "LIFBox")

MEMBRANE = "v_leak : 1\nv_th : 1\ntau_mem_inv : Hz\ndrive : 1\nbias : 1\n"
CURRENT = "i_syn : 1\ntau_syn_inv : Hz\n"
EULER = {
    "LIF": """
    v = v + dt*tau_mem_inv*((v_leak - v) + jump)
    i_syn = jump - dt*tau_syn_inv*jump
    """,
    "LIFAdEx": """
    grown = v + dt*tau_mem_inv*((v_leak - v) + delta_t*exp((v - v_th)/delta_t) + jump - a)
    a = a + dt*tau_ada_inv*(a_current*(v - v_leak) - a)
    v = grown
    i_syn = jump - dt*tau_syn_inv*jump
    """,
    "LIFBox": "v = v + dt*tau_mem_inv*((drive + bias) + v_leak - v)"}
ADAPTATION = "a : 1\na_current : 1\na_spike : 1\ndelta_t : 1\ntau_ada_inv : Hz\n"


@lru_cache
def model(kind: str, back: bool = False, subtract: bool = False) -> NeuronModel:
    """The model of a kind of `KINDS`; `back`: recurrent; `subtract`: LIFBox's other reset.

    Every parameter but `bias` must be given; `v` begins at `v_leak`.
    """
    box = kind == "LIFBox"
    equations = "v : 1" + (" (unless refractory)\n" if kind == "LIFRefrac" else "\n") + MEMBRANE
    equations += ("" if box else CURRENT) + ("back : 1\n" if back else "")
    equations += ADAPTATION if kind == "LIFAdEx" else ""
    equations += "" if subtract else "v_reset : 1\n"
    equations += "tau_ref : second\n" if kind == "LIFRefrac" else ""
    jump = "jump = i_syn + (drive + bias)" + (" + back\n" if back else "\n")
    update = ("" if box else jump) + EULER["LIF" if kind == "LIFRefrac" else kind]
    update += "\ndrive = 0\n" + ("back = 0\n" if back else "")
    reset = "v = v - v_th" if subtract else "v = v_reset"
    return NeuronModel(
        f"norse_{kind.lower()}" + ("_recurrent" if back else "") + ("_subtract" * subtract),
        equations, threshold="v > v_th", update=update,
        reset=reset + ("; a = a + a_spike" if kind == "LIFAdEx" else ""),
        refractory="tau_ref" if kind == "LIFRefrac" else None,
        defaults={"v": "v_leak", "drive": 0, "bias": 0, **({} if box else {"i_syn": 0}),
                  **({"back": 0} if back else {}), **({"a": 0} if kind == "LIFAdEx" else {}),
                  **({"tau_ref": UNITS["ms"] * 0} if kind == "LIFRefrac" else {})})
