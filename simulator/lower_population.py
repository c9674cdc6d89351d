"""Lowering of one population: values to arrays, equations to the statements of a step."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from ..kernels.philox import object_id
from .clock import steps, whole
from .equations import DIFFERENTIAL, PARAMETER, SECOND, Equation, inline
from .errors import DescriptionError
from .expressions import names_in, parse, text_of
from .integrate import System, integrate
from .plan import NEURONS, POISSON, SCHEDULE, PopulationPlan
from .prepare import SPECIAL, fold_statements, to_si, used_constants
from .statements import Statement, parse_lines
from .stimuli import Poisson, SpikeTimes
from .units import text
from .values import Scope


def lower_source(p: Any, dt: float) -> PopulationPlan:
    """Plan of a `SpikeTimes` or `Poisson` population.

    Raises DescriptionError for spikes off the grid, doubled spikes, rates above one a step.
    """
    where = f"population {p.name!r}"
    if isinstance(p.model, SpikeTimes):
        at = steps(p.model.times, dt, f"{where}: spike time")
        index = p.model.indices
        if index.size and index.max() >= p.size:
            raise DescriptionError(f"{where}: spike of neuron {index.max()}, but the population "
                                   f"has {p.size} neurons")
        order = np.lexsort((index, at))
        at, index = at[order], index[order]
        twice = np.flatnonzero((np.diff(at) == 0) & (np.diff(index) == 0))
        if twice.size:
            raise DescriptionError(f"{where}: neuron {index[twice[0]]} fires twice in the step at "
                                   f"{text(at[twice[0]] * dt, SECOND)}; a neuron fires at most "
                                   "once a step, remove one or use a smaller dt")
        return PopulationPlan(p.name, p.size, SCHEDULE, object_id(p.name), steps=at, indices=index)
    assert isinstance(p.model, Poisson)
    rate = np.broadcast_to(np.asarray(p.model.rate.value, dtype=np.float64), (p.size,)) if np.ndim(
        p.model.rate.value) == 0 or np.shape(p.model.rate.value) == (p.size,) else None
    if rate is None:
        raise DescriptionError(f"{where}: {np.size(p.model.rate.value)} rates for {p.size} neurons")
    if rate.size and rate.max() * dt >= 1:
        raise DescriptionError(f"{where}: rate {rate.max():g} Hz times dt = {text(dt, SECOND)} is "
                               "not below 1; use a smaller dt or rate")
    stop = np.iinfo(np.int64).max if p.model.stop is None else steps(
        p.model.stop, dt, f"{where}: stop")
    return PopulationPlan(p.name, p.size, POISSON, object_id(p.name), chance=rate * dt, stop=stop,
                          start=steps(p.model.start, dt, f"{where}: start"))


def lower_neurons(p: Any, dt: float, seed: int, written: set[str]) -> PopulationPlan:
    """Plan of a population of neurons; `written` are the variables that others change.

    Raises DescriptionError when values, integrator or refractory period do not fit.
    """
    where = f"population {p.name!r}"
    model = p.model
    equations = model.parsed
    changing = written | _own_writes(model)
    scope = _scope(p, dt, seed)
    state: dict[str, Any] = {}
    constants: dict[str, Any] = {"dt": dt * p.clock, "N": float(p.size)}
    for e in equations:
        if e.kind not in (DIFFERENTIAL, PARAMETER):
            continue
        value = scope.resolve(e.name)
        if e.kind == DIFFERENTIAL or e.name in changing:
            state[e.name] = np.array(np.broadcast_to(value, (p.size,)), dtype=np.float64)
        else:
            constants[e.name] = value
    held = frozenset(e.name for e in equations if "unless refractory" in e.flags)
    body = _statements(p, equations, constants, state, held, dt * p.clock)
    threshold, reset = _fire(model, equations, constants, state)
    refractory = _refractory(model, constants, dt, where)
    return PopulationPlan(
        p.name, p.size, NEURONS, object_id(p.name), state, constants, body, threshold, reset,
        refractory, held if model.refractory is not None else frozenset(), p.clock)


def _scope(p: Any, dt: float, seed: int) -> Scope:
    given = {**{e.name: 0.0 for e in p.model.parsed if e.kind == DIFFERENTIAL},
             **p.model.defaults, **p.parameters, **p.initial}
    return Scope(f"population {p.name!r}", given, p.size, seed, dt,
                 {"i": lambda a, b: np.arange(a, b, dtype=float)})


def initial_state(p: Any, plan: PopulationPlan, dt: float, seed: int) -> dict[str, Any]:
    """Initial values of the lowered population `plan` if it were `p`, drawn from `seed`.

    Values that do not change in a run are those of `plan`.
    """
    scope = _scope(p, dt, seed)
    scope.done.update({n: v for n, v in plan.constants.items() if n in scope.given})
    return {n: np.array(np.broadcast_to(scope.resolve(n), (p.size,)), dtype=np.float64)
            for n in plan.state}


def _own_writes(model: Any) -> set[str]:
    return {line.target for line in (*parse_lines(model.reset), *parse_lines(model.update))}


def _statements(p: Any, equations: tuple[Equation, ...], constants: dict[str, Any],
                state: dict[str, Any], held: frozenset[str], dt: float) -> tuple[Statement, ...]:
    """Statements of `integrate`, constants folded into `constants`."""
    where = f"population {p.name!r} (model {p.model.name!r})"
    count = [0]
    full = {name: to_si(tree, lambda n: n in state or n in constants, count)
            for name, tree in inline(equations).items()}
    if p.model.update:
        out = _update(p.model, full, constants, state, held, count)
    else:
        resting = held if p.model.refractory is not None else frozenset()
        rhs = {e.name: full[e.name] for e in equations if e.kind == DIFFERENTIAL}
        step = integrate(System(rhs, resting, constants, where), p.model.method, dt)
        constants.update(step.constants)
        out = [Statement(s.target, text_of(to_si(parse(s.expr), lambda n: True, count)))
               if "rand" in s.expr else s for s in step.statements]
    return fold_statements(out, constants, set(state))


def _update(model: Any, full: dict[str, ast.expr], constants: dict[str, Any],
            state: dict[str, Any], held: frozenset[str], count: list[int]) -> list[Statement]:
    """The text of a discrete update; variables that are held are not written while refractory."""
    out = []
    for line in parse_lines(model.update):
        s = line.statement()
        node = _inlined(s.expr, full, constants, state, count)
        expr = text_of(node)
        if s.target in held and model.refractory is not None:
            expr = f"({expr}) if _active else {s.target}"
        out.append(Statement(s.target, expr))
    return out


def _inlined(expr: str, full: dict[str, ast.expr], constants: dict[str, Any],
             state: dict[str, Any], count: list[int]) -> ast.expr:
    from .expressions import substitute
    node = substitute(parse(expr), {n: t for n, t in full.items() if n not in state})
    return to_si(node, lambda n: n in state or n in constants or n in SPECIAL, count)


def _fire(model: Any, equations: tuple[Equation, ...], constants: dict[str, Any],
          state: dict[str, Any]) -> tuple[str, tuple[Statement, ...]]:
    """Threshold condition and reset statements."""
    full = inline(equations)
    count = [1000]  # draws of a reset are told apart from those of the integration
    threshold = ""
    if model.threshold:
        (s,) = fold_statements(
            [Statement("_fires", text_of(_inlined(model.threshold, full, constants, state,
                                                  count)))], constants, {"_fires"})
        threshold = s.expr
    lines = [line.statement() for line in parse_lines(model.reset)]
    reset = [Statement(s.target, text_of(_inlined(s.expr, full, constants, state, count)))
             for s in lines]
    return threshold, fold_statements(reset, constants, set(state))


def _refractory(model: Any, constants: dict[str, Any], dt: float, where: str) -> Any:
    value = model.refractory
    if value is None:
        return 0
    if not isinstance(value, str):
        return steps(value, dt, f"{where}: refractory")
    if value not in constants:
        raise DescriptionError(f"{where}: the refractory period {value!r} changes during the run; "
                               "it must be a parameter that nothing writes")
    return whole(constants[value], dt, f"{where}: refractory {value}")


def trim(plan: PopulationPlan, extra: set[str]) -> PopulationPlan:
    """`plan` without constants that no statement reads; `extra` are read from elsewhere."""
    from dataclasses import replace
    texts = [s.expr for s in (*plan.integrate, *plan.reset)]
    texts += [plan.threshold] if plan.threshold else []
    return replace(plan, constants=used_constants(plan.constants, texts, {"dt", "N"} | extra))


def expression(p: Any, name: str, plan: PopulationPlan) -> str:
    """SI text of a variable, parameter or subexpression of a lowered population."""
    if name in plan.state or name in plan.constants:
        return name
    full = inline(p.model.parsed)
    node = to_si(full[name], lambda n: n in plan.state or n in plan.constants, [2000])
    unknown = names_in(node) - set(plan.state) - set(plan.constants) - SPECIAL
    if unknown:
        raise DescriptionError(f"population {p.name!r}: {name!r} reads {sorted(unknown)}")
    return text_of(node)
