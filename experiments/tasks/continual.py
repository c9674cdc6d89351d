"""T10: permuted digits, task after task, and what is left of the earlier ones.

Ten tasks, the first with its pixels in order, each 1437 of scikit-learn's digits to train on and
360 to test; 64-128-128-10, Adam at 1e-3, 20 epochs in batches of 32. ACC, BWT and FWT are those of
`continual.metrics`. An independent program reached ACC 0.365 and 0.383, BWT -0.682 and -0.656 with
nothing done (2 seeds); ACC 0.745 +- 0.007, BWT -0.254 with 200 samples replayed (3 seeds); ACC
0.557 and 0.561, BWT -0.42 with EWC at the best of its strengths (2 seeds). Chance is 0.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...models.memory import CannotDo
from ..continual import backward_transfer, forward_transfer
from ..continual import run as learn
from .task import Curve, Point, Setting, Task

CHANCE = 0.1
SIZES: dict[str, dict[str, Any]] = {
    "ci": {"task": "permuted-digits", "size": "std"},  # half a minute: what is known is of this
    "std": {"task": "permuted-digits-16", "size": "std"},
    "full": {"task": "permuted-mnist", "size": "full"},
}


def run(setting: Setting) -> list[Point]:
    """A point after each task: accuracy on it, on the first, on all so far, on each."""
    if setting.state_bits is not None:
        raise CannotDo("ways to learn are compared as they come: what each keeps is in the record, "
                       "and no size is solved for")
    wanted = SIZES[setting.size]
    learner = setting.entry.build(None)
    found = learn(learner.method, wanted["task"], setting.seed, wanted["size"], learner.network)
    setting.tell(1.0)
    return [Point({"after": t + 1.0},
                  {"new": float(row[t]), "first": float(row[0]), "seen": float(row[:t + 1].mean()),
                   **{f"task {k + 1}": float(a) for k, a in enumerate(row)}},
                  items=t + 1, state_bits=found.bits)
            for t, row in enumerate(found.R)]


def transfer(points: list[Point]) -> dict[str, float]:
    """ACC, BWT and FWT of the whole matrix."""
    matrix = np.array([[p.metrics[f"task {k + 1}"] for k in range(len(points))] for p in points])
    return {"ACC": float(matrix[-1].mean()), "BWT": backward_transfer(matrix),
            "FWT": forward_transfer(matrix, CHANCE)}


TASK = Task("continual", "T10", "digits in ten scrambled forms, learnt one after another",
            "Kirkpatrick et al. 2017; Lopez-Paz and Ranzato 2017", run, SIZES, role="learner",
            curves=(Curve("after", "seen"), Curve("after", "first")), summary_of=transfer)
