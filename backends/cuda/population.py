"""Generated device code of populations: neurons, sources, timed values, records.

Lane l of a worker has its neurons lo + l, lo + l + lanes, ...; who fires is appended in the order
of the neurons, by counting among the lanes of the block.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulator.expressions import names_in, parse
from ...simulator.plan import PopulationPlan, StateRecord
from .block import Block
from .memory import Memory, PopulationMemory


def ring(b: Block, m: PopulationMemory, tag: str = "", written: bool = False) -> None:
    """Names for the spike ring of a population."""
    b.array(f"ids{tag}", m.ids, written)
    b.array(f"counts{tag}", m.counts, written)
    b.array(f"split{tag}", m.split)
    b.word(f"size{tag}", m.plan.size)
    b.word(f"mask{tag}", m.depth - 1)


def _begin(b: Block, m: PopulationMemory) -> None:
    """This worker's neurons, and where its spikes of this step go."""
    ring(b, m, written=True)
    _span(b)
    b.line("slot = k & mask")
    b.line("first = ids + slot*size + lo")
    b.line("n = 0")


def _span(b: Block) -> None:
    b.line(f"lo = {b.at('split', 'tid')}")
    b.line(f"hi = {b.at('split', 'tid + 1')}")


def _open_own(b: Block) -> None:
    b.open("for i in range(lo + lane, hi, lanes):")


def _open_chunks(b: Block) -> None:
    """All lanes go through the same number of chunks, since they count together."""
    b.open("for start in range(lo, hi, lanes):")
    b.line("i = start + lane")
    b.line("hit = np.int32(0)")
    b.open("if i < hi:")


def _open_hits(b: Block, condition: str = "") -> None:
    """The lanes whose neuron fired write it down, in order."""
    b.line("many = cuda.syncthreads_count(hit)")
    b.open("if many > 0:")
    b.line("rank = rank_of(M, hit, lane)")
    b.open("if hit > 0:")
    b.line(f"{condition}W[first + n + rank] = i")


def _close_hits(b: Block, condition: str = "") -> None:
    b.close()
    b.line(f"{condition}n += many")
    b.close()


def _finish(b: Block) -> None:
    b.open("if lane == 0:")
    b.line(f"{b.at('counts', 'slot*nt + tid')} = n")
    b.close()


class Names:
    """Turns names of a population's statements into names of the generated code.

    Lanes touch state of their own neurons only, unless `scattered`.
    """

    def __init__(self, b: Block, m: PopulationMemory, dt: float, scattered: bool = False) -> None:
        self.b, self.m, self.dt = b, m, dt
        self.own = None if scattered else m.n
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

    def store(self, name: str) -> str:
        """The place of a state variable that is about to be written."""
        label = self.b.array(f"a_{name}", self.m.state[name], True, self.own)
        return self.b.at(label, "i")

    def _declare(self, name: str) -> str:
        b, p = self.b, self.m.plan
        if name == "t":
            return b.time(self.dt)
        if name in p.state:
            return b.at(b.array(f"a_{name}", self.m.state[name], False, self.own), "i")
        value = p.constants[name]
        if np.ndim(value) == 0:
            return b.number(f"c_{name}", value)
        return b.at(b.array(f"a_{name}", b.memory.banks.shared("F", value)), "i")


def neurons(n: int, memory: Memory) -> Block:
    """Integrate, fire and reset: one pass over the neurons of this worker."""
    b, m = Block(memory), memory.populations[n]
    p = m.plan
    name = Names(b, m, memory.plan.dt)
    if m.refractory:
        b.array("until", m.until, True, n)
    if not p.threshold:
        b.array("split", m.split)
        _span(b)
        _on_clock(b, p)
        _open_own(b)
        _update(b, p, name, m)
        b.line("pass")
        return b
    _begin(b, m)
    _on_clock(b, p)
    _open_chunks(b)
    _update(b, p, name, m)
    fires = b.expression(p.threshold, name, b.drawer(p.stream, "i"))
    b.line(f"hit = np.int32(1) if truth({fires}) and active else np.int32(0)")
    name.local = set()
    b.close()
    _open_hits(b)
    _reset(b, p, name, m)
    _close_hits(b)
    b.depth = 1
    _finish(b)
    return b


def _on_clock(b: Block, p: PopulationPlan) -> None:
    if p.clock > 1:
        b.word("clock", p.clock)
        b.open("if k % clock == 0:")


def _active(b: Block, m: PopulationMemory) -> None:
    b.line(f"active = k > {b.at('until', 'i')}" if m.refractory else "active = True")


def _update(b: Block, p: PopulationPlan, name: Names, m: PopulationMemory) -> None:
    """Statements on local copies; then state is stored once."""
    _active(b, m)
    written: list[str] = []
    for s in p.integrate:
        b.line(f"x_{s.target} = {b.expression(s.expr, name, b.drawer(p.stream, 'i'))}")
        name.local.add(s.target)
        if s.target in p.state and s.target not in written:
            written.append(s.target)
    for x in written:
        b.line(f"{name.store(x)} = x_{x}")


def _reset(b: Block, p: PopulationPlan, name: Names, m: PopulationMemory) -> None:
    """What becomes of a neuron that fired."""
    for s in p.reset:
        value = b.expression(s.expr, name, b.drawer(p.stream, "i"))
        if s.target in p.state:
            b.line(f"{name.store(s.target)} = {value}")
        else:
            b.line(f"x_{s.target} = {value}")
            name.local.add(s.target)
    name.local = set()
    if m.refractory and np.ndim(p.refractory):
        b.array("rest", b.memory.banks.shared("W", p.refractory))
        b.line(f"{b.at('until', 'i')} = k + {b.at('rest', 'i')}")
    elif m.refractory:
        b.word("rest", int(p.refractory))
        b.line(f"{b.at('until', 'i')} = k + rest")


def scheduled(n: int, memory: Memory) -> Block:
    """A source whose spikes are given."""
    b, m = Block(memory), memory.populations[n]
    _begin(b, m)
    b.array("when", m.steps)
    b.array("who", m.indices)
    b.word("given", np.array([len(steps) for steps, _ in m.given], np.int64))
    b.array("cursor", m.cursor, True)
    b.line(f"at = {b.at('cursor', '(k & 1)*nt + tid')}")
    b.line("past = at")
    b.open(f"if at < given and {b.at('when', 'at')} == k:")
    b.line("past = lower_bound(L, when + at, when + given, k + 1) - when")
    b.line("at = lower_bound(W, who + at, who + past, lo) - who")
    b.line("end = lower_bound(W, who + at, who + past, hi) - who")
    b.line("n = end - at")
    b.open("for q in range(lane, n, lanes):")
    b.line(f"W[first + q] = {b.at('who', 'at + q')}")
    b.close(2)
    _finish(b)
    b.open("if lane == 0:")
    b.line(f"{b.at('cursor', '((k + 1) & 1)*nt + tid')} = past")
    b.close()
    return b


def poisson(n: int, memory: Memory) -> Block:
    """Poisson neurons: each knows the step of its next spike, drawn when the last one came."""
    b, m = Block(memory), memory.populations[n]
    p = m.plan
    _begin(b, m)
    b.array("pending", m.pending, True, n)
    b.array("chance", m.chance)
    b.keys(p.stream)
    b.word("end", min(p.stop, np.iinfo(np.int64).max))
    _open_chunks(b)
    b.line(f"hit = np.int32(1) if {b.at('pending', 'i')} == k else np.int32(0)")
    b.close()
    _open_hits(b, "if k < end: ")
    b.line(f"{b.at('pending', 'i')} = next_spike(key0, key1, stream, k + 1, i, "
           f"{b.at('chance', 'i')})")
    _close_hits(b, "if k < end: ")
    b.depth = 1
    _finish(b)
    return b


def timed(number: int, memory: Memory) -> Block:
    """Values set at given steps."""
    w = memory.plan.writes[number]
    b, m = Block(memory), memory.populations[w.population]
    values = memory.copies.values(number)
    b.array("split", m.split)
    b.array("when", memory.banks.shared("L", w.steps))
    b.array("values", [memory.banks.shared("F", v) for v in values])
    b.word("given", len(w.steps))
    b.array("a", m.state[w.variable], True, w.population)
    b.line("q = lower_bound(L, when, when + given, k + 1) - when - 1")
    b.open(f"if q >= 0 and {b.at('when', 'q')} == k:")
    _span(b)
    index = "q"
    if values[0].ndim == 2:
        b.word("size", m.plan.size)
        index = "q*size + i"
    _open_own(b)
    b.line(f"{b.at('a', 'i')} = {b.at('values', index)}")
    return b


def recorded(r: StateRecord, memory: Memory, begins: list[int]) -> Block:
    """Expressions of some neurons at the end of a step; `begins`: where their columns start."""
    b, m = Block(memory), memory.populations[r.population]
    b.array("split", m.split)
    b.array("who", memory.banks.shared("L", r.neurons))
    b.word("columns", len(r.neurons))
    name = Names(b, m, memory.plan.dt, scattered=True)
    if m.refractory:
        b.array("until", m.until)
    if r.every == 1:
        b.line("row = k - k0")
    else:
        b.word("every", r.every)
        b.open("if k % every == 0:")
        b.line("row = k // every - (k0 + every - 1) // every")
    _span(b)
    b.open("for q in range(lane, columns, lanes):")
    b.line(f"i = {b.at('who', 'q')}")
    b.open("if i >= lo and i < hi:")
    if any("_active" in names_in(parse(e)) for e in r.exprs):
        _active(b, m)
    for number, (expr, start) in enumerate(zip(r.exprs, begins, strict=True)):
        b.word(f"out{number}", start)
        value = b.expression(expr, name, b.drawer(m.plan.stream, "i"))
        b.line(f"RX[out{number} + (row*columns + q)*batch + b] = {value}")
    return b


def spikes(n: int, memory: Memory, ids: int, counts: int) -> Block:
    """Copy the spikes of this step; `ids`, `counts`: where the population's records begin."""
    b, m = Block(memory), memory.populations[n]
    ring(b, m)
    b.array("used", m.used, True)
    b.word("out", ids)
    b.word("many", counts)
    _span(b)
    b.line("slot = k & mask")
    b.line("kr = k - k0")
    b.line("at = 0")
    b.open("if kr > 0:")
    b.line(f"at = {b.at('used', '(kr & 1)*nt + tid')}")
    b.close()
    b.line("total = 0")
    b.line("before = 0")
    b.open("for u in range(nt):")
    b.line("before += total if u == tid else 0")
    b.line(f"total += {b.at('counts', 'slot*nt + u')}")
    b.close()
    b.open(f"for q in range(lane, {b.at('counts', 'slot*nt + tid')}, lanes):")
    b.line(f"RS[out + (at + before + q)*batch + b] = {b.at('ids', 'slot*size + lo + q')}")
    b.close()
    b.open("if lane == 0:")
    b.line(f"{b.at('used', '((kr + 1) & 1)*nt + tid')} = at + total")
    b.open("if tid == 0:")
    b.line("RC[many + kr*batch + b] = total")
    b.close(2)
    return b


def settle(n: int, variable: str, memory: Memory) -> Block:
    """Hand a summed coupling to its variable and clear the sum."""
    b, m = Block(memory), memory.populations[n]
    b.array("split", m.split)
    b.array("a", m.state[variable], True, n)
    b.array("total", memory.total(n, variable), True, n)
    _span(b)
    _open_own(b)
    b.line(f"{b.at('a', 'i')} = {b.at('total', 'i')}")
    b.line(f"{b.at('total', 'i')} = {b.real or 'np.float64'}(0.0)")
    return b


def kinds() -> dict[str, Any]:
    """What a step does to each kind of population."""
    from ...simulator.plan import NEURONS, POISSON, SCHEDULE
    return {NEURONS: neurons, SCHEDULE: scheduled, POISSON: poisson}
