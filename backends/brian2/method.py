"""Which of Brian2's integrators a population gets.

`exact` writes down Brian2's symbolic solution, which is 0/0 where two time constants are equal,
loses digits where they nearly are, and does not exist where the system is singular or oscillates.
What it gives is therefore tried once with the population's own numbers; where it fails, the series
of the matrix exponential takes over, written as an explicit scheme for Brian2.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from ...simulator.equations import DIFFERENTIAL
from ...simulator.expressions import constant_value, evaluate, parse, substitute, text_of
from ...simulator.statements import parse_lines
from .text import NeuronText, neuron_text, noise_of

HEUN = """
slope = dt*f(x, t)
x_new = x + 0.5*(slope + dt*f(x + slope, t + dt))
"""
"""Heun as engram means it, slope and noise gain averaged over both ends of the step: Brian2's own
`heun` takes the slope from the start only."""


TERMS = 18
"""Terms of the series: what is left out is 8e-18 of a step's change at dt/tau = 1, 4e-12 at 2."""

Fit = tuple[NeuronText, str]
"""A population's text and the name of its integrator."""


class Series:
    """x(t + dt) of a linear system, as Brian2 takes an integrator: the lines of a step.

    With f = A x + b, the terms A^n f dt^(n+1)/(n+1)! are had from differences of f.
    """

    def __call__(self, equations: Any, variables: Any, method_options: Any = None) -> str:
        """Lines that leave every variable dt later."""
        slopes = {x: parse(f.code) for x, f in equations.get_substituted_expressions(variables)}
        out = [f"_m0_{x} = {text_of(f)}" for x, f in slopes.items()]
        out += [f"_k1_{x} = dt*_m0_{x}" for x in slopes]
        for n in range(2, TERMS + 1):
            moved = {x: parse(f"{x} + _k{n - 1}_{x}") for x in slopes}
            out += [f"_m{n}_{x} = {text_of(substitute(f, moved))}" for x, f in slopes.items()]
            out += [f"_k{n}_{x} = dt*(_m{n}_{x} - _m0_{x})/{n}" for x in slopes]
        return "\n".join([*out, *(" + ".join([f"{x} = {x}", *(
            f"_k{n}_{x}" for n in range(1, TERMS + 1))]) for x in slopes)])


def updater(brian2: Any, method: str) -> Any:
    """Brian2's integrator of that name; without noise Milstein is Euler."""
    if method == "series":
        return Series()
    if method == "heun":
        return brian2.ExplicitStateUpdater(HEUN)
    return getattr(brian2, "euler" if method == "milstein" else method)


def fit(brian2: Any, p: Any, written: set[str], numbers: Any, dt: float,
        values: Mapping[str, Any]) -> Fit:
    """Text and integrator of a population with the SI `values` of its variables."""
    text = neuron_text(p, written, numbers, dt)
    method = p.model.method
    if not any(e.kind == DIFFERENTIAL for e in p.model.parsed):
        return text, "euler"
    if noise_of(p.model.parsed):
        return text, "euler" if method == "auto" else method
    group = brian2.NeuronGroup(1, text.equations, threshold="True", reset="",
                               refractory=text.rest or False)
    brian2.Network(group)
    group._network = "none"  # else Brian2 warns that it was never run
    known = {text.names.get(n, n): v for n, v in values.items()}
    known |= {"dt": dt, "N": float(p.size), "i": np.arange(p.size, dtype=float)}
    held = {text.names[n] for n in text.held}
    return text, settle(brian2, method, group.equations, group.variables, known, held)


def settle(brian2: Any, method: str, equations: Any, variables: Any, values: Mapping[str, Any],
           held: Collection[str] = ()) -> str:
    """The integrator for a system, 'auto' and 'exact' looked into.

    `values` gives what the equations read, in SI, 1 being as good as another value for what moves;
    `held` rest while `not_refractory` is false.
    """
    if method == "auto":
        method = choose(brian2, equations, variables)
    if method == "exact" and not _sound(brian2, equations, variables, values, held):
        return "series"
    return method


def choose(brian2: Any, equations: Any, variables: Any) -> str:
    """What `auto` means: exact, else exponential Euler, else rk4.

    Exact where every slope is linear with coefficients that never change in a run; Brian2 alone
    would also take coefficients that only rest during a step.
    """
    from brian2.stateupdaters.base import UnsupportedEquationsException as Unsupported
    from brian2.stateupdaters.exact import get_linear_system
    try:
        _, matrix, drive = get_linear_system(equations, variables)
        used = {s.name for entry in matrix for s in entry.free_symbols} - {"not_refractory", "dt"}
        if (all(variables[n].constant for n in used if n in variables)
                and "t" not in used | {s.name for x in drive for s in x.free_symbols}):
            return "exact"
    except Unsupported:
        pass
    try:
        brian2.exponential_euler(equations, variables)
    except Unsupported:
        return "rk4"
    return "exponential_euler"


def _sound(brian2: Any, equations: Any, variables: Any, values: Mapping[str, Any],
           held: Collection[str]) -> bool:
    """Whether the exact step exists, and moves by rounding only when its constants do so."""
    from brian2.stateupdaters.base import UnsupportedEquationsException as Unsupported
    try:
        lines = parse_lines(brian2.exact(equations, variables))
    except (Unsupported, NotImplementedError):
        return False
    slopes = equations.diff_eq_names
    for start in (0.0, 1.0):
        for active in (1.0, 0.0) if held else (1.0,):
            results = []
            for nudge in (0.0, 1e-13):
                known = {n: start if n in slopes else v * (1 + nudge * m)
                         for m, (n, v) in enumerate(values.items())}
                known["not_refractory"] = active
                results.append(_step(lines, known, set() if active else {f"_{n}" for n in held}))
            for a, b in zip(*results, strict=True):
                # 1e-10 is a thousand nudges; a cancellation to n digits multiplies them by 10**n
                if not np.all(np.isfinite(a)) or np.any(np.abs(a - b) > 1e-10 * np.max(np.abs(a))):
                    return False
    return True


def _step(lines: Any, known: dict[str, Any], masked: set[str]) -> list[Any]:
    """What the lines of a step compute for variables that are not masked."""
    def value_of(name: str) -> Any:
        unit = constant_value(name)
        return known.get(name, 1.0 if unit is None else unit)
    for line in lines:
        known[line.target] = evaluate(parse(line.expr), value_of)
    return [known[x.target] for x in lines if x.target[0] == "_" and x.target not in masked]
