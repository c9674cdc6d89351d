"""A multilayer perceptron whose layers show what their synapses see. Needs torch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch.nn.functional import cross_entropy, linear


class Perceptron:
    """Rectified layers of `sizes`, the last one linear; drawn from `generator`.

    Every weight (out, in) and bias is uniform within 1 / sqrt(in).
    """

    def __init__(self, sizes: Sequence[int], generator: Any) -> None:
        self.weights, self.biases = uniform_layers(sizes, generator)

    def learn(self, x: Any, y: Any) -> None:
        """Leave the gradients of the mean cross entropy in `.grad` of weights and biases."""
        cross_entropy(self.layers(x)[1][-1], y).backward()

    def predict(self, x: Any) -> Any:
        """Labels (N,)."""
        with torch.no_grad():
            return self.layers(x)[1][-1].argmax(1)

    def traces(self, x: Any) -> list[Any]:
        """What the synapses of each layer see, (N, in)."""
        with torch.no_grad():
            return self.layers(x)[0]

    def layers(self, x: Any) -> tuple[list[Any], list[Any]]:
        """What each layer sees and what it sums, (N, in) and (N, out)."""
        seen, summed = [], []
        for w, b in zip(self.weights, self.biases, strict=True):
            seen.append(x)
            summed.append(linear(x, w, b))
            x = summed[-1].relu()
        return seen, summed


def uniform_layers(sizes: Sequence[int], generator: Any) -> tuple[list[Any], list[Any]]:
    """Weights and biases of layers between `sizes`, uniform within 1 / sqrt(in)."""
    weights: list[Any] = []
    biases: list[Any] = []
    for n, m in pairwise(sizes):
        reach = n ** -0.5
        for kind, shape in ((weights, (m, n)), (biases, (m,))):
            drawn = (2.0 * torch.rand(shape, generator=generator) - 1.0) * reach
            kind.append(drawn.requires_grad_())
    return weights, biases
