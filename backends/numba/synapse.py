"""Generated code of projections: names, loops over synapses, arrivals, couplings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...simulator.plan import ProjectionPlan
from .block import Block
from .memory import Memory, PopulationMemory, ProjectionMemory
from .population import drawer, ring


class Synapses:
    """Names of a projection's statements in generated code.

    Inside loops, `s` is the synapse, `i` its source and `j` its target. `known_as` gives the local
    copy that holds a variable at this point of the code; others are in memory.
    """

    def __init__(self, b: Block, n: int, memory: Memory) -> None:
        self.b, self.plan = b, memory.plan
        self.m: ProjectionMemory = memory.projections[n]
        self.q: ProjectionPlan = self.m.plan
        self.source: PopulationMemory = memory.populations[self.q.source]
        self.target: PopulationMemory = memory.populations[self.q.target]
        self.known_as: dict[str, str] = {}
        self.known: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """The place of a variable at this point of the code: a local copy, or memory."""
        return self.known_as.get(name) or self.stored(name)

    def stored(self, name: str) -> str:
        """The place of a variable in memory."""
        if name not in self.known:
            self.known[name] = self._declare(name)
        return self.known[name]

    def _declare(self, name: str) -> str:
        b, q = self.b, self.q
        real = b.real or "np.float64"
        if name == "t":
            b.head.append(f"x_t = {real}(k*C[c + {len(b.numbers)}])")
            b.numbers.append(self.plan.dt)
            return "x_t"
        if name == "_elapsed":
            b.array("last", self.m.last)
            b.number("step_dt", self.plan.dt)
            return f"({real}(k - last[s])*step_dt)"
        if name in q.neuron:
            side, base = q.neuron[name]
            m, index = (self.source, "i") if side == "pre" else (self.target, "j")
            if base in m.state:
                return b.array(f"n_{name}", m.state[base]) + f"[{index}]"
            return self._constant(f"n_{name}", m.plan.constants[base], index)
        index = {"pre": "i", "post": "j"}.get(q.side.get(name, ""), "s")
        if name in self.m.by_thread:
            copy = self.m.by_thread[name]
            return b.array(f"a_{name}", copy, f" + tid*{copy.itemsize}*stride") + f"[{index}]"
        if name in self.m.state:
            return b.array(f"a_{name}", self.m.state[name]) + f"[{index}]"
        return self._constant(f"a_{name}", q.constants[name], index)

    def _constant(self, label: str, value: Any, index: str) -> str:
        if np.ndim(value) == 0:
            return self.b.number(label, value)
        return self.b.array(label, np.ascontiguousarray(value, dtype=self.b.dtype)) + f"[{index}]"

    def draw(self) -> Callable[[str, int], str]:
        """Draws inside a loop over synapses."""
        return drawer(self.b, self.plan, self.q.stream, "s")


def begin(b: Block, n: int, memory: Memory) -> Synapses:
    """Head that every function of a projection has: sizes and this thread's targets."""
    names = Synapses(b, n, memory)
    b.integer("pres", names.source.plan.size)
    b.integer("posts", names.target.plan.size)
    b.integer("stride", names.m.stride)
    b.array("split_post", names.target.split)
    b.line("lo = split_post[tid]")
    b.line("hi = split_post[tid + 1]")
    return names


def rows(b: Block, names: Synapses) -> None:
    """Names for the rows; a dense projection needs none."""
    if not names.q.dense:
        b.array("indptr", names.q.indptr)
        b.array("post", names.q.post)


def open_row(b: Block, names: Synapses, wide: bool) -> None:
    """Bounds of row i that lie in this thread's targets. `wide`: unless there is one thread."""
    if names.q.dense:
        b.line("row = np.uint64(i)*np.uint64(posts)")
        return
    b.line("first = indptr[i]")
    b.line("past = indptr[i + np.uint64(1)]")
    if wide:
        b.open("if nt > 1:")
        b.line("first = lower_bound(post, first, past, lo)")
        b.line("past = lower_bound(post, first, past, hi)")
        b.close()


def loop_row(b: Block, names: Synapses) -> None:
    """Open the loop over the synapses of a row: defines s and j."""
    if names.q.dense:
        b.open("for j in range(np.uint64(lo), np.uint64(hi)):")
        b.line("s = row + j")
    else:
        b.open("for s in range(np.uint64(first), np.uint64(past)):")
        b.line("j = np.uint64(post[s])")


def open_spikes(b: Block, tag: str, steps: str, threads: str = "nt") -> None:
    """Open the loops over the spikes of a population `steps` ago; defines i as uint64."""
    b.line(f"slot = (k - {steps}) % depth{tag}")
    b.open(f"for u in range({threads}):")
    b.line(f"base = slot*size{tag} + split{tag}[u]")
    b.line(f"fired = counts{tag}[(slot*nt + u)*8]")
    b.open("for q in range(np.uint64(base), np.uint64(base + fired)):")


def arrive(n: int, memory: Memory, dtype: Any, send_number: int) -> Block:
    """Spikes due now add what they carry, read on arrival, to their targets."""
    b = Block(dtype)
    names = begin(b, n, memory)
    q, send = names.q, names.q.sends[send_number]
    ring(b, names.source, "_pre")
    rows(b, names)
    b.array("target", names.target.state[send.variable])
    b.integer("due", q.axonal_steps + q.dendritic_steps)
    ahead = _prefetch(b, names)
    held = _held(b, names, send.variable)
    open_spikes(b, "_pre", "due")
    b.line("i = np.uint64(ids_pre[q])")
    for line in ahead:
        b.line(line)
    open_row(b, names, wide=True)
    value = b.expression(send.expr, names, names.draw())
    loop_row(b, names)
    b.line(f"target[j] += {_zero_if_held(b, value, held)}")
    b.close(3)
    return b


AHEAD = 128
"""Synapses of the next row that are asked for early; further on the processor sees the pattern."""


def _prefetch(b: Block, names: Synapses) -> list[str]:
    """Ask for the beginning of the next spike's row while this one is worked through."""
    q = names.q
    if q.dense or q.synapses < 1 << 20:  # smaller rows are in cache anyway
        return []
    columns = [("post", q.post, 4)]
    columns += [(name, np.ascontiguousarray(value, dtype=b.dtype), b.dtype.itemsize)
                for name, value in q.constants.items()
                if q.side.get(name) == "synapse" and np.ndim(value)]
    out = ["if q + np.uint64(1) < np.uint64(base + fired):",
           "    ahead = indptr[np.uint64(ids_pre[q + np.uint64(1)])]"]
    for name, value, size in columns:
        b.address(f"at_{name}", value)
        out.append(f"    for line in range(0, {AHEAD * size}, 64):")
        out.append(f"        prefetch(at_{name} + ahead*{size} + line)")
    return out


def _held(b: Block, names: Synapses, variable: str) -> bool:
    """Whether refractory targets lose input to `variable`; declares the deadline if so."""
    held = variable in names.target.plan.held and names.target.refractory
    if held:
        b.array("until", names.target.until)
    return held


def _zero_if_held(b: Block, value: str, held: bool) -> str:
    zero = f"{b.real}(0.0)" if b.real else "0.0"
    return f"({value} if kr > until[j] else {zero})" if held else value


def arrive_buffered(n: int, memory: Memory, dtype: Any, send_number: int) -> Block:
    """The sum that was kept for this step is added, and its slot cleared."""
    b = Block(dtype)
    names = begin(b, n, memory)
    send = names.q.sends[send_number]
    b.array("target", names.target.state[send.variable])
    b.array("way", names.m.way[send_number])
    b.integer("length", names.m.way_length)
    held = _held(b, names, send.variable)
    b.line("at = (k % length)*posts")
    b.open("for j in range(np.uint64(lo), np.uint64(hi)):")
    b.line("value = way[np.uint64(at) + j]")
    b.line(f"target[j] += {_zero_if_held(b, 'value', held)}")
    b.line(f"way[np.uint64(at) + j] = {b.real or 'np.float64'}(0.0)")
    b.close()
    return b


def couple(n: int, memory: Memory, dtype: Any, coupling: Any, total: Any) -> Block:
    """Add a coupling's sum over synapses to `total`, which `settle` hands over."""
    b = Block(dtype)
    names = begin(b, n, memory)
    rows(b, names)
    b.array("total", total)
    value = b.expression(coupling.expr, names, names.draw())
    if coupling.side == "post":
        b.open("for i in range(np.uint64(0), np.uint64(pres)):")
        open_row(b, names, wide=True)
        loop_row(b, names)
        b.line(f"total[j] += {value}")
        b.close(2)
        return b
    b.array("split_pre", names.source.split)
    b.open("for i in range(np.uint64(split_pre[tid]), np.uint64(split_pre[tid + 1])):")
    if names.q.dense:
        b.line("lo = 0")
        b.line("hi = posts")
    open_row(b, names, wide=False)
    loop_row(b, names)
    b.line(f"total[i] += {value}")
    b.close(2)
    return b


def settle(m: PopulationMemory, variable: str, total: Any, dtype: Any) -> Block:
    """Hand a summed coupling to its variable and clear the sum."""
    b = Block(dtype)
    b.array("split", m.split)
    b.array("a", m.state[variable])
    b.array("total", total)
    b.open("for i in range(np.uint64(split[tid]), np.uint64(split[tid + 1])):")
    b.line("a[i] = total[i]")
    b.line(f"total[i] = {b.real or 'np.float64'}(0.0)")
    b.close()
    return b
