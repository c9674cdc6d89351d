"""Generated device code of projections: names, loops over synapses, arrivals, couplings.

Who adds to a target neuron: its lane alone where rows are complete (`dense`). Short rows of several
spikes are read at once, and the first lane of those that meet a target adds for all, in order. Long
rows are walked one by one, and the lanes wait after each, so that every sum has one order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulator.plan import Coupling, ProjectionPlan
from .block import Block
from .memory import Memory, PopulationMemory, ProjectionMemory
from .population import ring


class Synapses:
    """Names of a projection's statements in generated code.

    Inside loops, `s` is the synapse, `i` its source and `j` its target. `known_as` gives the local
    copy that holds a variable at this point of the code; others are in memory. `own` names the
    side ('pre', 'post') whose neurons' lanes keep apart in this function, if any.
    """

    def __init__(self, b: Block, n: int, memory: Memory, own: str = "") -> None:
        self.b, self.memory = b, memory
        self.m: ProjectionMemory = memory.projections[n]
        self.q: ProjectionPlan = self.m.plan
        self.source: PopulationMemory = memory.populations[self.q.source]
        self.target: PopulationMemory = memory.populations[self.q.target]
        self.own = {"pre": {"pre": self.q.source}, "post": {"post": self.q.target}}.get(own, {})
        self.known_as: dict[str, str] = {}
        self.known: dict[str, str] = {}
        b.word("pres", self.source.plan.size)
        b.word("posts", self.target.plan.size)
        b.array("split_post", self.target.split)
        b.line(f"lo = {b.at('split_post', 'tid')}")
        b.line(f"hi = {b.at('split_post', 'tid + 1')}")

    def __call__(self, name: str) -> str:
        """The place of a variable at this point of the code: a local copy, or memory."""
        return self.known_as.get(name) or self.stored(name)

    def stored(self, name: str, written: bool = False) -> str:
        """The place of a variable in memory."""
        if written:
            side = self.q.side[name]
            self.b.array(f"a_{name}", self.m.state[name], True, self.own.get(side))
        if name not in self.known:
            self.known[name] = self._declare(name)
        return self.known[name]

    def _declare(self, name: str) -> str:
        b, q = self.b, self.q
        if name == "t":
            return b.time(self.memory.plan.dt)
        if name == "_elapsed":
            b.array("last", self.m.last)
            b.number("step_dt", self.memory.plan.dt)
            return f"({b.real or 'np.float64'}(k - {b.at('last', 's')})*step_dt)"
        if name in q.neuron:
            side, base = q.neuron[name]
            m, index = (self.source, "i") if side == "pre" else (self.target, "j")
            if base in m.state:
                label = b.array(f"n_{name}", m.state[base], False, self.own.get(side))
                return b.at(label, index)
            return self._constant(f"n_{name}", m.plan.constants[base], index)
        side = q.side.get(name, "")
        index = {"pre": "i", "post": "j"}.get(side, "s")
        if name in self.m.state:
            return b.at(b.array(f"a_{name}", self.m.state[name], False, self.own.get(side)), index)
        return self._constant(f"a_{name}", q.constants[name], index)

    def _constant(self, label: str, value: Any, index: str) -> str:
        if np.ndim(value) == 0:
            return self.b.number(label, value)
        return self.b.at(self.b.array(label, self.memory.banks.shared("F", value)), index)

    def value(self, expr: str, index: str = "s") -> str:
        """An expression; draws are keyed by `index`."""
        return self.b.expression(expr, self, self.b.drawer(self.q.stream, index))

    def rows(self) -> None:
        """Names for the rows; a dense projection needs none."""
        if not self.q.dense:
            assert self.m.indptr is not None
            assert self.m.post is not None
            self.b.array("indptr", self.m.indptr)
            self.b.array("post", self.m.post)

    def columns(self) -> None:
        """Names for the columns; a dense projection needs none, unless delays are mixed."""
        if not self.q.dense or self.q.mixed:
            start, pre, synapse = self.m.columns(self.target.plan.size)
            self.b.array("column", start)
            self.b.array("column_pre", pre)
            self.b.array("column_synapse", synapse)


def open_spikes(b: Block, tag: str, steps: str, worker: str = "", lanes: bool = False) -> int:
    """Open the loops over the spikes of a population `steps` ago; defines `who`. Returns depth.

    In order, all lanes together; or, with `lanes`, each lane takes some of them. `worker`: only
    those of that worker's neurons.
    """
    b.line(f"slot{tag} = (k - {steps}) & mask{tag}")
    if worker:
        b.line(f"u = {worker}")
    else:
        b.open("for u in range(nt):")
    b.line(f"base = slot{tag}*size{tag} + {b.at(f'split{tag}', 'u')}")
    b.line(f"fired = {b.at(f'counts{tag}', f'slot{tag}*nt + u')}")
    stride = "base + lane, base + fired, lanes" if lanes else "base, base + fired"
    b.open(f"for q in range({stride}):")
    return 1 if worker else 2


def row_bounds(b: Block, names: Synapses, narrow: bool = True) -> None:
    """Bounds of row i that lie in this worker's targets, or of all of it."""
    b.line(f"first = {b.at('indptr', 'i')}")
    if narrow and names.m.cuts is not None:
        b.array("cuts", names.m.cuts)
        b.line(f"past = first + {b.at('cuts', 'i*(nt + 1) + tid + 1')}")
        b.line(f"first += {b.at('cuts', 'i*(nt + 1) + tid')}")
    else:
        b.line(f"past = {b.at('indptr', 'i + 1')}")


def open_row(b: Block, names: Synapses, adds: bool) -> int:
    """Open the loop of all lanes over row i; defines s and j. Returns its depth.

    `adds`: the body adds to something of the target, so synapses of equal targets, which are
    neighbours, go to one lane, in their order.
    """
    if names.q.dense:
        b.open("for j in range(lo + lane, hi, lanes):")
        b.line("s = i*posts + j")
        return 1
    row_bounds(b, names)
    if not (adds and names.m.multiple):
        b.open("for s in range(first + lane, past, lanes):")
        b.line(f"j = np.int64({b.at('post', 's')})")
        return 1
    b.open("for head in range(first + lane, past, lanes):")
    b.line(f"j = np.int64({b.at('post', 'head')})")
    b.line(f"run = 0 if head > first and {b.at('post', 'head - 1')} == j else past - head")
    b.open("for s in range(head, head + run):")
    b.open(f"if {b.at('post', 's')} != j:")
    b.line("break")
    b.close()
    return 2


def _held(b: Block, names: Synapses, variable: str, own: bool) -> bool:
    """Whether refractory targets lose input to `variable`; declares the deadline if so."""
    held = variable in names.target.plan.held and names.target.refractory
    if held:
        b.array("until", names.target.until, False, names.target.n if own else None)
    return held


def _zero_if_held(b: Block, value: str, held: bool) -> str:
    zero = f"{b.real}(0.0)" if b.real else "0.0"
    return f"({value} if k > {b.at('until', 'j')} else {zero})" if held else value


def arrive(n: int, memory: Memory, number: int) -> Block:
    """Spikes due now add what they carry, read on arrival, to their targets."""
    b = Block(memory)
    dense = memory.projections[n].plan.dense
    names = Synapses(b, n, memory, "post" if dense else "")
    q, m, send = names.q, names.m, names.q.sends[number]
    ring(b, names.source, "_pre")
    names.rows()
    b.array("target", names.target.state[send.variable], True, names.target.n if dense else None,
            settled=not dense and not m.single)
    held = _held(b, names, send.variable, dense)
    value = _zero_if_held(b, names.value(send.expr), held)
    take = f"i = np.int64({b.at('ids_pre', 'q')})"
    if not m.single and TILES * m.widest <= memory.lanes and not dense:
        _tiles(b, names, value)
        return b
    b.word("due", q.axonal_steps + q.dendritic_steps)
    if dense:
        b.open("for j in range(lo + lane, hi, lanes):")
        b.line(f"total = {b.at('target', 'j')}")
        levels = open_spikes(b, "_pre", "due")
        b.line(take)
        b.line("s = i*posts + j")
        b.line(f"total += {value}")
        b.close(levels)
        b.line(f"{b.at('target', 'j')} = total")
        return b
    alone = m.single and m.short
    open_spikes(b, "_pre", "due", lanes=alone)
    b.line(take)
    if alone:
        row_bounds(b, names)
        b.open("for s in range(first, past):")
        b.line(f"j = np.int64({b.at('post', 's')})")
        levels = 1
    else:
        levels = open_row(b, names, adds=True)
    b.line(f"{b.at('target', 'j')} += {value}")
    b.close(levels)
    if not m.single:
        b.wait()
    return b


TILES = 4
"""Rows are read at once where at least so many fit into the lanes of a block. Not measured."""


def _tiles(b: Block, names: Synapses, value: str) -> None:
    """Rows of several spikes at once: 2**bits lanes for each of them."""
    b.word("bits", (names.m.widest - 1).bit_length())
    b.word("due", names.q.axonal_steps + names.q.dendritic_steps)
    zero = f"{b.real or 'np.float64'}(0.0)"
    b.line("slot_pre = (k - due) & mask_pre")
    b.open("for u in range(nt):")
    b.line(f"base = slot_pre*size_pre + {b.at('split_pre', 'u')}")
    b.line(f"end = base + {b.at('counts_pre', 'slot_pre*nt + u')}")
    b.open("for head in range(base, end, lanes >> bits):")
    b.line("q = head + (lane >> bits)")
    b.line("goes_to = np.int64(-1)")
    b.line(f"brings = {zero}")
    b.open("if q < end and lane >> bits < lanes >> bits:")
    b.line(f"i = np.int64({b.at('ids_pre', 'q')})")
    row_bounds(b, names)
    b.line("s = first + (lane & ((1 << bits) - 1))")
    b.open("if s < past:")
    b.line(f"j = np.int64({b.at('post', 's')})")
    b.line("goes_to = target + j")
    b.line(f"brings = {value}")
    b.close(2)
    b.line("add_in_order(F, goes_to, brings, J, V, lane, lanes)")
    b.close(2)


def arrive_buffered(n: int, memory: Memory, number: int) -> Block:
    """The sum that was kept for this step is added, and its slot cleared."""
    b = Block(memory)
    names = Synapses(b, n, memory, "post")
    send, target = names.q.sends[number], names.target
    b.array("target", target.state[send.variable], True, target.n)
    b.array("way", names.m.way[number], True, target.n)
    b.word("rows", names.m.way_length - 1)
    held = _held(b, names, send.variable, True)
    b.line("at = (k & rows)*posts")
    b.open("for j in range(lo + lane, hi, lanes):")
    b.line(f"value = {b.at('way', 'at + j')}")
    b.line(f"{b.at('target', 'j')} += {_zero_if_held(b, 'value', held)}")
    b.line(f"{b.at('way', 'at + j')} = {b.real or 'np.float64'}(0.0)")
    return b


def couple(n: int, memory: Memory, coupling: Coupling) -> Block:
    """Add a coupling's sum over synapses to its total, which `settle` hands over."""
    b = Block(memory)
    names = Synapses(b, n, memory)
    q = names.q
    end = names.source if coupling.side == "pre" else names.target
    value = names.value(coupling.expr)
    b.array("total", memory.total(end.n, coupling.variable), True, end.n)
    if coupling.side == "post":
        b.open("for j in range(lo + lane, hi, lanes):")
        loop_column(b, names, all_lanes=False)
        b.line(f"{b.at('total', 'j')} += {value}")
        return b
    b.array("split_pre", names.source.split)
    b.open(f"for i in range({b.at('split_pre', 'tid')} + lane, {b.at('split_pre', 'tid + 1')}, "
           "lanes):")
    if q.dense:
        b.open("for j in range(posts):")
        b.line("s = i*posts + j")
    else:
        names.rows()
        row_bounds(b, names, narrow=False)
        b.open("for s in range(first, past):")
        b.line(f"j = np.int64({b.at('post', 's')})")
    b.line(f"{b.at('total', 'i')} += {value}")
    return b


def loop_column(b: Block, names: Synapses, all_lanes: bool) -> int:
    """Open the loop over the synapses of target j, of all lanes or of this one; defines s and i."""
    names.columns()
    step = " + lane, {}, lanes" if all_lanes else ", {}"
    if names.q.dense and not names.q.mixed:
        b.open(f"for i in range(0{step.format('pres')}):")
        b.line("s = i*posts + j")
        return 1
    b.open(f"for r in range({b.at('column', 'j')}{step.format(b.at('column', 'j + 1'))}):")
    b.line(f"s = np.int64({b.at('column_synapse', 'r')})")
    b.line(f"i = np.int64({b.at('column_pre', 'r')})")
    return 1
