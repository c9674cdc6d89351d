"""Learning a sequence of tasks, and the matrix of accuracies. Needs torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from .metrics import Reals
from .sizes import Protocol
from .tasks import TaskSequence


def matrix(network: Any, method: Any, sequence: TaskSequence, protocol: Protocol,
           seed: int) -> Reals:
    """R (T, T): accuracy on each task after each task."""
    tests = [(torch.from_numpy(t.test_x), torch.from_numpy(t.test_y)) for t in sequence.tasks]
    found = np.zeros((len(tests), len(tests)))
    rng = np.random.default_rng([seed, 5])
    # one for all tasks: its moments go on, as the network's own weights do
    optimizer = torch.optim.Adam([*network.weights, *network.biases], lr=protocol.rate)
    for t, task in enumerate(sequence.tasks):
        x, y = torch.from_numpy(task.x), torch.from_numpy(task.y)
        learn(network, method, optimizer, x, y, protocol, rng)
        if t + 1 < len(tests):  # nothing comes after the last one
            method.end(network, x, y)
        found[t] = [share_right(network, *test) for test in tests]
    return found


def learn(network: Any, method: Any, optimizer: Any, x: Any, y: Any, protocol: Protocol,
          rng: np.random.Generator) -> None:
    """One task."""
    for _ in range(protocol.epochs):
        order = torch.from_numpy(rng.permutation(len(y)))
        for some in order.split(protocol.batch):
            optimizer.zero_grad()
            network.learn(*method.mix(x[some], y[some]))
            method.gradients(network)
            method.before(network)
            optimizer.step()
            method.after(network)


def share_right(network: Any, x: Any, y: Any) -> float:
    """Accuracy."""
    return float((network.predict(x) == y).double().mean())


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread for as long as it lasts: small matrices, and the same sums each time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
