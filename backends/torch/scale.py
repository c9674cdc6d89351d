"""How far a population is from its threshold at the start: the unit of a surrogate's argument."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from ...simulator.expressions import evaluate
from ...simulator.plan import PopulationPlan


def distance(p: PopulationPlan, threshold: ast.expr) -> float:
    """Median of |left - right| of the first comparison at the initial state; 1 where that is 0.

    So 15 mV for a membrane that starts 15 mV below its threshold, and 1 for v = 0 and v > 1.
    """
    found = next((n for n in ast.walk(threshold) if isinstance(n, ast.Compare)), None)
    if found is None or not p.size:
        return 1.0

    def value_of(name: str) -> Any:
        first = {"t": 0.0, "i": np.arange(float(p.size)), "_active": True}
        return first[name] if name in first else {**p.constants, **p.state}[name]
    gap = evaluate(ast.BinOp(found.left, ast.Sub(), found.comparators[0]), value_of,
                   lambda kind, number: 0.5)
    size = float(np.median(np.abs(np.asarray(gap, dtype=np.float64))))
    return size if np.isfinite(size) and size > 0 else 1.0
