"""The Willshaw matrix by load against its formulas, and as a spiking network that learns it."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from ...models.hebbian import willshaw as model
from ...models.hebbian.spiking_willshaw import SpikingWillshaw
from .drawing import POINT, SERIES, dress, panels
from .record import Row, near
from .reproduction import Measured, Reproduction

SIZE, ACTIVE = 1024, 10
PAIRS = int(math.log(2) * (SIZE / ACTIVE) ** 2)
"""At which half of the synapses are on."""

EXACT = {0.25: 1.0, 0.5: 1.0, 0.75: 0.81, 1.0: 0.28}
"""Share of pairs recalled without any error, measured elsewhere, by load / PAIRS."""

SEEDS = {"ci": 3, "full": 20}
BACKENDS = ("reference", "numba", "brian2")


def parts(size: str) -> Any:
    """A part for each load, and the spiking network on each backend."""
    out: dict[str, Any] = {f"load {x}": partial(recall, x, SEEDS[size]) for x in EXACT}
    return out | {f"spikes {b}": partial(spikes, b) for b in BACKENDS}


def recall(load: float, seeds: int) -> dict[str, float]:
    """Share of synapses on, wrong ones a recall, share of whole recalls, pairs asked for."""
    pairs, asked = int(load * PAIRS), 1000
    on, wrong, whole = [], [], []
    for seed in range(seeds):
        keys = model.sparse(pairs, SIZE, ACTIVE, 2 * seed)
        values = model.sparse(pairs, SIZE, ACTIVE, 2 * seed + 1)
        memory = model.Willshaw(SIZE, SIZE)
        memory.learn(keys, values)
        got = memory.recall(keys[:asked])
        on.append(memory.on())
        wrong.append(float((got & ~values[:asked]).sum(axis=1).mean()))
        whole.append(float((got == values[:asked]).all(axis=1).mean()))
    return {"pairs": pairs, "on": float(np.mean(on)), "wrong": float(np.mean(wrong)),
            "whole": float(np.mean(whole)), "asked": asked * seeds}


def spikes(backend: str) -> dict[str, float]:
    """One-shot learning of 25 pairs and 20 recalls, half of them from a part of the key.

    The share of synapses, and of outputs, that agree with the binary matrix.
    """
    from ...backends.simulation import simulate
    keys, values = model.sparse(25, 40, 4, 0), model.sparse(25, 30, 3, 1)
    network, matrix = SpikingWillshaw(40, 30), model.Willshaw(40, 30)
    matrix.learn(keys, values)
    for key, value in zip(keys, values, strict=True):
        network = network.learn(np.flatnonzero(key), np.flatnonzero(value))
    cues = [np.flatnonzero(key)[:active] for key in keys[:10] for active in (4, 3)]
    flags = np.zeros((len(cues), 40), bool)
    for flag, cue in zip(flags, cues, strict=True):
        flag[cue] = True
        network = network.recall(cue)
    run = simulate(network.network(), network.duration, backend=backend)
    return {"synapses": float((network.stored(run) == matrix.matrix()).mean()),
            "outputs": float((np.array(network.decode(run)) == matrix.recall(flags)).mean())}


def judge(measured: Measured) -> list[Row]:
    """Synapses at 2 %; wrong outputs at 10 % and 3 errors; exact recall; spikes.

    The formula for independent synapses is gated, at 30 %, at full load alone: below, outputs that
    are used often make most errors.
    """
    full = measured["load 1.0"]
    simple = model.false_ones(SIZE, ACTIVE, ACTIVE, full["on"])
    rows = [near("wrong outputs a recall, load 1.0, independent synapses", full["wrong"], simple,
                 0.3 * simple, "theory")]
    for load, expected in EXACT.items():
        found = measured[f"load {load}"]
        p1 = model.share_on(SIZE, SIZE, ACTIVE, ACTIVE, found["pairs"])
        wrong = model.false_ones_by_use(SIZE, SIZE, ACTIVE, ACTIVE, found["pairs"])
        noise = 3.0 * (wrong / found["asked"]) ** 0.5
        both = (expected + found["whole"]) / 2
        error = 3.0 * math.sqrt(max(both * (1 - both), 0.01) * (1 / 500 + 1 / found["asked"]))
        rows += [near(f"synapses on, load {load}", found["on"], p1, 0.02 * p1, "theory"),
                 near(f"wrong outputs a recall, load {load}", found["wrong"], wrong,
                      0.1 * wrong + noise, "theory"),
                 near(f"recalled whole, load {load}", found["whole"], expected, error,
                      "independent simulation")]
    for backend in BACKENDS:
        found = measured[f"spikes {backend}"]
        rows += [near(f"{what} as in the matrix, spiking on {backend}", found[what], 1.0, 0.0,
                      "exact") for what in ("synapses", "outputs")]
    return rows


def draw(measured: Measured) -> Any:
    """Synapses on and wrong outputs over load, simulation on theory."""
    axes = panels(10.5, 3.2, 3)
    grid = np.linspace(0.02, 1.1, 60)
    p1 = [model.share_on(SIZE, SIZE, ACTIVE, ACTIVE, int(x * PAIRS)) for x in grid]
    found = [measured[f"load {x}"] for x in EXACT]
    wrong = [model.false_ones_by_use(SIZE, SIZE, ACTIVE, ACTIVE, int(x * PAIRS)) for x in grid]
    lines = ((p1, "on", "share of synapses on"), (wrong, "wrong", "wrong outputs a recall"),
             ([math.exp(-w) for w in wrong], "whole", "share recalled whole"))
    for ax, (line, key, label) in zip(axes[0], lines, strict=True):
        ax.plot(grid, line, color=SERIES[0], label="theory")
        if key == "wrong":
            ax.plot(grid, [model.false_ones(SIZE, ACTIVE, ACTIVE, p) for p in p1],
                    color=SERIES[5], linestyle="--", label="independent synapses")
        ax.plot(list(EXACT), [f[key] for f in found], color=SERIES[1], label="simulation", **POINT)
        dress(ax, f"{SIZE} x {SIZE}, {ACTIVE} active", f"pairs / {PAIRS}", label)
    return axes


REPRODUCTION = Reproduction(
    "willshaw", "Willshaw matrix, and a spiking network that learns it in one shot",
    "Willshaw, Buneman and Longuet-Higgins 1969: formulas",
    "binary synapses recall exactly until about half of them are on; spiking neurons with "
    "feed-forward inhibition do the same", parts, judge, draw)
