"""Lowering of a synapse model's text: decays, events, sends and couplings of a projection."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .equations import DIFFERENTIAL, SUBEXPRESSION, inline
from .errors import DescriptionError
from .expressions import calls_in, names_in, parse, substitute, text_of
from .functions import RANDOM
from .integrate import METHODS, System, integrate
from .linear import linear_form
from .plan import Coupling, Event, Send
from .prepare import SPECIAL, Folder, fold_statements, to_si
from .sides import event_side
from .statements import Statement, parse_lines


class Synapse(NamedTuple):
    """What the text of one projection is resolved against.

    `side` of every variable; `state` and `constants` by name; `subs` replaces subexpressions, also
    those of the neurons; `moving` are the `x_pre`, `x_post` that change during a run.
    """

    where: str
    model: Any
    side: dict[str, str]
    state: dict[str, Any]
    constants: dict[str, Any]
    subs: dict[str, ast.expr]
    moving: set[str]
    drawn: list[int]

    def resolve(self, node: ast.expr) -> ast.expr:
        """`node` with subexpressions inlined, in SI."""
        return to_si(substitute(node, self.subs), lambda n: n in self.side or n in SPECIAL
                     or n.endswith(("_pre", "_post")), self.drawn)

    def scalars(self) -> dict[str, Any]:
        """Constants that are one number for all synapses."""
        return {n: v for n, v in self.constants.items() if np.ndim(v) == 0}

    def fold(self, node: ast.expr) -> str:
        """Text of `node`, parts made of scalar constants worked out."""
        scalars = self.scalars()
        out = Folder(scalars, f"_c{len(self.constants)}_").fold(node)
        self.constants.update(scalars)
        return text_of(out)


def subexpressions(model: Any) -> dict[str, ast.expr]:
    """Subexpressions of a synapse model, inlined into each other."""
    full = inline(model.parsed)
    return {e.name: full[e.name] for e in model.parsed
            if e.kind == SUBEXPRESSION and "summed" not in e.flags}


def continuous(s: Synapse, dt: float) -> tuple[dict[str, tuple[Statement, ...]],
                                               tuple[Statement, ...]]:
    """Statements that run in every step, by side; and those that catch up at an event."""
    rhs = {e.name: s.resolve(parse(e.expr)) for e in s.model.parsed if e.kind == DIFFERENTIAL}
    lazy = _lazy(s, rhs)
    decay = {}
    for side in ("pre", "post", "synapse"):
        part = {n: f for n, f in rhs.items() if s.side[n] == side and n not in lazy}
        if part:
            decay[side] = _clocked(s, side, part, dt)
    catch_up = tuple(Statement(n, s.fold(form)) for n, form in lazy.items())
    return decay, catch_up


def _clocked(s: Synapse, side: str, part: dict[str, ast.expr],
             dt: float) -> tuple[Statement, ...]:
    constants = {n: v for n, v in s.constants.items()
                 if np.ndim(v) == 0 or s.side.get(n) == side}
    before = set(constants)
    step = integrate(System(part, frozenset(), constants, s.where), s.model.method, dt)
    constants.update(step.constants)
    out = fold_statements(step.statements, constants, set(part))
    fresh = {}
    for n in set(constants) - before:  # the same `_c0` may come from another side
        fresh[n] = f"_{side}{n}"
        s.constants[fresh[n]] = constants[n]
        s.side[fresh[n]] = side
    rename = {old: ast.Name(new) for old, new in fresh.items()}
    return tuple(Statement(x.target, text_of(substitute(parse(x.expr), rename))) for x in out)


def _lazy(s: Synapse, rhs: dict[str, ast.expr]) -> dict[str, ast.expr]:
    """Synapse variables that need no work between events, with their value `_elapsed` later."""
    flags = {e.name: e.flags for e in s.model.parsed}
    out: dict[str, ast.expr] = {}
    for name, f in rhs.items():
        if s.side[name] != "synapse" or "clock-driven" in flags[name]:
            continue
        form = linear_form(f, {name})
        solvable = form is not None and all(names_in(c) <= set(s.constants) for c in form.values())
        if solvable and form is not None and s.model.method in ("auto", "exact"):
            out[name] = _later(name, form)
        elif "event-driven" in flags[name] and s.model.method in METHODS[:1]:
            raise DescriptionError(f"{s.where}: {name!r} is event-driven, so its equation must be "
                                   "linear in itself with constant coefficients; flag it "
                                   "(clock-driven) to integrate it in every step")
    watched = {n for m, f in rhs.items() if m not in out for n in names_in(f)}
    watched |= {n for e in s.model.parsed if "summed" in e.flags
                for n in names_in(s.resolve(parse(e.expr)))}
    lines = parse_lines(s.model.on_pre)
    if all(line.target.endswith("_post") for line in lines):  # no event: nothing would catch up
        watched |= {n for line in lines for n in names_in(s.resolve(parse(line.expr)))}
    return {n: f for n, f in out.items() if n not in watched}


def _later(name: str, form: Mapping[str | None, ast.expr]) -> ast.expr:
    """x exp(a e) + b e exprel(a e) for x' = a x + b after e = `_elapsed` seconds."""
    rate = text_of(form[name]) if name in form else "0.0"
    grown = f"{name}*exp(({rate})*_elapsed)" if name in form else name
    if None not in form:
        return parse(grown)
    return parse(f"{grown} + ({text_of(form[None])})*_elapsed*exprel(({rate})*_elapsed)")


def events(s: Synapse, side: str) -> tuple[tuple[Event, ...], list[tuple[str, ast.expr]],
                                           dict[str, str]]:
    """Events of one side in the text's order, raw sends, and the side of each temporary."""
    out, sends = [], []
    temporaries: dict[str, str] = {}
    for line in parse_lines(s.model.on_pre if side == "pre" else s.model.on_post):
        if line.target.endswith("_post"):
            sign = "-" if line.op == "-" else ""
            sends.append((line.target[:-5], s.resolve(parse(f"{sign}({line.expr})"))))
            continue
        text = s.fold(s.resolve(parse(line.statement().expr)))
        where = event_side(line.target, text, side, s.side, temporaries)
        if line.target not in s.side:
            temporaries[line.target] = where
        out.append(Event(line.target, text, where))
    return tuple(out), sends, temporaries


def finish_sends(s: Synapse, raw: list[tuple[str, ast.expr]], temporaries: Mapping[str, str],
                 dendritic: Any) -> tuple[Send, ...]:
    """Sends, with the decision whether their value must be kept while it travels.

    Raises DescriptionError when a send reads a changing variable of the target neuron.
    """
    out = []
    for variable, node in raw:
        reads = names_in(node)
        late = {n for n in reads & s.moving if n.endswith("_post")}
        if late:
            raise DescriptionError(
                f"{s.where}: what is sent to {variable!r} reads {sorted(late)}, which changes while"
                " the spike travels; send the conductance or current and multiply by the "
                "neuron's variable in the neuron's equations")
        changes = bool(reads & (set(s.state) | s.moving))
        at_once = not isinstance(dendritic, np.ndarray) and dendritic == 1 and not reads & s.moving
        buffered = (isinstance(dendritic, np.ndarray) or bool(reads & set(temporaries))
                    or bool(calls_in(node) & set(RANDOM)) or (changes and not at_once))
        out.append(Send(variable, s.fold(node), buffered))
    return tuple(out)


def couplings(s: Synapse) -> tuple[Coupling, ...]:
    """Continuous sums, in the order of the text."""
    return tuple(Coupling(e.name.rsplit("_", 1)[1], e.name.rsplit("_", 1)[0],
                          s.fold(s.resolve(parse(e.expr))))
                 for e in s.model.parsed if "summed" in e.flags)
