"""From a Network to a torch module: what both exporters share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...simulator.errors import UnsupportedError
from ...simulator.lower import lower
from ...simulator.models import NeuronModel
from ...simulator.network import Network
from ...simulator.plan import NEURONS, Plan
from ...simulator.values import Scope
from ..packages import load
from .network import waiting
from .wires import Wire, wires, writes

Translate = Callable[[Network, Plan, int, list[Wire], Any], Any]


class NotExpressible(Exception):
    """Why a population has no cell in a library; the text follows 'population x: '."""


def export(network: Network, library: str, translate: Translate, call: Any, dt: Any, seed: int,
           precision: str) -> Any:
    """An `ann_module.Exported`. `translate` gives the Target of a population or NotExpressible.

    Raises UnsupportedError with every reason.
    """
    torch = load("torch")
    from .module import Exported
    plan = lower(network, dt, seed)
    dtype = getattr(torch, precision)
    reasons: list[str] = []
    lines, timed = wires(plan, reasons), writes(plan, reasons)
    targets = {}
    for n, p in enumerate(plan.populations):
        if p.kind != NEURONS:
            continue
        try:
            targets[n] = translate(network, plan, n, lines, dtype)
        except NotExpressible as problem:
            reasons.append(f"population {p.name!r}: {problem}")
    for w in lines:
        t = targets.get(w.target)
        if t is not None and t.own is not w and w.variable not in t.scale:
            reasons.append(f"projection {w.name!r} sends to {w.variable!r}, and the input of that "
                           f"cell is {', '.join(t.scale) or 'nothing'}; send there")
    if reasons:
        raise UnsupportedError(library, reasons, f"{library} cannot express this network")
    return Exported(plan, targets, lines, timed, call, dtype)


def constants(network: Network, plan: Plan, n: int) -> dict[str, Any]:
    """Given values of population n, of parameters and at the start: floats or arrays, SI."""
    p = network.populations[n]
    given = {**p.model.defaults, **p.parameters, **p.initial}
    scope = Scope(f"population {p.name!r}", given, p.size, plan.seed, plan.dt,
                  {"i": lambda a, b: np.arange(a, b, dtype=float)})
    return {name: scope.resolve(name) for name in given}


def found_in(table: dict[Any, NeuronModel], model: NeuronModel) -> tuple[Any, bool] | None:
    """Key of an equal model in a table, and whether it is the waiting form; None if none is."""
    for key, known in table.items():
        if model == known:
            return key, False
        if model.name == f"{known.name}_waiting" and model == waiting(known):
            return key, True
    return None


def first_step(values: dict[str, Any], dt: float) -> int:
    """The first step of a population that waits for the time `start`."""
    return int(np.ceil(values["start"] / dt)) if "start" in values else 0
