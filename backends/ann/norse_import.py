"""Networks written with Norse become networks of ours."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulator.clock import one_time
from ...simulator.equations import SECOND
from ...simulator.errors import UnsupportedError
from ...simulator.units import UNITS, Quantity
from ..packages import load
from .arrays import numbers
from .network import Cell, Imported, build
from .norse_cells import model
from .stack import Step, dense, flat, stack

METHODS = ("super", "heaviside", "triangle", "tanh", "circ", "heavi_erfc")
"""Surrogate gradients; in the forward pass each is a Heaviside step."""

ENDINGS = ("", "Cell", "Recurrent", "RecurrentCell")
CURRENT = ("v_leak", "v_th", "v_reset", "tau_mem_inv", "tau_syn_inv")
NAMES = {
    "LIF": {n: n for n in CURRENT},
    "LIFRefrac": {n: n for n in CURRENT},
    "LIFBox": {n: n for n in CURRENT if n != "tau_syn_inv"},
    "LIFAdEx": {**{n: n for n in CURRENT}, "tau_ada_inv": "tau_ada_inv", "delta_t": "delta_T",
                "a_current": "adaptation_current", "a_spike": "adaptation_spike"}}
"""Kind -> our name of a parameter -> Norse's."""


def from_norse(module: Any, dt: Any = None, inputs: Any = None) -> Imported:
    """The network of a `SequentialState`, or of a list of modules in the order of their calls.

    Linear layers and Norse's LIF, LIFBox, LIFAdEx and LIFRefrac, as cells or over time, recurrent
    or not, each with its own Euler step and starting from `v_leak`; float32 is taken exactly, so
    that equal spikes are to be expected of the module in float64. `dt` None is the step of the
    cells. `inputs` (steps, inputs), of one sample. Raises UnsupportedError with a reason for every
    module that cannot be expressed.
    """
    reasons: list[str] = []
    nn = load("torch").nn
    steps, taken = [], []
    for name, m in flat(module, "from_norse"):
        found = dense(name, m, nn, reasons) or _cell(name, m, reasons)
        steps.append(Step(name, m, found))
        taken += [float(m.dt)] if isinstance(found, Cell) else []
    wanted = sorted({*taken, *([] if dt is None else [one_time(dt, "from_norse: dt")])})
    if len(wanted) > 1:
        reasons.append(f"steps of {', '.join(f'{x:g} s' for x in wanted)}: every cell must have "
                       "the dt of the network; give each cell the same dt=")
    layers = stack(steps, reasons)
    if reasons:
        raise UnsupportedError("norse", reasons, "this module cannot be imported from Norse")
    return build(layers, Quantity(wanted[0], SECOND), inputs, "from_norse")


def kind_of(module: Any) -> tuple[str, bool] | None:
    """Kind of `norse_cells` and whether it is recurrent; None for anything else."""
    norse = load("norse.torch")
    for kind in NAMES:
        for ending in ENDINGS:
            if type(module) is getattr(norse, kind + ending, None):
                return kind, ending.startswith("Recurrent")
    return None


def _cell(name: str, module: Any, reasons: list[str]) -> Cell | None:
    kind = kind_of(module)
    label = f"{name} ({type(module).__name__})"
    if kind is None:
        reasons.append(f"{label} has no counterpart; there is one for Linear, Flatten and Norse's "
                       f"{', '.join(NAMES)} with their Cell and Recurrent forms")
        return None
    p = module.p.lif if kind[0] == "LIFRefrac" else module.p
    values = {ours: numbers(getattr(p, theirs)) for ours, theirs in NAMES[kind[0]].items()}
    problem = _problem(p, values)
    if problem:
        reasons.append(f"{label}: {problem}")
        return None
    return _made(module, kind, p, {k: _plain(v) for k, v in values.items()})


def _problem(p: Any, values: dict[str, Any]) -> str:
    if p.method not in METHODS:
        return f"method {p.method!r} is not one of {', '.join(METHODS)}; choose one of them"
    for n, v in values.items():
        if np.squeeze(v).ndim > 1:
            return f"{n} of shape {v.shape} is neither one number nor one for each neuron"
        if not np.all(np.isfinite(v)):
            return f"{n} is not finite"
    if np.any(values.get("delta_t", 1.0) == 0):
        return "delta_T=0 divides by zero in Norse's own step; use LIF, or a small delta_T"
    return ""


def _plain(x: Any) -> Any:
    x = np.squeeze(x)
    return float(x) if x.ndim == 0 else x


def _made(module: Any, kind: tuple[str, bool], p: Any, values: dict[str, Any]) -> Cell:
    name, back = kind
    subtract = name == "LIFBox" and p.reset_method.__name__ == "reset_subtract"
    if subtract:
        del values["v_reset"]
    rests = name != "LIFAdEx" and bool(np.all(np.asarray(values["v_leak"])
                                              <= np.asarray(values["v_th"])))
    parameters = {n: v * UNITS["Hz"] if n.endswith("_inv") else v for n, v in values.items()}
    if name == "LIFRefrac":
        steps = np.maximum(np.ceil(_plain(numbers(module.p.rho_reset))), 0.0)
        parameters["tau_ref"] = Quantity(steps * float(module.dt), SECOND)
    found = model(name, back, subtract)
    sizes = {len(v) for v in values.values() if np.ndim(v)}
    if not back:
        return Cell(found, parameters, min(sizes, default=None), rests=rests)
    w = numbers(module.recurrent_weights)
    return Cell(found, parameters, len(w), weight=numbers(module.input_weights), recurrent=w,
                rests=rests)
