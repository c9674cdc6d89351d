"""T3b: as T3, and half of the keys come again with another value, which is then the answer."""

from __future__ import annotations

from functools import partial

from .mqar import SIZES as PLAIN
from .mqar import final, trained
from .recall_sequences import forgetting
from .task import Curve, Point, Setting, Task

SIZES = {size: {**wanted, "updates": wanted["pairs"] // 2} for size, wanted in PLAIN.items()}


def run(setting: Setting) -> list[Point]:
    """As T3."""
    wanted = SIZES[setting.size]
    return trained(setting, wanted, partial(forgetting, updates=wanted["updates"]), "T3b")


TASK = Task("mqar-forgetting", "T3b", "which value came last with this key, learnt in training",
            "Arora et al. 2023 (Zoology)", run, SIZES, role="layer",
            curves=(Curve("step", "accuracy"),), summary_of=final)
