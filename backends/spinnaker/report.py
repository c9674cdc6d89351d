"""What the board does to a network: resolution, vanished weights, saturation."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .board import RECEPTORS
from .ring_buffer import resolution, scale_of


class SpinnakerWarning(UserWarning):
    """The board changes a network so much that its results may be another network's."""


def report(runner: Any) -> dict[str, Any]:
    """Plain numbers of a run, by population and projection.

    A population has its `neuron`, the `shift` and `resolution` of each receptor (nA or uS), and
    `overflows`: steps of a neuron in which a number wrapped around. A projection has its `receptor`
    and `resolution`, how many weights `vanished`, the largest relative error of those that did
    not, and `saturated`: arrivals that found the ring buffer full.
    """
    plan, found, log = runner.plan, runner.board, runner.log
    populations = {}
    for g, n in enumerate(runner.layout.groups):
        scale = scale_of(found, n)
        populations[plan.populations[n].name] = {
            "neuron": found.cells[n].form.pynn, "shift": dict(zip(RECEPTORS, runner.shifts[n],
                                                                  strict=True)),
            "resolution": {r: resolution(s, scale) for r, s in
                           zip(RECEPTORS, runner.shifts[n], strict=True)},
            "overflows": int(log.wrapped[g])}
    projections = {}
    for n, (q, s) in enumerate(zip(plan.projections, found.synapses, strict=True)):
        one = resolution(runner.shifts[q.target][s.receptor], scale_of(found, q.target))
        projections[q.name] = {
            "receptor": RECEPTORS[s.receptor], "resolution": one, "plastic": s.pair is not None,
            "vanished": runner.vanished[q.name], "largest_error": _error(s.weight, one),
            "saturated": int(log.saturated[n])}
    return {"populations": populations, "projections": projections}


def _error(weight: Any, one: float) -> float:
    """Largest relative error of the weights that do not vanish."""
    kept = weight[np.rint(weight / one) > 0]
    return float(np.max(np.abs(np.rint(kept / one) * one / kept - 1), initial=0.0))


def warn(runner: Any) -> None:
    """A SpinnakerWarning where weights vanish, and whose fault it is."""
    plan, found = runner.plan, runner.board
    for q, s in zip(plan.projections, found.synapses, strict=True):
        gone = runner.vanished[q.name]
        if gone:
            one = resolution(runner.shifts[q.target][s.receptor], scale_of(found, q.target))
            warnings.warn(
                f"projection {q.name!r}: {gone} of {q.synapses} weights are 0 on the board, whose "
                f"smallest {RECEPTORS[s.receptor]} weight to {plan.populations[q.target].name!r} "
                f"is {one:g}; the largest sum of weights there sets it, so scale large weights "
                "down or send them to another receptor", SpinnakerWarning, stacklevel=2)
