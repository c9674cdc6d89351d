"""What the board has no room or no means for, beyond models of neurons and synapses."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...kernels import fixed_point as fx
from ...kernels import fixed_point_tables as tb
from ...simulator.plan import NEURONS, Plan
from .board import Board
from .forms import MILLI, Form
from .ring_buffer import shifts_of

PLASTIC_DELAY = 16
"""Steps of a plastic synapse's delay at most; the rest would lie before the synapse."""

LARGEST_SHIFT = 15
"""Places by which 16 bits can be shifted in a number with a sign and 31 bits."""

NOT_NEGATIVE = ("tau_m", "cm", "tau_syn_E", "tau_syn_I")


def recordable(form: Form) -> dict[str, tuple[int, float]]:
    """Names that can be recorded and read: field, and the factor to SI."""
    volts, weights = 1 / (fx.ONE * MILLI), 1 / (fx.ONE * form.weight)
    fields = {"EXC": tb.EXC, "INH": tb.INH, "U": tb.U}
    scale = 1 / 1024 if form.kind == tb.COND_EXP else 1.0
    return {"v": (tb.V, volts), **{name: (fields[key], weights * scale)
                                   for key, name in form.state.items()}}


def beyond(plan: Plan, found: Board | None) -> list[str]:
    """Reasons why a network does not fit on the board; `found`: what `board` made of it."""
    out = [f"{s.variable!r} of population {plan.populations[s.population].name!r} is set at given "
           "times (StepCurrent); on the board a current changes between runs only, so give "
           "i_offset, or drive it by spikes" for s in plan.writes]
    if found is None:
        return out
    for n, cells in enumerate(found.cells):
        if cells is not None:
            out += [f"population {plan.populations[n].name!r}: {reason}"
                    for reason in _range(cells.values, found.dt)]
    for r in plan.record_states:
        p = plan.populations[r.population]
        known = recordable(found.cells[r.population].form) if p.kind == NEURONS else {}
        out += [f"population {p.name!r}: a StateProbe on {name!r}; the board records "
                f"{', '.join(known)}" for name, expr in zip(r.names, r.exprs, strict=True)
                if expr not in known]
    out += too_large(plan, shifts_of(plan, found))
    for q, s in zip(plan.projections, found.synapses, strict=True):
        if s.pair is not None and q.longest > PLASTIC_DELAY:
            out.append(f"projection {q.name!r}: a plastic synapse with a delay of {q.longest} "
                       f"steps; the board keeps {PLASTIC_DELAY} behind the synapse, so shorten the "
                       "delay or use a larger dt")
    return out


def too_large(plan: Plan, shifts: list[list[int]]) -> list[str]:
    """Reasons where 16 bits, shifted, are more than 32."""
    return [f"population {p.name!r}: weights that may add up to more than 65536 in a step, which "
            "the board's s16.15 numbers do not hold; scale them down"
            for p, each in zip(plan.populations, shifts, strict=True) if max(each) > LARGEST_SHIFT]


def _range(values: Any, dt: float) -> list[str]:
    """Parameters that s16.15 does not hold."""
    out = []
    for name, value in values.items():
        if not fx.fits(value) or (name in NOT_NEGATIVE and np.any(fx.accum(value) <= 0)):
            out.append(f"{name} = {np.ravel(value)[0]:g} does not fit into the board's s16.15 "
                       "numbers (steps of 3e-5, up to 65536)")
        elif name.startswith("tau_syn") and np.any(
                fx.quotient(fx.accum(dt), fx.accum(value)) == 0):
            out.append(f"{name} is more than 32768 steps, which the board takes for no time at "
                       "all; use a shorter one or a larger dt")
    if "tau_m" in values and not out and np.any(
            fx.quotient(fx.accum(values["tau_m"]), fx.accum(values["cm"])) > fx.LARGEST):
        out.append("tau_m/cm is above 65536 MOhm, which the board's s16.15 numbers do not hold")
    return out
