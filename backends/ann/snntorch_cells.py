"""snnTorch's cells as models: its equations, in its order of operations, one update a step.

All quantities are plain numbers per step. `drive` is the input of the step (the layer's weights
times spikes), `bias` that of its Linear layer; `back` and `back_bias` are those of the recurrent
connection. snnTorch resets a neuron in the step after its spike, from what its `mem` then is
(`reset_delay=True`), or at once: then the threshold is read from `u`, which is `mem` before.
"""

from __future__ import annotations

from functools import lru_cache

from ...simulator.models import NeuronModel

RESETS = ("subtract", "zero", "none")
CELLS = ("Leaky", "RLeaky", "Synaptic", "RSynaptic", "Alpha")
RECURRENT = ("RLeaky", "RSynaptic")

INPUT = {False: "(drive + bias)", True: "(drive + bias) + (back + back_bias)"}


def _leaky(reset: str, back: bool) -> list[str]:
    grown = f"beta*mem + {INPUT[back]}"
    if reset == "zero" and not back:  # Leaky clears what is left, so the input counts
        return [f"x = beta*((1 - r)*mem) + {INPUT[back]}"]
    return [f"x = {grown}", *_after(reset)]


def _synaptic(reset: str, back: bool) -> list[str]:
    return [f"syn = alpha*syn + {INPUT[back]}", "x = beta*mem + syn", *_after(reset)]


def _after(reset: str) -> list[str]:
    return {"subtract": ["x = x - r*v_th"], "zero": ["x = x - r*x"], "none": []}[reset]


def _alpha(reset: str, back: bool) -> list[str]:
    lines = ["exc = alpha*syn_exc + (drive + bias)", "inh = beta*syn_inh - (drive + bias)",
             "x = tau_alpha*(exc + inh)"]
    if reset == "subtract":  # as snnTorch has it: the old syn_inh is added to mem
        lines += ["exc = exc - r*v_th", "x = x + r*syn_inh", "inh = inh - r*inh"]
    if reset == "zero":
        lines += ["exc = exc - r*exc", "inh = inh - r*inh", "x = x - r*x"]
    return [*lines, "syn_exc = exc", "syn_inh = inh"]


BODY = {"Leaky": _leaky, "RLeaky": _leaky, "Synaptic": _synaptic, "RSynaptic": _synaptic,
        "Alpha": _alpha}
STATE = {"Leaky": "", "RLeaky": "", "Synaptic": "syn : 1\nalpha : 1\n",
         "RSynaptic": "syn : 1\nalpha : 1\n",
         "Alpha": "syn_exc : 1\nsyn_inh : 1\nalpha : 1\ntau_alpha : 1\n"}


@lru_cache
def model(cell: str, reset: str, at_once: bool = False) -> NeuronModel:
    """The model of a cell of `CELLS` with a reset of `RESETS`.

    Without a default: `beta`, `v_th`, and where the cell has it `alpha`; Alpha also needs
    `tau_alpha` = log(alpha)/(log(beta) - log(alpha)) + 1.
    """
    back = cell in RECURRENT
    equations = ("mem : 1\nbeta : 1\nv_th : 1\ndrive : 1\nbias : 1\n" + STATE[cell]
                 + ("back : 1\nback_bias : 1\n" if back else "") + ("u : 1\n" if at_once else ""))
    lines = ["r = int(mem > v_th)", *BODY[cell](reset, back)]
    if at_once:
        again = {"subtract": "u - (int(u > v_th) - r)*v_th", "zero": "u - (int(u > v_th) - r)*u",
                 "none": "u"}[reset]
        lines += ["u = x", f"mem = {again}"]
    else:
        lines.append("mem = x")
    lines += ["drive = 0", *(["back = 0"] if back else [])]
    zero = [line.split(" ")[0] for line in equations.splitlines()]
    needed = {"beta", "v_th", "alpha", "tau_alpha"}
    return NeuronModel(
        f"snntorch_{cell.lower()}_{reset}" + ("_at_once" if at_once else ""), equations,
        threshold="u > v_th" if at_once else "mem > v_th", update="\n".join(lines),
        defaults={name: 0 for name in zero if name not in needed})
