"""Speed of Hebbian memories on one core: `python -m benchmarks.hebbian`.

Two figures, each the best of several runs after a warm-up, beside what was asked for:
a dense network of P = 4, N = 1,000, K = 10,000 in pattern-spin operations a second (a sweep has
N K), near a pattern at T = 0 and at infinite temperature, where half of all spins flip in each
sweep; and a clique network of 8 x 256 units in queries a second, four of eight clusters erased.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from engram.kernels import pbody_numba
from engram.models.hebbian import CliqueMemory, cliques
from engram.models.hebbian import patterns as pt

SPINS, PATTERNS, ORDER = 1000, 10_000, 4
OPERATIONS, QUERIES = 1e9, 20_000
"""Asked for, a second."""


def best(work: Callable[[], Any], repeats: int) -> float:
    """Seconds of the quickest run, after one that is not counted."""
    work()
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


def sweeps(beta: float, repeats: int, count: int = 10) -> float:
    """Pattern-spin operations a second."""
    x = pt.random_signs(SPINS, PATTERNS, 0)
    near = pt.flipped(x[:, 0], 0.1, 1)

    def work() -> None:
        # at T = 0 a sweep that changes nothing is the last one, so each begins anew
        for k in range(count):
            state = near.copy()
            pbody_numba.sweep_signs(x, state, ORDER, 1.0 / SPINS**3, beta, 1, 0, k, 1)

    return count * SPINS * PATTERNS / best(work, repeats)


def queries(messages: int, rule: str, repeats: int) -> float:
    """Queries a second."""
    memory = CliqueMemory(8, 256)
    stored = cliques.random_messages(messages, 8, 256, 0)
    memory.learn(stored)
    cues = cliques.erased(stored[:4000], 4, 1)
    return len(cues) / best(lambda: memory.recall(cues, rule), repeats)


def row(what: str, ours: float, asked: float) -> str:
    """A line of the table."""
    verdict = "reached" if ours >= asked else "NOT reached"
    return f"| {what} | {ours:.3g} | {asked:.3g} | {verdict} |"


def main(repeats: int = 5) -> list[str]:
    """Lines of the table."""
    rows = ["| what | a second | asked for | |", "|---|---|---|---|",
            row("P = 4 sweep near a pattern, T = 0", sweeps(math.inf, repeats), OPERATIONS),
            row("P = 4 sweep, infinite temperature", sweeps(0.0, repeats), OPERATIONS)]
    for messages in (5000, 15_000):
        for rule in cliques.RULES:
            rows.append(row(f"clique queries, {messages} messages, {rule}",
                            queries(messages, rule, repeats), QUERIES))
    return rows


if __name__ == "__main__":
    print(f"numpy {np.__version__}; one core; times vary with the machine\n")
    print("\n".join(main()))
