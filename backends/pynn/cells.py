"""PyNN's cell types, and the neuron of ours that each is.

The table of cells is `hardware.cells`; here its texts compare with `>=` instead of `>`, as NEST and
SpiNNaker do, and two rows are added. Parameters keep PyNN's names and units.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from pyNN.standardmodels import build_translations
from pyNN.standardmodels import cells as standard

from ...simulator.errors import DescriptionError
from ...simulator.models import NeuronModel
from ...simulator.units import UNITS
from ..hardware.cells import CONDUCTANCE, Cell, Parameter, cell_named
from ..hardware.cells import PYNN_UNITS as KNOWN_UNITS
from .dialect import accept

ms, mV, nS = UNITS["ms"], UNITS["mV"], UNITS["nsiemens"]

GSFA = """
dg_s/dt = -g_s/tau_sfa : siemens
dg_r/dt = -g_r/tau_rr : siemens
tau_sfa : second
e_sfa : volt
q_sfa : siemens
tau_rr : second
e_rr : volt
q_rr : siemens
"""


def _adaptive() -> Cell:
    """Muller et al. 2007 (Neural Comput. 19:2958): two conductances that each spike raises."""
    plain = cell_named("IF_cond_exp")
    text = plain.model.equations.replace(
        "i_syn =", "i_syn = g_s*(e_sfa - v) + g_r*(e_rr - v) +")
    model = replace(
        plain.model, name="IF_cond_exp_gsfa_grr", equations=text + GSFA,
        reset="v = v_reset; g_s += q_sfa; g_r += q_rr",
        defaults={**plain.model.defaults, "tau_sfa": 100*ms, "e_sfa": -75*mV, "q_sfa": 15*nS,
                  "tau_rr": 2*ms, "e_rr": -75*mV, "q_rr": 3000*nS})
    more = {"tau_sfa": Parameter("tau_sfa", "ms"), "e_rev_sfa": Parameter("e_sfa", "mV"),
            "q_sfa": Parameter("q_sfa", "nS"), "tau_rr": Parameter("tau_rr", "ms"),
            "e_rev_rr": Parameter("e_rr", "mV"), "q_rr": Parameter("q_rr", "nS")}
    return replace(plain, pynn="IF_cond_exp_gsfa_grr", model=model, receptors=CONDUCTANCE,
                   parameters={**plain.parameters, **more},
                   states={**plain.states, "g_s": Parameter("g_s", "nS"),
                           "g_r": Parameter("g_r", "nS")})


LATE = """
v : volt (unless refractory)
in_v : volt
v_rest : volt
v_reset : volt
v_th : volt
tau_m : second
c_m : farad
tau_ref : second
i_offset : amp
"""
LATE_UPDATE = """
target = v_rest + i_offset*(tau_m/c_m)
v = target + (v - target)*exp(-dt/tau_m) + in_v
in_v = 0*volt
"""


def _jumping_late() -> Cell:
    """IF_curr_delta as NEST has it: a jump comes at the end of a step, after the decay."""
    plain = cell_named("IF_curr_delta")
    defaults = {n: v for n, v in plain.model.defaults.items() if n != "i_gap"}
    model = replace(plain.model, name="IF_curr_delta_late", equations=LATE, update=LATE_UPDATE,
                    method="auto", defaults={**defaults, "in_v": 0*mV})
    return replace(plain, model=model, receptors={
        n: replace(r, variable="in_v") for n, r in plain.receptors.items()})


UNIT = {**KNOWN_UNITS, "1": 1.0, "nA/pF": 1000*mV/ms}
"""PyNN's units; the Izhikevich cell takes its current in nA over 1 pF, as NEST and Brian2 do."""

GATES = {name: Parameter(name, "1") for name in "mhn"}


def row(pynn: str, backend: str = "numba", board: bool = False, late: bool = False) -> Cell:
    """Our neuron for the PyNN cell type of that name, as `backend` has it.

    `board`: IF_curr_exp in the board's steps, on any backend; `late`: jumps as NEST has them.
    """
    if backend == "spinnaker" or (board and pynn == "IF_curr_exp"):
        return cell_named(pynn, board=True)
    if late and pynn == "IF_curr_delta":
        return _at_threshold(_jumping_late())
    if pynn == "IF_cond_exp_gsfa_grr":
        return _at_threshold(_adaptive())
    found = _at_threshold(cell_named(pynn))
    if pynn == "Izhikevich":
        return replace(found, parameters={**found.parameters,
                                          "i_offset": Parameter("i_offset", "nA/pF")})
    if pynn == "HH_cond_exp":
        return replace(found, states={**found.states, **GATES})
    return found


def _at_threshold(cell: Cell) -> Cell:
    text = cell.model.threshold
    return cell if ">=" in text else replace(
        cell, model=replace(cell.model, threshold=text.replace(">", ">=")))


def model(cell: Cell, values: dict[str, Any], dt: float) -> NeuronModel:
    """The text to integrate: Runge-Kutta 4 for conductances, where `dt` (ms) allows it.

    A conductance that decays within a step would make Runge-Kutta unstable; exponential Euler,
    with an error of the order of dt, is stable at any step.
    """
    taus = [np.min(values[n]) for n in ("tau_syn_E", "tau_syn_I") if n in values]
    if cell.model.method != "exponential_euler" or cell.pynn == "HH_cond_exp" or min(taus) < dt:
        return cell.model
    return replace(cell.model, method="rk4")


def quantities(cell: Cell, values: dict[str, Any]) -> dict[str, Any]:
    """Our parameters as quantities, from all of PyNN's as arrays (size,)."""
    values = {name: np.asarray(x, np.float64) for name, x in values.items()}
    if "delta_T" in values:  # without a slope the spike is at the threshold
        sharp = values["delta_T"] == 0
        values["v_spike"] = np.where(sharp, values["v_thresh"], values["v_spike"])
        values["delta_T"] = np.where(sharp, 1e-3, values["delta_T"])
    out = {}
    for name, p in cell.parameters.items():
        value = values[name]
        out[p.ours] = same(values[p.over.replace("c_m", "cm")] * KNOWN_UNITS["nF"].value
                           / (value * 1e-3) if p.over else value,
                           UNITS["siemens"] if p.over else UNIT[p.unit])
    return out


def same(values: Any, unit: Any) -> Any:
    """One quantity where all values are equal, else one a neuron."""
    values = np.asarray(values, np.float64)
    one = values.size and np.all(values == values.flat[0])
    return (float(values.flat[0]) if one else values) * unit


STATE_UNITS = {"isyn_exc": "nA", "isyn_inh": "nA", "u": "mV/ms"}
AS_CURRENTS = {"gsyn_exc": "isyn_exc", "gsyn_inh": "isyn_inh"}


def _type(base: Any) -> Any:
    """PyNN's class with its parameters as they are, and more that can be recorded."""
    states = row(base.__name__).states
    names = dict.fromkeys([*base.recordable, *states,
                           *(AS_CURRENTS if "isyn_exc" in states else ())])
    units = {**STATE_UNITS, **base.units}
    if "isyn_exc" in states:
        units |= dict.fromkeys(AS_CURRENTS, "nA")
    return type(base.__name__, (base,), {
        "__doc__": base.__doc__, "__module__": __name__, "units": units,
        "recordable": list(names),
        "translations": build_translations(*((n, n) for n in base.default_parameters))})


IF_curr_exp = _type(standard.IF_curr_exp)
IF_curr_alpha = _type(standard.IF_curr_alpha)
IF_curr_delta = _type(standard.IF_curr_delta)
IF_cond_exp = _type(standard.IF_cond_exp)
IF_cond_alpha = _type(standard.IF_cond_alpha)
IF_cond_exp_gsfa_grr = _type(standard.IF_cond_exp_gsfa_grr)
EIF_cond_exp_isfa_ista = _type(standard.EIF_cond_exp_isfa_ista)
EIF_cond_alpha_isfa_ista = _type(standard.EIF_cond_alpha_isfa_ista)
Izhikevich = _type(standard.Izhikevich)
HH_cond_exp = _type(standard.HH_cond_exp)


def warn_of_currents(celltype: Any, variable: str, label: str) -> None:
    """Warn where gsyn of a cell with current synapses is asked for."""
    if variable in AS_CURRENTS and not celltype.conductance_based:
        accept("gsyn of current synapses", f"Population {label!r}")


def state_name(celltype: Any, variable: str) -> str:
    """PyNN's name of a state variable, in which gsyn of a current synapse is isyn."""
    states = row(type(celltype).__name__).states
    found = variable if variable in states else AS_CURRENTS.get(variable, variable)
    if found not in states:
        raise DescriptionError(f"{type(celltype).__name__} has no state variable {variable!r}; it "
                               f"has {', '.join(states)}")
    return found
