"""Integrators: a system of differential equations becomes the statements of one time step.

`exact` (matrix exponential, for linear systems with constant coefficients), `exponential_euler`,
`euler`, `rk2`, `rk4`, `heun` and `milstein`. Each writes `_new_x` for every variable from the
values at the start of the step; only then are the variables overwritten.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from .errors import DescriptionError
from .expressions import evaluate, names_in, parse, substitute, text_of
from .linear import Form, linear_form
from .statements import Statement

METHODS = ("exact", "exponential_euler", "euler", "rk2", "rk4", "heun", "milstein")

ACTIVE = "_active"
"""True for a neuron that is not refractory in this step."""


class System(NamedTuple):
    """Right-hand sides by variable, subexpressions inlined; `held` rest while refractory.

    `constant` gives the value (a float or one number a neuron) of every name that never changes.
    """

    rhs: dict[str, ast.expr]
    held: frozenset[str]
    constant: Mapping[str, Any]
    where: str


class Step(NamedTuple):
    """Statements of one step, and the constants they use that the description does not name."""

    statements: tuple[Statement, ...]
    constants: dict[str, Any]


def integrate(system: System, method: str, dt: float) -> Step:
    """Statements that advance `system` by `dt` seconds.

    Raises DescriptionError when the method cannot treat the system, with one that can.
    """
    method = choose(system) if method == "auto" else method
    if method not in METHODS:
        raise DescriptionError(f"{system.where}: no integration method {method!r}; there are auto, "
                               + ", ".join(METHODS))
    if not system.rhs:
        return Step((), {})
    if method == "exact":
        return _exact(system, dt)
    if _noisy(system) and method not in ("euler", "heun", "milstein"):
        raise DescriptionError(f"{system.where}: {method!r} cannot treat the noise term xi; use "
                               "method='euler', 'heun' or 'milstein'")
    steps = {"exponential_euler": _exponential_euler, "euler": _euler, "rk2": _rk2, "rk4": _rk4,
             "heun": _heun, "milstein": _milstein}
    return Step(tuple(steps[method](system)), {})


def choose(system: System) -> str:
    """The method `auto` stands for: exact, else exponential Euler, else rk4; Euler for noise."""
    if _noisy(system):
        return "euler"
    if _constant_linear(system) is not None:
        return "exact"
    if all(linear_form(f, {x}) is not None for x, f in system.rhs.items()):
        return "exponential_euler"
    return "rk4"


def _noisy(system: System) -> bool:
    return any(n == "xi" or n.startswith("xi_") for f in system.rhs.values() for n in names_in(f))


def _constant_linear(system: System) -> dict[str, Form] | None:
    """Linear forms of all right-hand sides if the coefficients are constants, else None."""
    variables = set(system.rhs)
    forms = {}
    for x, f in system.rhs.items():
        form = linear_form(f, variables)
        if form is None or any(k is not None and not names_in(c) <= set(system.constant)
                               for k, c in form.items()):
            return None
        if None in form and "t" in names_in(form[None]):
            return None
        forms[x] = form
    return forms


def _exact(system: System, dt: float) -> Step:
    forms = _constant_linear(system)
    if forms is None or _noisy(system):
        raise DescriptionError(f"{system.where}: method='exact' needs a system that is linear with "
                               "constant coefficients; use 'exponential_euler' or 'rk4'")
    order = list(system.rhs)
    statements, constants = _propagate(system, forms, order, dt, frozenset(), "")
    touches = _reach(forms, order)
    if any(touches[x] & system.held - {x} for x in order if x not in system.held):
        held, more = _propagate(system, forms, order, dt, system.held, "h")
        constants.update(more)
        statements = [s if s.expr == h.expr or s.target[5:] in system.held else Statement(
            s.target, f"({s.expr}) if {ACTIVE} else ({h.expr})")
            for s, h in zip(statements, held, strict=True)]
    return Step((*statements, *_commit(system, order)), constants)


def _reach(forms: dict[str, Form], order: list[str]) -> dict[str, set[str]]:
    """Variables that each variable's value after a step depends on: a transitive closure."""
    reach = {x: {k for k in forms[x] if k is not None} | {x} for x in order}
    changed = True
    while changed:
        changed = False
        for x in order:
            wider = set().union(*(reach[y] for y in reach[x]))
            changed |= wider != reach[x]
            reach[x] = wider
    return reach


def _propagate(system: System, forms: dict[str, Form], order: list[str], dt: float,
               frozen: frozenset[str], tag: str) -> tuple[list[Statement], dict[str, Any]]:
    """`_new_x` from the matrix exponential of the system in which `frozen` do not move."""
    value_of = system.constant.__getitem__
    live = {x: ({} if x in frozen else forms[x]) for x in order}
    matrix = {(x, y): evaluate(c, value_of) for x in order for y, c in live[x].items()
              if y is not None}
    e, f = _exponential(matrix, order, dt)
    reach = _reach(live, order)
    statements, constants = [], {}
    for x in order:
        terms = []
        for y in (z for z in order if z in reach[x]):
            name = f"_E{tag}_{x}_{y}"
            constants[name] = e[x, y]
            terms.append(f"{name}*{y}")
        offset: Any = 0.0
        for y in (z for z in order if z in reach[x] and None in live[z]):
            drive = live[y][None]
            if names_in(drive) <= set(system.constant):
                offset = offset + f[x, y] * evaluate(drive, value_of)
            else:
                name = f"_F{tag}_{x}_{y}"
                constants[name] = f[x, y]
                terms.append(f"{name}*({text_of(drive)})")
        if np.any(offset != 0):
            constants[f"_C{tag}_{x}"] = offset
            terms.append(f"_C{tag}_{x}")
        statements.append(Statement(f"_new_{x}", text_of(parse(" + ".join(terms)))))
    return statements, constants


def _exponential(matrix: dict[tuple[str, str], Any], order: list[str],
                 dt: float) -> tuple[dict[tuple[str, str], Any], dict[tuple[str, str], Any]]:
    """exp(A dt) and its integral over the step, once for each distinct set of parameters.

    Both are blocks of the exponential of [[A, 1], [0, 0]] dt, so singular A and equal time
    constants need no special case (Van Loan 1978, IEEE Trans. Autom. Control 23:395).
    """
    from scipy.linalg import expm
    n = len(order)
    size = max((np.size(v) for v in matrix.values()), default=1)
    a = np.zeros((size, n, n))
    for (x, y), v in matrix.items():
        a[:, order.index(x), order.index(y)] = v
    distinct, which = np.unique(a.reshape(size, n * n), axis=0, return_inverse=True)
    block = np.zeros((len(distinct), 2 * n, 2 * n))
    block[:, :n, :n] = distinct.reshape(-1, n, n) * dt
    block[:, :n, n:] = np.eye(n) * dt
    whole = np.array([expm(b) for b in block])[which.reshape(-1)]

    def pick(i: int, j: int) -> Any:
        column = whole[:, i, j]
        return float(column[0]) if len(distinct) == 1 else column.copy()
    pairs = [(i, j) for i in range(n) for j in range(n)]
    return ({(order[i], order[j]): pick(i, j) for i, j in pairs},
            {(order[i], order[j]): pick(i, n + j) for i, j in pairs})


def _commit(system: System, order: Iterable[str]) -> list[Statement]:
    """Overwrite the variables; those that are held keep their value while refractory."""
    return [Statement(x, f"_new_{x} if {ACTIVE} else {x}" if x in system.held else f"_new_{x}")
            for x in order]


def _slopes(system: System) -> dict[str, ast.expr]:
    """Right-hand sides in which variables that are held have slope zero while refractory."""
    return {x: ast.IfExp(ast.Name(ACTIVE), f, ast.Constant(0.0)) if x in system.held else f
            for x, f in system.rhs.items()}


def _exponential_euler(system: System) -> list[Statement]:
    """x + dt f exprel(a dt), with a = df/dx: exact where f is linear in x and the rest is fixed.

    Written with exprel(z) = (exp(z) - 1)/z, continued by 1, there is no 0/0 at a = 0.
    """
    out = []
    for x, f in system.rhs.items():
        form = linear_form(f, {x})
        if form is None:
            raise DescriptionError(f"{system.where}: the equation of {x!r} is not linear in {x!r}, "
                                   "as method='exponential_euler' needs; use 'rk4'")
        gain = f"*exprel(dt*({text_of(form[x])}))" if x in form else ""
        out.append(Statement(f"_new_{x}", text_of(parse(f"{x} + dt*({text_of(f)}){gain}"))))
    return [*out, *_commit(system, system.rhs)]


def _at(f: ast.expr, moved: Mapping[str, str], shift: str = "") -> str:
    """Text of `f` at moved values of the variables, and at time t + `shift`."""
    names = {x: parse(s) for x, s in moved.items()}
    if shift:
        names["t"] = parse(f"t + {shift}")
    return text_of(substitute(f, names))


def _stages(system: System, tableau: list[tuple[str, str]], combine: str) -> list[Statement]:
    """An explicit Runge-Kutta scheme: each stage names its slope `_k<n>_x`."""
    slopes, out = _slopes(system), []
    moved: dict[str, str] = {}
    for n, (weight, shift) in enumerate(tableau, 1):
        if n > 1:
            out += [Statement(f"_x{n}_{x}", text_of(parse(f"{x} + {weight}*_k{n - 1}_{x}")))
                    for x in slopes]
            moved = {x: f"_x{n}_{x}" for x in slopes}
        out += [Statement(f"_k{n}_{x}", _at(f, moved, shift)) for x, f in slopes.items()]
    out += [Statement(f"_new_{x}", text_of(parse(f"{x} + " + combine.replace("@", f"_{x}"))))
            for x in slopes]
    return [*out, *(Statement(x, f"_new_{x}") for x in slopes)]


def _rk2(system: System) -> list[Statement]:
    return _stages(system, [("", ""), ("0.5*dt", "0.5*dt")], "dt*_k2@")


def _rk4(system: System) -> list[Statement]:
    half = ("0.5*dt", "0.5*dt")
    return _stages(system, [("", ""), half, half, ("dt", "dt")],
                   "dt/6*(_k1@ + 2*_k2@ + 2*_k3@ + _k4@)")


def _noise_parts(system: System) -> tuple[dict[str, ast.expr], dict[str, dict[str, ast.expr]],
                                          list[Statement]]:
    """Drift f, noise gains g by symbol, and the statements that draw `_dW_xi` (s.d. sqrt(dt))."""
    symbols = sorted({n for f in system.rhs.values() for n in names_in(f)
                      if n == "xi" or n.startswith("xi_")})
    drift, gains = {}, {}
    for x, f in _slopes(system).items():
        inner = f.body if isinstance(f, ast.IfExp) and x in system.held else f
        form = linear_form(inner, set(symbols))
        if form is None:
            raise DescriptionError(f"{system.where}: noise must enter the equation of {x!r} "
                                   "linearly, as in mu + sigma*xi")
        def hold(c: ast.expr, x: str = x) -> ast.expr:
            return ast.IfExp(ast.Name(ACTIVE), c, ast.Constant(0.0)) if x in system.held else c
        drift[x] = hold(form.get(None, ast.Constant(0.0)))
        gains[x] = {s: hold(c) for s, c in form.items() if s is not None}
    return drift, gains, [Statement(f"_dW_{s}", "sqrt(dt)*randn()") for s in symbols]


def _gain(gains: dict[str, ast.expr], at: Callable[[ast.expr], str]) -> str:
    return " + ".join(f"({at(g)})*_dW_{s}" for s, g in gains.items()) or "0.0"


def _euler(system: System) -> list[Statement]:
    """Euler, and Euler-Maruyama (Ito) where there is noise."""
    drift, gains, draws = _noise_parts(system)
    out = list(draws)
    for x, f in drift.items():
        noise = f" + {_gain(gains[x], text_of)}" if gains[x] else ""
        out.append(Statement(f"_new_{x}", text_of(parse(f"{x} + dt*({text_of(f)}){noise}"))))
    return [*out, *(Statement(x, f"_new_{x}") for x in drift)]


def _heun(system: System) -> list[Statement]:
    """Heun (Stratonovich): slope and gain averaged over both ends of the step."""
    drift, gains, out = _noise_parts(system)
    for x, f in drift.items():
        out.append(Statement(f"_end_{x}", text_of(parse(
            f"{x} + dt*({text_of(f)}) + {_gain(gains[x], text_of)}"))))
    moved = {x: f"_end_{x}" for x in drift}
    for x, f in drift.items():
        ends = _gain(gains[x], lambda g: _at(g, moved, "dt"))
        out.append(Statement(f"_new_{x}", text_of(parse(
            f"{x} + 0.5*dt*({text_of(f)} + ({_at(f, moved, 'dt')}))"
            f" + 0.5*({_gain(gains[x], text_of)} + {ends})"))))
    return [*out, *(Statement(x, f"_new_{x}") for x in drift)]


def _milstein(system: System) -> list[Statement]:
    """Milstein (Ito) for diagonal noise, without derivatives (Kloeden and Platen 1992, ch. 11)."""
    drift, gains, out = _noise_parts(system)
    for x, f in drift.items():
        if len(gains[x]) > 1 or any(names_in(g) & (set(drift) - {x}) for g in gains[x].values()):
            raise DescriptionError(f"{system.where}: method='milstein' needs one noise term a "
                                   f"variable that depends on that variable only; {x!r} has "
                                   "another; use 'euler' or 'heun'")
        body = f"{x} + dt*({text_of(f)})"
        for s, g in gains[x].items():
            out.append(Statement(f"_up_{x}", text_of(parse(
                f"{body} + sqrt(dt)*({text_of(g)})"))))
            moved = _at(g, {x: f"_up_{x}"})
            body += (f" + ({text_of(g)})*_dW_{s} + (({moved}) - ({text_of(g)}))"
                     f"*(_dW_{s}*_dW_{s} - dt)/(2*sqrt(dt))")
        out.append(Statement(f"_new_{x}", text_of(parse(body))))
    return [*out, *(Statement(x, f"_new_{x}") for x in drift)]
