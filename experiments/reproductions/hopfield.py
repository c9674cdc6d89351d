"""Hopfield networks: the knee of Hebb's rule, the pseudo-inverse, forgetting; spikes beside it."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...models.hebbian import hopfield as model
from ...models.hebbian import patterns as pt
from ...models.hebbian.spiking_hopfield import SpikingHopfield
from .drawing import SERIES, bars, dress, mark, panels
from .record import Row, at_least, at_most, between, near
from .reproduction import Measured, Reproduction

LOADS = (0.06, 0.1, 0.12, 0.13, 0.14, 0.15, 0.16, 0.18)
SPINS = {"ci": 1000, "full": 4000}
NETWORKS = {"ci": 4, "full": 20}
INVERSE = (0.2, 0.3, 0.4, 0.5, 0.6)
BOUNDS = {"0.35": 0.35, "0.5": 0.5, "none": np.inf}
BACKENDS = ("reference", "numba", "brian2")


def parts(size: str) -> Any:
    """Loads, the pseudo-inverse, bounds, and the spiking network on each backend."""
    networks = NETWORKS[size]
    out: dict[str, Any] = {f"load {a}": partial(hebb, a, SPINS[size], networks) for a in LOADS}
    out["inverse"] = partial(inverse, 2 * networks)
    out["forgetting"] = partial(forgetting, 2 * networks)
    return out | {f"spikes {b}": partial(spikes, b) for b in BACKENDS}


def hebb(load: float, spins: int, networks: int) -> list[float]:
    """Mean overlap after relaxing from stored patterns at T = 0, and its standard error."""
    found = []
    for seed in range(networks):
        x = pt.random_signs(spins, round(load * spins), seed)
        asked = x[:, :40]
        found.append(float(np.mean(pt.overlap(asked, model.recall(model.hebb(x), asked)))))
    return [float(np.mean(found)), float(np.std(found, ddof=1) / networks**0.5)]


def inverse(networks: int) -> dict[str, Any]:
    """Pseudo-inverse, N = 400: kept patterns at load 0.95; success from 10 % flipped, by load."""
    x = pt.random_signs(400, 380, 0)
    kept = (model.recall(model.pseudo_inverse(x, True), x) == x).all(axis=0).mean()
    rows = []
    for load in INVERSE:
        good = []
        for seed in range(networks):
            x = pt.random_signs(400, round(load * 400), seed)
            asked = x[:, :40]
            ended = model.recall(model.pseudo_inverse(x), pt.flipped(asked, 0.1, seed))
            good.append(float((pt.overlap(asked, ended) >= 0.95).mean()))
        rows.append(float(np.mean(good)))
    return {"kept": float(kept), "success": rows}


def forgetting(networks: int) -> dict[str, list[float]]:
    """Mean overlap by age, the newest first, after 400 patterns in 400 spins, by bound."""
    out = {}
    for name, bound in BOUNDS.items():
        found = []
        for seed in range(networks):
            x = pt.random_signs(400, 400, seed)
            asked = x[:, :-41:-1]
            found.append(pt.overlap(asked, model.recall(model.clipped(x, bound), asked)))
        out[name] = np.mean(found, axis=0).tolist()
    return out


def spikes(backend: str) -> dict[str, float]:
    """Share of states (steps, spins) in which spikes and spins agree, over 6 recalls at T = 0."""
    from ...backends.simulation import simulate
    x = pt.random_signs(60, 5, 0)
    couplings = model.hebb(x)
    cues = [pt.flipped(c, 0.25, n) for n, c in enumerate(x.T)] + [pt.random_signs(60, 1, 9)[:, 0]]
    network = SpikingHopfield(couplings, steps=8)
    for cue in cues:
        network = network.recall(cue)
    rasters = network.decode(simulate(network.network(), network.duration, backend=backend))
    same = [(raster[k] == model.recall(couplings, cue, sweeps=k, parallel=True)).mean()
            for raster, cue in zip(rasters, cues, strict=True) for k in range(1, network.steps)]
    ends = [float(pt.overlap(c, raster[-1])) for c, raster in zip(x.T, rasters, strict=False)]
    return {"same": float(np.mean(same)), "overlap": float(np.mean(ends))}


def knee(measured: Measured) -> float:
    """The load at which the mean overlap falls through 0.9."""
    m = [measured[f"load {a}"][0] for a in LOADS]
    n = next((k for k, value in enumerate(m) if value < 0.9), 0)
    if n == 0:
        return float("nan")
    return LOADS[n - 1] + (LOADS[n] - LOADS[n - 1]) * (m[n - 1] - 0.9) / (m[n - 1] - m[n])


def judge(measured: Measured) -> list[Row]:
    """Gates of the shared tasks' reference values."""
    by_load, other = measured["inverse"]["success"], measured["forgetting"]
    seen = "independent simulation"
    return [
        at_least("m at load 0.10, Hebb", measured["load 0.1"][0], 0.99, seen),
        at_most("m at load 0.18, Hebb", measured["load 0.18"][0], 0.6, seen),
        between("knee (m = 0.9), Hebb", knee(measured), 0.135, 0.155, seen),
        near("kept at load 0.95, pseudo-inverse", measured["inverse"]["kept"], 1.0, 0.0, "theory"),
        at_least("success from 10 % flipped, load 0.4, pseudo-inverse", by_load[2], 0.99, seen),
        at_most("success from 10 % flipped, load 0.6, pseudo-inverse", by_load[4], 0.1, seen),
        at_least("m of the 8 newest of 400, bound 0.35", np.mean(other["0.35"][:8]), 0.95, seen),
        at_most("m of the 8 newest of 400, no bound", np.mean(other["none"][:8]), 0.5, seen),
        *(near(f"spikes that are the spins, {b}", measured[f"spikes {b}"]["same"], 1.0, 0.0,
               "exact") for b in BACKENDS),
        at_least("m of the spiking network from 25 % flipped",
                 measured["spikes numba"]["overlap"], 0.95, "theory")]


def draw(measured: Measured) -> Any:
    """Overlap over load; success of the pseudo-inverse; overlap over age."""
    axes = panels(10.5, 3.2, 3)
    found = [measured[f"load {a}"] for a in LOADS]
    bars(axes[0, 0], LOADS, [f[0] for f in found], [f[1] for f in found], SERIES[0])
    mark(axes[0, 0], 0.138, "0.138")
    axes[0, 0].set_ylim(0, 1.05)
    dress(axes[0, 0], "Hebb", "patterns / spins", "overlap after relaxing")
    axes[0, 1].plot(INVERSE, measured["inverse"]["success"], color=SERIES[0], marker="o",
                    markersize=4)
    dress(axes[0, 1], "pseudo-inverse, 10 % flipped", "patterns / spins", "share recalled")
    for n, (name, values) in enumerate(measured["forgetting"].items()):
        label = "no bound" if name == "none" else f"bound {name}"
        axes[0, 2].plot(values, color=SERIES[n], label=label)
    axes[0, 2].set_ylim(0, 1.05)
    dress(axes[0, 2], "clipped couplings forget the oldest", "age (patterns)", "overlap")
    return axes


REPRODUCTION = Reproduction(
    "hopfield", "Hopfield networks: Hebb, pseudo-inverse, clipped; and one of spiking neurons",
    "Hopfield 1982; Personnaz and others 1985; Parisi 1986; figures simulated independently",
    "recall breaks down near 0.14 patterns a spin; the pseudo-inverse keeps all; clipped couplings "
    "forget and go on", parts, judge, draw)
