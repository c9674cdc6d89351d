"""T3: which value came with this key? A layer is trained to keep pairs it sees once.

Multi-query associative recall (Arora et al. 2023, Zoology). A token model around the layer learns
on fresh sequences; the answer must come from the sequence, since pairs are drawn anew in each.
Learning is a sudden transition, so accuracy is given over the steps; `far` is that of questions
more than FAR tokens after their pair, which no convolution sees: a layer that keeps nothing of a
sequence can only guess there.

At size "ci" (64 tokens, length 32, 4 pairs, width 32, AdamW 5e-3 on batches of 64) an independent
implementation of these layers reached on held-out sequences: softmax attention 0.997 after 2000
steps, linear attention 0.994 and DeltaNet 0.980 after 3000. "full" is the paper's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .labels import IGNORED
from .layer_model import model_for, require_torch
from .recall_sequences import Pairs, Tokens, mqar
from .task import Curve, Point, Setting, Task

SIZES: dict[str, dict[str, Any]] = {
    "ci": {"tokens": 64, "length": 32, "pairs": 4, "width": 32, "batch": 64, "lr": 5e-3,
           "steps": 3000, "every": 500, "test": 1024},
    "std": {"tokens": 256, "length": 64, "pairs": 8, "width": 64, "batch": 64, "lr": 3e-3,
            "steps": 20000, "every": 1000, "test": 2048},
    "full": {"tokens": 8192, "length": 512, "pairs": 64, "width": 128, "batch": 256, "lr": 1e-3,
             "steps": 25000, "every": 1000, "test": 3000},
}
FAR = 16
"""Tokens; the windows of two blocks and of a layer with one of its own reach over 9"""
ENOUGH = 0.998
"""Accuracy at which training ends early: above the best that is quoted here"""

Generator = Callable[[np.random.Generator, int, Pairs], tuple[Tokens, Tokens]]


def trained(setting: Setting, wanted: Mapping[str, Any], make: Generator, code: str) -> list[Point]:
    """A point for each test: accuracy of answers, sequences with all right, loss."""
    require_torch()
    from .training import Plan, one_thread, train
    pairs = Pairs(wanted["tokens"], wanted["length"], wanted["pairs"])
    plan = Plan(wanted["steps"], wanted["lr"], wanted["every"], enough=ENOUGH)
    test = make(setting.rng(code, "test"), wanted["test"], pairs)
    with one_thread():
        model = model_for(setting, wanted["width"], pairs.length, pairs.tokens,
                          tokens=pairs.tokens)
        learnt = train(model,
                       lambda step: make(setting.rng(code, "train", step), wanted["batch"], pairs),
                       test, plan, setting.tell, by_distance(*test))
    return [Point({"step": reached.step}, {**reached.metrics, "training_loss": reached.loss},
                  items=pairs.pairs, queries=pairs.pairs, state_bits=model.state_bits)
            for reached in learnt]


def by_distance(inputs: Tokens, labels: Tokens) -> Any:
    """A judge that adds `far`: accuracy of questions whose answer stands far back."""
    from .training import accuracy_of
    rows, questions = np.nonzero(labels != IGNORED)
    past = np.arange(inputs.shape[1]) < questions[:, None]
    there = (inputs[rows] == labels[rows, questions][:, None]) & past
    answers = inputs.shape[1] - 1 - there[:, ::-1].argmax(1)
    far = questions - answers > FAR

    def judge(logits: Any, wanted: Any) -> dict[str, float]:
        hit = (logits.argmax(-1) == wanted).numpy()[rows, questions]
        some = {"far": float(hit[far].mean())} if far.any() else {}
        return {**accuracy_of(logits, wanted), **some}
    return judge


def run(setting: Setting) -> list[Point]:
    """Train and test."""
    return trained(setting, SIZES[setting.size], mqar, "T3")


def final(points: list[Point]) -> dict[str, float]:
    """Accuracy at the end, of all questions and of far ones, and the steps to 0.9 (inf where it is
    not reached)."""
    steps = [float(p.at["step"]) for p in points if p.metrics["accuracy"] >= 0.9]
    last = points[-1].metrics
    return {**{name: last[name] for name in ("accuracy", "far") if name in last},
            "steps_to_0.9": min(steps, default=np.inf)}


TASK = Task("mqar", "T3", "which value came with this key, learnt in training",
            "Arora et al. 2023 (Zoology)", run, SIZES, role="layer",
            curves=(Curve("step", "accuracy"),), summary_of=final)
