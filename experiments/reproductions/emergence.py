"""Cliques that emerge from noisy recurrent Hebbian learning, by a rule of ours."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...models.hebbian import cliques, emergence
from .cliques import three_errors
from .drawing import SERIES, dress, panels
from .record import Row, at_most, between, near
from .reproduction import Measured, Reproduction

CLUSTERS, UNITS, QUERIES = 8, 64, 200
EXPECTED = {100: ((0.854, 0.862), (0.9944, 0.9958), (1.0, 1.0), (0.0044, 0.0059)),
            200: ((0.963, 0.966), (0.9984, 0.9986), (1.0, 1.0), (0.0015, 0.0017)),
            500: ((0.9959, 0.9963), (0.9996, 0.9998), (0.996, 0.998), (0.0, 0.0))}
"""messages: what two seeds elsewhere gave: share of binary weights, agreement with the OR of
cliques, hits, false alarms."""

CHEAPER = ((0.985, 0.988), (0.9991, 0.9994), (1.0, 1.0), (0.0006, 0.0010))
"""The same for 500 messages with cost 0.03."""

NAMES = ("binary", "agreement", "hits", "false alarms")
SEEDS = {"ci": 3, "full": 20}
DIGITS = (0.002, 0.0002, 0.001, 0.0003)
"""A few units of the last digit that was given: the least that is allowed beside the spread."""


def parts(size: str) -> Any:
    """A part for each number of messages, one with a lower cost, one without annealing."""
    out = {f"M={m}": partial(measure, m, emergence.Lessons(), SEEDS[size]) for m in EXPECTED}
    out["M=500 cost 0.03"] = partial(measure, 500, emergence.Lessons(cost=0.03), SEEDS[size])
    out["M=200 constant rate"] = partial(measure, 200, emergence.Lessons(rates=(0.02, 0.02)), 1)
    return out


def measure(messages: int, lessons: emergence.Lessons, seeds: int) -> dict[str, Any]:
    """Outcomes (seeds, 4); wrong answers of the grown and of the ideal memory, half erased."""
    outcomes, grown, ideal = [], 0, 0
    for seed in range(seeds):
        stored = cliques.random_messages(messages, CLUSTERS, UNITS, seed)
        weights = emergence.grow(stored, UNITS, lessons, seed)
        outcomes.append(list(emergence.judge(weights, stored, UNITS)))
        perfect = cliques.CliqueMemory(CLUSTERS, UNITS)
        perfect.learn(stored)
        asked = stored[np.arange(QUERIES) % messages]
        cues = cliques.erased(asked, CLUSTERS // 2, seed + 50)
        memory = emergence.as_memory(weights, CLUSTERS, UNITS)
        grown += int((memory.recall(cues) != asked).any(axis=1).sum())
        ideal += int((perfect.recall(cues) != asked).any(axis=1).sum())
    counts = np.histogram(weights, bins=40, range=(0.0, 1.0))[0]
    return {"outcomes": outcomes, "grown": grown, "ideal": ideal, "histogram": counts.tolist()}


def judge(measured: Measured) -> list[Row]:
    """Means within the range seen elsewhere, widened by 3 standard deviations of one network."""
    rows = []
    for name, expected in [(f"M={m}", e) for m, e in EXPECTED.items()] + [
            ("M=500 cost 0.03", CHEAPER)]:
        found = np.array(measured[name]["outcomes"])
        for n, (low, high) in enumerate(expected):
            spread = max(3.0 * float(found[:, n].std(ddof=1)), DIGITS[n])
            rows.append(between(f"{NAMES[n]}, {name}", found[:, n].mean(), low - spread,
                                min(high + spread, 1.0), "independent simulation"))
        tests = QUERIES * len(found)
        for kind in ("grown", "ideal"):
            wrong = measured[name][kind] / tests
            rows.append(near(f"share of wrong answers, {kind}, {name}", wrong, 0.0,
                             three_errors(0.0, QUERIES, wrong, tests), "independent simulation"))
    constant = measured["M=200 constant rate"]["outcomes"][0][0]
    return [*rows, at_most("binary, M=200 without annealing", constant, 0.5,
                           "independent simulation")]


def draw(measured: Measured) -> Any:
    """Histograms of the weights after learning, with and without consolidation."""
    axes = panels(7.5, 3.0, 2)
    names = (("M=200", "with consolidation"), ("M=200 constant rate", "constant rate"))
    for n, (ax, (name, title)) in enumerate(zip(axes[0], names, strict=True)):
        counts = measured[name]["histogram"]
        edges = np.linspace(0.0, 1.0, len(counts) + 1)
        ax.stairs(counts, edges, fill=True, color=SERIES[n])
        ax.set_yscale("log")
        dress(ax, f"200 messages, {title}", "weight", "pairs of units")
    return axes


REPRODUCTION = Reproduction(
    "emergence", "cliques emerging from noisy recurrent Hebbian learning (a rule of ours, not the "
    "paper's equations)", "arXiv 1709.08367 (Coyac, Gripon, Langlais, Berrou): the claim",
    "with noise, a cost of activity and consolidation, weights become binary and the network a "
    "clique memory", parts, judge, draw)
