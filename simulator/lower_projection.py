"""Lowering of one projection: connections to rows, values to arrays, delays to steps."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..kernels.philox import object_id
from .check_network import ends
from .clock import seconds, whole
from .equations import DIFFERENTIAL, PARAMETER, SUBEXPRESSION
from .errors import DescriptionError
from .expressions import names_in, parse, substitute
from .lower_population import expression
from .lower_synapse import (
    Synapse,
    continuous,
    couplings,
    events,
    finish_sends,
    subexpressions,
)
from .models import neuron_names
from .plan import PopulationPlan, ProjectionPlan
from .sides import find_sides
from .statements import parse_lines
from .values import Scope

LONGEST = 1_000_000
"""Steps of a delay at most."""


class Rows(NamedTuple):
    """Synapses over whole populations, and where the two views begin and end."""

    indptr: Any
    post: Any
    order: Any
    pre_span: tuple[int, int]
    post_span: tuple[int, int]


def lower_projection(q: Any, populations: Mapping[str, Any], plans: Mapping[str, PopulationPlan],
                     dt: float, seed: int, dtype: Any) -> ProjectionPlan:
    """Plan of a projection. Raises DescriptionError for delays, shapes or sides that do not fit."""
    where = f"projection {q.name!r}"
    (source, s0, s1), (target, t0, t1) = ends(q, populations)
    found = q.connector.rows(s1 - s0, t1 - t0, seed, q.name, source.name == target.name,
                             s0 - t0)
    rows = _place(found, (s0, s1), (t0, t1), source.size)
    delay = _delay(q, rows, dt, seed, where)
    axonal, dendritic = _split_delay(q, delay, where)
    values = _values(q, rows, dt, seed, dtype)
    side = find_sides(q.synapse, {n: np.ndim(v) == 0 for n, v in values.items()},
                      isinstance(delay, np.ndarray), where)
    spans = {"pre": (source.size, s0, s1), "post": (target.size, t0, t1),
             "synapse": (len(rows.post), 0, len(rows.post)), "shared": (1, 0, 1)}
    state, constants = {}, {"dt": dt}
    for n, v in values.items():
        if n in _changing(q.synapse):
            state[n] = _spread(v, *spans[side[n]], dtype)
        else:
            constants[n] = v if np.ndim(v) == 0 else _spread(v, *spans[side[n]], dtype)
    subs, moving = _neuron_side(q, populations, plans)
    s = Synapse(where, q.synapse, dict(side), state, constants,
                {**subs, **_inner(q.synapse, subs)}, moving, [0])
    decay, lazy = continuous(s, dt)
    on_post = events(s, "post")[0]
    on_pre, raw, temporaries = events(s, "pre")
    sends = finish_sends(s, raw, temporaries, dendritic)
    coupled = couplings(s)
    order = list(plans)
    texts = [x.expr for xs in decay.values() for x in xs]
    texts += [x.expr for part in (on_pre, on_post, lazy) for x in part]
    texts += [x.expr for part in (sends, coupled) for x in part]
    used = set().union(*(names_in(parse(x)) for x in texts)) if texts else set()
    neuron = {n: (n.rsplit("_", 1)[1], n.rsplit("_", 1)[0]) for n in sorted(used)
              if n.endswith(("_pre", "_post"))}
    kept = {n: v for n, v in constants.items() if n in used | set(values)}
    return ProjectionPlan(
        q.name, order.index(source.name), order.index(target.name), rows.indptr, rows.post,
        object_id(q.name), _is_dense(rows, source.size, target.size), axonal, dendritic, s.side,
        state, kept, neuron, decay, lazy, on_pre, on_post, sends, coupled, rows.order)


def _place(found: Any, pre: tuple[int, int], post: tuple[int, int], n_source: int) -> Rows:
    """Rows over views become rows over the whole populations."""
    start, stop = pre
    indptr = found.indptr
    if (start, stop) != (0, n_source):
        indptr = np.full(n_source + 1, found.indptr[-1], dtype=np.int64)
        indptr[:start] = 0
        indptr[start:stop + 1] = found.indptr
    column = found.post + np.uint32(post[0]) if post[0] else found.post
    return Rows(indptr, column, found.order, pre, post)


def _is_dense(rows: Rows, n_pre: int, n_post: int) -> bool:
    if len(rows.post) != n_pre * n_post or not len(rows.post):
        return False
    table = rows.post.reshape(n_pre, n_post)
    return bool(np.all(table == np.arange(n_post, dtype=np.uint32)))


def initial_synapses(q: Any, populations: Mapping[str, Any], plan: ProjectionPlan, dt: float,
                     seed: int, dtype: Any) -> dict[str, Any]:
    """Initial values of the lowered projection `plan` if it were `q`, drawn from `seed`.

    Values that do not change in a run are those of `plan`.
    """
    (source, s0, s1), (target, t0, t1) = ends(q, populations)
    rows = Rows(plan.indptr, plan.post, plan.order, (s0, s1), (t0, t1))
    spans = {"pre": (source.size, s0, s1), "post": (target.size, t0, t1),
             "synapse": (len(rows.post), 0, len(rows.post)), "shared": (1, 0, 1)}
    done = {}
    for n, v in plan.constants.items():
        whole_side = np.ndim(v) and plan.side[n] in ("pre", "post")
        done[n] = v[slice(*spans[plan.side[n]][1:])] if whole_side else v
    scopes = _scopes(q, rows, dt, seed, dtype, done)
    flags = {e.name: e.flags for e in q.synapse.parsed}
    out = {}
    for n in plan.state:
        side = plan.side[n]
        declared = side in flags[n]
        value = scopes[side if declared else "synapse"].resolve(n)
        if np.ndim(value) and side != "synapse" and not declared:
            raise DescriptionError(
                f"{n!r} is one value a {side} neuron, as the network's own value is one number; "
                "give a number, or give the network one value a synapse")
        out[n] = _spread(value, *spans[side], dtype)
    return out


def _values(q: Any, rows: Rows, dt: float, seed: int, dtype: Any) -> dict[str, Any]:
    """SI value of every variable and parameter: a float, or an array along its declared side."""
    scopes = _scopes(q, rows, dt, seed, dtype, {})
    return {e.name: scopes[next((f for f in ("pre", "post") if f in e.flags),
                                "synapse")].resolve(e.name)
            for e in q.synapse.parsed if e.kind in (DIFFERENTIAL, PARAMETER)}


def _scopes(q: Any, rows: Rows, dt: float, seed: int, dtype: Any,
            done: Mapping[str, Any]) -> dict[str, Scope]:
    """A scope for each side; what is in `done` is known already."""
    equations = [e for e in q.synapse.parsed if e.kind in (DIFFERENTIAL, PARAMETER)]
    given = {**{e.name: 0.0 for e in equations if e.kind == DIFFERENTIAL},
             **q.synapse.defaults, **q.parameters, **q.initial}
    where = f"projection {q.name!r}"

    def pre_index(a: int, b: int) -> Any:
        at = np.searchsorted(rows.indptr, np.arange(a, b), side="right") - 1
        return (at - rows.pre_span[0]).astype(np.float64)

    def post_index(a: int, b: int) -> Any:
        return rows.post[a:b].astype(np.float64) - rows.post_span[0]

    def own(a: int, b: int) -> Any:
        return np.arange(a, b, dtype=np.float64)
    n_pre, n_post = (b - a for a, b in (rows.pre_span, rows.post_span))
    out = {
        "synapse": Scope(where, given, len(rows.post), seed, dt,
                         {"i": pre_index, "j": post_index}, rows.order, dtype),
        "pre": Scope(where, given, n_pre, seed, dt, {"i": own}),
        "post": Scope(where, given, n_post, seed, dt, {"j": own})}
    for scope in out.values():
        scope.done.update({n: v for n, v in done.items() if n in given})
    return out


def _spread(value: Any, size: int, start: int, stop: int, dtype: Any) -> Any:
    """A fresh array over the whole side, from a number or from one value each of a view."""
    if np.ndim(value) == 0:
        return np.full(size, value, dtype=dtype)
    if len(value) == size:
        return value
    out = np.full(size, value[0] if len(value) else 0.0, dtype=dtype)
    out[start:stop] = value
    return out


def _delay(q: Any, rows: Rows, dt: float, seed: int, where: str) -> Any:
    """Delay in steps: an int, or an int32 array in row order when synapses differ."""
    if q.delay is None:
        return 1
    what = f"{where}: delay"
    if isinstance(q.delay, str):
        value = Scope(where, {"delay": q.delay}, len(rows.post), seed, dt, {}).resolve("delay")
    else:
        value = seconds(q.delay, what)
        if np.ndim(value) and len(value) != len(rows.post):
            raise DescriptionError(f"{what}: {len(value)} delays for {len(rows.post)} synapses; "
                                   "give one, or one a synapse")
        if np.ndim(value) and rows.order is not None:
            value = value[rows.order]
    count = whole(value, dt, what, least=1)
    if np.max(count, initial=1) > LONGEST:
        raise DescriptionError(f"{what} of {np.max(count):g} steps; the limit is {LONGEST:g}, since"
                               " every step of a delay is kept in memory; use a larger dt")
    if not isinstance(count, np.ndarray):
        return count
    if not count.size or np.all(count == count[0]):
        return int(count[0]) if count.size else 1
    return count.astype(np.int32)


def _split_delay(q: Any, delay: Any, where: str) -> tuple[int, Any]:
    """Axonal and dendritic steps; they differ only for synapses that change at events."""
    f = q.dendritic_delay_fraction
    if f == 1 or not (q.synapse.on_post or _changing(q.synapse)):
        return 0, delay
    if isinstance(delay, np.ndarray):
        raise DescriptionError(f"{where}: dendritic_delay_fraction={f:g} with mixed delays; use "
                               "1.0, or one projection for each delay")
    dendritic = f * delay
    if abs(dendritic - round(dendritic)) > 1e-6 or round(dendritic) < 1:
        listing = ", ".join(f"{m / delay:g}" for m in range(1, min(delay, 8) + 1))
        raise DescriptionError(
            f"{where}: dendritic_delay_fraction={f:g} of a delay of {delay} steps is "
            f"{dendritic:g} steps; it must be whole and at least one, since what a synapse sends "
            f"arrives in a later step. Possible here: {listing}")
    return delay - round(dendritic), round(dendritic)


def _changing(model: Any) -> set[str]:
    lines = (*parse_lines(model.on_pre), *parse_lines(model.on_post))
    return {e.name for e in model.parsed if e.kind == DIFFERENTIAL} | (
        {line.target for line in lines} & {e.name for e in model.parsed})


def _neuron_side(q: Any, populations: Mapping[str, Any], plans: Mapping[str, PopulationPlan],
                 ) -> tuple[dict[str, ast.expr], set[str]]:
    """Trees for `x_pre`, `x_post` that are subexpressions; and which of them change in a run."""
    subs: dict[str, ast.expr] = {}
    moving = {"t"}  # what a send reads of the time is the time of its event
    (source, _, _), (target, _, _) = ends(q, populations)
    for name in neuron_names(q.synapse):
        base, label = name.rsplit("_", 1)
        p = source if label == "pre" else target
        plan = plans[p.name]
        kind = next(e.kind for e in p.model.parsed if e.name == base)
        reads = {base}
        if kind == SUBEXPRESSION:
            tree = parse(expression(p, base, plan))
            reads = names_in(tree)
            if "i" in reads:
                raise DescriptionError(f"projection {q.name!r}: {name!r} depends on the neuron's "
                                       "index i; make it a parameter of the population")
            subs[name] = substitute(tree, {n: ast.Name(f"{n}_{label}") for n in reads - {"t"}})
        moving |= {f"{n}_{label}" for n in reads if n in plan.state}
    return subs, moving


def _inner(model: Any, subs: Mapping[str, ast.expr]) -> dict[str, ast.expr]:
    return {n: substitute(tree, subs) for n, tree in subexpressions(model).items()}
