"""Elastic weight consolidation: what mattered to earlier tasks is held by springs.

arXiv 1612.00796. The loss gets strength / 2 times the sum over earlier tasks k of F_k (w - a)^2.
F_k is the Fisher information, summed over the training data of the task and exact over labels:
sum over n, y of p(y | x_n) (d log p(y | x_n) / dw)^2. All springs are anchored at the weights a
after the latest task, which are already the compromise with the earlier ones (arXiv 1712.03847): a
spring from each task's own weights would count those twice.
"""

from __future__ import annotations

from typing import Any

import torch

NUMBER = 32
"""Bits of a number kept."""


class ElasticWeights:
    """For networks that show their layers, as `Perceptron` does."""

    def __init__(self, strength: float) -> None:
        self.strength = strength
        self.stiffness: list[Any] = []
        self.anchor: list[Any] = []

    @property
    def bits(self) -> int:
        """Two numbers a parameter."""
        return 2 * NUMBER * sum(f.numel() for f in self.stiffness)

    def mix(self, x: Any, y: Any) -> tuple[Any, Any]:
        """The batch as it is."""
        return x, y

    def gradients(self, network: Any) -> None:
        """Add the pull of the springs."""
        for w, f, a in zip(_all(network), self.stiffness, self.anchor, strict=False):
            w.grad.add_(f * (w.detach() - a), alpha=self.strength)

    def before(self, network: Any) -> None:
        """Nothing."""

    def after(self, network: Any) -> None:
        """Nothing."""

    def end(self, network: Any, x: Any, y: Any) -> None:
        """Springs at the present weights, stiffer by the Fisher information of the task."""
        found = fisher(network, x)
        self.stiffness = ([total + f for total, f in zip(self.stiffness, found, strict=True)]
                          if self.stiffness else found)
        self.anchor = [w.detach().clone() for w in _all(network)]


def fisher(network: Any, x: Any) -> list[Any]:
    """Diagonal of the Fisher information, weights then biases, summed over `x` (N, inputs)."""
    seen, summed = network.layers(x)
    logs = summed[-1].log_softmax(1)
    found = [torch.zeros_like(w) for w in _all(network)]
    depth = len(summed)
    for label in range(logs.shape[1]):
        share = logs[:, label].detach().exp()[:, None]
        # samples do not meet, so the gradient of the sum holds each sample's own
        slopes = torch.autograd.grad(logs[:, label].sum(), summed, retain_graph=True)
        for n, (slope, into) in enumerate(zip(slopes, seen, strict=True)):
            square = share * slope ** 2
            found[n] += square.T @ into.detach() ** 2
            found[depth + n] += square.sum(0)
    return found


def _all(network: Any) -> list[Any]:
    return [*network.weights, *network.biases]
