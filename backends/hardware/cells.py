"""Standard cells of PyNN and neurons of ours: one table, read in both directions.

A neuron is recognised by its text, not by its name: `fingerprint` is the same for two models whose
equations, threshold, reset, refractory period and update say the same, so an edited model is never
taken for the cell that it was. Defaults, the method of integration, and whether `>` or `>=` stands
in the threshold do not count.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ...simulator.expressions import parse
from ...simulator.models import NeuronModel
from ...simulator.statements import parse_lines
from ...simulator.units import UNITS, Quantity
from . import texts

PYNN_UNITS: dict[str, Quantity] = {
    "ms": UNITS["ms"], "mV": UNITS["mV"], "nA": UNITS["nA"], "nF": UNITS["nfarad"],
    "uS": UNITS["usiemens"], "nS": UNITS["nsiemens"], "/ms": 1/UNITS["ms"],
    "mV/ms": UNITS["mV"]/UNITS["ms"], "nA/pF": UNITS["nA"]/UNITS["pfarad"]}
"""Units of PyNN's parameters, as our quantities. A current of nA/pF is one in nA into 1 pF."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of PyNN: our name and PyNN's unit; `over`/ours where `over` names another."""

    ours: str
    unit: str
    over: str = ""


@dataclass(frozen=True)
class Receptor:
    """Where spikes of one receptor type go, PyNN's unit of the weight, and its sign there.

    Our variable takes `sign` times PyNN's weight: -1 where PyNN wants a negative weight.
    """

    variable: str
    unit: str
    sign: int = 1


@dataclass(frozen=True)
class Cell:
    """One standard cell, and the text of ours that says it; `model` has PyNN's defaults.

    `targets` are the simulators whose cell this is, and `note` what they do differently. `fixed`
    are parameters of ours that PyNN has no name for: they must have these values. Of the targets,
    the `loose` ones integrate it so that spikes come at other times, or more or less often.
    """

    pynn: str
    model: NeuronModel
    parameters: Mapping[str, Parameter]
    receptors: Mapping[str, Receptor]
    states: Mapping[str, Parameter]
    targets: tuple[str, ...]
    note: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    loose: tuple[str, ...] = ()


def _common(**more: Parameter) -> dict[str, Parameter]:
    return {"v_rest": Parameter("v_rest", "mV"), "cm": Parameter("c_m", "nF"),
            "i_offset": Parameter("i_offset", "nA"), **more}


def _lif(**more: Parameter) -> dict[str, Parameter]:
    return _common(tau_m=Parameter("tau_m", "ms"), tau_refrac=Parameter("tau_ref", "ms"),
                   v_reset=Parameter("v_reset", "mV"), v_thresh=Parameter("v_th", "mV"), **more)


TAUS = {"tau_syn_E": Parameter("tau_exc", "ms"), "tau_syn_I": Parameter("tau_inh", "ms")}
REVERSALS = {"e_rev_E": Parameter("e_exc", "mV"), "e_rev_I": Parameter("e_inh", "mV")}
ADEX = _common(
    tau_m=Parameter("g_l", "ms", over="c_m"), tau_refrac=Parameter("tau_ref", "ms"),
    v_reset=Parameter("v_reset", "mV"), v_thresh=Parameter("v_th", "mV"),
    v_spike=Parameter("v_peak", "mV"), delta_T=Parameter("delta_t", "mV"),
    a=Parameter("a", "nS"), b=Parameter("b", "nA"), tau_w=Parameter("tau_w", "ms"),
    **TAUS, **REVERSALS)
HH = {"gbar_Na": Parameter("g_na", "uS"), "gbar_K": Parameter("g_k", "uS"),
      "g_leak": Parameter("g_l", "uS"), "cm": Parameter("c_m", "nF"),
      "v_offset": Parameter("v_t", "mV"), "e_rev_Na": Parameter("e_na", "mV"),
      "e_rev_K": Parameter("e_k", "mV"), "e_rev_leak": Parameter("v_rest", "mV"),
      "i_offset": Parameter("i_offset", "nA"), **TAUS, **REVERSALS}
IZHIKEVICH = {"a": Parameter("a", "/ms"), "b": Parameter("b", "/ms"), "c": Parameter("c", "mV"),
              "d": Parameter("d", "mV/ms"), "i_offset": Parameter("i_offset", "mV/ms")}
BOARD = {"v_rest": Parameter("v_rest", "mV"), "cm": Parameter("c_m", "nF"),
         "tau_m": Parameter("tau_m", "ms"), "tau_refrac": Parameter("tau_refrac", "ms"),
         "v_reset": Parameter("v_reset", "mV"), "v_thresh": Parameter("v_thresh", "mV"),
         "tau_syn_E": Parameter("tau_syn_e", "ms"), "tau_syn_I": Parameter("tau_syn_i", "ms"),
         "i_offset": Parameter("i_offset", "nA")}

V = {"v": Parameter("v", "mV")}
ISYN = {**V, "isyn_exc": Parameter("i_exc", "nA"), "isyn_inh": Parameter("i_inh", "nA")}
GSYN = {**V, "gsyn_exc": Parameter("g_exc", "uS"), "gsyn_inh": Parameter("g_inh", "uS")}
W = {"w": Parameter("w", "nA")}


def _pair(exc: str, inh: str, unit: str, sign: int) -> dict[str, Receptor]:
    return {"excitatory": Receptor(exc, unit), "inhibitory": Receptor(inh, unit, sign)}


CURRENT = _pair("i_exc", "i_inh", "nA", -1)
CONDUCTANCE = _pair("g_exc", "g_inh", "uS", 1)
ALPHA_CONDUCTANCE = _pair("h_exc", "h_inh", "uS", 1)
JUMP = {"excitatory": Receptor("v", "mV"), "inhibitory": Receptor("v", "mV")}
ALL = ("spinnaker", "nest", "neuron")
PEERS = ("nest", "neuron")
UPSTROKE = ("NEST resets within a step, so each spike comes up to a step earlier; NEURON, which "
            "steps over the upstroke, may lose spikes")
PEAK = {"v_peak": 30*UNITS["mV"]}
TRAUB_FIXED = {"v_th": -20*UNITS["mV"], "tau_ref": 3*UNITS["ms"]}

CELLS: tuple[Cell, ...] = (
    Cell("IF_curr_exp", texts.IF_CURR_EXP, _lif(**TAUS), CURRENT, ISYN, ALL,
         "the board spreads the charge of a spike over the step of its arrival"),
    Cell("IF_curr_exp", texts.IF_CURR_EXP_BOARD, BOARD, _pair("in_exc", "in_inh", "nA", -1), ISYN,
         ("spinnaker",)),
    Cell("IF_curr_alpha", texts.IF_CURR_ALPHA, _lif(**TAUS), _pair("h_exc", "h_inh", "nA", -1),
         ISYN, ALL),
    Cell("IF_curr_delta", texts.IF_CURR_DELTA, _lif(), JUMP, V, ("spinnaker", "nest"),
         "NEST adds a jump at the end of the step of its arrival, ours at its start"),
    Cell("IF_cond_exp", texts.IF_COND_EXP, _lif(**TAUS, **REVERSALS), CONDUCTANCE, GSYN, ALL),
    Cell("IF_cond_alpha", texts.IF_COND_ALPHA, _lif(**TAUS, **REVERSALS), ALPHA_CONDUCTANCE, GSYN,
         PEERS),
    Cell("EIF_cond_exp_isfa_ista", texts.EIF_COND_EXP, ADEX, CONDUCTANCE, {**GSYN, **W}, PEERS,
         UPSTROKE, loose=PEERS),
    Cell("EIF_cond_alpha_isfa_ista", texts.EIF_COND_ALPHA, ADEX, ALPHA_CONDUCTANCE,
         {**GSYN, **W}, PEERS, UPSTROKE, loose=PEERS),
    Cell("Izhikevich", texts.IZHIKEVICH_DELTA,
         {**IZHIKEVICH, "i_offset": Parameter("i_offset", "nA/pF")}, JUMP,
         {**V, "u": Parameter("u", "mV/ms")}, PEERS,
         "its currents go into 1 pF; the peer's integrator takes other steps", PEAK,
         loose=PEERS),
    Cell("Izhikevich", texts.IZHIKEVICH_EXP, {**IZHIKEVICH, **TAUS},
         _pair("i_exc", "i_inh", "mV/ms", -1), {**V, "u": Parameter("u", "mV/ms")}, ("spinnaker",),
         "the board's integrator is a Runge-Kutta of second order: spike times differ",
         PEAK, loose=("spinnaker",)),
    Cell("HH_cond_exp", texts.HH_COND_EXP, HH, CONDUCTANCE, GSYN, PEERS,
         "each simulator has its own moment of the action potential at which it notes a spike",
         TRAUB_FIXED, loose=PEERS),
)
"""Every cell we can say in PyNN. Two rows of one name are two texts for the same cell."""


def _canonical(expr: str) -> str:
    return ast.dump(parse(expr))


def fingerprint(model: NeuronModel) -> str:
    """SHA-256 of what the text says, whatever its names for the model, layout and order."""
    parts = sorted(
        f"{e.kind}|{e.name}|{_canonical(e.expr) if e.expr else ''}|{tuple(map(float, e.dim))}|"
        f"{sorted(e.flags)}" for e in model.parsed)
    # > and >= are one cell: simulators differ in it, so every export has to say so anyway
    parts.append("threshold|" + (_canonical(model.threshold).replace("GtE()", "Gt()")
                                 if model.threshold else ""))
    for label, text in (("reset", model.reset), ("update", model.update)):
        parts += [f"{label}|{line.target}|{line.op}|{_canonical(line.expr)}"
                  for line in parse_lines(text)]
    parts.append(f"refractory|{model.refractory!r}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@lru_cache(maxsize=1)
def _known() -> dict[str, Cell]:
    return {fingerprint(c.model): c for c in CELLS}


def cell_of(model: Any) -> Cell | None:
    """The standard cell that `model` says, or None; sources have none."""
    return _known().get(fingerprint(model)) if isinstance(model, NeuronModel) else None


def cell_named(pynn: str, board: bool = False) -> Cell:
    """The cell of that PyNN name; `board` prefers the text that a board carries out.

    DescriptionError lists the names there are.
    """
    found = [c for c in CELLS if c.pynn == pynn]
    if not found:
        raise DescriptionError(f"no neuron of ours says PyNN's {pynn!r}; there are "
                               + ", ".join(sorted({c.pynn for c in CELLS})))
    return next((c for c in found if board and c.targets == ("spinnaker",)), found[0])


def to_pynn(cell: Cell, values: Mapping[str, Any]) -> dict[str, Any]:
    """PyNN's parameters, plain numbers or arrays in PyNN's units, from all of ours in SI floats."""
    out = {}
    for name, p in cell.parameters.items():
        value = values[p.over] / values[p.ours] if p.over else values[p.ours]
        out[name] = plain(value / PYNN_UNITS[p.unit].value)
    return out


def from_pynn(cell: Cell, values: Mapping[str, Any]) -> dict[str, Quantity]:
    """Our parameters from PyNN's, which may be a part of them, given as plain numbers.

    A ratio such as tau_m = cm/g_leak takes what is not given from PyNN's defaults.
    """
    unknown = set(values) - set(cell.parameters)
    if unknown:
        raise DescriptionError(f"{cell.pynn} has no parameters {sorted(unknown)}; it has "
                               + ", ".join(cell.parameters))
    out = {p.ours: np.asarray(values[name], float)[()] * PYNN_UNITS[p.unit]
           for name, p in cell.parameters.items() if name in values and not p.over}
    for p_name, p in cell.parameters.items():
        if p.over and (p_name in values or p.over in out):
            top = out.get(p.over, cell.model.defaults[p.over])
            tau = (np.asarray(values[p_name], float)[()] * PYNN_UNITS[p.unit] if p_name in values
                   else cell.model.defaults[p.over] / cell.model.defaults[p.ours])
            out[p.ours] = top / tau
    return out


def plain(value: Any) -> Any:
    """A float, or an array of floats, without the last digit that a change of unit leaves.

    15 digits: what was written as -60 mV is -60.0 again.
    """
    array = np.asarray(value, dtype=np.float64)
    rounded = np.array([float(f"{x:.15g}") for x in array.ravel()]).reshape(array.shape)
    return float(rounded) if rounded.ndim == 0 else rounded
