"""The verbs of `stepper` on tensors with a batch axis: state is replaced, never written into.

So gradients can flow through a run. One engine serves the runner and the module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from ...kernels.ordered_sum_torch import ordered_add
from ...simulator.errors import DescriptionError
from ...simulator.plan import NEURONS, Copy, Plan
from ...simulator.snapshot import depth
from .draw import Draws
from .feed import Feed
from .live import LiveProjection
from .ops import Exact, select
from .population import numbers_of, population_code, rests
from .synapse import projection_code, projection_numbers
from .text import load

Trained = dict[tuple[str, int], frozenset[str]]
"""Constants that are tensors even where they are one number: ('population' or 'projection', n)."""

LIVELY = 8
"""Steps for which a population that has just fired is not asked whether it does."""


class Engine:
    """A Plan as tensors of `dtype` on `device`, B copies.

    `state[n][name]` (B, size); `rest[n]`: steps for which a neuron still rests, None where none
    ever does; `fired[n]`: spikes of the last steps, the latest last; `constants[n][name]` tensors.
    `fires[n]` turns a condition into a spike. `skip`: leave out what no spike sets off.
    """

    def __init__(self, plan: Plan, dtype: Any, device: Any = "cpu",
                 trained: Trained | None = None) -> None:
        trained = trained or {}
        self.plan, self.dtype, self.device = plan, dtype, torch.device(device)
        self.depth = depth(plan)
        numbers = [numbers_of(p, trained.get(("population", n), frozenset()))
                   for n, p in enumerate(plan.populations)]
        text = [population_code(n, p, plan.record_states, numbers[n])
                for n, p in enumerate(plan.populations)]
        text += [projection_code(n, q, plan, projection_numbers(
            q, plan, numbers, trained.get(("projection", n), frozenset())))
            for n, q in enumerate(plan.projections)]
        self.source = "\n".join(text)
        self.code = load(self.source, dtype, self.device)
        self.constants = [self._tensors(p.constants) | {"i": self.tensor(np.arange(float(p.size)))}
                          for p in plan.populations]
        self.fires: list[Exact] = [Exact(dtype) for _ in plan.populations]
        self.select: Callable[[Any, Any, Any], Any] = select
        self.reset_select: Callable[[Any, Any, Any], Any] = select
        self.projections = [LiveProjection(n, q, self) for n, q in enumerate(plan.projections)]
        self.length = [torch.tensor(np.broadcast_to(p.refractory, (p.size,)).astype(np.int32),
                                    device=self.device) for p in plan.populations]
        self.given: dict[int, Any] = {}
        self.added: dict[tuple[int, str], Any] = {}
        self.written: dict[tuple[int, str], Any] = {}
        self.skip = self.device.type == "cpu"  # elsewhere asking waits for the device
        self.resize(plan.copies or (Copy(plan.seed),))

    def resize(self, copies: Sequence[Copy]) -> None:
        """Hold these copies from now on, in their initial state."""
        self.copies, self.B = tuple(copies), len(copies)
        self.draws = Draws(self.plan, [c.seed for c in copies], self.dtype, self.device)
        self.feeds = {n: Feed(self.plan, copies, n, self.dtype, self.device)
                      for n, p in enumerate(self.plan.populations) if p.kind != NEURONS}
        self.clear()

    def tensor(self, x: Any) -> Any:
        """`x` as a tensor of this engine. DescriptionError where its type is too narrow."""
        x = np.asarray(x)
        out = torch.tensor(x, dtype=self.dtype, device=self.device)
        if self.dtype == torch.float16 and (lost := (x != 0) & np.isfinite(x) & (
                (out == 0) | out.isinf()).cpu().numpy()).any():
            raise DescriptionError(f"{x[lost].flat[0]:g} does not fit {self.dtype}, which holds "
                                   "6e-8 to 65504; take bfloat16 or float32, or a model whose "
                                   "numbers have no SI units")
        return out

    def _tensors(self, constants: dict[str, Any]) -> dict[str, Any]:
        return {n: self.tensor(v) for n, v in constants.items()}

    def clear(self) -> None:
        """The initial state."""
        self.k, self.t = 0, torch.zeros((), dtype=self.dtype, device=self.device)
        self.state: list[dict[str, Any]] = []
        self.rest: list[Any] = []
        self.fired: list[list[Any]] = []
        self.awake: list[Any] = []
        self.lively = [-1 - LIVELY] * len(self.plan.populations)
        for n, p in enumerate(self.plan.populations):
            self.state.append({v: self.tensor(np.stack(
                [c.state.get((n, v), x) for c in self.copies])) for v, x in p.state.items()})
            self.rest.append(torch.zeros(self.B, p.size, dtype=torch.int32, device=self.device)
                             if rests(p) else None)
            self.fired.append([self.draws.silent(n)] * self.depth)
        for part in (*self.feeds.values(), *self.projections):
            part.clear()

    def begin(self, steps: int) -> None:
        """Get ready for `steps` steps from `k`: draw sources, work out what never changes."""
        for n, feed in self.feeds.items():
            if n not in self.given:
                feed.prepare(self.k, self.k + steps)
        for q in self.projections:
            q.begin()

    def neuron(self, n: int) -> Callable[[str], Any]:
        """Reads a variable or constant of population n."""
        state, constants = self.state[n], self.constants[n]
        return lambda name: state[name] if name in state else constants[name]

    # -- the verbs ------------------------------------------------------------------------------
    def deliver(self, k: int) -> None:
        """Couplings, timed values, then spikes."""
        self.t = torch.tensor(k * self.plan.dt, dtype=self.dtype, device=self.device)
        self.draws.k = k
        self.awake = [True if r is None else r == 0 for r in self.rest]
        self._couple()
        for number, w in enumerate(self.plan.writes):
            for m in np.flatnonzero(w.steps == k):
                size = (self.plan.populations[w.population].size,)
                self.state[w.population][w.variable] = self.tensor(np.stack([np.broadcast_to(
                    c.values.get(number, w.values)[m], size) for c in self.copies]))
        for (n, variable), x in self.written.items():
            self.state[n][variable] = x
        for (n, variable), x in self.added.items():
            self.arrive(n, variable, self.state[n][variable] + x)
        for q in self.projections:
            q.deliver()

    def arrive(self, n: int, variable: str, new: Any) -> None:
        """Set a variable of target neurons; where it is held by refractoriness it stays."""
        if self.rest[n] is not None and variable in self.plan.populations[n].held:
            new = torch.where(self.awake[n], new, self.state[n][variable])
        self.state[n][variable] = new

    def _couple(self) -> None:
        totals: dict[tuple[int, str], Any] = {}
        for q in self.projections:
            for m, c in enumerate(q.plan.couplings):
                n = q.plan.source if c.side == "pre" else q.plan.target
                size = self.plan.populations[n].size
                total = totals.get((n, c.variable))
                if total is None:
                    total = torch.zeros(self.B, size, dtype=self.dtype, device=self.device)
                ones = torch.ones(self.B, self.plan.populations[q.plan.source].size,
                                  dtype=self.dtype, device=self.device)
                totals[n, c.variable] = ordered_add(
                    total, ones, q.call(f"couple_{m}"), q.to_pre if c.side == "pre" else q.to_post)
        for (n, variable), total in totals.items():
            self.state[n][variable] = total

    def integrate(self, k: int) -> None:
        """Run the statements of every population that is due."""
        for n, p in enumerate(self.plan.populations):
            if p.kind == NEURONS and k % p.clock == 0:
                self.code[f"integrate_{n}"](self.state[n], self.constants[n], self.awake[n],
                                            self.t, self.draws.neurons(n))

    def fire(self, k: int) -> None:
        """Find who fires; sources fire as scheduled, drawn or given."""
        for n, p in enumerate(self.plan.populations):
            past = self.fired[n][-self.depth:]
            self.fired[n] = [*past, self._who(n, p, k)]

    def _who(self, n: int, p: Any, k: int) -> Any:
        if n in self.given:
            return self.given[n]
        if p.kind != NEURONS:
            return self.feeds[n].at(k)
        silent = self.draws.silent(n)
        if not p.threshold or k % p.clock:
            return silent
        s = self.code[f"threshold_{n}"](self.state[n], self.constants[n], self.awake[n], self.t,
                                        self.draws.neurons(n), self.fires[n])
        s = s if isinstance(s, torch.Tensor) and s.shape == silent.shape else silent + s
        return s if self.rest[n] is None else torch.where(self.awake[n], s, silent)

    def quiet(self, s: Any) -> bool:
        """Whether nothing fired, asked only where the answer is cheap and no gradient is lost."""
        return self.skip and not bool(s.any())

    def reset(self, k: int) -> None:
        """Reset those that fired, and start their refractory period."""
        for n, p in enumerate(self.plan.populations):
            if p.kind != NEURONS or not p.threshold:
                continue
            s = self.fired[n][-1]
            quiet = bool(k % p.clock) or (k > self.lively[n] + LIVELY and self.quiet(s))
            if not quiet and k > self.lively[n] + LIVELY:
                self.lively[n] = k
            if p.reset and not quiet:
                self.code[f"reset_{n}"](self.state[n], self.constants[n], s, self.awake[n],
                                        self.t, self.draws.neurons(n), self.reset_select)
            if self.rest[n] is not None:
                less = (self.rest[n] - 1).clamp_(min=0)
                self.rest[n] = less if quiet else torch.where(s.detach() > 0.5, self.length[n],
                                                              less)

    def learn(self, k: int) -> None:
        """Decay, post events, pre events."""
        for q in self.projections:
            q.learn(k)

    def send(self, k: int) -> None:
        """Buffered values of projections without events of their own start on their way."""
        for q in self.projections:
            q.send()

    def record(self, k: int) -> None:
        """Hand the end of the step to whoever listens."""
        self.listen(k)

    def listen(self, k: int) -> None:
        """Replaced by the runner and the module."""
