"""Generated code of the learn phase: decays, post events, pre events, values put on their way."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from ..simulator.expressions import names_in, parse
from ..simulator.plan import Event, ProjectionPlan
from .numba_block import Block
from .numba_memory import Memory
from .numba_population import ring
from .numba_synapse import Synapses, begin, loop_row, open_row, open_spikes, rows


def learn(n: int, memory: Memory, dtype: Any) -> Block:
    """Decays, post events, pre events; values that must be kept start on their way."""
    b = Block(dtype)
    names = begin(b, n, memory)
    q = names.q
    rows(b, names)
    draw = names.draw()
    for side, statements in q.decay.items():
        _decay(b, names, side, statements)
    if q.on_post:
        _post_events(b, names, draw)
    if q.on_pre or any(s.buffered for s in q.sends):
        _pre_events(b, names, draw)
    return b


def _decay(b: Block, names: Synapses, side: str, statements: Any) -> None:
    """Run the statements of every step along one side."""
    levels = 1
    if side == "pre":
        b.open("for i in range(np.uint64(0), np.uint64(pres)):")
    elif side == "post":
        b.open("for j in range(np.uint64(lo), np.uint64(hi)):")
    else:
        b.open("for i in range(np.uint64(0), np.uint64(pres)):")
        open_row(b, names, wide=True)
        loop_row(b, names)
        levels = 2
    _run(b, names, [(s.target, s.expr) for s in statements])
    b.close(levels)


def _run(b: Block, names: Synapses, statements: list[tuple[str, str]],
         temporaries: set[str] | None = None) -> None:
    """Statements on local copies, then the stores, so that a loop over them vectorises."""
    draw = names.draw()
    kept = set(names.local)
    written: list[str] = []
    for target, expr in statements:
        b.line(f"x_{target} = {b.expression(expr, names, draw)}")
        names.local.add(target)
        if target in names.m.state and target not in written:
            written.append(target)
        elif temporaries is not None and target not in names.m.state:
            temporaries.add(target)
    for target in written:
        b.line(f"{names.stored(target)} = x_{target}")
    names.local = kept | (temporaries or set())


def _groups(events: tuple[Event, ...]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Consecutive statements of one side belong into one loop."""
    return [(side, [(e.target, e.expr) for e in es])
            for side, es in groupby(events, key=lambda e: e.side)]


def _post_events(b: Block, names: Synapses, draw: Any) -> None:
    """Each spike of an own target neuron runs through its column."""
    q = names.q
    ring(b, names.target, "_post")
    if not q.dense or q.mixed:
        b.array("column", names.m.column)
        b.array("column_pre", names.m.column_pre)
        b.array("column_synapse", names.m.column_synapse)
    if q.mixed:
        b.array("delay", np.ascontiguousarray(q.dendritic_steps, dtype=np.int32))
        b.integer("longest", int(np.max(q.dendritic_steps, initial=1)))
        b.open("for dendritic in range(1, longest + 1):")
    else:
        b.integer("dendritic", q.dendritic_steps)
    b.line("slot = (k - dendritic) % depth_post")
    b.line("base = slot*size_post + lo")
    b.open("for q in range(np.uint64(base), np.uint64(base + counts_post[(slot*nt + tid)*8])):")
    b.line("j = np.uint64(ids_post[q])")
    lazy = [(s.target, s.expr) for s in q.lazy]
    groups = _groups(q.on_post)
    if lazy and (not groups or groups[0][0] != "synapse"):
        groups.insert(0, ("synapse", []))
    for number, (side, statements) in enumerate(groups):
        if side == "neuron":
            _run(b, names, statements)
            continue
        levels = _loop_column(b, names)
        caught = lazy if lazy and number == _first_synapse(groups) else []
        _run(b, names, caught + statements)
        if caught:
            b.line("last[s] = k")
        b.close(levels)
    b.close(2 if q.mixed else 1)


def _first_synapse(groups: list[Any]) -> int:
    return next(n for n, (side, _) in enumerate(groups) if side == "synapse")


def _loop_column(b: Block, names: Synapses) -> int:
    """Open the loop over the synapses of target j: defines s and i. Returns its depth."""
    if names.q.dense and not names.q.mixed:
        b.open("for i in range(np.uint64(0), np.uint64(pres)):")
        b.line("s = i*np.uint64(posts) + j")
        return 1
    b.open("for r in range(np.uint64(column[j]), np.uint64(column[j + np.uint64(1)])):")
    b.line("s = np.uint64(column_synapse[r])")
    b.line("i = np.uint64(column_pre[r])")
    if names.q.mixed:
        b.open("if delay[s] == dendritic:")
        return 2
    return 1


def _pre_events(b: Block, names: Synapses, draw: Any) -> None:
    """Each spike of a source runs along its row, this thread's part of it."""
    q = names.q
    ring(b, names.source, "_pre")
    b.integer("axonal", q.axonal_steps)
    open_spikes(b, "_pre", "axonal")
    b.line("i = np.uint64(ids_pre[q])")
    open_row(b, names, wide=True)
    lazy = [(s.target, s.expr) for s in q.lazy]
    groups = _groups(q.on_pre)
    sends = any(s.buffered for s in q.sends)
    if not groups or (groups[-1][0] == "neuron" and sends) or (
            lazy and all(side == "neuron" for side, _ in groups)):
        groups.append(("synapse", []))
    last = max((n for n, (side, _) in enumerate(groups) if side == "synapse"), default=-1)
    temporaries: set[str] = set()
    for number, (side, statements) in enumerate(groups):
        if side == "neuron":
            _run(b, names, statements, temporaries)
            continue
        loop_row(b, names)
        caught = lazy if lazy and number == _first_synapse(groups) else []
        inner = set(temporaries)
        _run(b, names, caught + statements, inner)
        if caught:
            b.line("last[s] = k")
        if sends and number == last:
            _keep(b, names)
        b.close()
        names.local = set(temporaries)
    names.local = set()
    b.close(2)


def _keep(b: Block, names: Synapses) -> None:
    """Put what the event left into the slot of the step in which it arrives."""
    q = names.q
    if q.mixed:
        b.array("delay", np.ascontiguousarray(q.dendritic_steps, dtype=np.int32)) if not any(
            h.startswith("delay = ") for h in b.head) else None
        steps = "np.int64(delay[s])"
    else:
        if not any(h.startswith("dendritic = ") for h in b.head):
            b.integer("dendritic", q.dendritic_steps)
        steps = "dendritic"
    b.integer("length", names.m.way_length)
    b.line(f"at = np.uint64(((k + {steps}) % length)*posts) + j")
    for number, send in enumerate(q.sends):
        if send.buffered:
            b.array(f"way{number}", names.m.way[number])
            b.line(f"way{number}[at] += {b.expression(send.expr, names, names.draw())}")


def split_temporaries(q: ProjectionPlan) -> list[str]:
    """Temporaries of the synapse side that are read in a later loop than they are made in."""
    bad = []
    for events in (q.on_pre, q.on_post):
        made: dict[str, int] = {}
        for number, (side, statements) in enumerate(_groups(events)):
            for target, expr in statements:
                bad += [x for x in names_in(parse(expr)) if made.get(x, number) != number]
                if side == "synapse" and target not in q.state:
                    made[target] = number
    return bad
