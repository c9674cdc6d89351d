"""Spikes of sources, given or drawn, for a stretch of steps and all copies of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ...kernels.poisson import next_spike, trains
from ...simulator.plan import POISSON, Copy, Plan


class Feed:
    """What population n, a source, fires. `prepare` comes before the steps that are asked for.

    `pending` (B, size): next spike of each Poisson neuron; empty for schedules.
    """

    def __init__(self, plan: Plan, copies: Sequence[Copy], n: int, dtype: Any,
                 device: Any) -> None:
        p = plan.populations[n]
        self.p, self.dtype, self.device = p, dtype, device
        self.seeds = [c.seed for c in copies]
        self.chance = [c.chance.get(n, p.chance) for c in copies]
        given = [c.schedules.get(n, (p.steps, p.indices)) for c in copies]
        self.clear()
        if p.kind != POISSON:
            self._sort(given)
        self.silent = torch.zeros(len(copies), p.size, dtype=dtype, device=device)

    def clear(self) -> None:
        """Begin the trains anew."""
        p = self.p
        self.pending = np.zeros((len(self.seeds), 0), np.int64)
        if p.kind == POISSON:
            self.pending = np.stack([next_spike(s, p.stream, p.start, np.arange(p.size), c).reshape(
                p.size) for s, c in zip(self.seeds, self.chance, strict=True)]).astype(np.int64)

    def _sort(self, parts: list[tuple[Any, Any]]) -> None:
        step = np.concatenate([s for s, _ in parts])
        order = np.argsort(step, kind="stable")
        self.step = step[order]
        self.i = np.concatenate([i for _, i in parts])[order]
        self.b = np.repeat(np.arange(len(parts)), [len(s) for s, _ in parts])[order]

    def prepare(self, first: int, last: int) -> None:
        """Draw the spikes of steps `first` up to before `last`."""
        if self.p.kind != POISSON:
            return
        parts = []
        for b, (seed, chance) in enumerate(zip(self.seeds, self.chance, strict=True)):
            step, i = trains(seed, self.p.stream, chance, first, last, self.pending[b])
            parts.append((step[step < self.p.stop], i[step < self.p.stop]))
        self._sort(parts)

    def at(self, k: int) -> Any:
        """The spikes of step k, (B, size) of 0 and 1. Not to be changed."""
        part = slice(*np.searchsorted(self.step, [k, k + 1]))
        if part.start == part.stop:
            return self.silent
        out = np.zeros(self.silent.shape)
        out[self.b[part], self.i[part]] = 1.0
        return torch.from_numpy(out).to(self.device, self.dtype)
