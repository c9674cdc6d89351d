"""Clustered cliques: error rates of completion against the closed form, by load."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from ...models.hebbian import cliques as model
from .drawing import POINT, SERIES, dress, panels
from .record import Row, near
from .reproduction import Measured, Reproduction

CLUSTERS, LOST = 8, 4
TESTS = {"ci": 4000, "full": 40_000}
NETWORKS = {"ci": 2, "full": 20}
"""Over which the tests are divided: errors within one network are not independent."""

EXPECTED = {
    256: {5000: (0.0735, 0.039, 0.029, 0.0, None), 10000: (0.1416, 0.338, 0.336, 0.0, None),
          12000: (0.1674, 0.570, 0.551, 0.010, None),
          15000: (0.2046, 0.854, 0.833, 0.027, 0.024),
          20000: (0.2631, 0.992, 0.992, 0.135, 0.179)},
    64: {500: (0.1146, None, None, 0.0, None), 1000: (0.2162, None, None, 0.010, None),
         1500: (0.306, None, None, 0.119, None)}}
"""units: {messages: (density, error after 1 iteration, the same in closed form, error after 4
iterations by sum of max, by sum of sum)}; errors of an independent simulation of 1,000 tests."""

THEIR_TESTS = 1000


def parts(size: str) -> Any:
    """One part a load."""
    return {f"l={units} M={messages}": partial(measure, units, messages, TESTS[size],
                                               NETWORKS[size])
            for units, loads in EXPECTED.items() for messages in loads}


def measure(units: int, messages: int, tests: int, networks: int) -> dict[str, float]:
    """Density and error rates; half of the clusters of each cue are erased."""
    found = {"density": 0.0, "one": 0.0, "max": 0.0, "sum": 0.0}
    for seed in range(networks):
        memory = model.CliqueMemory(CLUSTERS, units)
        stored = model.random_messages(messages, CLUSTERS, units, seed)
        memory.learn(stored)
        asked = stored[:tests // networks] if len(stored) >= tests // networks else stored
        cues = model.erased(asked, LOST, seed + 1000)
        found["density"] += memory.density() / networks
        for key, rule, iterations in (("one", "sum-of-max", 1), ("max", "sum-of-max", 4),
                                      ("sum", "sum-of-sum", 4)):
            wrong = (memory.recall(cues, rule, iterations) != asked).any(axis=1).mean()
            found[key] += float(wrong) / networks
    return found | {"tests": min(tests // networks, messages) * networks}


def judge(measured: Measured) -> list[Row]:
    """Ours beside the independent simulation and the closed forms."""
    rows = []
    for units, loads in EXPECTED.items():
        for messages, (density, one, closed, by_max, by_sum) in loads.items():
            at, found = f"l={units} M={messages}", measured[f"l={units} M={messages}"]
            rows.append(near(f"density, {at}", found["density"], density, 0.001, "theory"))
            if closed is not None:
                form = model.one_iteration_error(messages, CLUSTERS, units, LOST)
                rows.append(near(f"closed form of 1 iteration, {at}", form, closed, 6e-4, "theory"))
                # the formula takes connections as independent: 20 networks are 0.032 above it
                noise = 3.0 * math.sqrt(form * (1.0 - form) / found["tests"])
                rows.append(near(f"error after 1 iteration, {at}", found["one"], form,
                                 0.035 + noise, "theory"))
            for key, name, value in (("one", "1 iteration", one), ("max", "4, sum of max", by_max),
                                     ("sum", "4, sum of sum", by_sum)):
                if value is not None:
                    rows.append(near(f"error after {name}, {at}", found[key], value,
                                     three_errors(value, THEIR_TESTS, found[key], found["tests"]),
                                     "independent simulation"))
    return rows


def three_errors(theirs: float, their_tests: int, ours: float, tests: int) -> float:
    """3 standard errors of the difference of two shares of errors.

    Two more of each kind are added to the count, so that none seen does not mean none possible.
    """
    share = (theirs * their_tests + ours * tests + 2) / (their_tests + tests + 4)
    return 3.0 * math.sqrt(share * (1 - share) * (1 / their_tests + 1 / tests))


def draw(measured: Measured) -> Any:
    """Error rates over the number of messages, simulation on theory."""
    axes = panels(8.0, 3.2, 2)
    for ax, (units, loads) in zip(axes[0], EXPECTED.items(), strict=True):
        grid = [max(loads) * k / 100 for k in range(1, 116)]
        ax.plot(grid, [model.one_iteration_error(int(m), CLUSTERS, units, LOST) for m in grid],
                color=SERIES[0], label="1 iteration, closed form")
        for n, (key, label) in enumerate((("one", "1 iteration"), ("max", "4, sum of max"),
                                          ("sum", "4, sum of sum"))):
            ax.plot(list(loads), [measured[f"l={units} M={m}"][key] for m in loads],
                    color=SERIES[n], label=label, markerfacecolor="none" if n == 2 else SERIES[n],
                    **{**POINT, "markersize": 6 if n == 2 else 4})
        dress(ax, f"8 clusters of {units}, 4 erased", "messages stored", "share of wrong answers")
    return axes


REPRODUCTION = Reproduction(
    "cliques", "clustered clique memory (sum of max, sum of sum)",
    "Gripon and Berrou 2011; as the end product in arXiv 1709.08367",
    "half-erased messages are completed; errors after one iteration follow a closed form, and "
    "iterating removes nearly all of them", parts, judge, draw)
