"""Generated code of populations: neurons, scheduled and Poisson sources, timed values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...kernels.philox import key
from ...simulator.expressions import names_in, parse
from ...simulator.plan import POISSON, SCHEDULE, Plan, PopulationPlan
from .block import Block
from .memory import PopulationMemory

CHUNK = 128
"""Neurons updated before looking whether any fired: the count vectorises, the search does not."""


def ring(b: Block, m: PopulationMemory, tag: str = "") -> None:
    """Names for the spike ring of a population."""
    b.array(f"ids{tag}", m.ids)
    b.array(f"counts{tag}", m.counts)
    b.array(f"split{tag}", m.split)
    b.integer(f"size{tag}", m.plan.size)
    b.integer(f"depth{tag}", m.depth)


def _begin_source(b: Block, m: PopulationMemory) -> None:
    ring(b, m)
    b.line("lo = split[tid]")
    b.line("hi = split[tid + 1]")
    b.line("slot = k % depth")
    b.line("first = slot*size + lo")
    b.line("n = 0")


def keys(b: Block, plan: Plan) -> None:
    """Names for the two words that key the random numbers of each copy."""
    found = np.array([key(c.seed) for c in plan.copies] or [key(plan.seed)], np.int64)
    b.integer("key0", found[:, 0])
    b.integer("key1", found[:, 1])


def drawer(b: Block, plan: Plan, stream: int, index: str) -> Callable[[str, int], str]:
    """Prints random draws keyed by (seed, stream, step, index, number)."""
    known: list[bool] = []

    def draw(kind: str, number: int) -> str:
        if not known:
            keys(b, plan)
            b.integer("stream", stream)
            known.append(True)
        law = "uniform_nb" if kind == "rand" else "normal_nb"
        return f"{law}(key0, key1, stream, k, {index}, {number})"
    return draw


class Names:
    """Turns names of a population's statements into names of the generated code."""

    def __init__(self, b: Block, m: PopulationMemory, plan: Plan) -> None:
        self.b, self.m, self.p = b, m, m.plan
        self.dt = plan.dt
        self.known: dict[str, str] = {}
        self.local: set[str] = set()

    def __call__(self, name: str) -> str:
        """The place of a variable at this point of the code: a local copy, or memory."""
        if name in self.local:
            return f"x_{name}"
        if name == "_active":
            return "active"
        if name == "i":
            return f"{self.b.real or 'np.float64'}(i)"
        if name not in self.known:
            self.known[name] = self._declare(name)
        return self.known[name]

    def _declare(self, name: str) -> str:
        b, p = self.b, self.p
        if name == "t":
            b.head.append(f"x_t = {b.real or 'np.float64'}(k*C[c + {len(b.numbers)}])")
            b.numbers.append(self.dt)
            return "x_t"
        if name in p.state:
            return b.array(f"a_{name}", self.m.state[name]) + "[i]"
        value = p.constants[name]
        if np.ndim(value) == 0:
            return b.number(f"c_{name}", value)
        return b.array(f"a_{name}", np.ascontiguousarray(value, dtype=b.dtype)) + "[i]"


def neurons(m: PopulationMemory, plan: Plan, dtype: Any) -> Block:
    """Integrate, fire and reset: one pass over the neurons of this thread, chunk by chunk."""
    b, p = Block(dtype), m.plan
    _begin_source(b, m)
    name = Names(b, m, plan)
    draw = drawer(b, plan, p.stream, "i")
    if m.refractory:
        b.array("until", m.until)
    if p.clock > 1:
        b.integer("clock", p.clock)
        b.open("if k % clock == 0:")
    b.open(f"for start in range(lo, hi, {CHUNK}):")
    b.line(f"stop = min(start + {CHUNK}, hi)")
    b.line("hits = np.int32(0)")
    b.open("for i in range(np.uint64(start), np.uint64(stop)):")
    _update(b, p, name, draw, m.refractory)
    b.close()
    if p.threshold:
        _reset(b, p, name, draw, m)
    b.close()
    if p.clock > 1:
        b.close()
    b.line("counts[(slot*nt + tid)*8] = n")
    return b


def _active(b: Block, refractory: bool) -> None:
    b.line("active = kr > until[i]" if refractory else "active = True")


def _update(b: Block, p: PopulationPlan, name: Names, draw: Callable[[str, int], str],
            refractory: bool) -> None:
    """Statements on local copies; state is stored once, then the threshold is counted."""
    _active(b, refractory)
    name.local = set()
    written: list[str] = []
    for s in p.integrate:
        value = b.expression(s.expr, name, draw)
        b.line(f"x_{s.target} = {value}")
        name.local.add(s.target)
        if s.target in p.state and s.target not in written:
            written.append(s.target)
    for x in written:
        name.local.discard(x)
        store = name(x)
        name.local.add(x)
        b.line(f"{store} = x_{x}")
    if p.threshold:
        fires = b.expression(p.threshold, name, draw)
        b.line(f"hits += np.int32(1) if (truth({fires}) & active) else np.int32(0)")
    elif not p.integrate:
        b.line("pass")
    name.local = set()


def _reset(b: Block, p: PopulationPlan, name: Names, draw: Callable[[str, int], str],
           m: PopulationMemory) -> None:
    """Walk through a chunk in which someone fired."""
    b.open("if hits > 0:")
    b.open("for i in range(np.uint64(start), np.uint64(stop)):")
    _active(b, m.refractory)
    b.open(f"if truth({b.expression(p.threshold, name, draw)}) & active:")
    b.line("ids[first + n] = i")
    b.line("n += 1")
    for s in p.reset:
        value = b.expression(s.expr, name, draw)
        if s.target in p.state:
            b.line(f"{name(s.target)} = {value}")
        else:
            b.line(f"x_{s.target} = {value}")
            name.local.add(s.target)
    if m.refractory:
        if np.ndim(p.refractory):
            b.array("rest", np.ascontiguousarray(p.refractory, dtype=np.int32))
            b.line("until[i] = kr + rest[i]")
        else:
            b.integer("rest", p.refractory)
            b.line("until[i] = kr + np.int32(rest)")
    name.local = set()
    b.close(3)


def scheduled(m: PopulationMemory, plan: Plan, dtype: Any) -> Block:
    """A source whose spikes are given."""
    b, p = Block(dtype), m.plan
    assert p.kind == SCHEDULE
    _begin_source(b, m)
    b.arrays("at", [steps for steps, _ in m.schedules])
    b.arrays("who", [indices for _, indices in m.schedules])
    b.array("cursor", m.cursor)
    b.line("q = cursor[tid*8]")
    b.open("while q < at_n and at[q] <= k:")
    b.open("if at[q] == k and who[q] >= lo and who[q] < hi:")
    b.line("ids[first + n] = who[q]")
    b.line("n += 1")
    b.close()
    b.line("q += 1")
    b.close()
    b.line("cursor[tid*8] = q")
    b.line("counts[(slot*nt + tid)*8] = n")
    return b


def poisson(m: PopulationMemory, plan: Plan, dtype: Any) -> Block:
    """Poisson neurons: each knows the step of its next spike, drawn when the last one came."""
    b, p = Block(dtype), m.plan
    assert p.kind == POISSON
    _begin_source(b, m)
    b.array("pending", m.pending)
    b.array("chance", m.chance)
    keys(b, plan)
    b.integer("stream", p.stream)
    b.integer("end", p.stop)
    b.open("if k < end:")
    b.open(f"for start in range(lo, hi, {CHUNK}):")
    b.line(f"stop = min(start + {CHUNK}, hi)")
    b.line("hits = np.int32(0)")
    b.open("for i in range(np.uint64(start), np.uint64(stop)):")
    b.line("hits += np.int32(1) if pending[i] == k else np.int32(0)")
    b.close()
    b.open("if hits > 0:")
    b.open("for i in range(np.uint64(start), np.uint64(stop)):")
    b.open("if pending[i] == k:")
    b.line("ids[first + n] = i")
    b.line("n += 1")
    b.line("pending[i] = next_spike_nb(key0, key1, stream, k + 1, i, chance[i])")
    b.close(5)
    b.line("counts[(slot*nt + tid)*8] = n")
    return b


def timed(w: Any, many: Any, cursor: Any, m: PopulationMemory, dtype: Any) -> Block:
    """Values set at given steps; `many` holds those of each copy."""
    b = Block(dtype)
    b.array("split", m.split)
    b.integer("size", m.plan.size)
    b.array("at", np.ascontiguousarray(w.steps, dtype=np.int64))
    b.array("values", np.ascontiguousarray(many.reshape(len(many), -1), dtype=dtype))
    b.integer("given", len(w.steps))
    b.array("cursor", cursor)
    b.array("a", m.state[w.variable])
    b.integer("wide", int(w.values.ndim == 2))
    b.line("q = cursor[tid*8]")
    b.open("while q < given and at[q] < k:")
    b.line("q += 1")
    b.close()
    b.open("if q < given and at[q] == k:")
    b.open("for i in range(split[tid], split[tid + 1]):")
    b.line("a[i] = values[q*size + i] if wide else values[q]")
    b.close()
    b.line("q += 1")
    b.close()
    b.line("cursor[tid*8] = q")
    return b


def recorded(r: Any, m: PopulationMemory, plan: Plan, out: list[Any], cell: Any,
             dtype: Any) -> Block:
    """Expressions of some neurons at the end of a step; `cell` holds the rows written so far.

    Each thread writes the columns of its own neurons.
    """
    b = Block(dtype)
    b.array("split", m.split)
    b.array("who", np.ascontiguousarray(r.neurons, dtype=np.int64))
    b.integer("columns", len(r.neurons))
    b.integer("every", r.every)
    b.array("cell", cell)
    name = Names(b, m, plan)
    draw = drawer(b, plan, m.plan.stream, "i")
    if m.refractory:
        b.array("until", m.until)
    b.open("if k % every == 0:")
    b.line("row = cell[tid*8]")
    b.open("for q in range(columns):")
    b.line("i = who[q]")
    b.open("if i >= split[tid] and i < split[tid + 1]:")
    if any("_active" in names_in(parse(e)) for e in r.exprs):
        _active(b, m.refractory)
    for n, expr in enumerate(r.exprs):
        b.array(f"out{n}", out[n])
        b.line(f"out{n}[row*columns + q] = {b.expression(expr, name, draw)}")
    b.close(2)
    b.line("cell[tid*8] = row + 1")
    b.close()
    return b
