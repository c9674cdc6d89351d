"""The reference's steps: plain NumPy, one event after the other. Slow, and the definition.

Nothing here is shared with a fast backend but the Plan and the order of `stepper`.
`reference_runner` makes a backend of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...kernels.philox import normal, uniform
from ...kernels.poisson import next_spike
from ...simulator.expressions import evaluate, parse
from ...simulator.plan import NEURONS, POISSON, SCHEDULE, Plan, PopulationPlan, ProjectionPlan
from ...simulator.snapshot import PopulationSnapshot, ProjectionSnapshot, Snapshot, depth, free
from ...simulator.statements import Statement
from ...simulator.stepper import advance


class _Projection:
    """Live arrays of one projection: state, buffers of values under way, time of last event."""

    def __init__(self, q: ProjectionPlan) -> None:
        self.plan = q
        self.state = {n: np.array(v, dtype=np.float64) for n, v in q.state.items()}
        self.pre = np.repeat(np.arange(len(q.indptr) - 1), np.diff(q.indptr))
        self.last = np.full(q.synapses, -1, dtype=np.int64)
        self.way: dict[int, np.ndarray] = {}


class Reference:
    """The verbs of `stepper` over NumPy arrays, for one run. `k` is the next step."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.k = 0
        self.state = [{n: v.copy() for n, v in p.state.items()} for p in plan.populations]
        self.until = [np.full(p.size, -1, dtype=np.int64) for p in plan.populations]
        self.projections = [_Projection(q) for q in plan.projections]
        for q in self.projections:
            length = (int(np.max(q.plan.dendritic_steps, initial=1)) + 1)
            size = plan.populations[q.plan.target].size
            q.way = {n: np.zeros((length, size)) for n, s in enumerate(q.plan.sends) if s.buffered}
        self.fired: list[deque[np.ndarray]] = [
            deque([np.zeros(0, np.int64)] * (depth(plan) + 2), maxlen=depth(plan) + 2)
            for _ in plan.populations]
        self.pending = [next_spike(plan.seed, p.stream, p.start, np.arange(p.size), p.chance)
                        if p.kind == POISSON else np.zeros(0, np.int64) for p in plan.populations]
        self.forget()

    def forget(self) -> None:
        """Begin new lists of what is recorded."""
        self.spikes: dict[int, list[tuple[int, np.ndarray]]] = {n: [] for n in
                                                                self.plan.record_spikes}
        self.recorded: list[list[list[np.ndarray]]] = [[[] for _ in r.names]
                                                       for r in self.plan.record_states]

    def advance(self, steps: int) -> None:
        """Run `steps` steps."""
        for _ in range(steps):
            advance(self, self.k)
            self.k += 1

    # -- values ---------------------------------------------------------------------------------
    def _neurons(self, n: int, k: int, at: Any = slice(None),
                 local: Mapping[str, Any] | None = None) -> tuple[Callable[[str], Any],
                                                                  Callable[[str, int], Any]]:
        """Name and draw resolvers for neurons `at` of population n in step k."""
        p = self.plan.populations[n]
        index = np.arange(p.size)[at]

        def value_of(name: str) -> Any:
            if local is not None and name in local:
                return local[name]
            if name in self.state[n]:
                return self.state[n][name][at]
            if name == "_active":
                return k > self.until[n][at]
            if name == "t":
                return k * self.plan.dt
            if name == "i":
                return index.astype(np.float64)
            value = p.constants[name]
            return value[at] if np.ndim(value) else value

        def draw(kind: str, number: int) -> Any:
            law = uniform if kind == "rand" else normal
            return law(self.plan.seed, p.stream, k, index, number)
        return value_of, draw

    def _assign(self, n: int, k: int, statements: tuple[Statement, ...],
                at: Any = slice(None)) -> None:
        """Run statements over neurons `at`, in order."""
        local: dict[str, Any] = {}
        value_of, draw = self._neurons(n, k, at, local)
        for s in statements:
            value = evaluate(parse(s.expr), value_of, draw)
            if s.target in self.state[n]:
                self.state[n][s.target][at] = value
            else:
                local[s.target] = value

    def _synapses(self, q: _Projection, k: int, at: Any, local: dict[str, Any],
                  neuron: tuple[str, int] | None = None) -> tuple[Callable[[str], Any],
                                                                  Callable[[str, int], Any]]:
        """Resolvers for synapses `at`; with `neuron` = (side, index) values of that neuron only."""
        plan = q.plan
        ends = {"pre": (plan.source, q.pre[at]), "post": (plan.target, plan.post[at])}
        if neuron is not None:
            ends[neuron[0]] = (ends[neuron[0]][0], neuron[1])  # type: ignore[assignment]

        def value_of(name: str) -> Any:
            if name in local:
                return local[name]
            if name in plan.neuron:
                side, base = plan.neuron[name]
                n, index = ends[side]
                if base in self.state[n]:
                    return self.state[n][base][index]
                value = self.plan.populations[n].constants[base]
                return value[index] if np.ndim(value) else value
            if name == "t":
                return k * self.plan.dt
            if name == "_elapsed":
                return (k - q.last[at]) * self.plan.dt
            value = q.state[name] if name in q.state else plan.constants[name]
            if np.ndim(value) == 0:
                return value
            side = plan.side[name]
            return value[at] if side == "synapse" else value[ends[side][1]]

        def draw(kind: str, number: int) -> Any:
            law = uniform if kind == "rand" else normal
            index = neuron[1] if neuron is not None else np.arange(plan.synapses)[at]
            return law(self.plan.seed, plan.stream, k, index, number)
        return value_of, draw

    # -- the verbs ------------------------------------------------------------------------------
    def deliver(self, k: int) -> None:
        """Couplings, timed values, then spikes."""
        self._couple(k)
        for w in self.plan.writes:
            for n in np.flatnonzero(w.steps == k):
                self.state[w.population][w.variable][:] = w.values[n]
        for q in self.projections:
            for number, send in enumerate(q.plan.sends):
                if send.buffered:
                    slot = q.way[number][k % len(q.way[number])]
                    self._arrive(q, send.variable, slice(None), slot, k)
                    slot[:] = 0.0
                else:
                    due = q.plan.axonal_steps + q.plan.dendritic_steps
                    for i in self.fired[q.plan.source][-due]:
                        row = slice(q.plan.indptr[i], q.plan.indptr[i + 1])
                        value_of, draw = self._synapses(q, k, row, {})
                        value = evaluate(parse(send.expr), value_of, draw)
                        post = q.plan.post[row]
                        self._arrive(q, send.variable, post, np.broadcast_to(value, post.shape), k)

    def _arrive(self, q: _Projection, variable: str, post: Any, value: Any, k: int) -> None:
        """Add values to a variable of target neurons; lost where it is held by refractoriness."""
        n = q.plan.target
        if variable in self.plan.populations[n].held:
            value = np.where(k > self.until[n][post], value, 0.0)
        if isinstance(post, slice):
            self.state[n][variable][post] += value
        else:
            np.add.at(self.state[n][variable], post, value)  # one after the other, in order

    def _couple(self, k: int) -> None:
        totals: dict[tuple[int, str], np.ndarray] = {}
        for q in self.projections:
            for c in q.plan.couplings:
                n, index = ((q.plan.source, q.pre) if c.side == "pre"
                            else (q.plan.target, q.plan.post))
                total = totals.setdefault((n, c.variable),
                                          np.zeros(self.plan.populations[n].size))
                value_of, draw = self._synapses(q, k, slice(None), {})
                value = evaluate(parse(c.expr), value_of, draw)
                np.add.at(total, index, np.broadcast_to(value, index.shape))
        for (n, variable), total in totals.items():
            self.state[n][variable][:] = total

    def _due(self, p: PopulationPlan, k: int) -> bool:
        return p.kind == NEURONS and k % p.clock == 0

    def integrate(self, k: int) -> None:
        """Run the statements of every population that is due."""
        for n, p in enumerate(self.plan.populations):
            if self._due(p, k):
                self._assign(n, k, p.integrate)

    def fire(self, k: int) -> None:
        """Find who fires; sources fire as scheduled or drawn."""
        for n, p in enumerate(self.plan.populations):
            self.fired[n].append(self._who(n, p, k))

    def _who(self, n: int, p: PopulationPlan, k: int) -> np.ndarray:
        if p.kind == SCHEDULE:
            return p.indices[np.searchsorted(p.steps, k):np.searchsorted(p.steps, k + 1)]
        if p.kind == POISSON:
            pending = self.pending[n]
            now = np.flatnonzero(pending == k)
            pending[now] = next_spike(self.plan.seed, p.stream, np.full(now.shape, k + 1), now,
                                      p.chance[now])
            return now if k < p.stop else now[:0]
        if not p.threshold or not self._due(p, k):
            return np.zeros(0, np.int64)
        value_of, draw = self._neurons(n, k)
        above = np.broadcast_to(evaluate(parse(p.threshold), value_of, draw), (p.size,))
        return np.flatnonzero(above & (k > self.until[n]))

    def reset(self, k: int) -> None:
        """Reset those that fired, and start their refractory period."""
        for n, p in enumerate(self.plan.populations):
            who = self.fired[n][-1]
            if p.kind == NEURONS and len(who):
                self._assign(n, k, p.reset, who)
                length = p.refractory[who] if np.ndim(p.refractory) else p.refractory
                self.until[n][who] = k + length

    def learn(self, k: int) -> None:
        """Decay, post events, pre events."""
        for q in self.projections:
            for side, statements in q.plan.decay.items():
                self._decay(q, side, statements, k)
            if q.plan.on_post:
                self._post_events(q, k)
            if q.plan.on_pre:
                for i in self.fired[q.plan.source][-1 - q.plan.axonal_steps]:
                    row = np.arange(q.plan.indptr[i], q.plan.indptr[i + 1])
                    self._event(q, k, row, ("pre", int(i)))

    def _decay(self, q: _Projection, side: str, statements: tuple[Statement, ...], k: int) -> None:
        local: dict[str, Any] = {}
        n = {"pre": q.plan.source, "post": q.plan.target}.get(side)
        for s in statements:
            value_of, draw = self._along(q, n, side, k, local)
            value = evaluate(parse(s.expr), value_of, draw)
            if s.target in q.state:
                q.state[s.target][:] = value
            else:
                local[s.target] = value

    def _along(self, q: _Projection, n: int | None, side: str, k: int,
               local: dict[str, Any]) -> tuple[Callable[[str], Any], Callable[[str, int], Any]]:
        """Resolvers over a whole side of a projection."""
        if n is None:
            return self._synapses(q, k, slice(None), local)
        of_neuron = self._neurons(n, k)[0]

        def value_of(name: str) -> Any:
            if name in local:
                return local[name]
            if name in q.plan.neuron:
                return of_neuron(q.plan.neuron[name][1])
            if name == "t":
                return k * self.plan.dt
            return q.state[name] if name in q.state else q.plan.constants[name]

        def draw(kind: str, number: int) -> Any:
            law = uniform if kind == "rand" else normal
            size = self.plan.populations[n].size
            return law(self.plan.seed, q.plan.stream, k, np.arange(size), number)
        return value_of, draw

    def _post_events(self, q: _Projection, k: int) -> None:
        delay = q.plan.dendritic_steps
        if not isinstance(delay, np.ndarray):
            for j in self.fired[q.plan.target][-1 - delay]:
                self._event(q, k, np.flatnonzero(q.plan.post == j), ("post", int(j)))
            return
        for j in range(self.plan.populations[q.plan.target].size):
            mine = np.flatnonzero(q.plan.post == j)
            arrived = np.array([s for s in mine if j in self.fired[q.plan.target][-1 - delay[s]]],
                               dtype=np.int64)
            if len(arrived):
                self._event(q, k, arrived, ("post", j))

    def _event(self, q: _Projection, k: int, at: np.ndarray, neuron: tuple[str, int]) -> None:
        """Run the statements of one event over its synapses, in the text's order."""
        local: dict[str, Any] = {}
        value_of, draw = self._synapses(q, k, at, local)
        for s in q.plan.lazy:
            q.state[s.target][at] = evaluate(parse(s.expr), value_of, draw)
        q.last[at] = k
        side, index = neuron
        for event in q.plan.on_pre if side == "pre" else q.plan.on_post:
            at_neuron = event.side == "neuron"
            value_of, draw = self._synapses(q, k, at, local, neuron if at_neuron else None)
            value = evaluate(parse(event.expr), value_of, draw)
            if event.target not in q.state:
                local[event.target] = value
            else:
                q.state[event.target][index if at_neuron else at] = value
        if side == "pre":
            self._keep(q, k, at, local)

    def _keep(self, q: _Projection, k: int, at: np.ndarray, local: dict[str, Any]) -> None:
        """Buffered values of an event start on their way: what the event left."""
        value_of, draw = self._synapses(q, k, at, local)
        for number, send in enumerate(q.plan.sends):
            if send.buffered:
                value = evaluate(parse(send.expr), value_of, draw)
                delay = q.plan.dendritic_steps
                d = delay[at] if isinstance(delay, np.ndarray) else np.full(len(at), delay)
                way = q.way[number]
                np.add.at(way, ((k + d) % len(way), q.plan.post[at]),
                          np.broadcast_to(value, at.shape))

    def send(self, k: int) -> None:
        """Buffered values of projections without events of their own start on their way."""
        for q in self.projections:
            if not q.plan.on_pre and any(s.buffered for s in q.plan.sends):
                for i in self.fired[q.plan.source][-1 - q.plan.axonal_steps]:
                    self._keep(q, k, np.arange(q.plan.indptr[i], q.plan.indptr[i + 1]), {})

    def record(self, k: int) -> None:
        """Spikes of this step, and the states whose turn it is."""
        for n, out in self.spikes.items():
            if len(self.fired[n][-1]):
                out.append((k, self.fired[n][-1].copy()))
        for r, columns in zip(self.plan.record_states, self.recorded, strict=True):
            if k % r.every == 0:
                value_of, draw = self._neurons(r.population, k, r.neurons)
                for expr, column in zip(r.exprs, columns, strict=True):
                    value = evaluate(parse(expr), value_of, draw)
                    column.append(np.array(np.broadcast_to(value, r.neurons.shape), np.float64))

    def recorded_spikes(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """(step, i) of population n since `forget`, sorted."""
        found = self.spikes[n]
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        step = np.repeat([k for k, _ in found], [len(i) for _, i in found]).astype(np.int64)
        return step, np.concatenate([i for _, i in found]).astype(np.int64)

    def recorded_states(self, n: int) -> list[np.ndarray]:
        """One array (times, neurons) for each recorded name."""
        width = len(self.plan.record_states[n].neurons)
        return [np.array(c, np.float64).reshape(len(c), width) for c in self.recorded[n]]

    # -- stopping and going on --------------------------------------------------------------------
    def snapshot(self) -> Snapshot:
        """The state before step `k`."""
        populations = []
        for n in range(len(self.state)):
            late = list(self.fired[n])[-depth(self.plan):]
            steps = np.repeat(np.arange(self.k - len(late), self.k), [len(i) for i in late])
            populations.append(PopulationSnapshot(
                {v: x.copy() for v, x in self.state[n].items()}, free(self.until[n], self.k),
                self.pending[n].copy(), steps.astype(np.int64),
                np.concatenate(late).astype(np.int64)))
        projections = [ProjectionSnapshot(
            {v: x.copy() for v, x in q.state.items()},
            q.last.copy() if q.plan.lazy else np.zeros(0, np.int64),
            {m: np.roll(way, -(self.k % len(way)), axis=0) for m, way in q.way.items()})
            for q in self.projections]
        return Snapshot(self.k, tuple(populations), tuple(projections))

    def restore(self, s: Snapshot) -> None:
        """Go on from a snapshot."""
        self.k = s.k
        self.forget()
        for n, p in enumerate(s.populations):
            for v, x in p.state.items():
                self.state[n][v][:] = x
            self.until[n][:] = p.until
            self.pending[n] = p.pending.copy()
            self.fired[n].extend(p.indices[p.steps == k]
                                 for k in range(s.k - depth(self.plan) - 2, s.k))
        for q, saved in zip(self.projections, s.projections, strict=True):
            for v, x in saved.state.items():
                q.state[v][:] = x
            if q.plan.lazy:
                q.last[:] = saved.last
            for m, way in saved.way.items():
                q.way[m] = np.roll(way, s.k % len(way), axis=0)
