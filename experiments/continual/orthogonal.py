"""HLOP in networks of several layers: a lateral circuit for what each layer's synapses see.

After a task is learnt, the circuits learn the subspaces of its activity by Hebbian and anti-Hebbian
updates (`models.hebbian.hlop`); from then on no step changes what the layers do to it. The gradient
is projected, and so is the step made of it, as Adam's scaling by coordinate would leave the space
that the projection left. Biases change in the first task only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ...models.hebbian.hlop import LateralSubspace

NUMBER = 32
"""Bits of a number kept."""

POWER = 200.0
"""Mean squared length that activity is scaled to before it drives a lateral circuit. With less,
weak directions take too long; from about 400 the rows are no longer orthonormal."""


class OrthogonalProjection:
    """`first` and `later`: directions that each layer keeps of the first and of every later task.

    They are learnt in `batches` of `batch` samples. With `levels` above 0 the lateral units are
    spiking. A layer that has no room for more keeps what fits.
    """

    def __init__(self, first: Sequence[int], later: Sequence[int], seed: int, levels: int = 0,
                 batches: int = 100, batch: int = 64, rate: float = 0.01) -> None:
        self.first, self.later, self.levels = tuple(first), tuple(later), levels
        self.seed, self.rng = seed, np.random.default_rng([seed, 4])
        self.batches, self.batch, self.rate = batches, batch, rate
        self.lateral: list[LateralSubspace] = []
        self.free: list[Any] = []
        self.held: list[Any] = []

    @property
    def bits(self) -> int:
        """The lateral weights kept."""
        return NUMBER * sum(one.h.size for one in self.lateral)

    def mix(self, x: Any, y: Any) -> tuple[Any, Any]:
        """The batch as it is."""
        return x, y

    def gradients(self, network: Any) -> None:
        """Take out of each gradient what would change the answers to kept activity."""
        for w, free in zip(network.weights, self.free, strict=False):
            w.grad.copy_(w.grad @ free)
        if self.free:
            for b in network.biases:
                b.grad.zero_()

    def before(self, network: Any) -> None:
        """Remember weights and biases."""
        if self.free:
            self.held = [w.detach().clone() for w in (*network.weights, *network.biases)]

    def after(self, network: Any) -> None:
        """Project the step; biases go back, which Adam's mean of past gradients still moves."""
        if not self.free:
            return
        depth = len(network.weights)
        with torch.no_grad():
            for w, held, free in zip(network.weights, self.held[:depth], self.free, strict=True):
                w.copy_(held + (w - held) @ free)
            for b, held in zip(network.biases, self.held[depth:], strict=True):
                b.copy_(held)

    def end(self, network: Any, x: Any, y: Any) -> None:
        """Learn the subspaces of this task's activity and keep them."""
        sizes = [w.shape[1] for w in network.weights]
        dims = self.later if self.lateral else self.first
        if not self.lateral:
            self.lateral = [LateralSubspace(n, self.rate, levels=self.levels) for n in sizes]
        for n, (one, more) in enumerate(zip(self.lateral, dims, strict=True)):
            room = min(more, sizes[n] - len(one.h))
            if room > 0:
                one.add(room, self.seed + 100 * n + len(one.h))
        for _ in range(self.batches):
            some = torch.from_numpy(self._some(len(x)))
            for one, seen in zip(self.lateral, network.traces(x[some]), strict=True):
                rows = seen.numpy().astype(np.float64)
                rows *= (POWER / max(float((rows ** 2).sum(1).mean()), 1e-9)) ** 0.5
                if one.frozen < len(one.h):
                    one.learn(rows[self._some(len(rows))])
        self.free = []
        for one in self.lateral:
            one.merge()
            left = np.eye(one.h.shape[1]) - one.h.T @ one.h
            self.free.append(torch.from_numpy(left.astype(np.float32)))

    def _some(self, count: int) -> Any:
        """Which of `count` rows make a batch."""
        return self.rng.choice(count, min(self.batch, count), replace=False)
