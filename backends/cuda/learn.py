"""Generated device code of the learn phase: decays, post events, pre events, values under way.

An event first works out what runs once a neuron, each new value under a name of its own, in every
lane; then the lanes share its synapses. Nobody stores a neuron's variable meanwhile: that is a
function of its own, after all have read, which works the values out again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...simulator.expressions import names_in, parse
from ...simulator.plan import Event, ProjectionPlan
from ...simulator.statements import Statement
from .block import Block
from .memory import Memory
from .population import ring
from .synapse import Synapses, loop_column, open_row, open_spikes, row_bounds


def keeps(q: ProjectionPlan) -> bool:
    """Whether something that is sent must be kept while it travels."""
    return any(s.buffered for s in q.sends)


def neuron_events(events: tuple[Event, ...], q: ProjectionPlan) -> bool:
    """Whether events store a variable of their neuron."""
    return any(e.side == "neuron" and e.target in q.state for e in events)


def reads_pre_state(q: ProjectionPlan) -> bool:
    """Whether what is read on arrival includes a variable of the pre side that changes."""
    pre = {n for n in q.state if q.side[n] == "pre"}
    return any(names_in(parse(s.expr)) & pre for s in q.sends if not s.buffered)


def decay(n: int, memory: Memory, side: str) -> Block:
    """Statements of every step along one side."""
    b = Block(memory)
    names = Synapses(b, n, memory, side)
    q, index = names.q, {"pre": "i", "post": "j"}.get(side, "s")
    if side == "pre":
        b.array("split_pre", names.source.split)
        b.open(f"for i in range({b.at('split_pre', 'tid')} + lane, "
               f"{b.at('split_pre', 'tid + 1')}, lanes):")
    elif side == "post":
        b.open("for j in range(lo + lane, hi, lanes):")
    elif q.dense:
        b.open("for i in range(pres):")
        b.open("for j in range(lo + lane, hi, lanes):")
        b.line("s = i*posts + j")
    else:
        names.rows()
        b.open("for i in range(lane, pres, lanes):")
        row_bounds(b, names)
        b.open("for s in range(first, past):")
        b.line(f"j = np.int64({b.at('post', 's')})")
    written = [_assign(b, names, x, index) for x in q.decay[side]]
    _store(b, names, written)
    return b


def _assign(b: Block, names: Synapses, x: Statement | Event, index: str = "s") -> str:
    """A target in a local copy. Returns its name."""
    b.line(f"x_{x.target} = {names.value(x.expr, index)}")
    names.known_as[x.target] = f"x_{x.target}"
    return x.target


def _store(b: Block, names: Synapses, written: list[str]) -> None:
    """Local copies of state go to memory; all copies are forgotten."""
    for target in dict.fromkeys(written):
        if target in names.m.state:
            b.line(f"{names.stored(target, written=True)} = {names.known_as[target]}")
    names.known_as = {}


def _neuron_values(b: Block, names: Synapses, events: tuple[Event, ...],
                   index: str) -> list[dict[str, str]]:
    """Work out what runs once a neuron; for each event, what is known by then and was not before.

    One more entry at the end: what was worked out since the last statement of the synapses.
    """
    neuron: dict[str, str] = {}
    fresh: dict[str, str] = {}
    out = []
    for number, e in enumerate(events):
        if e.side == "synapse":
            out.append(fresh)
            fresh = {}
            continue
        names.known_as = dict(neuron)
        b.line(f"y{number}_{e.target} = {names.value(e.expr, index)}")
        neuron[e.target] = fresh[e.target] = f"y{number}_{e.target}"
    names.known_as = {}
    return [*out, fresh, neuron]


def _event(b: Block, names: Synapses, events: tuple[Event, ...], index: str,
           loop: Callable[[], int], last: Callable[[], None] | None = None) -> None:
    """One event; `loop` opens the loop over its synapses, `last` writes the end of its body."""
    *before, fresh, _ = _neuron_values(b, names, events, index)
    levels = loop()
    written = [_assign(b, names, s) for s in names.q.lazy]
    if names.q.lazy:
        assert names.m.last is not None
        b.array("last", names.m.last, True)
        b.line(f"{b.at('last', 's')} = k")
    for e, known in zip((e for e in events if e.side == "synapse"), before, strict=True):
        names.known_as = {**names.known_as, **known}
        written.append(_assign(b, names, e))
    names.known_as = {**names.known_as, **fresh}
    if last is not None:
        last()
    _store(b, names, written)
    b.line("pass")
    b.close(levels)


def _delays(b: Block, names: Synapses) -> None:
    q = names.q
    if q.mixed:
        b.array("delay", names.memory.banks.shared("W", q.dendritic_steps))
    else:
        b.word("dendritic", int(q.dendritic_steps))


def _touches_synapses(names: Synapses, events: tuple[Event, ...]) -> bool:
    return bool(names.q.lazy) or any(e.side == "synapse" for e in events)


def post_events(n: int, memory: Memory) -> Block | None:
    """Each spike of an own target neuron runs through its column; the lanes share that."""
    b = Block(memory)
    names = Synapses(b, n, memory)
    q = names.q
    if not _touches_synapses(names, q.on_post):
        return None
    ring(b, names.target, "_post")
    _delays(b, names)
    if q.mixed:
        b.word("longest", int(np.max(q.dendritic_steps, initial=1)))
        b.open("for dendritic in range(1, longest + 1):")
    open_spikes(b, "_post", "dendritic", worker="tid")
    b.line(f"j = np.int64({b.at('ids_post', 'q')})")

    def loop() -> int:
        levels = loop_column(b, names, all_lanes=True)
        if q.mixed:
            b.open(f"if {b.at('delay', 's')} == dendritic:")
        return levels + int(q.mixed)
    _event(b, names, q.on_post, "j", loop)
    return b


def store_post(n: int, memory: Memory) -> Block:
    """What post events leave in variables of their neuron."""
    b = Block(memory)
    names = Synapses(b, n, memory)
    ring(b, names.target, "_post")
    _delays(b, names)
    open_spikes(b, "_post", "dendritic", worker="tid", lanes=True)
    b.line(f"j = np.int64({b.at('ids_post', 'q')})")
    _store_neuron(b, names, names.q.on_post, "j")
    return b


def store_pre(n: int, memory: Memory) -> Block:
    """What pre events leave in variables of their neuron, each stored by its own worker."""
    b = Block(memory)
    names = Synapses(b, n, memory)
    ring(b, names.source, "_pre")
    b.word("axonal", names.q.axonal_steps)
    open_spikes(b, "_pre", "axonal", worker="tid", lanes=True)
    b.line(f"i = np.int64({b.at('ids_pre', 'q')})")
    _store_neuron(b, names, names.q.on_pre, "i")
    return b


def _store_neuron(b: Block, names: Synapses, events: tuple[Event, ...], index: str) -> None:
    neuron = _neuron_values(b, names, events, index)[-1]
    names.known_as = neuron
    _store(b, names, list(neuron))
    b.line("pass")


def pre_events(n: int, memory: Memory) -> Block | None:
    """Each spike of a source runs along its row, this worker's part of it; the lanes share that."""
    b = Block(memory)
    names = Synapses(b, n, memory)
    q, m = names.q, names.m
    adds = keeps(q)
    if not adds and not _touches_synapses(names, q.on_pre):
        return None
    names.rows()
    if adds:
        _delays(b, names)
    ring(b, names.source, "_pre")
    b.word("axonal", q.axonal_steps)
    open_spikes(b, "_pre", "axonal")
    b.line(f"i = np.int64({b.at('ids_pre', 'q')})")
    _event(b, names, q.on_pre, "i", lambda: open_row(b, names, adds),
           (lambda: _keep(b, names)) if adds else None)
    if adds and not q.dense and not m.single:
        b.wait()
    return b


def _keep(b: Block, names: Synapses) -> None:
    """Put what the event left into the slot of the step in which it arrives."""
    q = names.q
    steps = f"np.int64({b.at('delay', 's')})" if q.mixed else "dendritic"
    b.word("rows", names.m.way_length - 1)
    b.line(f"at = ((k + {steps}) & rows)*posts + j")
    for number, send in enumerate(q.sends):
        if send.buffered:
            label = b.array(f"way{number}", names.m.way[number], True)
            b.line(f"{b.at(label, 'at')} += {names.value(send.expr)}")


def learn(memory: Memory, barrier: Any) -> list[Any]:
    """The learn and send phases of all projections, with `barrier` where workers must wait."""
    plans = list(enumerate(memory.plan.projections))
    before = [decay(n, memory, "pre") for n, q in plans if "pre" in q.decay]
    out: list[Any] = [*before, barrier] if before else []
    after: list[Any] = []
    late = False
    for n, q in plans:
        out += [decay(n, memory, side) for side in q.decay if side != "pre"]
        if q.on_post:
            out += [x for x in [post_events(n, memory)] if x is not None]
            out += [store_post(n, memory)] if neuron_events(q.on_post, q) else []
        if q.on_pre or keeps(q):
            out += [x for x in [pre_events(n, memory)] if x is not None]
        if neuron_events(q.on_pre, q):
            after.append(store_pre(n, memory))
        late |= neuron_events(q.on_pre, q) and reads_pre_state(q)
        late |= q.learns and any(side == "pre" and base in memory.populations[q.source].state
                                 for side, base in q.neuron.values())
    if after:
        out += [barrier, *after]
    return [*out, barrier] if late else out
