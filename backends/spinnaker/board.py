"""A network in the board's terms: neurons and synapses in mV, ms, nA, nF and uS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...kernels.fixed_point_tables import CURR_DELTA
from ...simulator.expressions import evaluate, names_in, parse
from ...simulator.network import Network
from ...simulator.plan import NEURONS, Plan, ProjectionPlan
from ...simulator.values import Scope
from .forms import MILLI, Form, form_of
from .plasticity import NotOnBoard, Pair, pair_of

RECEPTORS = ("excitatory", "inhibitory")


@dataclass(frozen=True, eq=False)
class Cells:
    """A population of neurons; `values` has the board's parameters by PyNN's names, numbers or
    arrays (size,), and `values["tau_refrac"]` is whole steps.
    """

    form: Form
    values: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Synapses:
    """A projection: `receptor` 0 or 1, `weight` (synapses,) not negative, in the board's unit.

    `pair` is its rule, with bounds and amplitudes in that unit too, or None.
    """

    receptor: int
    weight: Any
    pair: Pair | None


@dataclass(frozen=True, eq=False)
class Board:
    """`dt` in ms; `cells` by population (None: a source), `synapses` by projection."""

    dt: float
    cells: tuple[Cells | None, ...]
    synapses: tuple[Synapses, ...]


def tidy(x: Any) -> Any:
    """`x` to twelve digits: 6 nA given in SI must be 6.0 again, since powers of two matter here."""
    x = np.asarray(x, np.float64)
    with np.errstate(divide="ignore"):
        size = np.where(x == 0, 0.0, np.floor(np.log10(np.abs(x))))
    unit = 10.0 ** (11 - size)
    return np.round(x * unit) / unit


def board(network: Network, plan: Plan) -> tuple[Board | None, list[str]]:
    """The network on the board, or None and the reasons why it cannot be there."""
    reasons: list[str] = []
    cells: list[Cells | None] = []
    for n, p in enumerate(plan.populations):
        cells.append(None)
        if p.kind == NEURONS:
            try:
                cells[n] = _cells(network, plan, n)
            except NotOnBoard as problem:
                reasons.append(f"population {p.name!r}: {problem}")
    synapses = []
    for n, q in enumerate(plan.projections):
        try:
            synapses.append(_synapses(network, plan, n, cells[q.target]))
        except NotOnBoard as problem:
            reasons.append(f"projection {q.name!r}: {problem}")
    if not reasons:
        reasons += _mixed_rules(plan, synapses)
    return (None if reasons else Board(float(tidy(plan.dt * MILLI)), tuple(cells),
                                       tuple(synapses))), reasons


def _cells(network: Network, plan: Plan, n: int) -> Cells:
    p = network.populations[n]
    form = form_of(p.model)
    if form is None:
        raise NotOnBoard(f"model {p.model.name!r} is none that the board has; it has "
                         "IF_curr_exp (lif_curr_exp, IF_curr_exp_spinnaker), IF_curr_delta "
                         "(lif_delta), IF_cond_exp (lif_cond_exp) and Izhikevich")
    if p.clock != 1:
        raise NotOnBoard(f"a clock of {p.clock} steps; the board updates every neuron in every "
                         "step")
    ours = given(network, plan, n)
    values = {theirs: tidy(np.asarray(ours.get(name, 0.0)) * factor)
              for theirs, (name, factor) in form.names.items()}
    values |= {"tau_refrac": plan.populations[n].refractory, **_initial(form, ours)}
    if form.pynn == "Izhikevich" and np.any(values["v_thresh"] != 30):
        raise NotOnBoard("v_peak is not 30 mV, which the board's Izhikevich neuron has")
    if np.any(ours.get("i_gap", 0.0)):
        raise NotOnBoard("i_gap is not 0; give a constant current as i_offset")
    return Cells(form, values)


def given(network: Network, plan: Plan, n: int) -> dict[str, Any]:
    """SI values of population n, of parameters and at the start: floats or arrays."""
    p = network.populations[n]
    texts = {**{e.name: 0.0 for e in p.model.parsed}, **p.model.defaults, **p.parameters,
             **p.initial}
    scope = Scope(f"population {p.name!r}", texts, p.size, plan.seed, plan.dt,
                  {"i": lambda a, b: np.arange(a, b, dtype=float)})
    return {name: scope.resolve(name) for name in texts}


def _initial(form: Form, ours: Mapping[str, Any]) -> dict[str, Any]:
    out = {"v": tidy(np.asarray(ours["v"]) * MILLI)}
    for theirs, name in form.state.items():
        out[theirs] = tidy(np.asarray(ours[name]) * form.weight)
    return out


def _synapses(network: Network, plan: Plan, n: int, target: Cells | None) -> Synapses:
    q, model = plan.projections[n], network.projections[n].synapse
    if target is None:
        raise NotOnBoard("its target is none of the board's neurons, see above")
    if q.couplings:
        raise NotOnBoard("a continuous coupling; on the board neurons meet by spikes only")
    if len(q.sends) != 1:
        raise NotOnBoard(f"synapse {model.name!r} sends to {len(q.sends)} variables; the board's "
                         "synapses send one weight to one receptor")
    variable = q.sends[0].variable
    receptors = target.form.receptors
    if variable not in receptors:
        raise NotOnBoard(f"it sends to {variable!r}; the board's {target.form.pynn} receives by "
                         f"{', '.join(receptors)}")
    static = not (q.learns or q.state or q.lazy)
    pair = None if static else pair_of(model, q)
    weight = _constant(q) if static else q.state["w"]
    if receptors[variable] is None:
        return _jumps(q, plan, target, weight, pair)
    if np.any(weight < 0):
        raise NotOnBoard(f"negative weights to {variable!r}; the board stores their size without "
                         "sign, so send positive ones to the inhibitory receptor")
    receptor = receptors[variable]
    assert receptor is not None
    return Synapses(receptor, tidy(weight * target.form.weight),
                    pair and _scaled(pair, target.form.weight))


def _constant(q: ProjectionPlan) -> Any:
    """What a static synapse sends, one value a synapse."""
    expr = parse(q.sends[0].expr)
    odd = names_in(expr) - set(q.constants)
    if odd:
        raise NotOnBoard(f"what it sends reads {', '.join(sorted(odd))}; the board's static "
                         "synapses send a constant weight")
    pre = np.repeat(np.arange(len(q.indptr) - 1), np.diff(q.indptr))
    at = {"pre": pre, "post": q.post, "synapse": slice(None)}

    def value_of(name: str) -> Any:
        value = q.constants[name]
        return value[at[q.side[name]]] if np.ndim(value) else value
    return np.broadcast_to(np.asarray(evaluate(expr, value_of), np.float64), (q.synapses,))


def _jumps(q: ProjectionPlan, plan: Plan, target: Cells, weight: Any,
           pair: Pair | None) -> Synapses:
    """Jumps of the membrane as the currents of one step that cause them."""
    if target.form.kind != CURR_DELTA or pair is not None:
        raise NotOnBoard("plastic jumps of the membrane; the board's IF_curr_delta receives "
                         "currents, so learn on a neuron with i_exc")
    if np.any(weight > 0) and np.any(weight < 0):
        raise NotOnBoard("weights of both signs; make a projection of each sign")
    dt, size = plan.dt * MILLI, plan.populations[q.target].size
    tau, cm = (np.broadcast_to(target.values[x], (size,)) for x in ("tau_m", "cm"))
    per_mv = dt * cm / tau / np.expm1(dt / tau)  # the input acts at the start of our step
    return Synapses(int(np.any(weight < 0)), tidy(np.abs(weight) * MILLI * per_mv[q.post]), None)


def _scaled(pair: Pair, factor: float) -> Pair:
    amplitude = 1.0 if pair.multiplicative else factor
    return Pair(pair.multiplicative, float(tidy(pair.tau_plus)), float(tidy(pair.tau_minus)),
                float(tidy(pair.a_plus * amplitude)), float(tidy(pair.a_minus * amplitude)),
                float(tidy(pair.w_min * factor)), float(tidy(pair.w_max * factor)))


def _mixed_rules(plan: Plan, synapses: list[Synapses]) -> list[str]:
    """All plastic projections to a population must have one rule."""
    first: dict[int, int] = {}
    out = []
    for n, (q, s) in enumerate(zip(plan.projections, synapses, strict=True)):
        if s.pair is None:
            continue
        m = first.setdefault(q.target, n)
        if synapses[m].pair != s.pair:
            out.append(f"projections {plan.projections[m].name!r} and {q.name!r} to "
                       f"{plan.populations[q.target].name!r} have different rules; the board has "
                       "one for each population, so give both the same parameters")
    return out


