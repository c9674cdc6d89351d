"""A spiking perceptron that learns online, by traces of presynaptic activity (OTTT). Needs torch.

arXiv 2210.04195. In every step the loss of that step goes back through the layers of that step
only; what a weight's gradient needs of the past is the trace a <- a / 2 + s of its input:
dL[t]/dW = delta[t] a[t]^T. Nothing of earlier steps is kept but the traces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch.nn.functional import cross_entropy, linear

from .through_time import KEEP, STEPS, ThroughTime


class OnlineTraces:
    """The cells and layers of `ThroughTime`, learning without a graph through time."""

    def __init__(self, sizes: Sequence[int], generator: Any) -> None:
        self.network = ThroughTime(sizes, generator)
        self.weights, self.biases = self.network.weights, self.network.biases
        self.predict, self.traces = self.network.predict, self.network.traces

    def learn(self, x: Any, y: Any) -> None:
        """Leave the summed gradients of the steps in `.grad`; the loss is the mean over steps."""
        cells = self.network.cells
        states: list[tuple[Any, ...]] = [()] * len(cells)
        traces = [0.0] * len(self.weights)
        for _ in range(STEPS):
            s = x
            for n, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
                traces[n] = KEEP * traces[n] + s.detach()
                s = by_trace(s, traces[n], w, b)
                if n < len(cells):
                    s, *state = cells[n](s / (1.0 - KEEP), *states[n])
                    states[n] = tuple(one.detach() for one in state)
            (cross_entropy(s, y) / STEPS).backward()


def by_trace(s: Any, trace: Any, w: Any, b: Any) -> Any:
    """W s + b, whose gradient for W is as if `trace` had been there instead of s."""
    instead = linear(trace, w)
    return linear(s, w.detach(), b) + (instead - instead.detach())
