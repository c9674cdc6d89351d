"""On which side of a synapse each variable lives: proved from the text where it is not declared.

A variable that only events of one side change, by what that side knows, has the same value in all
synapses of a neuron; keeping it once a neuron is what makes plasticity fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .equations import DIFFERENTIAL, PARAMETER, Equation
from .errors import DescriptionError
from .expressions import calls_in, names_in, parse
from .functions import RANDOM
from .models import SynapseModel
from .statements import Line, parse_lines

FREE = {"t", "dt", "N"}


def _draws(expr: str) -> bool:
    """Whether an expression has random numbers: they are drawn once a synapse."""
    return bool(calls_in(parse(expr)) & set(RANDOM))


def find_sides(model: SynapseModel, scalar: Mapping[str, bool], mixed: bool,
               where: str) -> dict[str, str]:
    """'pre', 'post' or 'synapse' for every variable and parameter of `model`.

    `scalar` tells which start from one value for all synapses. With `mixed` delays the events of a
    target neuron reach its synapses at different times, so nothing can live on the post side.
    Raises DescriptionError when a declared side contradicts the text.
    """
    equations = {e.name: e for e in model.parsed if e.kind in (DIFFERENTIAL, PARAMETER)}
    events = {"pre": parse_lines(model.on_pre), "post": parse_lines(model.on_post)}
    written = {line.target for lines in events.values() for line in lines}
    sides: dict[str, str] = {}
    for name, e in equations.items():
        declared = next((f for f in ("pre", "post") if f in e.flags), None)
        if declared:
            sides[name] = declared
        elif not scalar[name] or "clock-driven" in e.flags:
            sides[name] = "synapse"
        elif e.kind == PARAMETER and name not in written:
            sides[name] = "shared"
    for side in ("pre", "post"):
        _infer(side, equations, events, sides, model)
    for name in equations:
        sides.setdefault(name, "synapse")
    for name, e in equations.items():
        if {"pre", "post"} & set(e.flags):
            _check_declared(name, e, sides, events, model, where)
    if mixed:
        sides = {n: "synapse" if s == "post" and (n in written or equations[n].kind == DIFFERENTIAL)
                 else s for n, s in sides.items()}
    return {n: "synapse" if s == "shared" and n in written else s for n, s in sides.items()}


def _infer(side: str, equations: Mapping[str, Equation], events: Mapping[str, tuple[Line, ...]],
           sides: dict[str, str], model: SynapseModel) -> None:
    """Largest set of undeclared variables that can live on `side`, entered into `sides`."""
    other = "post" if side == "pre" else "pre"
    foreign = {line.target for line in events[other]}
    guess = {n for n in equations if n not in sides and n not in foreign}
    while True:
        known = {n for n, s in sides.items() if s in (side, "shared")} | guess
        wrong = {n for n in guess if not _local(n, side, known, equations, events[side], model)}
        if not wrong:
            break
        guess -= wrong
    sides.update(dict.fromkeys(guess, side))


def _local(name: str, side: str, known: set[str], equations: Mapping[str, Equation],
           lines: tuple[Line, ...], model: SynapseModel) -> bool:
    """Whether everything that moves `name` is known on `side`."""
    subs = {e.name: e.expr for e in model.parsed
            if e.name not in equations and e.expr and "summed" not in e.flags}
    local = set(known)

    def inside(expr: str) -> bool:
        return not _draws(expr) and all(
                   n in local or n in FREE or n.endswith(f"_{side}")
                   or (n in subs and inside(subs[n]))
                   or (n not in subs and n not in equations
                       and not n.endswith(("_pre", "_post")) and n not in temporaries)
                   for n in names_in(parse(expr)))
    temporaries: set[str] = set()
    for line in lines:
        if line.target not in equations and not line.target.endswith(("_pre", "_post")):
            (local.add if inside(line.expr) else temporaries.add)(line.target)
        elif line.target == name and not inside(line.expr):
            return False
    expr = equations[name].expr
    return not expr or inside(expr)


def _check_declared(name: str, e: Equation, sides: Mapping[str, str],
                    events: Mapping[str, tuple[Line, ...]], model: SynapseModel,
                    where: str) -> None:
    side = sides[name]
    other = "post" if side == "pre" else "pre"
    equations = {x.name: x for x in model.parsed if x.kind in (DIFFERENTIAL, PARAMETER)}
    known = {n for n, s in sides.items() if s in (side, "shared")}
    if name in {line.target for line in events[other]}:
        raise DescriptionError(f"{where}: {name!r} is flagged ({side}) but on_{other} writes it; "
                               "drop the flag to keep it in each synapse")
    if not _local(name, side, known, equations, events[side], model):
        raise DescriptionError(f"{where}: {name!r} is flagged ({side}) but what changes it differs "
                               "between synapses of one neuron; drop the flag to keep it in each "
                               "synapse")


def event_side(line_target: str, expr: str, side: str, sides: Mapping[str, str],
               temporaries: Mapping[str, str]) -> str:
    """'neuron' if a statement of a `side` event runs once an event, 'synapse' if once a synapse."""
    if line_target in sides:
        return "neuron" if sides[line_target] == side else "synapse"
    names: Any = names_in(parse(expr))
    local = not _draws(expr) and all(
                sides.get(n) in (side, "shared") or n in FREE or n.endswith(f"_{side}")
                or temporaries.get(n) == "neuron" or (n not in sides and n not in temporaries
                                                      and not n.endswith(("_pre", "_post")))
                for n in names)
    return "neuron" if local else "synapse"
