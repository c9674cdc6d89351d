"""What the board does to a network: resolution, vanished weights, saturation."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...simulator.plan import Plan
from .board import RECEPTORS, Board
from .ring_buffer import resolution, scale_of


class SpinnakerWarning(UserWarning):
    """The board changes a network so much that its results may be another network's."""


def losses(plan: Plan, found: Board, shifts: list[list[int]]) -> dict[str, Any]:
    """What each projection loses when its weights are stored, by name; plain numbers.

    `receptor`, `resolution` (the smallest weight, in nA, uS or mV/ms), whether it is `plastic`, how
    many of its `synapses` have weights that `vanished`, and the `largest_error`, relative, of the
    other weights.
    """
    out = {}
    for q, s in zip(plan.projections, found.synapses, strict=True):
        one = resolution(shifts[q.target][s.receptor], scale_of(found, q.target))
        kept = s.weight[np.rint(s.weight / one) > 0]
        error = np.max(np.abs(np.rint(kept / one) * one / kept - 1), initial=0.0)
        out[q.name] = {"receptor": RECEPTORS[s.receptor], "resolution": one,
                       "plastic": s.pair is not None, "synapses": q.synapses,
                       "vanished": int(np.count_nonzero(s.weight)) - len(kept),
                       "largest_error": float(error)}
    return out


def report(runner: Any) -> dict[str, Any]:
    """Plain numbers of a run, by population and projection.

    A population has its `neuron`, the `shift` and `resolution` of each receptor, and `overflows`:
    steps of a neuron in which a number wrapped around. A projection has its `losses`, and
    `saturated`: arrivals that found the ring buffer full.
    """
    plan, found, log = runner.plan, runner.board, runner.log
    populations = {}
    for g, n in enumerate(runner.layout.groups):
        each = dict(zip(RECEPTORS, runner.shifts[n], strict=True))
        populations[plan.populations[n].name] = {
            "neuron": found.cells[n].form.pynn, "shift": each,
            "resolution": {r: resolution(s, scale_of(found, n)) for r, s in each.items()},
            "overflows": int(log.wrapped[g])}
    projections = {q.name: {**runner.losses[q.name], "saturated": int(log.saturated[n])}
                   for n, q in enumerate(plan.projections)}
    return {"populations": populations, "projections": projections}


def warn(plan: Plan, lost: dict[str, Any]) -> None:
    """A SpinnakerWarning for each projection where weights vanish."""
    for q in plan.projections:
        one = lost[q.name]
        if one["vanished"]:
            warnings.warn(
                f"projection {q.name!r}: {one['vanished']} of {q.synapses} weights are 0 on the "
                f"board, whose smallest {one['receptor']} weight to "
                f"{plan.populations[q.target].name!r} is {one['resolution']:g}; the largest sum of "
                "weights there sets it, so scale large weights down or send them to another "
                "receptor", SpinnakerWarning, stacklevel=2)
