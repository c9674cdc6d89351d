"""T7: which digit was this, seen a pixel at a time? In the order of the rows, and scrambled.

The 1797 digits of 8 x 8 pixels that come with scikit-learn, 64 tokens of one number each: 1437 to
train on, 360 to test, drawn once and for all. In the permuted form all images' pixels come in one
random order (default_rng(42)). Layers that are networks by themselves stand between two linear
maps, others in the common model; the last token's class counts.

At size "ci" (40 epochs, 64 units, one seed) an independent implementation of the recurrent
baselines reached 0.908 and 0.886 with an RNN, 0.819 and 0.875 with an LSTM, 0.889 and 0.858 with a
GRU, in order and permuted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .labels import IGNORED
from .layer_model import model_for, require_torch
from .task import Curve, Point, Setting, Task

PIXELS, CLASSES, TRAINED_ON, SPLIT = 64, 10, 1437, 42
SIZES: dict[str, dict[str, Any]] = {
    "ci": {"epochs": 40, "width": 64, "blocks": 1, "batch": 32, "lr": 5e-3, "every": 10},
    "std": {"epochs": 200, "width": 64, "blocks": 2, "batch": 64, "lr": 2e-3, "every": 20},
    "full": {"epochs": 400, "width": 128, "blocks": 2, "batch": 64, "lr": 1e-3, "every": 40},
}
ORDERS = ("sequential", "permuted")


def sequences(order: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """All digits (1797, 64, 1), ink from 0 to 1, and their classes, shuffled.

    MissingPackageError without scikit-learn.
    """
    from ..data.catalogue import digits
    images = digits()
    rng = np.random.default_rng(SPLIT)
    shuffled, scrambled = rng.permutation(len(images.labels)), np.random.default_rng(
        SPLIT).permutation(PIXELS)
    x = images.pixels.reshape(-1, PIXELS)[shuffled].astype(np.float32) / 16
    x = x[:, scrambled] if order == "permuted" else x
    return x[:, :, None], images.labels[shuffled].astype(np.int64)


def trained(setting: Setting, order: str, tell: Any) -> list[Point]:
    """A point for each test while that order is learnt."""
    require_torch()
    from .training import Plan, one_thread, train
    wanted = SIZES[setting.size]
    x, classes = sequences(order)
    y = np.full((len(x), PIXELS), IGNORED, np.int64)
    y[:, -1] = classes
    batches = TRAINED_ON // wanted["batch"]
    plan = Plan(wanted["epochs"] * batches, wanted["lr"], wanted["every"] * batches, decay=None,
                cosine=True)

    def batch(step: int) -> tuple[Any, Any]:
        epoch, part = divmod(step, batches)
        order_now = setting.rng("T7", order, epoch).permutation(TRAINED_ON)
        chosen = order_now[part * wanted["batch"]:(part + 1) * wanted["batch"]]
        return x[chosen], y[chosen]

    with one_thread():
        model = model_for(setting, wanted["width"], PIXELS, CLASSES, wanted["blocks"], bare=True)
        learnt = train(model, batch, (x[TRAINED_ON:], y[TRAINED_ON:]), plan, tell)
    return [Point({"order": order, "epoch": reached.step // batches},
                  {"accuracy": reached.metrics["accuracy"], "loss": reached.metrics["loss"],
                   "training_loss": reached.loss}, items=PIXELS, queries=1,
                  state_bits=model.state_bits) for reached in learnt]


def run(setting: Setting) -> list[Point]:
    """Both orders."""
    return [point for index, order in enumerate(ORDERS)
            for point in trained(setting, order, lambda done, index=index: setting.tell(
                (index + done) / len(ORDERS)))]


def final(points: list[Point]) -> dict[str, float]:
    """Accuracy after the last epoch, in each order."""
    return {f"accuracy_{p.at['order']}": p.metrics["accuracy"] for p in points}


TASK = Task("sequential-digits", "T7", "which digit was this, seen a pixel at a time",
            "after Le et al. 2015 (sequential and permuted MNIST)", run, SIZES, role="layer",
            curves=(Curve("epoch", "accuracy", by="order"),), summary_of=final)
