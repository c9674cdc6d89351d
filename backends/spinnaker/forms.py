"""Which of our neurons the emulator has: cells of the table that the exporters read, by their text.

The board's step is its own, whatever the integrator of the text: see `docs/spinnaker.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...kernels.fixed_point_tables import COND_EXP, CURR_DELTA, CURR_EXP, IZHIKEVICH
from ..hardware.cells import PYNN_UNITS, Cell, cell_of

KINDS = {"IF_curr_exp": CURR_EXP, "IF_curr_delta": CURR_DELTA, "IF_cond_exp": COND_EXP,
         "Izhikevich": IZHIKEVICH}
"""The board's neurons that are emulated."""

STATE = {"isyn_exc": "EXC", "isyn_inh": "INH", "gsyn_exc": "EXC", "gsyn_inh": "INH", "u": "U"}
"""Fields of the emulator's neurons by PyNN's names, besides `v`."""

MILLI = 1e3
"""From SI to the board's mV and ms."""


@dataclass(frozen=True)
class Form:
    """One of the board's neurons, `pynn` by its name there.

    `names` maps the board's parameters to ours, each with the factor from SI to the board's unit;
    `receptors` our variables that spikes may be sent to, to 0 (excitatory) or 1; None stands for
    the sign of the weight. `weight` is the factor of weights; `state` our name of each field.
    """

    pynn: str
    kind: int
    names: Mapping[str, tuple[str, float]]
    receptors: Mapping[str, int | None]
    weight: float
    state: Mapping[str, str]


def form_of(model: Any) -> Form | None:
    """The board's neuron that a model is, None where it has none."""
    cell = cell_of(model)
    if cell is None or "spinnaker" not in cell.targets or cell.pynn not in KINDS:
        return None
    kind = KINDS[cell.pynn]
    exc, inh = cell.receptors["excitatory"], cell.receptors["inhibitory"]
    names = {theirs: (p.ours, 1 / PYNN_UNITS[p.unit].value) for theirs, p in cell.parameters.items()
             if theirs != "tau_refrac"}
    unit = "nA" if kind == CURR_DELTA else exc.unit
    return Form(cell.pynn, kind, names | _threshold(cell),
                {exc.variable: None} if exc.variable == inh.variable else
                {exc.variable: 0, inh.variable: 1}, 1 / PYNN_UNITS[unit].value,
                _state(cell))


def _threshold(cell: Cell) -> dict[str, tuple[str, float]]:
    """The board's Izhikevich neuron has a threshold that PyNN has no name for."""
    return {"v_thresh": ("v_peak", MILLI)} if cell.pynn == "Izhikevich" else {}


def _state(cell: Cell) -> dict[str, str]:
    """Our name of each field; a cell with synapses names its currents as its receptors do."""
    found = {STATE[theirs]: p.ours for theirs, p in cell.states.items() if theirs in STATE}
    receptors = {key: r.variable for key, r in zip(("EXC", "INH"), cell.receptors.values(),
                                                   strict=True) if r.variable != "v"}
    return receptors | found
