"""The figure of the dense networks: capacity, phase diagram, learning from examples."""

from __future__ import annotations

from typing import Any

from ...models.hebbian import dense_theory as theory
from .drawing import SERIES, bars, dress, mark, panels
from .reproduction import Measured


def draw(measured: Measured) -> Any:
    """Two rows: a capacity curve for each P and one-step learning; phase diagrams and storage."""
    from .dense import EDGES
    axes = panels(10.5, 6.2, 3, 2)
    for n, order in enumerate(EDGES):
        _capacity(axes[0, n], order, measured)
        _phases(axes[1, n], order, measured)
    _learning(axes[0, 2], measured)
    _storage(axes[1, 2], measured)
    return axes


def _capacity(ax: Any, order: int, measured: Measured) -> None:
    from .dense import EDGES, LOADS, WARM
    grid = [k / 400 for k in range(1, 261)]
    ax.plot(grid, [theory.overlap_at(g, order) for g in grid], color=SERIES[0],
            label="theory, T = 0")
    ax.plot(grid[::4], [theory.replica_symmetric(order, WARM[order], g).m for g in grid[::4]],
            color=SERIES[1], label=f"theory, T = {WARM[order]}")
    stepped, warm = measured[f"steps P={order}"], measured[f"warm P={order}"]
    bars(ax, LOADS, [r[0] for r in stepped], [r[1] for r in stepped], SERIES[0],
         "T = 0, fresh states")
    bars(ax, LOADS, [r[0] for r in warm], [r[1] for r in warm], SERIES[1],
         f"T = {WARM[order]}, Glauber")
    ax.plot(LOADS, [r[2] for r in warm], "x", color=SERIES[5], markersize=4,
            label="T = 0, relaxed")
    mark(ax, EDGES[order][0], f"{EDGES[order][0]:.3f}")
    dress(ax, f"P = {order}", r"load $\gamma$", "overlap m", where="lower left")


def _phases(ax: Any, order: int, measured: Measured) -> None:
    from .dense import EDGES, TEMPERATURES
    for n, rho in enumerate((0.0, 0.2)):
        ax.plot(measured["edges"]["lines"][f"{order} {rho}"], TEMPERATURES[order],
                color=SERIES[n], label=rf"$\rho$ = {rho}")
    ax.set_xlim(0, None)
    ax.set_ylim(0, None)
    mark(ax, EDGES[order][0], f"{EDGES[order][0]:.3f} at T = 0")
    dress(ax, f"P = {order}: retrieval is left of the line", r"load $\gamma$",
          r"temperature 1/$\beta$", where="lower left")


def _learning(ax: Any, measured: Measured) -> None:
    from .dense import ALONE, TAUGHT
    grid = [0.05 * 1.1**k for k in range(50)]
    ax.plot(grid, [theory.one_step_supervised(0.0, rho, 3) for rho in grid], color=SERIES[5],
            label="closed form")
    for n, (name, (quality, _)) in enumerate((("teacher", TAUGHT), ("no teacher", ALONE))):
        rows = measured[name]
        bars(ax, [r[0] for r in rows], [r[2] for r in rows], [r[3] for r in rows], SERIES[n],
             f"{name}, quality {quality}")
    ax.set_xscale("log")
    mark(ax, 1.0, r"$\rho$ = 1")
    dress(ax, "P = 3, one archetype", r"entropy of the data set $\rho$",
          "overlap after one step", where="lower left")


def _storage(ax: Any, measured: Measured) -> None:
    rows = measured["storage"]
    for n, (order, column) in enumerate(((3, 2), (2, 3))):
        ax.plot([r[0] for r in rows], [r[column] for r in rows], marker="o", markersize=4,
                color=SERIES[n], label=f"P = {order}")
    for spins, k, *_ in rows:
        ax.annotate(f"K = {k}", (spins, 0.03), fontsize=7, ha="center")
    ax.set_ylim(0, 1.05)
    ax.set_xlim(30, 220)
    dress(ax, r"K grows as N$^2$ ($\gamma$ = 0.2)", "spins N", "overlap after relaxing")
