"""Which of Brian2's integrators a population gets, and in which form of its equations.

`exact` writes down Brian2's symbolic solution, which is 0/0 where two time constants are equal and
does not exist where the system is singular or oscillates. What it gives is therefore evaluated
once with the population's own numbers. If that is not finite, constants of equal value become one
symbol, which Brian2 then solves as the double root it is; failing that, rk4 takes over, whose
error at dt/tau = 0.1 is below 1e-7 of a step's change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..simulator.equations import DIFFERENTIAL, PARAMETER, SECOND, noise_symbols
from ..simulator.expressions import constant_value, evaluate, parse
from ..simulator.statements import parse_lines
from .brian2_text import NeuronText, neuron_text, reads

HEUN = """
slope = dt*f(x, t)
x_new = x + 0.5*(slope + dt*f(x + slope, t + dt))
"""
"""Heun as engram means it, slope and noise gain averaged over both ends of the step: Brian2's own
`heun` takes the slope from the start only."""


class Fit(NamedTuple):
    """A population's text, the integrator's name, and the variables its caller must mask."""

    text: NeuronText
    method: str
    masked: tuple[str, ...]


def updater(brian2: Any, method: str) -> Any:
    """Brian2's integrator of that name; without noise Milstein is Euler."""
    if method == "heun":
        return brian2.ExplicitStateUpdater(HEUN)
    return getattr(brian2, "euler" if method == "milstein" else method)


def fit(brian2: Any, p: Any, written: set[str], numbers: Any, dt: float,
        values: Mapping[str, Any]) -> Fit:
    """Text and integrator of a population with the SI `values` of its variables."""
    differential = [e for e in p.model.parsed if e.kind == DIFFERENTIAL]
    plain = neuron_text(p, written, numbers, dt, {}, True)
    method = p.model.method
    if not differential:
        return Fit(plain, "euler", tuple(plain.names[n] for n in sorted(_held(p))))
    if any(noise_symbols(e.expr) for e in differential):
        return Fit(plain, "euler" if method == "auto" else method, ())
    group = _probe(brian2, plain)
    if method == "auto":
        method = choose(brian2, group)
    if method != "exact" or _finite(brian2, group, p, plain, values, dt):
        return Fit(plain, method, ())
    held = _held(p)
    if not any(reads(p.model.parsed)[e.name] & held for e in differential if e.name not in held):
        merged = neuron_text(p, written, numbers, dt, _equal(p, written, values), False)
        if _finite(brian2, _probe(brian2, merged), p, merged, values, dt):
            return Fit(merged, "exact", tuple(merged.names[n] for n in sorted(held)))
    return Fit(plain, "rk4", ())


def choose(brian2: Any, group: Any) -> str:
    """What `auto` means: exact, else exponential Euler, else rk4.

    Exact where every slope is linear with coefficients that never change in a run; Brian2 alone
    would also take coefficients that only rest during a step.
    """
    from brian2.stateupdaters.base import UnsupportedEquationsException as Unsupported
    from brian2.stateupdaters.exact import get_linear_system
    try:
        _, matrix, drive = get_linear_system(group.equations, group.variables)
        used = {s.name for entry in matrix for s in entry.free_symbols} - {"not_refractory"}
        if (all(group.variables[n].constant for n in used if n in group.variables and n != "dt")
                and "t" not in used | {s.name for x in drive for s in x.free_symbols}):
            return "exact"
    except Unsupported:
        pass
    try:
        brian2.exponential_euler(group.equations, group.variables)
    except Unsupported:
        return "rk4"
    return "exponential_euler"


def _probe(brian2: Any, text: NeuronText) -> Any:
    """A group of one neuron, only to be asked."""
    return brian2.NeuronGroup(1, text.equations, threshold="True", reset="",
                              refractory=text.rest or False)


def _held(p: Any) -> set[str]:
    return {e.name for e in p.model.parsed
            if "unless refractory" in e.flags and p.model.refractory is not None}


def _equal(p: Any, written: set[str], values: Mapping[str, Any]) -> dict[str, str]:
    """Constant times by the first one that has the same values."""
    out: dict[str, str] = {}
    first: list[str] = []
    for e in p.model.parsed:
        if e.kind == PARAMETER and e.dim == SECOND and e.name not in written:
            same = next((n for n in first if np.array_equal(values[n], values[e.name])), None)
            if same is None:
                first.append(e.name)
            else:
                out[e.name] = same
    return out


def _finite(brian2: Any, group: Any, p: Any, text: NeuronText, values: Mapping[str, Any],
            dt: float) -> bool:
    """Whether the exact step exists and gives numbers, for resting neurons as well."""
    from brian2.stateupdaters.base import UnsupportedEquationsException as Unsupported
    try:
        lines = parse_lines(brian2.exact(group.equations, group.variables))
    except (Unsupported, NotImplementedError):
        return False
    held = {f"_{text.names[n]}" for n in _held(p)}
    own = {text.names.get(n, n): v for n, v in values.items()}
    for active in (True, False) if held else (True,):
        known = {**own, "dt": dt, "not_refractory": active, "N": float(p.size),
                 "i": np.arange(p.size, dtype=float)}
        for line in lines:
            known[line.target] = evaluate(
                parse(line.expr), lambda n, k=known: k[n] if n in k else constant_value(n))
            hidden = not active and line.target in held
            if line.target[0] == "_" and not hidden and not np.all(np.isfinite(
                    known[line.target])):
                return False
    return True
