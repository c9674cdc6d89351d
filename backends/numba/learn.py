"""Generated code of the learn phase: decays, post events, pre events, values put on their way.

An event first works out what runs once a neuron, each new value under a name of its own; then one
loop over its synapses reads whichever value stood there in the text; then the neuron's variables
are stored. So statements of both sides may alternate in the text, and there is one loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...simulator.plan import Event
from .block import Block
from .gather import gather
from .memory import Memory
from .population import ring
from .synapse import Synapses, begin, loop_row, open_row, open_spikes, rows


def learn(n: int, memory: Memory, dtype: Any) -> Block:
    """Decays, post events, pre events; values that must be kept start on their way."""
    b = Block(dtype)
    names = begin(b, n, memory)
    q = names.q
    rows(b, names)
    for side, statements in q.decay.items():
        _decay(b, names, side, [(s.target, s.expr) for s in statements], memory)
    keeps = any(s.buffered for s in q.sends)
    if q.mixed and (q.on_post or keeps):
        b.array("delay", np.ascontiguousarray(q.dendritic_steps, dtype=np.int32))
    elif q.on_post or keeps:
        b.integer("dendritic", q.dendritic_steps)
    if q.on_post:
        _post_events(b, names)
    if q.on_pre or keeps:
        _pre_events(b, names, keeps)
    return b


def _decay(b: Block, names: Synapses, side: str, statements: list[tuple[str, str]],
           memory: Memory) -> None:
    """Run the statements of every step along one side."""
    levels = 1
    if side == "pre":
        b.open("for i in range(np.uint64(0), np.uint64(pres)):")
    elif side == "post":
        b.open("for j in range(np.uint64(lo), np.uint64(hi)):")
    else:
        b.open("for i in range(np.uint64(0), np.uint64(pres)):")
        open_row(b, names, wide=True)
        levels = 2 + gather(b, names, [expr for _, expr in statements], memory)
    written = [_assign(b, names, target, expr) for target, expr in statements]
    _store(b, names, written)
    b.close(levels)


def _assign(b: Block, names: Synapses, target: str, expr: str) -> str:
    """`target` in a local copy, so that a loop of assignments vectorises. Returns its name."""
    b.line(f"x_{target} = {b.expression(expr, names, names.draw())}")
    names.known_as[target] = f"x_{target}"
    return target


def _store(b: Block, names: Synapses, written: list[str]) -> None:
    """Local copies of state go to memory; all copies are forgotten."""
    for target in dict.fromkeys(written):
        if target in names.m.state:
            b.line(f"{names.stored(target)} = {names.known_as[target]}")
    names.known_as = {}


def _event(b: Block, names: Synapses, events: tuple[Event, ...], loop: Callable[[], int],
           last: Callable[[], None] | None = None) -> None:
    """One event; `loop` opens the loop over its synapses, `last` writes the end of its body."""
    neuron: dict[str, str] = {}
    fresh: dict[str, str] = {}  # what was worked out since the last statement of the loop
    steps: list[tuple[Event, dict[str, str]]] = []
    for number, e in enumerate(events):
        if e.side == "synapse":
            steps.append((e, fresh))
            fresh = {}
            continue
        names.known_as = neuron
        b.line(f"y{number}_{e.target} = {b.expression(e.expr, names, names.draw())}")
        neuron[e.target] = fresh[e.target] = f"y{number}_{e.target}"
    if steps or names.q.lazy or last is not None:
        names.known_as = {}
        levels = loop()
        written = [_assign(b, names, s.target, s.expr) for s in names.q.lazy]
        if names.q.lazy:
            b.line("last[s] = k")
        for e, before in steps:
            names.known_as = {**names.known_as, **before}
            written.append(_assign(b, names, e.target, e.expr))
        names.known_as = {**names.known_as, **fresh}
        if last is not None:
            last()
        _store(b, names, written)
        b.close(levels)
    names.known_as = dict(neuron)
    _store(b, names, list(neuron))


def _post_events(b: Block, names: Synapses) -> None:
    """Each spike of an own target neuron runs through its column."""
    q = names.q
    ring(b, names.target, "_post")
    if not q.dense or q.mixed:
        b.array("column", names.m.column)
        b.array("column_pre", names.m.column_pre)
        b.array("column_synapse", names.m.column_synapse)
    if q.mixed:
        b.integer("longest", int(np.max(q.dendritic_steps, initial=1)))
        b.open("for dendritic in range(1, longest + 1):")
    b.line("slot = (k - dendritic) % depth_post")
    b.line("base = slot*size_post + lo")
    b.open("for q in range(np.uint64(base), np.uint64(base + counts_post[(slot*nt + tid)*8])):")
    b.line("j = np.uint64(ids_post[q])")
    _event(b, names, q.on_post, lambda: _loop_column(b, names))
    b.close(2 if q.mixed else 1)


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


def _pre_events(b: Block, names: Synapses, keeps: bool) -> None:
    """Each spike of a source runs along its row, this thread's part of it."""
    ring(b, names.source, "_pre")
    b.integer("axonal", names.q.axonal_steps)
    open_spikes(b, "_pre", "axonal")
    b.line("i = np.uint64(ids_pre[q])")

    def loop() -> int:
        open_row(b, names, wide=True)
        loop_row(b, names)
        return 1
    _event(b, names, names.q.on_pre, loop, (lambda: _keep(b, names)) if keeps else None)
    b.close(2)


def _keep(b: Block, names: Synapses) -> None:
    """Put what the event left into the slot of the step in which it arrives."""
    q = names.q
    steps = "np.int64(delay[s])" if q.mixed else "dendritic"
    b.integer("length", names.m.way_length)
    b.line(f"at = np.uint64(((k + {steps}) % length)*posts) + j")
    for number, send in enumerate(q.sends):
        if send.buffered:
            b.array(f"way{number}", names.m.way[number])
            b.line(f"way{number}[at] += {b.expression(send.expr, names, names.draw())}")
