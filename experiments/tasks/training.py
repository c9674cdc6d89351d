"""Training of a sequence model on a task's batches, with what it reaches on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .labels import IGNORED

TESTED_AT_ONCE = 256
Batch = tuple[Any, Any]
Judge = Callable[[Tensor, Tensor], dict[str, float]]


@dataclass(frozen=True)
class Plan:
    """How to train: `steps` batches, `lr` of AdamW (`decay` its weight decay) or Adam (None).

    After `every` steps the model is tested. `cosine`: the rate falls to 0 along half a cosine.
    `clip`: the largest norm of a gradient. Training ends where the test's accuracy is `enough`.
    """

    steps: int
    lr: float
    every: int
    decay: float | None = 0.1
    cosine: bool = False
    clip: float | None = 1.0
    enough: float = 2.0


@dataclass(frozen=True)
class Reached:
    """After `step` steps: mean loss of the training since the last, metrics of the test."""

    step: int
    loss: float
    metrics: dict[str, float]


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch computes in one thread inside: sums of one order, and no fight with other workers."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def loss_of(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy of the labels that count."""
    return nn.functional.cross_entropy(logits.flatten(0, -2), labels.flatten(),
                                       ignore_index=IGNORED)


def accuracy_of(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """Share of labels hit, share of sequences with all hit, and the cross entropy."""
    counts = labels != IGNORED
    hits = (logits.argmax(-1) == labels) & counts
    return {"accuracy": float(hits.sum() / counts.sum()),
            "exact": float((hits | ~counts).flatten(1).all(1).double().mean()),
            "loss": float(loss_of(logits, labels))}


def train(model: nn.Module, batch: Callable[[int], Batch], test: Batch, plan: Plan,
          tell: Callable[[float], None] = lambda done: None, judge: Judge | None = None
          ) -> list[Reached]:
    """Train in place on `batch(step)`; every batch and `test` is arrays (inputs, labels).

    `judge` makes the metrics of a test from logits and labels: `accuracy_of`, unless it is given.
    """
    optimiser: torch.optim.Optimizer = (
        torch.optim.Adam(model.parameters(), plan.lr) if plan.decay is None
        else torch.optim.AdamW(model.parameters(), plan.lr, weight_decay=plan.decay))
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, plan.steps)
    found, losses = [], []
    for step in range(1, plan.steps + 1):
        x, y = map(torch.as_tensor, batch(step - 1))
        loss = loss_of(model(x), y)
        optimiser.zero_grad()
        loss.backward()
        if plan.clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), plan.clip)
        optimiser.step()
        if plan.cosine:
            rate.step()
        losses.append(float(loss.detach()))
        if step % plan.every == 0 or step == plan.steps:
            metrics = (judge or accuracy_of)(*answers(model, test))
            found.append(Reached(step, sum(losses) / len(losses), metrics))
            losses = []
            tell(step / plan.steps)
            if found[-1].metrics["accuracy"] >= plan.enough:
                break
    return found


def answers(model: nn.Module, test: Batch) -> tuple[Tensor, Tensor]:
    """The model's logits for a test set, and its labels."""
    x, y = map(torch.as_tensor, test)
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(piece) for piece in x.split(TESTED_AT_ONCE)])
    model.train()
    return logits, y
