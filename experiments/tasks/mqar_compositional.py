"""T3c: as T3 with keys of two tokens, of which neither alone tells the value."""

from __future__ import annotations

from .mqar import SIZES as PLAIN
from .mqar import final, trained
from .recall_sequences import compositional
from .task import Curve, Point, Setting, Task

SIZES = {size: {**wanted, "tokens": wanted["tokens"] * 3 // 2} for size, wanted in PLAIN.items()}
"""A vocabulary of three parts, each as large as one of T3's two"""


def run(setting: Setting) -> list[Point]:
    """As T3."""
    return trained(setting, SIZES[setting.size], compositional, "T3c")


TASK = Task("mqar-compositional", "T3c", "which value came with these two, learnt in training",
            "Arora et al. 2023 (Zoology)", run, SIZES, role="layer",
            curves=(Curve("step", "accuracy"),), summary_of=final)
