"""T4: say again what was said a while ago. The recall of a whole sequence after a delay.

Copying (Hochreiter & Schmidhuber 1997; Arjovsky et al. 2016): 10 symbols of 8, then `delay` tokens
that are blank but for a marker before the last 10, at which the symbols are to be said in order.
Selective copying (Gu & Dao 2023): the symbols stand among the blanks, at random.

Loss and accuracy count the last 10 only. Without any memory their cross entropy is ln 8, or, as it
is often given, 10 ln 8 / (delay + 10) a token of the sequence.

A layer that is a network by itself is trained bare, others in the common model. An independent
implementation with batches of 64 and Adam at 1e-3 reached at a delay of 30 an accuracy above 0.999
with the wave RNN within 500 steps, in 3 of 3 seeds, and 0.22 to 0.37 with a recurrent network that
begins as the identity after 3000 steps, at 4 rates.
"""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..memories.entry import Entry
from .labels import IGNORED
from .layer_model import model_for, require_torch
from .task import At, Curve, Point, Setting, Task

Tokens = NDArray[np.int64]
SYMBOLS, SAID = 10, 10
"""Tokens in all (blank, 8 to be remembered, marker), and how many are to be remembered"""
SIZES: dict[str, dict[str, Any]] = {
    "ci": {"delays": (30,), "width": 32, "batch": 64, "lr": 1e-3, "steps": 1500, "every": 250,
           "test": 256},
    "std": {"delays": (30, 80, 160), "width": 64, "batch": 64, "lr": 1e-3, "steps": 6000,
            "every": 500, "test": 512},
    "full": {"delays": (30, 80, 160, 240, 320, 400, 480), "width": 128, "batch": 128, "lr": 1e-3,
             "steps": 60000, "every": 1000, "test": 512},
}
ENOUGH = 0.9995


def copying(rng: np.random.Generator, count: int, delay: int) -> tuple[Tokens, Tokens]:
    """Inputs and labels (count, delay + SAID)."""
    said = rng.integers(1, SYMBOLS - 1, (count, SAID))
    inputs = np.zeros((count, delay + SAID), np.int64)
    inputs[:, :SAID] = said
    inputs[:, -(SAID + 1)] = SYMBOLS - 1
    labels = np.full_like(inputs, IGNORED)
    labels[:, -SAID:] = said
    return inputs, labels


def selective(rng: np.random.Generator, count: int, delay: int) -> tuple[Tokens, Tokens]:
    """Inputs and labels (count, delay + 2 SAID): symbols anywhere among the first delay + SAID
    tokens, then a marker for each."""
    said = rng.integers(1, SYMBOLS - 1, (count, SAID))
    where = np.sort(np.argsort(rng.random((count, delay + SAID)), axis=1)[:, :SAID], axis=1)
    inputs = np.zeros((count, delay + 2 * SAID), np.int64)
    np.put_along_axis(inputs, where, said, axis=1)
    inputs[:, -SAID:] = SYMBOLS - 1
    labels = np.full_like(inputs, IGNORED)
    labels[:, -SAID:] = said
    return inputs, labels


def trained(setting: Setting, make: Any, code: str) -> list[Point]:
    """A point for each delay and test: accuracy of symbols, of whole sequences, loss."""
    require_torch()
    from .training import Plan, one_thread, train
    wanted, points = SIZES[setting.size], []
    plan = Plan(wanted["steps"], wanted["lr"], wanted["every"], decay=None, clip=None,
                enough=ENOUGH)
    for index, delay in enumerate(wanted["delays"]):
        test = make(setting.rng(code, "test", delay), wanted["test"], delay)
        with one_thread():
            model = model_for(setting, wanted["width"], test[0].shape[1], SYMBOLS,
                              tokens=SYMBOLS, bare=True)
            learnt = train(
                model, lambda step, delay=delay: make(setting.rng(code, "train", delay, step),
                                                      wanted["batch"], delay),
                test, plan, lambda done, index=index: setting.tell(
                    (index + done) / len(wanted["delays"])))
        points += [Point({"delay": delay, "step": reached.step},
                         {**reached.metrics, "training_loss": reached.loss}, items=SAID,
                         queries=SAID, state_bits=model.state_bits) for reached in learnt]
    return points


def run(setting: Setting) -> list[Point]:
    """Train and test at every delay."""
    return trained(setting, copying, "T4")


def theory(entry: Entry, at: At) -> dict[str, float]:
    """Nothing but guessing for a layer that keeps nothing of a sequence."""
    return {"accuracy": 1 / (SYMBOLS - 2), "loss": log(SYMBOLS - 2)} if (
        entry.family == "unwritable") else {}


def solved(points: list[Point]) -> dict[str, float]:
    """The longest delay copied with an accuracy of 0.99 (0: none), the accuracy at the last test of
    the shortest."""
    delays = [float(p.at["delay"]) for p in points if p.metrics["accuracy"] >= 0.99]
    last = [p for p in points if p.at["delay"] == min(float(q.at["delay"]) for q in points)][-1]
    return {"longest_delay": max(delays, default=0.0), "accuracy": last.metrics["accuracy"]}


CURVES = (Curve("step", "accuracy", by="delay"),)
TASK = Task("copying", "T4", "say again what was said a while ago, learnt in training",
            "Hochreiter & Schmidhuber 1997; Arjovsky et al. 2016; Keller et al. 2024", run, SIZES,
            role="layer", curves=CURVES, theory=theory, summary_of=solved)
