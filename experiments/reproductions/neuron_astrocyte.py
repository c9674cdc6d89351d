"""Neuron-astrocyte associative memory: as many patterns as neurons, where Hopfield's forgets."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...backends.simulation import simulate
from ...models.astrocyte.associative import NeuronAstrocyteMemory, flipped, overlap
from ...models.astrocyte.associative_network import memory_network, steps_of
from ...models.hebbian import hopfield
from ...simulator.probes import StateProbe
from .drawing import SERIES, dress, panels
from .record import Row, at_least, at_most, near
from .reproduction import Measured, Reproduction

NEURONS = 100
LOADS = (5, 10, 50, 100)
FLIPS = 0.1

STEPS, SEEDS = {"ci": 300, "full": 1000}, {"ci": 2, "full": 3}


def parts(size: str) -> Any:
    """A part a load, one for a harder cue, and the same memory as a network."""
    steps, seeds = STEPS[size], SEEDS[size]
    found = {f"K={k}": partial(recall, NEURONS, k, FLIPS, seeds, steps) for k in LOADS}
    found["flips 0.2"] = partial(recall, NEURONS, 10, 0.2, seeds, steps)
    if size == "full":
        found["flips 0.3"] = partial(recall, NEURONS, 10, 0.3, seeds, steps)
        found["N=200"] = partial(recall, 200, 10, FLIPS, seeds, steps)
    return found | {"energy": energy, "network": network}


def recall(neurons: int, patterns: int, flips: float, seeds: int, steps: int) -> dict[str, Any]:
    """Overlap with the pattern asked for after recall, of this memory and of a Hopfield net."""
    found: dict[str, list[float]] = {"ours": [], "hopfield": []}
    for seed in range(seeds):
        memory, cue = stored(neurons, patterns, flips, seed)
        wanted = memory.patterns[0]
        couplings = hopfield.hebb(memory.patterns.T.astype(np.int8))
        found["ours"].append(overlap(memory.recall(cue, steps), wanted))
        found["hopfield"].append(overlap(hopfield.recall(couplings, cue.astype(np.int8)), wanted))
    return found


def stored(neurons: int, patterns: int, flips: float, seed: int) -> tuple[Any, Any]:
    """A memory of random patterns, and the first of them with some entries negated."""
    rng = np.random.default_rng(seed)
    memory = NeuronAstrocyteMemory(rng.choice([-1, 1], (patterns, neurons)))
    return memory, flipped(memory.patterns[0], flips, rng)


def energy() -> dict[str, Any]:
    """Energy along a recall."""
    memory, cue = stored(60, 10, FLIPS, 0)
    y = memory.start(cue)
    found = [memory.energy(y)]
    for _ in range(400):
        y = memory.step(y)
        found.append(memory.energy(y))
    return {"energy": found}


def network() -> dict[str, float]:
    """Neurons, contacts and memories as populations: how far from the matrices after 100 steps."""
    memory, cue = stored(60, 10, FLIPS, 0)
    run = simulate(memory_network(memory, cue, [StateProbe("neurons", "x", every=2)]),
                   steps_of(100))
    y = memory.start(cue)
    for _ in range(100):
        y = memory.step(y)
    x = run.states["neurons"].traces["x"].values[-1]
    return {"apart": float(np.abs(x - y.x).max() / np.abs(y.x).max()),
            "overlap": overlap(np.where(x < 0, -1, 1), memory.patterns[0])}


def judge(measured: Measured) -> list[Row]:
    """Perfect recall up to K = N; Hopfield's network beyond its 0.14 N does not manage."""
    rows = [near(f"overlap, N={NEURONS} K={k}, 10 % flipped", min(measured[f"K={k}"]["ours"]), 1, 0,
                 "independent simulation") for k in LOADS]
    rows.append(near("overlap, K=10, 20 % flipped", min(measured["flips 0.2"]["ours"]), 1, 0,
                     "independent simulation"))
    if "flips 0.3" in measured:
        rows.append(at_least("share recalled, K=10, 30 % flipped",
                             np.mean(np.array(measured["flips 0.3"]["ours"]) == 1), 0.66,
                             "independent simulation"))
        rows.append(near("overlap, N=200 K=10, 10 % flipped", min(measured["N=200"]["ours"]), 1, 0,
                         "independent simulation"))
    rows.append(at_most(f"overlap of Hopfield's network, K={LOADS[-1]}",
                        max(measured[f"K={LOADS[-1]}"]["hopfield"]), 0.9, "theory"))
    fall = measured["energy"]["energy"]
    # at rest what is left is rounding: 1e-12 of an energy of 3,000 is 3e-9
    rows.append(at_most("largest rise of the energy in a step", np.diff(fall).max(), 1e-8,
                        "theory"))
    rows.append(at_least("fall of the energy", fall[0] - fall[-1], 1, "theory"))
    # the sums of the two forms run in different orders
    rows.append(at_most("network and matrices apart, relative", measured["network"]["apart"], 1e-8,
                        "exact"))
    rows.append(near("overlap of the network", measured["network"]["overlap"], 1, 0, "exact"))
    return rows


def draw(measured: Measured) -> Any:
    """Overlap by load, and the energy of one recall."""
    axes = panels(8.0, 3.2, 2)
    for n, (key, label) in enumerate((("ours", "neurons and astrocytes"),
                                      ("hopfield", "Hopfield's network"))):
        axes[0, 0].plot(np.array(LOADS)/NEURONS,
                        [np.mean(measured[f"K={k}"][key]) for k in LOADS], color=SERIES[n],
                        marker="o", markersize=4, label=label)
    axes[0, 0].set_ylim(0, 1.05)
    dress(axes[0, 0], f"recall from 10 % flipped, N = {NEURONS}", "patterns / N", "overlap")
    axes[0, 1].plot(np.arange(len(measured["energy"]["energy"]))*0.05,
                    measured["energy"]["energy"], color=SERIES[0])
    dress(axes[0, 1], "energy during a recall", "time constants", "E")
    return axes


REPRODUCTION = Reproduction(
    "neuron-astrocyte-memory", "associative memory of neurons, synapses and astrocytic processes",
    "Kozachkov, Slotine and Krotov 2025, PNAS 122; program and tutorial of the authors",
    "processes that exchange what they know store as many patterns as there are neurons, where "
    "Hopfield's network holds 0.14 of that", parts, judge, draw)
