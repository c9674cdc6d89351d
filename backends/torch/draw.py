"""Random numbers of a run on tensors, by population, projection and step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from ...simulator.plan import Plan


class Draws:
    """Draws of step `k` for B copies, each with its own seed."""

    def __init__(self, plan: Plan, seeds: list[int], dtype: Any, device: Any) -> None:
        self.plan, self.dtype, self.device, self.k = plan, dtype, device, 0
        self.seeds = seeds
        self._keys: Any = None
        self._kept: dict[Any, Any] = {}

    def silent(self, n: int) -> Any:
        """No spikes of population n. Not to be changed."""
        if n not in self._kept:
            self._kept[n] = torch.zeros(len(self.seeds), self.plan.populations[n].size,
                                        dtype=self.dtype, device=self.device)
        return self._kept[n]

    def _draw(self, kind: str, stream: int, size: int, number: int) -> Any:
        from ...kernels.philox_torch import Keys, normal, uniform
        if self._keys is None:
            self._keys = Keys(self.seeds, self.device)
        if ("index", size) not in self._kept:
            self._kept["index", size] = torch.arange(size, device=self.device)
        law = uniform if kind == "rand" else normal
        return law(self._keys, stream, self.k, self._kept["index", size], number).to(self.dtype)

    def neurons(self, n: int) -> Callable[[str, int], Any]:
        """draw(kind, number) over population n."""
        p = self.plan.populations[n]
        return lambda kind, number: self._draw(kind, p.stream, p.size, number)

    def synapses(self, n: int) -> Callable[[str, int, str], Any]:
        """draw(kind, number, place) over a side or the synapses of projection n."""
        q = self.plan.projections[n]
        sizes = {"pre": self.plan.populations[q.source].size,
                 "post": self.plan.populations[q.target].size, "synapse": q.synapses}
        return lambda kind, number, place: self._draw(kind, q.stream, sizes[place], number)
