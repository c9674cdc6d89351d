"""A spiking perceptron that learns by surrogate gradients through time. Needs torch.

Inputs are constant currents for `STEPS` steps. u <- u / 2 + W s; a cell fires at 1 and falls by 1.
The answer is the mean over time of what the last layer sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy, linear

from .perceptron import uniform_layers
from .spiking_cells import leaky

STEPS, KEEP = 6, 0.5
GAIN = 3.0
"""Of the first weights: with less, most cells of the second layer never fire."""


class ThroughTime:
    """Layers of `sizes`; every cell between fires, the last layer only sums."""

    def __init__(self, sizes: Sequence[int], generator: Any) -> None:
        self.weights, self.biases = spiking_layers(sizes, generator)
        self.cells = [leaky(KEEP, 1.0, 1.0) for _ in sizes[1:-1]]

    def learn(self, x: Any, y: Any) -> None:
        """Leave the gradients of the mean cross entropy in `.grad`."""
        cross_entropy(self.answer(x), y).backward()

    def predict(self, x: Any) -> Any:
        """Labels (N,)."""
        with torch.no_grad():
            return self.answer(x).argmax(1)

    def traces(self, x: Any) -> list[Any]:
        """For each layer the inputs or the decaying traces of its spikes, each step a row."""
        seen: list[list[Any]] = [[] for _ in self.weights]
        with torch.no_grad():
            self.answer(x, seen)
        return [x, *(traced(spikes) for spikes in seen[1:])]

    def answer(self, x: Any, seen: list[list[Any]] | None = None) -> Any:
        """(N, classes); `seen` gets the spikes that each layer sees, step by step."""
        states: list[tuple[Any, ...]] = [()] * len(self.cells)
        total = 0.0
        for _ in range(STEPS):
            s = x
            for n, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
                if seen is not None:
                    seen[n].append(s)
                s = linear(s, w, b)
                if n < len(self.cells):
                    s, *state = self.cells[n](s / (1.0 - KEEP), *states[n])
                    states[n] = tuple(state)
            total = total + s / STEPS
        return total


def spiking_layers(sizes: Sequence[int], generator: Any) -> tuple[list[Any], list[Any]]:
    """Uniform layers with `GAIN` times the weights."""
    weights, biases = uniform_layers(sizes, generator)
    for w in weights:
        w.data *= GAIN
    return weights, biases


def traced(spikes: Sequence[Any]) -> Any:
    """Traces a <- a / 2 + s of spikes step by step, all steps below each other."""
    trace, rows = torch.zeros_like(spikes[0]), []
    for s in spikes:
        trace = KEEP * trace + s
        rows.append(trace)
    return torch.cat(rows)
