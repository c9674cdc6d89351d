"""T4b: say again what was said between blanks, without the blanks (Gu & Dao 2023)."""

from __future__ import annotations

from .copying import CURVES, SIZES, selective, solved, theory, trained
from .task import Point, Setting, Task


def run(setting: Setting) -> list[Point]:
    """As T4."""
    return trained(setting, selective, "T4b")


TASK = Task("selective-copying", "T4b", "say again what was said between blanks",
            "Gu & Dao 2023", run, SIZES, role="layer", curves=CURVES, theory=theory,
            summary_of=solved)
