"""What is read from the steered liquid: how many spikes a spike causes, and what was shown."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ...simulator.fields import integer


def branching(fired: Any, joined: Any, window: int = 4, margin: int = 25) -> float:
    """Spikes of a neuron's targets after one of its own, over those of its sources before.

    Each in the `window` steps next to it, at least 1 spike before; mean over the spikes of a
    neuron, then over the neurons that fired (NaN if none did). `fired` (steps, neurons), of which
    `margin` steps at both ends are left out; `joined` (neurons, neurons), from row to column. This
    is the measure of the authors' program.
    """
    shape = np.shape(fired)
    integer(window, "window of the branching factor", 1)
    integer(margin, "margin of the branching factor", 0)
    if len(shape) != 2 or np.shape(joined) != (shape[1],)*2 or shape[0] <= 2*(margin + window):
        raise DescriptionError(f"branching of fired {shape} and joined {np.shape(joined)}: they "
                               "must be (steps, neurons) and (neurons, neurons), with more than "
                               f"{2*(margin + window)} steps")
    inside = np.asarray(fired, dtype=float)[margin:len(fired) - margin]
    total = np.concatenate((np.zeros((1, inside.shape[1])), inside.cumsum(axis=0)))
    middle = np.arange(window, len(inside) - window)
    after = (total[middle + 1 + window] - total[middle + 1]) @ np.asarray(joined, float).T
    before = (total[middle] - total[middle - window]) @ np.asarray(joined, float)
    own = inside[middle]
    many = own.sum(axis=0)
    ratios = (own*after/np.maximum(before, 1)).sum(axis=0)[many > 0]/many[many > 0]
    return float(ratios.mean()) if len(ratios) else float("nan")


def shares(counts: Any) -> Any:
    """Spike counts (pictures, neurons) as shares of each picture's, zero where nothing fired."""
    counts = np.asarray(counts, dtype=float)
    return counts/np.maximum(counts.sum(axis=1, keepdims=True), 1)


def least_squares(seen: Any, labels: Any, asked: Any, classes: int, penalty: float) -> Any:
    """Classes (m,) of `asked` (m, features) by ridge regression on `seen` (n, features), `labels`.

    Features are in units of their common deviation; the squared length of the weights costs
    `penalty` a picture.
    """
    x, new, target = _prepared(seen, labels, asked, classes, penalty)
    within = x.T @ x + penalty*len(x)*np.eye(x.shape[1])
    weights = np.linalg.solve(within, x.T @ (target - target.mean(axis=0)))
    return (new @ weights + target.mean(axis=0)).argmax(axis=1)


def softmax(seen: Any, labels: Any, asked: Any, classes: int, penalty: float) -> Any:
    """As `least_squares`, but by cross entropy: the readout of the paper, at its minimum."""
    from scipy.optimize import minimize
    x, new, target = _prepared(seen, labels, asked, classes, penalty)
    many = x.shape[1]*classes

    def loss(flat: Any) -> tuple[float, Any]:
        weights = flat[:many].reshape(-1, classes)
        logits = x @ weights + flat[many:]
        logits -= logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        wrong = (np.exp(logs) - target)/len(x)
        slope = np.concatenate(((x.T @ wrong + penalty*weights).ravel(), wrong.sum(axis=0)))
        return float(-(target*logs).sum()/len(x) + penalty*(weights**2).sum()/2), slope

    best = minimize(loss, np.zeros(many + classes), jac=True, method="L-BFGS-B",
                    options={"maxiter": 300}).x
    return (new @ best[:many].reshape(-1, classes) + best[many:]).argmax(axis=1)


def _prepared(seen: Any, labels: Any, asked: Any, classes: int,
              penalty: float) -> tuple[Any, Any, Any]:
    seen, asked, labels = np.asarray(seen, float), np.asarray(asked, float), np.asarray(labels)
    if seen.ndim != 2 or not seen.size or asked.shape[1:] != seen.shape[1:] or (
            labels.shape != seen.shape[:1]):
        raise DescriptionError(f"a readout of features {seen.shape}, labels {labels.shape} and "
                               f"{asked.shape} asked: give (n, features), (n,), (m, features)")
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= classes:
        raise DescriptionError(f"labels from {labels.min()} to {labels.max()} ({labels.dtype}) "
                               f"must be whole numbers, 0 to {classes - 1}")
    if not penalty >= 0:
        raise DescriptionError(f"penalty={penalty!r} of a readout must be 0 or more")
    middle, scale = seen.mean(axis=0), max(float(seen.std()), 1e-300)
    return (seen - middle)/scale, (asked - middle)/scale, np.eye(classes)[labels]
