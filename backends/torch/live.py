"""Live tensors of one projection, and its part in each phase of a step."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ...kernels.ordered_sum import Rows
from ...kernels.ordered_sum_torch import Table, ordered_add
from ...simulator.plan import ProjectionPlan
from .synapse import is_static


class LiveProjection:
    """State and values under way of projection n. `way[m][r]` arrives r steps from now.

    `state[name]` (B, length of its side); `last`: step of each synapse's last event, where lazy.
    """

    def __init__(self, n: int, q: ProjectionPlan, engine: Any) -> None:
        self.n, self.plan, self.e = n, q, engine
        size = [p.size for p in engine.plan.populations]
        self.sizes = {"pre": size[q.source], "post": size[q.target], "synapse": q.synapses}
        rows = Rows(q.indptr, q.post, size[q.target], q.dense)
        self.to_post = Table(rows)
        self.to_pre = Table(Rows(q.indptr, rows.pre, size[q.source])) if any(
            c.side == "pre" for c in q.couplings) else self.to_post
        self.longest = int(np.max(q.dendritic_steps, initial=1))
        self.to_way = self.to_post
        if q.mixed and any(s.buffered for s in q.sends):
            column = (np.asarray(q.dendritic_steps, np.int64) - 1) * size[q.target] + q.post
            self.to_way = Table(Rows(q.indptr, column, size[q.target] * self.longest))
        self.constants = {v: engine.tensor(x) for v, x in q.constants.items()}
        self.static = [not s.buffered and is_static(q, engine.plan, s.expr) for s in q.sends]
        self.kept: dict[int, Any] = {}
        self.cut = False  # whether plasticity passes no gradient
        self.buffered = [m for m, s in enumerate(q.sends) if s.buffered]

    def clear(self) -> None:
        """The initial state."""
        q, e = self.plan, self.e
        self.state = {v: e.tensor(np.stack([c.synapses.get((self.n, v), x) for c in e.copies]))
                      for v, x in q.state.items()}
        self.last = torch.full((e.B, q.synapses), -1, dtype=torch.int64,
                               device=e.device) if q.lazy else None
        nothing = torch.zeros(e.B, self.sizes["post"], dtype=e.dtype, device=e.device)
        self.way = {m: [nothing] * (self.longest + 1) for m in self.buffered}

    def begin(self) -> None:
        """Work out what is sent where that never changes."""
        self.kept = {m: self.call(f"send_{m}") for m, still in enumerate(self.static) if still}

    # -- calling generated code -----------------------------------------------------------------
    def at_pre(self, x: Any) -> Any:
        """A value of each source neuron, at its synapses."""
        return self._at("pre", x)

    def at_post(self, x: Any) -> Any:
        """A value of each target neuron, at its synapses."""
        return self._at("post", x)

    def _at(self, side: str, x: Any) -> Any:
        if not isinstance(x, torch.Tensor) or x.dim() == 0:
            return x
        return x.index_select(-1, self.to_post.index(side, x.device))

    def wide(self, x: Any) -> Any:
        """One value a synapse."""
        if not isinstance(x, torch.Tensor) or x.dim() == 0:
            x = torch.as_tensor(x, dtype=self.e.dtype, device=self.e.device)
            return x.expand(self.plan.synapses)
        return x

    def call(self, name: str, *more: Any) -> Any:
        """Call a generated function of this projection."""
        e, q = self.e, self.plan
        return e.code[f"{name}_{self.n}"](
            self.state, self.constants, e.neuron(q.source), e.neuron(q.target), e.t,
            e.draws.synapses(self.n), self.at_pre, self.at_post, self.wide, *more)

    # -- phases ---------------------------------------------------------------------------------
    def deliver(self) -> None:
        """Add what arrives in this step to the target neurons."""
        e, q = self.e, self.plan
        for m, send in enumerate(q.sends):
            old = e.state[q.target][send.variable]
            if send.buffered:
                way = self.way[m]
                new = old + way[0]
                self.way[m] = [torch.zeros_like(way[0]), *way[1:]]
            else:
                spikes = e.fired[q.source][-(q.axonal_steps + q.dendritic_steps)]
                if m not in self.kept and e.quiet(spikes):
                    continue
                values = self.kept[m] if m in self.kept else self.call(f"send_{m}")
                new = ordered_add(old, spikes, values, self.to_post)
            e.arrive(q.target, send.variable, new)

    def learn(self, k: int) -> None:
        """Decay, post events, pre events."""
        if not self.plan.learns:
            return
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.cut):
            self._learn(k)

    def _learn(self, k: int) -> None:
        e, q = self.e, self.plan
        for side in q.decay:
            self.call(f"decay_{side}")
        if q.on_post:
            if q.mixed:
                s = e.fired[q.target][-1]
                each = self._arrived()
                self._events("post", k, s, each)
            else:
                s = e.fired[q.target][-1 - q.dendritic_steps]
                if not e.quiet(s):
                    self._events("post", k, s, self.at_post(s))
        if q.on_pre:
            s = e.fired[q.source][-1 - q.axonal_steps]
            if not e.quiet(s):
                kept = self._events("pre", k, s, self.at_pre(s))
                self._keep(s, kept)

    def _arrived(self) -> Any:
        """Which synapses a spike of their target neuron reaches now, each with its own delay."""
        e, q = self.e, self.plan
        past = torch.cat(e.fired[q.target][-1 - self.longest:-1], 1)
        row = self.longest - np.asarray(q.dendritic_steps, np.int64)
        at = torch.as_tensor(row * self.sizes["post"] + q.post, device=e.device)
        return past.index_select(1, at)

    def _events(self, side: str, k: int, s: Any, each: Any) -> Any:
        elapsed = None
        if self.last is not None:
            elapsed = (k - self.last).to(self.e.dtype) * self.e.plan.dt
        out = self.call(f"{side}_events", elapsed, s, each, self.e.select)
        if self.last is not None:
            self.last = torch.where(each.detach() > 0.5, k, self.last)
        return out

    def send(self) -> None:
        """Buffered values start, where no event has sent them; a step further for what travels."""
        e, q = self.e, self.plan
        if self.buffered and not q.on_pre:
            s = e.fired[q.source][-1 - q.axonal_steps]
            if not e.quiet(s):
                self._keep(s, [self.call(f"send_{m}") for m in self.buffered])
        for m, way in self.way.items():
            self.way[m] = [*way[1:], torch.zeros_like(way[0])]

    def _keep(self, s: Any, values: Any) -> None:
        q = self.plan
        for m, value in zip(self.buffered, values, strict=True):
            way = self.way[m]
            if not q.mixed:
                d = q.dendritic_steps
                self.way[m] = [*way[:d], ordered_add(way[d], s, value, self.to_post), *way[d + 1:]]
                continue
            new = ordered_add(torch.cat(way[1:], 1), s, value, self.to_way)
            self.way[m] = [way[0], *new.split(self.sizes["post"], 1)]
