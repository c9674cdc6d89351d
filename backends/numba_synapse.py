"""Generated code of projections: arrivals, couplings, decays, events of both sides."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

import numpy as np

from ..simulator.plan import Event, Plan, ProjectionPlan
from .numba_block import Block
from .numba_memory import Memory, PopulationMemory, ProjectionMemory
from .numba_population import drawer, ring


class Synapses:
    """Names of a projection's statements in generated code.

    Inside loops, `s` is the synapse, `i` its source and `j` its target. `local` holds variables
    that live in a local copy `x_name` at the moment.
    """

    def __init__(self, b: Block, n: int, memory: Memory) -> None:
        self.b, self.plan = b, memory.plan
        self.m: ProjectionMemory = memory.projections[n]
        self.q: ProjectionPlan = self.m.plan
        self.source: PopulationMemory = memory.populations[self.q.source]
        self.target: PopulationMemory = memory.populations[self.q.target]
        self.local: set[str] = set()
        self.known: dict[str, str] = {}
        self.temporaries: set[str] = set()

    def __call__(self, name: str) -> str:
        if name in self.local:
            return f"x_{name}"
        return self.stored(name)

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
            b.array("last", self.m.lazy_last)
            b.number("step_dt", self.plan.dt)
            return f"({real}(k - last[s])*step_dt)"
        if name in q.neuron:
            side, base = q.neuron[name]
            m, index = (self.source, "i") if side == "pre" else (self.target, "j")
            if base in m.state:
                return b.array(f"n_{name}", m.state[base]) + f"[{index}]"
            return self._constant(f"n_{name}", m.plan.constants[base], index)
        index = {"pre": "i", "post": "j"}.get(q.side.get(name, ""), "s")
        if name in self.m.copies:
            copy = self.m.copies[name]
            return b.array(f"a_{name}", copy, f" + tid*{copy.itemsize}*pres") + f"[{index}]"
        if name in self.m.state:
            return b.array(f"a_{name}", self.m.state[name]) + f"[{index}]"
        return self._constant(f"a_{name}", q.constants[name], index)

    def _constant(self, label: str, value: Any, index: str) -> str:
        if np.ndim(value) == 0:
            return self.b.number(label, value)
        return self.b.array(label, np.ascontiguousarray(value, dtype=self.b.dtype)) + f"[{index}]"

    def draw(self) -> Callable[[str, int], str]:
        """Draws inside a loop over synapses."""
        return drawer(self.b, self.plan.seed, self.q.stream, "s")


def begin(b: Block, n: int, memory: Memory) -> Synapses:
    """Head that every function of a projection has: sizes and this thread's targets."""
    names = Synapses(b, n, memory)
    b.integer("pres", names.source.plan.size)
    b.integer("posts", names.target.plan.size)
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
    b.line(f"fired = counts{tag}[slot*nt + u]")
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


def _prefetch(b: Block, names: Synapses) -> list[str]:
    """Ask for the beginning of the next spike's row while this one is worked through."""
    q = names.q
    if q.dense or q.synapses < 1 << 20:  # smaller rows are in cache anyway
        return []
    b.address("post_at", q.post)
    out = ["if q + np.uint64(1) < np.uint64(base + fired):",
           "    ahead = indptr[np.uint64(ids_pre[q + np.uint64(1)])]",
           "    prefetch(post_at + ahead*4)", "    prefetch(post_at + ahead*4 + 64)"]
    for name, value in q.constants.items():
        if q.side.get(name) == "synapse" and np.ndim(value):
            b.address(f"at_{name}", np.ascontiguousarray(value, dtype=b.dtype))
            size = b.dtype.itemsize
            out += [f"    prefetch(at_{name} + ahead*{size} + {64 * n})" for n in range(3)]
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
    b.open("for q in range(np.uint64(base), np.uint64(base + counts_post[slot*nt + tid])):")
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
    from ..simulator.expressions import names_in, parse
    bad = []
    for events in (q.on_pre, q.on_post):
        made: dict[str, int] = {}
        for number, (side, statements) in enumerate(_groups(events)):
            for target, expr in statements:
                bad += [x for x in names_in(parse(expr)) if made.get(x, number) != number]
                if side == "synapse" and target not in q.state:
                    made[target] = number
    return bad
