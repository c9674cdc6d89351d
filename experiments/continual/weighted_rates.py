"""A spiking perceptron that learns by its spike representation (DSR). Needs torch.

arXiv 2205.00459. For V <- beta V + (1 - beta) I with beta = exp(-dt / tau), firing at 0.3 V_th and
falling by V_th, the weighted rate a = sum beta^(T-t) s[t] / sum beta^(T-t), with V_th / dt the
value of a spike, is nearly clip(I, 0, V_th / dt) of the weighted mean of I. Forward the rates are
those of the spikes; backward the slope is that of the clip. Here tau = 1, dt = 0.05, V_th = 0.3,
T = 20; V_th does not train.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy, linear

from .perceptron import uniform_layers
from .spiking_cells import leaky

STEPS, DT, THRESHOLD, EARLY = 20, 0.05, 0.3, 0.3
BETA, TOP = math.exp(-DT), THRESHOLD / DT
SHARE = (1.0 - BETA) / DT
"""Of the mean current that becomes rate; 1 for an infinitely short step."""


class WeightedRates:
    """Layers of `sizes`; every cell between fires, the last layer sums weighted rates."""

    def __init__(self, sizes: Sequence[int], generator: Any) -> None:
        self.weights, self.biases = uniform_layers(sizes, generator)
        self.cells = [leaky(BETA, EARLY * THRESHOLD, THRESHOLD) for _ in sizes[1:-1]]

    def learn(self, x: Any, y: Any) -> None:
        """Leave the gradients of the mean cross entropy in `.grad`."""
        rates = self.traces(x)
        a = x
        for rate, w, b in zip(rates[1:], self.weights, self.biases, strict=False):
            soft = (SHARE * linear(a, w, b)).clamp(0.0, TOP)
            a = rate + (soft - soft.detach())
        cross_entropy(linear(a, self.weights[-1], self.biases[-1]), y).backward()

    def predict(self, x: Any) -> Any:
        """Labels (N,)."""
        with torch.no_grad():
            return linear(self.traces(x)[-1], self.weights[-1], self.biases[-1]).argmax(1)

    def traces(self, x: Any) -> list[Any]:
        """The inputs and the weighted rates of each layer of cells, (N, in)."""
        states: list[tuple[Any, ...]] = [()] * len(self.cells)
        rates, whole = [0.0] * len(self.cells), 0.0
        with torch.no_grad():
            for _ in range(STEPS):
                s, whole = x, BETA * whole + 1.0
                for n, cell in enumerate(self.cells):
                    s, *state = cell(linear(s, self.weights[n], self.biases[n]), *states[n])
                    states[n] = tuple(state)
                    s = TOP * s
                    rates[n] = BETA * rates[n] + s
        return [x, *(rate / whole for rate in rates)]
