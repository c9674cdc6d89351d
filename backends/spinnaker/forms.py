"""Which of our neurons the board has: recognised by their equations, whatever they are called.

A population is one of the board's neurons if its differential equations (with what they stand for
put in), its reset and its update are those of a form below, parameter names included. `>` and `>=`
are not told apart: the board fires at `v >= v_thresh`. Nor is the name of the refractory period.
The board's step is then its own, whatever the integrator: see `docs/spinnaker.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ...kernels.fixed_point_tables import COND_EXP, CURR_DELTA, CURR_EXP, IZHIKEVICH
from ...simulator.equations import DIFFERENTIAL, inline
from ...simulator.expressions import parse, text_of
from ...simulator.models import NeuronModel
from ...simulator.statements import parse_lines

MILLI, NANO, MICRO = 1e3, 1e9, 1e6
"""From SI to the board's units: mV and ms, nA and nF, uS."""


@dataclass(frozen=True)
class Form:
    """One of the board's neurons, `pynn` by its name there, as a text of ours.

    `names` maps the board's parameters to ours, each with the factor from SI to the board's unit;
    `receptors` our variables that spikes may be sent to, to 0 (excitatory) or 1; None stands for
    the sign of the weight. `weight` is the factor of weights.
    """

    pynn: str
    kind: int
    model: NeuronModel
    names: Mapping[str, tuple[str, float]]
    receptors: Mapping[str, int | None]
    weight: float
    state: Mapping[str, str] = field(default_factory=dict)


MEMBRANE = "v_rest : volt\nv_reset : volt\nv_th : volt\ntau_m : second\nc_m : farad\n"
TAUS = "tau_exc : second\ntau_inh : second\n"
CURRENTS = "di_exc/dt = -i_exc/tau_exc : {0}\ndi_inh/dt = -i_inh/tau_inh : {0}\n" + TAUS
CONDUCTANCES = """
dg_exc/dt = -g_exc/tau_exc : siemens
dg_inh/dt = -g_inh/tau_inh : siemens
e_exc : volt
e_inh : volt
""" + TAUS
LEAKY = {"v_rest": ("v_rest", MILLI), "v_reset": ("v_reset", MILLI), "v_thresh": ("v_th", MILLI),
         "tau_m": ("tau_m", MILLI), "cm": ("c_m", NANO), "i_offset": ("i_offset", NANO)}
TAU = {"tau_syn_E": ("tau_exc", MILLI), "tau_syn_I": ("tau_inh", MILLI)}
EXACT = """
i_exc = i_exc*exp(-dt/tau_syn_e) + in_exc*(tau_syn_e/dt)*(1 - exp(-dt/tau_syn_e))
i_inh = i_inh*exp(-dt/tau_syn_i) + in_inh*(tau_syn_i/dt)*(1 - exp(-dt/tau_syn_i))
in_exc = 0*amp
in_inh = 0*amp
target = v_rest + (i_exc - i_inh + i_offset)*(tau_m/c_m)
v = target - exp(-dt/tau_m)*(target - v)
"""


def leaky(name: str, current: str, more: str, gap: bool) -> NeuronModel:
    """An integrate-and-fire text; `gap`: with room for a continuous coupling."""
    total = f"{current} + i_offset" + (" + i_gap" if gap else "")
    return NeuronModel(
        name, f"dv/dt = (v_rest - v)/tau_m + ({total})/c_m : volt (unless refractory)\n"
        f"i_offset : amp\ni_gap : amp\n{MEMBRANE}{more}", threshold="v > v_th", reset="v = v_reset")


def izhikevich(gap: bool) -> NeuronModel:
    """Izhikevich's text, with `v` cut at `v_peak`."""
    total = "i_exc - i_inh + i_offset" + (" + i_gap" if gap else "")
    if gap:
        total = "(i_exc - i_inh) + i_offset + i_gap"
    return NeuronModel("izhikevich", f"""
        v_lim = clip(v, -1*volt, v_peak) : volt
        dv/dt = (0.04/mV/ms)*v_lim**2 + (5/ms)*v_lim + 140*mV/ms - u + {total} : volt
        du/dt = a*(b*v_lim - u) : volt/second
        a : 1/second
        b : 1/second
        c : volt
        d : volt/second
        v_peak : volt
        i_offset : volt/second
        i_gap : volt/second
        """ + CURRENTS.format("volt/second"), threshold="v > v_peak", reset="v = c; u += d")


def _forms(gap: bool) -> list[Form]:
    synaptic = {"EXC": "i_exc", "INH": "i_inh"}
    both: dict[str, int | None] = {"i_exc": 0, "i_inh": 1}
    return [
        Form("IF_curr_exp", CURR_EXP,
             leaky("curr_exp", "(i_exc - i_inh)", CURRENTS.format("amp"), gap),
             {**LEAKY, **TAU}, both, NANO, synaptic),
        Form("IF_curr_delta", CURR_DELTA, leaky("delta", "0*amp", "", gap), LEAKY, {"v": None},
             NANO),
        Form("IF_cond_exp", COND_EXP,
             leaky("cond_exp", "(g_exc*(e_exc - v) + g_inh*(e_inh - v))", CONDUCTANCES, gap),
             {**LEAKY, **TAU, "e_rev_E": ("e_exc", MILLI), "e_rev_I": ("e_inh", MILLI)},
             {"g_exc": 0, "g_inh": 1}, MICRO, {"EXC": "g_exc", "INH": "g_inh"}),
        Form("Izhikevich", IZHIKEVICH, izhikevich(gap),
             {"a": ("a", 1 / MILLI), "b": ("b", 1 / MILLI), "c": ("c", MILLI), "d": ("d", 1.0),
              "v_thresh": ("v_peak", MILLI), "i_offset": ("i_offset", 1.0), **TAU},
             both, 1.0, {**synaptic, "U": "u"})]


def _board() -> Form:
    """The text that is already the board's: discrete, with its factors."""
    names = {**LEAKY, "v_thresh": ("v_thresh", MILLI), "tau_syn_E": ("tau_syn_e", MILLI),
             "tau_syn_I": ("tau_syn_i", MILLI)}
    declared = "v : volt (unless refractory)\n" + "".join(
        f"{n} : amp\n" for n in ("i_exc", "i_inh", "in_exc", "in_inh", "i_offset")) + (
        "v_rest : volt\nv_reset : volt\nv_thresh : volt\nc_m : farad\ntau_m : second\n"
        "tau_syn_e : second\ntau_syn_i : second\n")
    return Form("IF_curr_exp", CURR_EXP,
                NeuronModel("board", declared, threshold="v > v_thresh", reset="v = v_reset",
                            update=EXACT),
                names, {"in_exc": 0, "in_inh": 1}, NANO, {"EXC": "i_exc", "INH": "i_inh"})


@lru_cache(maxsize=1)
def table() -> dict[Any, Form]:
    """The forms by what makes them, see `essence`."""
    return {essence(f.model): f for f in (*_forms(True), *_forms(False), _board())}


def essence(model: NeuronModel) -> Any:
    """What a model computes, apart from names and numbers of its own."""
    full = inline(model.parsed)
    slopes = {(e.name, text_of(full[e.name])) for e in model.parsed if e.kind == DIFFERENTIAL}
    held = {e.name for e in model.parsed if "unless refractory" in e.flags}
    return (frozenset(slopes), frozenset(held), text_of(parse(model.threshold or "0"))
            .replace(">=", ">"), tuple(x.statement() for x in parse_lines(model.reset)),
            tuple(x.statement() for x in parse_lines(model.update)))


def form_of(model: Any) -> Form | None:
    """The board's neuron that a model is, None where it has none."""
    return table().get(essence(model)) if isinstance(model, NeuronModel) else None
