"""HLOP: Hebbian lateral learning of subspaces, and learning that leaves them alone."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.hebbian.hlop import LateralSubspace, subspace_overlap
from .drawing import SERIES, dress, panels
from .record import Row, at_least, at_most, between
from .reproduction import Measured, Reproduction

INPUTS, SIGNALS, OUTPUTS, BATCH, NOISE = 100, 10, 5, 64, 0.05
DEVIATIONS = np.linspace(1.5, 0.5, SIGNALS)
LOOK = (1, 5, 10, 20, 50, 100, 200, 500, 1000)
SEEDS = {"ci": 6, "full": 40}
STEPS, RATE = 500, 0.05
"""Batches of each task, and the rate of the regression."""

Reals = NDArray[np.float64]


class Signal:
    """Samples of a random subspace: s.d. 1.5 ... 0.5 along it, isotropic noise around it."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.basis = np.linalg.qr(self.rng.normal(size=(INPUTS, SIGNALS)))[0].T

    def draw(self, number: int) -> Reals:
        """(number, INPUTS)."""
        inside = (self.rng.normal(size=(number, SIGNALS)) * DEVIATIONS) @ self.basis
        return np.asarray(inside + NOISE * self.rng.normal(size=(number, INPUTS)))


def parts(size: str) -> Any:
    """Learning one subspace in three ways; two tasks in three ways."""
    seeds = SEEDS[size]
    return {"rate 0.01": partial(subspace, 0.01, 0, seeds),
            "rate 0.05": partial(subspace, 0.05, 0, seeds),
            "spiking": partial(subspace, 0.01, 40, seeds),
            "two tasks": partial(two_tasks, seeds)}


def subspace(rate: float, levels: int, seeds: int) -> dict[str, Any]:
    """Overlap with the signal's subspace and ||H H^T - 1|| after the batches of LOOK."""
    overlaps, norms = [], []
    for seed in range(seeds):
        signal, lateral = Signal(seed), LateralSubspace(INPUTS, rate, levels=levels)
        lateral.add(SIGNALS, seed + 1000)
        seen = []
        for k in range(1, LOOK[-1] + 1):
            lateral.learn(signal.draw(BATCH))
            if k in LOOK:
                h = lateral.h
                seen.append((subspace_overlap(h, signal.basis),
                             float(np.linalg.norm(h @ h.T - np.eye(SIGNALS)))))
        overlaps.append([o for o, _ in seen])
        norms.append([n for _, n in seen])
    return {"overlap": overlaps, "norm": norms}


def two_tasks(seeds: int) -> dict[str, Any]:
    """Errors (A after A, A after B, B after B) and the change on kept inputs, by seed."""
    ways = {"without": (False, False), "Hebbian": (True, False), "orthonormal": (True, True)}
    return {name: [_regress(seed, *way) for seed in range(seeds)] for name, way in ways.items()}


def _regress(seed: int, project: bool, orthonormal: bool) -> list[float]:
    rng = np.random.default_rng(seed + 500)
    teachers = rng.normal(size=(2, OUTPUTS, INPUTS))
    signals = [Signal(10_000 + 2 * seed + k) for k in range(2)]
    weights, lateral = np.zeros((OUTPUTS, INPUTS)), LateralSubspace(INPUTS)
    lateral.add(SIGNALS, seed + 1000)

    def error(task: int) -> float:
        x = signals[task].draw(2000)
        return float(((x @ (weights - teachers[task]).T) ** 2).mean())

    def train(task: int, seen: Any) -> None:
        nonlocal weights
        for _ in range(STEPS):
            x = signals[task].draw(BATCH)
            gradient = x @ (weights - teachers[task]).T
            weights = weights - RATE * gradient.T @ seen(x) / BATCH

    def learning(x: Reals) -> Reals:
        lateral.learn(x)
        return x

    train(0, learning)
    first = error(0)
    lateral.merge(orthonormal)
    kept = rng.normal(size=(50, SIGNALS)) @ lateral.h
    before = kept @ weights.T
    train(1, lateral.project if project else lambda x: x)
    change = np.linalg.norm(kept @ weights.T - before) / np.linalg.norm(before)
    return [first, error(0), error(1), float(change)]


def judge(measured: Measured) -> list[Row]:
    """The four properties, each with its gate."""
    slow = np.array(measured["rate 0.01"]["overlap"])
    rows = []
    for batches, low, high in ((50, 0.62, 0.66), (200, 0.90, 0.94)):
        rows.append(_within(f"overlap, rate 0.01, {batches} batches",
                            slow[:, LOOK.index(batches)], low, high))
    two = {name: np.array(found) for name, found in measured["two tasks"].items()}
    mean = {name: found.mean(axis=0) for name, found in two.items()}
    return [
        # the median: now and then H begins almost orthogonal to a direction and finds it later
        *rows, at_least("overlap, rate 0.01, 500 batches, median",
                        np.median(slow[:, LOOK.index(500)]), 0.999, "independent simulation"),
        at_least("overlap, rate 0.01, 1000 batches", slow[:, -1].min(), 0.9998,
                 "independent simulation"),
        at_least("overlap, rate 0.05, 200 batches", np.mean(
            measured["rate 0.05"]["overlap"], axis=0)[LOOK.index(200)], 0.9995,
            "independent simulation"),
        at_most("||H H^T - 1||, 500 batches", np.mean(
            measured["rate 0.01"]["norm"], axis=0)[LOOK.index(500)], 0.005,
            "independent simulation"),
        _within("||H H^T - 1||, spiking, 1000 batches",
                np.array(measured["spiking"]["norm"])[:, -1], 0.12, 0.15),
        at_least("overlap, spiking, 1000 batches", np.mean(
            measured["spiking"]["overlap"], axis=0)[-1], 0.9998, "independent simulation"),
        at_most("forgetting ratio with HLOP", mean["Hebbian"][1] / mean["Hebbian"][0], 1.5,
                "independent simulation"),
        at_least("forgetting ratio without", mean["without"][1] / mean["without"][0], 8.0,
                 "independent simulation"),
        at_most("error on B, with / without", mean["Hebbian"][2] / mean["without"][2], 1.25,
                "independent simulation"),
        at_most("change on kept inputs, Hebbian", two["Hebbian"][:, 3].max(), 1e-3,
                "independent simulation"),
        at_most("change on kept inputs, orthonormal", two["orthonormal"][:, 3].max(), 1e-12,
                "independent simulation")]


def _within(what: str, found: Reals, low: float, high: float) -> Row:
    """The mean is in the range seen elsewhere, or within 3 standard errors of it."""
    error = 3.0 * float(found.std(ddof=1)) / len(found) ** 0.5
    return between(what, found.mean(), low - error, high + error, "independent simulation")


def draw(measured: Measured) -> Any:
    """Overlap and orthonormality over batches; errors of the two tasks."""
    axes = panels(10.5, 3.2, 3)
    for n, name in enumerate(("rate 0.01", "rate 0.05", "spiking")):
        for ax, key in zip(axes[0], ("overlap", "norm"), strict=False):
            ax.plot(LOOK, np.mean(measured[name][key], axis=0), color=SERIES[n], marker="o",
                    markersize=3, label=name, linestyle="--" if n == 2 else "-")
            ax.set_xscale("log")
    axes[0, 1].set_yscale("log")
    dress(axes[0, 0], "the subspace is found", "batches", "overlap")
    dress(axes[0, 1], "its basis is orthonormal", "batches", r"$||HH^T - 1||$")
    ax = axes[0, 2]
    for n, name in enumerate(("without", "Hebbian", "orthonormal")):
        mean = np.mean(measured["two tasks"][name], axis=0)
        ax.bar(np.arange(3) + 0.27 * (n - 1), mean[:3], 0.25, color=SERIES[n], label=name)
    ax.set_xticks(range(3), ["A after A", "A after B", "B after B"])
    dress(ax, "two tasks", "", "mean squared error")
    return axes


REPRODUCTION = Reproduction(
    "hlop", "Hebbian lateral subspace learning with orthogonal projection (analogue; linear tasks)",
    "arXiv 2402.11984 (HLOP, ICLR 2024): equations; figures simulated independently",
    "Hebbian and anti-Hebbian learning finds the subspace of a task, and learning beside it "
    "forgets nearly nothing", parts, judge, draw)
