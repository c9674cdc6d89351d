"""HLOP in spiking networks under three ways of learning, with lateral units of both kinds."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..continual import Protocol, accuracy, backward_transfer, run
from .continual import OURS, figures, learnt, surely
from .continual_figure import matrices
from .record import Row, at_least, at_most
from .reproduction import Measured, Reproduction

RULES = {"bptt": "surrogate gradients through time", "ottt": "online traces",
         "dsr": "weighted rates"}
METHODS = ("naive", "hlop", "hlop-spiking")
TASK = "permuted-digits-16"
SETTINGS = {"ci": Protocol(4, 3, batch=64), "full": Protocol(10, 3, hidden=(256, 256), batch=64)}
SEEDS = {"ci": 3, "full": 5}

NEARLY_NONE, MUCH = -0.05, -0.15
"""Backward transfer that is "nearly zero forgetting", and three times as much, which is the least
that must be forgotten without. The paper's own figures are for other data."""


def parts(size: str) -> Any:
    """Each rule with each method."""
    return {f"{rule}, {method}": partial(measure, rule, method, size)
            for rule in RULES for method in METHODS}


def measure(rule: str, method: str, size: str) -> dict[str, Any]:
    """R of every seed."""
    return {"R": [run(method, TASK, seed, network=rule, settings=SETTINGS[size]).R.tolist()
                  for seed in range(SEEDS[size])]}


def judge(measured: Measured) -> list[Row]:
    """It forgets without, hardly with, and learns as well."""
    rows = []
    for rule in RULES:
        found = {m: measured[f"{rule}, {m}"] for m in METHODS}
        bwt = {m: figures(found[m], backward_transfer) for m in METHODS}
        rows.append(at_most(f"{rule}: BWT without", bwt["naive"].mean(), MUCH, OURS))
        for m in METHODS[1:]:
            rows += [at_least(f"{rule}: BWT, {m}", bwt[m].mean(), NEARLY_NONE, "paper, abstract"),
                     surely(f"{rule}: BWT, {m} - without", bwt[m], bwt["naive"]),
                     # what is kept must not be kept by learning less
                     at_least(f"{rule}: accuracy right after learning, {m} - without", float(
                         (figures(found[m], learnt) - figures(found["naive"], learnt)).mean()),
                         -0.03, OURS)]
        rows.append(surely(f"{rule}: ACC, hlop - without", figures(found["hlop"], accuracy),
                           figures(found["naive"], accuracy)))
    return rows


def draw(measured: Measured) -> Any:
    """Accuracy on each task after each task, mean over seeds."""
    return matrices([[(f"{rule}: {m}", measured[f"{rule}, {m}"]["R"]) for m in METHODS]
                     for rule in RULES])


REPRODUCTION = Reproduction(
    "hlop-spiking", "HLOP in spiking perceptrons (256-128-128-10) that learn permuted digits by "
    + ", ".join(RULES.values()),
    "arXiv 2402.11984 (HLOP, ICLR 2024): equations and abstract; its data sets are others",
    "nearly no forgetting under every way of learning, with analogue and spiking lateral units",
    parts, judge, draw)
