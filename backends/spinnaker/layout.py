"""The board's tables of a network, as `kernels/fixed_point_tables` lays them out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ...kernels import fixed_point as fx
from ...kernels import fixed_point_tables as tb
from ...kernels.fixed_point_tables import LANES, Network, Recent, Traces
from ...simulator.plan import Plan
from .board import Board, Cells, Synapses
from .recent import recent_of
from .ring_buffer import resolution, scale_of, stored

SILENT = {tb.THRESHOLD: fx.LARGEST, tb.HOLD: 0}
"""Fields of lanes without a neuron: zero but for these."""

STATE = {tb.V, tb.EXC, tb.INH, tb.U, tb.HOLD}
"""Fields that change in a run."""


@dataclass(frozen=True, eq=False)
class Layout:
    """`first` unit of each population; the `synapses` of each projection in `net.weight`; `groups`,
    the populations of neurons in the tables' order.
    """

    net: Network
    traces: Traces
    recent: Recent
    ring: Any
    first: tuple[int, ...]
    synapses: tuple[slice, ...]
    groups: tuple[int, ...]


def layout(plan: Plan, found: Board, shifts: list[list[int]], nearest: bool) -> Layout:
    """All tables at the start; `nearest`: see there."""
    neurons = [n for n, c in enumerate(found.cells) if c is not None]
    sources = [n for n, c in enumerate(found.cells) if c is None]
    first, blocks = {}, 0
    for n in neurons:
        first[n] = blocks * LANES
        blocks += -(-plan.populations[n].size // LANES)
    units = blocks * LANES
    for n in sources:
        first[n] = units
        units += plan.populations[n].size
    order = [*neurons, *sources]
    tables = _Tables(found.dt)
    rules, rule_of = _rules(plan, found, shifts, tables)
    cells = np.zeros((blocks, LANES * tb.FIELDS), np.int32)
    groups = np.zeros((len(neurons), 9), np.int64)
    for g, n in enumerate(neurons):
        size, at = plan.populations[n].size, first[n] // LANES
        own = slice(at, at + -(-size // LANES))
        values = fields(found.cells[n], found.dt)
        _fill(cells[own], values, size)
        post = [r for q, r in rule_of.items() if plan.projections[q].target == n]
        groups[g] = [own.start, own.stop, found.cells[n].form.kind, *shifts[n],
                     fx.quotient(fx.ONE, fx.accum(found.dt)), rules[post[0]][tb.TABLE_MINUS]
                     if post else -1, all(np.ptp(x) == 0 for f, x in values.items()
                                          if f not in STATE), nearest]
    paths, arrays, pres = _paths(plan, found, first, rule_of, shifts)
    out = [[q for q, x in enumerate(plan.projections) if x.source == n] for n in order]
    longest = max((q.longest for q in plan.projections), default=1)
    net = Network(cells, groups, paths, np.cumsum([0, *map(len, out)]),
                  np.array([q for qs in out for q in qs], np.int64), *arrays,
                  np.array(rules, np.int64).reshape(-1, 8), tables.array())
    kept = blocks * LANES if rules else 1
    traces = Traces(np.zeros(pres, np.int64), np.zeros(pres, np.int64),
                    np.zeros((kept, fx.HISTORY), np.int64), np.zeros((kept, fx.HISTORY), np.int64),
                    np.zeros(kept, np.int64))
    ends = np.cumsum([0, *(q.synapses for q in plan.projections)])
    return Layout(net, traces, recent_of(plan, found, neurons, first, pres),
                  np.zeros((longest + 1, 2 * LANES * blocks), np.uint16),
                  tuple(first[n] for n in range(len(plan.populations))),
                  tuple(slice(a, b) for a, b in pairwise(ends)), tuple(neurons))


class _Tables:
    """STDP's decay tables, each once."""

    def __init__(self, dt: float) -> None:
        self.dt, self.of = dt, {}  # type: float, dict[float, int]

    def number(self, tau: float) -> int:
        """Index of the table of a time constant."""
        return self.of.setdefault(tau, len(self.of))

    def array(self) -> Any:
        """All of them, filled up with zeros."""
        each = [fx.decay_table(tau, self.dt) for tau in self.of]
        out = np.zeros((max(1, len(each)), max(map(len, each), default=1)), np.int64)
        for n, values in enumerate(each):
            out[n, :len(values)] = values
        return out


def _rules(plan: Plan, found: Board, shifts: list[list[int]],
           tables: _Tables) -> tuple[list[list[int]], dict[int, int]]:
    rules, rule_of = [], {}
    for n, (q, s) in enumerate(zip(plan.projections, found.synapses, strict=True)):
        if s.pair is None:
            continue
        rule_of[n] = len(rules)
        r, scale = s.pair, scale_of(found, q.target)
        by = 1.0 if r.multiplicative else scale
        rules.append([*(int(fx.accum(x)) for x in (r.a_plus * by, r.a_minus * by, r.w_min * scale,
                                                   r.w_max * scale)),
                      int(r.multiplicative), shifts[q.target][s.receptor],
                      tables.number(r.tau_plus), tables.number(r.tau_minus)])
    return rules, rule_of


def fields(cells: Cells, dt: float) -> dict[int, Any]:
    """Fields of a population's neurons, by number: one value, or one each."""
    v, step = cells.values, int(fx.accum(dt))
    out = {tb.V: fx.accum(v["v"]), tb.OFFSET: fx.accum(v["i_offset"]),
           tb.THRESHOLD: fx.accum(v["v_thresh"])}
    if cells.form.kind == tb.IZHIKEVICH:
        out |= {field: fx.accum(v[name]) for field, name in
                ((tb.A, "a"), (tb.B, "b"), (tb.C, "c"), (tb.D, "d"), (tb.U, "U"))}
        out |= {tb.STEP: step, tb.HOLD: step}
    else:
        tau = fx.accum(v["tau_m"])
        out |= {tb.REST: fx.accum(v["v_rest"]), tb.RESET: fx.accum(v["v_reset"]),
                tb.R: fx.quotient(tau, fx.accum(v["cm"])),
                tb.DECAY: fx.exp_accum(-fx.quotient(step, tau)),
                tb.REFRACTORY: fx.ceil_steps(fx.accum(np.asarray(v["tau_refrac"]) * dt), step)}
    for end, name, decay, new in (("EXC", "tau_syn_E", tb.DECAY_EXC, tb.NEW_EXC),
                                  ("INH", "tau_syn_I", tb.DECAY_INH, tb.NEW_INH)):
        if name in v:
            out[decay], out[new] = fx.synapse_factors(fx.accum(v[name]), step)
            scale = 1024.0 if cells.form.kind == tb.COND_EXP else 1.0
            out[getattr(tb, end)] = fx.accum(np.asarray(v[end]) * scale)
    if cells.form.kind == tb.COND_EXP:
        out |= {tb.REV_EXC: fx.accum(v["e_rev_E"]), tb.REV_INH: fx.accum(v["e_rev_I"])}
    return out


def _fill(own: Any, values: Mapping[int, Any], size: int) -> None:
    """Put one population's fields into its blocks."""
    lanes = own.reshape(len(own), tb.FIELDS, LANES)
    for field in range(tb.FIELDS):
        column = np.full(len(own) * LANES, SILENT.get(field, 0), np.int64)
        column[:size] = values.get(field, 0)
        lanes[:, field] = column.astype(np.uint32).view(np.int32).reshape(-1, LANES)


def _paths(plan: Plan, found: Board, first: Mapping[int, int], rule_of: Mapping[int, int],
           shifts: list[list[int]]) -> tuple[Any, tuple[Any, ...], int]:
    """`paths`, then (indptr, place, weight, delays), and how many rows learn."""
    paths = np.zeros((len(plan.projections), 7), np.int64)
    indptr, place, weight, delays = ([np.zeros(0, t)] for t in
                                     (np.int64, np.int32, np.uint16, np.int32))
    total = rows = begun = pres = 0
    for n, (q, s) in enumerate(zip(plan.projections, found.synapses, strict=True)):
        paths[n] = [first[q.source], rows, 0 if q.mixed else q.dendritic_steps + q.axonal_steps,
                    total - begun, rule_of.get(n, -1), pres, -1]
        indptr.append(q.indptr + total)
        place.append(_places(q.post, first[q.target], s.receptor))
        weight.append(_weights(s, shifts[q.target][s.receptor], scale_of(found, q.target)))
        if s.pair is None and q.synapses and np.ptp(weight[-1]) == 0:
            paths[n, tb.WEIGHT] = weight[-1][0]
        if q.mixed:
            delays.append(q.dendritic_steps)
            begun += q.synapses
        pres += len(q.indptr) - 1 if n in rule_of else 0
        total, rows = total + q.synapses, rows + len(q.indptr)
    return paths, tuple(np.concatenate(x) for x in (indptr, place, weight, delays)), pres


def _weights(s: Synapses, shift: int, scale: float) -> Any:
    return stored(s.weight, resolution(shift, scale))


def _places(post: Any, first: int, receptor: int) -> Any:
    """Columns of the ring buffer: of each block 64 excitatory, then 64 inhibitory slots."""
    unit = post.astype(np.int64) + first
    return (unit // LANES * 2 * LANES + receptor * LANES + unit % LANES).astype(np.int32)
