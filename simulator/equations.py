"""Equations in Brian2's grammar: `dv/dt = expr : unit (flags)`, `x = expr : unit`, `p : unit`."""

from __future__ import annotations

import ast
import keyword
import re
from functools import lru_cache
from typing import NamedTuple

from .errors import DescriptionError, UnitError
from .expressions import CONSTANTS, dimension, evaluate, names_in, parse, substitute
from .fields import text as text_field
from .functions import FUNCTIONS, RANDOM
from .units import NONE, UNITS, Dim, name_of, power, times

SECOND = UNITS["second"].dim
RESERVED = {"i", "j", "t", "dt", "N", "k", "lastspike", "not_refractory", "t_in_timesteps", "xi"}
"""Names with a meaning of their own; Brian2 reserves most of them too."""

DIFFERENTIAL, SUBEXPRESSION, PARAMETER = "differential", "subexpression", "parameter"
_HEAD = re.compile(r"^d([A-Za-z_]\w*)\s*/\s*dt$")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_FLAGS = re.compile(r"^(.*?)\(([^()]*)\)\s*$", re.S)


class Equation(NamedTuple):
    """One line: `expr` is '' for a parameter; `unit` is its text, `dim` what that means."""

    kind: str
    name: str
    expr: str
    unit: str
    dim: Dim
    flags: tuple[str, ...]


def check_name(name: str, what: str) -> str:
    """`name` if it may be used for `what`; raises DescriptionError saying why not otherwise."""
    reason = None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        reason = "is not a letter followed by letters, digits and underscores"
    elif keyword.iskeyword(name) or name in FUNCTIONS or name in RANDOM:
        reason = "is a word of the expression language"
    elif name in RESERVED or name.startswith("xi_"):
        reason = "is reserved (time, indices and noise have names of their own)"
    elif name in UNITS or name in CONSTANTS:
        reason = "is the name of a unit or a constant"
    elif name.endswith(("_pre", "_post")):
        reason = "ends in _pre or _post, which mean the two sides of a synapse"
    if reason:
        raise DescriptionError(f"{what} {name!r} {reason}; choose another name")
    return name


def check_label(name: str, what: str) -> str:
    """`name` if a population or a projection may have it: letters, digits and underscores."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DescriptionError(f"{what} {name!r} is not a letter followed by letters, digits and "
                               "underscores; choose another name")
    return name


def parse_equations(text: str, flags: frozenset[str], where: str) -> tuple[Equation, ...]:
    """Equations of a text, in its order. `flags` are those allowed here.

    An expression may continue over several lines until its `: unit`. Raises DescriptionError.
    """
    text_field(text, f"{where}: equations")
    return _parse_equations(text, flags, where)


@lru_cache(maxsize=256)  # a model is read some thirty times when its network is lowered
def _parse_equations(text: str, flags: frozenset[str], where: str) -> tuple[Equation, ...]:
    out: list[Equation] = []
    pending = ""
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        pending = f"{pending} {line.rstrip(chr(92))}".strip()
        if ":" in line:
            out.append(_equation(pending, flags, where))
            pending = ""
    if pending:
        raise DescriptionError(f"{where}: {pending!r} has no unit; end it with ': volt' or ': 1'")
    seen: set[str] = set()
    for eq in out:
        if eq.name in seen:
            raise DescriptionError(f"{where}: {eq.name!r} is defined twice; keep one line")
        seen.add(eq.name)
    return tuple(out)


def _equation(line: str, allowed: frozenset[str], where: str) -> Equation:
    body, unit = (part.strip() for part in line.split(":", 1))
    flags: tuple[str, ...] = ()
    found = _FLAGS.match(unit)
    before = found.group(1).strip() if found else ""
    if found and before and before[-1] not in "*/":  # amp/(meter*meter) is all unit
        unit = before
        flags = tuple(f.strip() for f in found.group(2).split(",") if f.strip())
    for flag in flags:
        if flag not in allowed:
            raise DescriptionError(f"{where}: flag {flag!r} in {line!r} is not known here; "
                                   f"there are {', '.join(sorted(allowed))}")
    head, _, expr = (part.strip() for part in body.partition("="))
    derivative = _HEAD.match(head)
    if derivative:
        kind, name = DIFFERENTIAL, derivative.group(1)
    elif expr:
        kind, name = SUBEXPRESSION, head
    else:
        kind, name = PARAMETER, head
    if not expr and ("=" in body or kind == DIFFERENTIAL):
        raise DescriptionError(f"{where}: {line!r} has no right-hand side")
    summed = "summed" in flags and name.endswith(("_pre", "_post"))
    check_name(name.rsplit("_", 1)[0] if summed else name, f"{where}: variable")
    if expr:
        try:
            parse(expr)
        except DescriptionError as problem:
            raise DescriptionError(f"{where}: {line!r}: {problem}") from None
    return Equation(kind, name, expr, unit, unit_dim(unit, f"{where}: {line!r}"), flags)


def unit_dim(unit: str, where: str) -> Dim:
    """Dimension of a unit's text; `1`, `boolean` and `integer` have none."""
    if unit in ("1", "boolean", "integer"):
        return NONE
    try:
        tree = parse(unit)
        for name in sorted(names_in(tree)):
            if name not in UNITS:
                raise DescriptionError(f"there is no unit {name!r}")
            if UNITS[name].value != 1:  # as in Brian2: `v : mV` reads as if values were in mV
                raise DescriptionError(f"{name!r} is a multiple; write {name_of(UNITS[name].dim)}")
        if evaluate(tree, lambda name: 1.0) != 1:
            raise DescriptionError("it has a number in it")
        return dimension(tree, {})
    except DescriptionError as problem:
        raise DescriptionError(f"{where}: {unit!r} is not a unit ({problem}); "
                               "write e.g. volt, amp, siemens/meter**2 or 1") from None


def noise_symbols(expr: str) -> tuple[str, ...]:
    """The `xi`, `xi_name` in an expression, sorted."""
    return tuple(sorted({n.id for n in ast.walk(parse(expr))
                         if isinstance(n, ast.Name) and (n.id == "xi" or n.id[:3] == "xi_")}))


def inline(equations: tuple[Equation, ...]) -> dict[str, ast.expr]:
    """Right-hand sides of all equations with subexpressions replaced by what they stand for.

    The name of a `(summed)` line means the neuron's variable, the sum, not its own summand. Raises
    DescriptionError when subexpressions refer to each other in a circle.
    """
    subs = {e.name: parse(e.expr) for e in equations
            if e.kind == SUBEXPRESSION and "summed" not in e.flags}
    done: dict[str, ast.expr] = {}

    def resolve(name: str, trail: tuple[str, ...]) -> ast.expr:
        if name in trail:
            circle = " -> ".join([*trail[trail.index(name):], name])
            raise DescriptionError(f"subexpressions refer to each other in a circle: {circle}")
        if name not in done:
            inner = {n: resolve(n, (*trail, name)) for n in subs
                     if n in {m.id for m in ast.walk(subs[name]) if isinstance(m, ast.Name)}}
            done[name] = substitute(subs[name], inner)
        return done[name]

    full = {name: resolve(name, ()) for name in subs}
    return {**full, **{e.name: substitute(parse(e.expr), full)
                       for e in equations if e.kind == DIFFERENTIAL or "summed" in e.flags}}


def check_units(equations: tuple[Equation, ...], extra: dict[str, Dim], where: str) -> None:
    """Raise UnitError unless every right-hand side has the dimension its line declares."""
    dims = {**extra, **{e.name: e.dim for e in equations}}
    for eq in equations:
        if eq.kind == PARAMETER:
            continue
        local = {**dims, **{x: power(SECOND, -0.5) for x in noise_symbols(eq.expr)}}
        wanted = times(eq.dim, power(SECOND, -1)) if eq.kind == DIFFERENTIAL else eq.dim
        try:
            got = dimension(parse(eq.expr), local)
        except DescriptionError as problem:
            raise type(problem)(f"{where}, equation of {eq.name!r}: {problem}") from None
        if got != wanted:
            raise UnitError(f"{where}: {eq.name!r} is declared in {eq.unit}, so its right-hand side"
                            f" must be {name_of(wanted)}, but {eq.expr!r} is {name_of(got)}")
