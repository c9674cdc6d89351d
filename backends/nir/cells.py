"""NIR's neurons as models: its equations, one step of a chosen method at a time.

NIR states equations and leaves the step to the reader. With x the input of a step, weights times
spikes, plus the bias b of its Affine node:

    euler   forward Euler with x + b held over the step, the current before the membrane:
            what Norse does, and snnTorch with dt = 0.1 ms
    hold    the exact solution for x + b held over the step
    exact   the exact solution for b held and x an impulse of the same charge at its beginning:
            what simulators of neuroscience do, and our own models

IF and I have no time constant. Norse and snnTorch add the whole of r*(x + b) in a step; that is
`per="step"`, and `per="second"` is NIR's equation, dt*r*(x + b). All numbers are plain; time
constants are times.
"""

from __future__ import annotations

import itertools
from functools import lru_cache

from ...simulator.models import NeuronModel

METHODS = ("exact", "hold", "euler")
PER = ("step", "second")
FIELDS = {
    "I": {"r": "r"},
    "IF": {"r": "r", "v_th": "v_threshold", "v_reset": "v_reset"},
    "LI": {"tau_m": "tau", "r": "r", "v_leak": "v_leak"},
    "LIF": {"tau_m": "tau", "r": "r", "v_leak": "v_leak", "v_th": "v_threshold",
            "v_reset": "v_reset"},
    "CubaLI": {"tau_syn": "tau_syn", "tau_m": "tau_mem", "r": "r", "v_leak": "v_leak",
               "w_in": "w_in"},
    "CubaLIF": {"tau_syn": "tau_syn", "tau_m": "tau_mem", "r": "r", "v_leak": "v_leak",
                "v_th": "v_threshold", "v_reset": "v_reset", "w_in": "w_in"},
    "Threshold": {"v_th": "threshold"},
    "Readout": {}}
"""Kinds of neurons: our names of their parameters, and NIR's. A Readout only sums its input."""

TIMES = ("tau_m", "tau_syn")
FIRES = {kind for kind, names in FIELDS.items() if "v_th" in names}

LEAKY = {"euler": "v = v + (dt/tau_m)*((v_leak - v) + r*(drive + bias))",
         "hold": "v = v - expm1(-dt/tau_m)*((v_leak - v) + r*(drive + bias))",
         "exact": """
         goal = v_leak + r*bias
         v = goal + exp(-dt/tau_m)*((v - goal) + (dt/tau_m)*r*drive)
         """}
BOTH = """
v = (v_leak + r*b) + exp(-dt/tau_m)*((v - (v_leak + r*b)) + r*(c - b)*(dt/tau_m)*exprel(dt/tau_m - dt/tau_syn))
i_syn = b + (c - b)*exp(-dt/tau_syn)
"""  # noqa: E501 - the variation of constants, finite where the time constants are equal
CUBA = {"euler": """
        i_syn = i_syn + (dt/tau_syn)*(w_in*(drive + bias) - i_syn)
        v = v + (dt/tau_m)*((v_leak - v) + r*i_syn)
        """,
        "hold": "b = w_in*(drive + bias)\nc = i_syn" + BOTH,
        "exact": "b = w_in*bias\nc = i_syn + (dt/tau_syn)*w_in*drive" + BOTH}


def _update(kind: str, way: str) -> str:
    if kind in ("I", "IF"):
        return "v = v + " + ("dt*" if way == "second" else "") + "r*(drive + bias)"
    if kind in ("Threshold", "Readout"):
        return "v = drive + bias"
    return (CUBA if kind in ("CubaLI", "CubaLIF") else LEAKY)[way]


def ways(kind: str) -> tuple[str, ...]:
    """What distinguishes the models of a kind: its methods, or what r*x counts per."""
    if kind in ("Threshold", "Readout"):
        return ("step",)
    return PER if kind in ("I", "IF") else METHODS


@lru_cache
def model(kind: str, way: str) -> NeuronModel:
    """The model of a kind of `FIELDS` integrated in one of its `ways`.

    All parameters but `bias` and `w_in` must be given; `v` begins at `v_leak`, or at 0.
    """
    names = FIELDS[kind]
    equations = "v : 1\ndrive : 1\nbias : 1\n" + ("i_syn : 1\n" if "tau_syn" in names else "")
    equations += "".join(f"{n} : {_unit(kind, way, n)}\n" for n in names)
    reset = {"v_reset": "v = v_reset"}.get("v_reset" if "v_reset" in names else "", "")
    lines = [line.strip() for line in _update(kind, way).splitlines() if line.strip()]
    defaults = {"v": "v_leak" if "v_leak" in names else 0, "drive": 0, "bias": 0}
    defaults |= {"i_syn": 0, "w_in": 1} if "tau_syn" in names else {}
    return NeuronModel(f"nir_{kind.lower()}_{way}", equations,
                       threshold="v > v_th" if kind in FIRES else "", reset=reset,
                       update="\n".join([*lines, "drive = 0"]), defaults=defaults)


def _unit(kind: str, way: str, name: str) -> str:
    if name in TIMES:
        return "second"
    return "Hz" if name == "r" and way == "second" else "1"


def table() -> dict[tuple[str, str], NeuronModel]:
    """Every model by (kind, way)."""
    return {(k, w): model(k, w) for k, w in itertools.chain.from_iterable(
        ((k, w) for w in ways(k)) for k in FIELDS)}
