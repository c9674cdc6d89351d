"""BCPNN: the synapse beside naive code and theory; an attractor memory beside counted weights."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...models.hebbian.bcpnn import Bcpnn
from ...models.hebbian.bcpnn_traces import follow
from ...models.hebbian.cliques import erased, random_messages
from ...models.hebbian.spiking_bcpnn import CUED, INTERVAL, OPEN, PRINTED, RATES, SpikingBCPNN
from ..figures import NOTE
from .bcpnn_trains import RATE, against_naive, against_theory, theory
from .drawing import POINT, SERIES, bars, dress, mark, panels
from .record import Row, at_least, at_most, between, near
from .reproduction import Measured, Reproduction

HYPERCOLUMNS, UNITS, SHARE = 10, 10, 0.05
LOADS = (10, 20, 30, 40)
COMMON = ((0.0, 0), (2.0, 0), (10.0, 0), (10.0, 10), (40.0, 0))
"""Hz of spikes in pairs, and by how many ms the target's are later."""

NETWORKS = {"ci": 3, "full": 20}
SYNAPSES = {"ci": 400, "full": 4000}
BACKENDS = ("reference", "numba", "brian2")


def parts(size: str) -> Any:
    """Trains by backend, theory by common rate, recall by load, a small network by backend."""
    out: dict[str, Any] = {f"trains {b}": partial(against_naive, b) for b in BACKENDS}
    out |= {f"poisson {c:g} Hz, {late} ms": partial(against_theory, c, late, SYNAPSES[size], 0)
            for c, late in COMMON}
    out |= {f"load {k}": partial(recalls, k, NETWORKS[size]) for k in LOADS}
    out |= {f"spikes {b}": partial(spikes, b) for b in BACKENDS}
    return out | {"completion": completion}


def rivals(patterns: Any, number: int, seed: int) -> Any:
    """Each pattern with `number` hypercolumns of the one before it."""
    who = np.random.default_rng(seed).random(patterns.shape).argsort(axis=1) < number
    return np.where(who, np.roll(patterns, 1, axis=0), patterns)


def recalls(load: int, networks: int) -> dict[str, Any]:
    """Share of patterns recalled whole, by spikes and by counting, from two kinds of cue.

    Half the hypercolumns erased; three of ten of another pattern. `apart` is the largest relative
    difference of Pij to the counts.
    """
    from ...backends.simulation import simulate
    right: dict[str, list[float]] = {}
    apart = 0.0
    for seed in range(networks):
        x = random_messages(load, HYPERCOLUMNS, UNITS, seed)
        counted = Bcpnn(HYPERCOLUMNS, UNITS, SHARE)
        counted.learn(x)
        cues = {"half": erased(x, HYPERCOLUMNS // 2, seed), "rivals": rivals(x, 3, seed)}
        memory = taught(x, SHARE, np.concatenate(list(cues.values())))
        run = simulate(memory.network(), memory.duration, backend="numba")
        found = np.split(np.array(memory.decode(run)), 2)
        for (kind, cue), answer in zip(cues.items(), found, strict=True):
            for who, got in (("spikes", answer), ("counts", counted.recall(cue))):
                right.setdefault(f"{who}, {kind}", []).append(float((got == x).all(1).mean()))
        p_ij = memory.probabilities(run).p_ij
        apart = max(apart, float(np.nanmax(np.abs(p_ij / counted.p_joint - 1))))
    return {name: float(np.mean(values)) for name, values in right.items()} | {
        "asked": load * networks, "apart": apart}


def taught(patterns: Any, share: float, cues: Any) -> SpikingBCPNN:
    """A memory of the patterns' shape, taught each once and then asked."""
    units = UNITS if np.shape(patterns)[1] == HYPERCOLUMNS else 3
    memory = SpikingBCPNN(np.shape(patterns)[1], units, share)
    for pattern in patterns:
        memory = memory.learn(pattern)
    for cue in cues:
        memory = memory.recall(cue)
    return memory


def spikes(backend: str) -> dict[str, Any]:
    """A network of 9 units, taught two patterns: every spike, and its weights.

    `naive` is the largest relative difference of Pij to the naive reference on the spikes found.
    """
    from ...backends.simulation import simulate
    memory = taught([[0, 1, 2], [2, 0, 1]], 0.2, [[0, 1, -1]])
    run = simulate(memory.network(), memory.duration, backend=backend)
    found, kappa = run.spikes["units"], np.zeros(run.steps)
    events = np.zeros((run.steps + 1, 9), bool)
    events[found.step + 1, found.i] = True  # half of a delay of 2 ms on either side
    for n in range(2):
        kappa[n * INTERVAL + PRINTED[0]:n * INTERVAL + PRINTED[1]] = memory.kappa
    naive = follow(events[:-1], events[:-1], kappa, 1e-3, RATES, start=1 / 3)
    p = memory.probabilities(run)
    return {"step": found.step.tolist(), "i": found.i.tolist(),
            "w": run.weights["between"]["w"].tolist(),
            "decoded": memory.decode(run)[0].tolist(),
            "naive": float(np.nanmax(np.abs(p.p_ij / naive.p_ij - 1)))}


def completion() -> dict[str, Any]:
    """One network for the figure: the spikes of two recalls, learnt weights beside counted ones."""
    from ...backends.simulation import simulate
    x = random_messages(LOADS[0], HYPERCOLUMNS, UNITS, 0)
    cues = [erased(x, 6, 1)[0], rivals(x, 4, 1)[1]]
    memory = taught(x, SHARE, cues)
    run = simulate(memory.network(), memory.duration, backend="numba")
    counted = Bcpnn(HYPERCOLUMNS, UNITS, SHARE)
    counted.learn(x)
    found = run.spikes["units"]
    late = found.step >= len(x) * INTERVAL
    w, wanted = memory.probabilities(run).weights, counted.weights()
    pairs = np.isfinite(w)
    return {"step": (found.step[late] - len(x) * INTERVAL).tolist(), "i": found.i[late].tolist(),
            "asked": x[:2].tolist(), "cues": np.array(cues).tolist(),
            "right": float(np.mean(np.array(memory.decode(run)) == x[:2])),
            "line": np.polyfit(wanted[pairs], w[pairs], 1).tolist(),
            "correlation": float(np.corrcoef(wanted[pairs], w[pairs])[0, 1]),
            "w": w[pairs][::7].round(4).tolist(), "counted": wanted[pairs][::7].round(4).tolist()}


def judge(measured: Measured) -> list[Row]:
    """Exact where it is; theory at 3 standard errors; recall at 3 of a difference of shares."""
    rows = []
    for b in BACKENDS:
        found = measured[f"trains {b}"]
        rows += [at_most(f"{name} and naive reference apart, {b}", found[key], 1e-11, "exact")
                 for name, key in (("Pij", "p_ij"), ("log Pij/(Pi Pj)", "w"))]
    for c, late in COMMON:
        found = measured[f"poisson {c:g} Hz, {late} ms"]
        rows += [near(f"{name}, {c:g} of {RATE:g} Hz in pairs {late} ms apart",
                      found[f"mean {key}"], found[f"theory {key}"], 3 * found[f"error {key}"],
                      "theory") for name, key in (("Pij", "p_ij"), ("weight", "w"))]
    for k in LOADS:
        found = measured[f"load {k}"]
        for kind, cue in (("half", "half a cue"), ("rivals", "a cue with 3 rivals")):
            ours, counts = found[f"spikes, {kind}"], found[f"counts, {kind}"]
            error = three_errors(ours, counts, found["asked"])
            rows.append(at_least(f"recalled whole from {cue}, {k} patterns", ours, counts - error,
                                 "counted weights"))
        rows.append(at_most(f"Pij and counts apart, {k} patterns", found["apart"], 0.05,
                            "counted weights"))
    one = measured["completion"]
    rows += [between("slope of learnt over counted weights", one["line"][0], 0.98, 1.02,
                     "counted weights"),
             at_least("their correlation", one["correlation"], 0.999, "counted weights"),
             near("hypercolumns right, 6 of 10 erased; 4 of 10 rivals", one["right"], 1.0, 0.0,
                  "counted weights")]
    return rows + [row for b in BACKENDS for row in _same(measured, b)]


def _same(measured: Measured, backend: str) -> list[Row]:
    """Spikes and weights of the small network beside those of the reference."""
    truth, found = measured[f"spikes {BACKENDS[0]}"], measured[f"spikes {backend}"]
    same = (truth["step"], truth["i"]) == (found["step"], found["i"]) and len(truth["i"]) > 80
    apart = np.max(np.abs(np.array(found["w"]) - truth["w"]))
    return [near(f"spikes of the memory as on the reference, {backend}", float(same), 1.0, 0.0,
                 "exact"),
            at_most(f"its weights apart, {backend}", apart, 1e-12, "exact"),
            at_most(f"its Pij and naive reference apart, {backend}", found["naive"], 1e-4, "exact"),
            near(f"pattern completed, {backend}", float(found["decoded"] == [0, 1, 2]), 1.0, 0.0,
                 "exact")]


def three_errors(a: float, b: float, asked: int) -> float:
    """3 standard errors of the difference of two shares of as many, as if independent."""
    both = (a + b) / 2
    return float(3 * np.sqrt(2 * max(both * (1 - both), 0.25 / asked) / asked))


def draw(measured: Measured) -> Any:
    """Two recalls; weights over common rate; learnt over counted; recalled over load."""
    axes = panels(11.0, 6.4, 2, 2)
    one = measured["completion"]
    _raster(axes[0, 0], one)
    found = [measured[f"poisson {c:g} Hz, {late} ms"] for c, late in COMMON if late == 0]
    rates = [c for c, late in COMMON if late == 0]
    grid = np.linspace(0, max(rates), 60)
    axes[0, 1].plot(grid, [np.log(p_ij / p**2) for p, p_ij in (theory(c, 0) for c in grid)],
                    color=SERIES[0], label="theory")
    bars(axes[0, 1], rates, [f["mean w"] for f in found], [3 * f["error w"] for f in found],
         SERIES[1], "network, 3 s.e.")
    dress(axes[0, 1], "weights of Poisson trains", f"Hz of {RATE:g} Hz in pairs", "log Pij/(Pi Pj)")
    ends = [min(one["counted"]), max(one["counted"])]
    axes[1, 0].plot(ends, ends, color=SERIES[0], label="equal")
    axes[1, 0].plot(one["counted"], one["w"], color=SERIES[1], label="synapses", **POINT)
    dress(axes[1, 0], "weights after a lesson each", "counted", "learnt by spikes")
    for n, (kind, label) in enumerate((("half", "half a cue"), ("rivals", "3 of 10 rivals"))):
        for who, style in (("counts", {"linestyle": ":"}), ("spikes", POINT)):
            axes[1, 1].plot(LOADS, [measured[f"load {k}"][f"{who}, {kind}"] for k in LOADS],
                            color=SERIES[n], label=f"{label}, {who}", **style)
    axes[1, 1].set_ylim(0, 1.05)
    dress(axes[1, 1], f"{HYPERCOLUMNS} hypercolumns of {UNITS}", "patterns", "share recalled whole")
    return axes


def _raster(ax: Any, one: Measured) -> None:
    """Units of the pattern asked for in blue, all others in red."""
    step, unit = np.array(one["step"]), np.array(one["i"])
    asked = np.array(one["asked"])[step // INTERVAL, unit // UNITS]
    right = asked == unit % UNITS
    for n, (which, label) in enumerate(((right, "of the pattern"), (~right, "others"))):
        ax.plot(step[which], unit[which], color=SERIES[n], label=label, linestyle="none",
                marker="|", markersize=3)
    for n, name in enumerate(("6 erased", "4 rivals")):
        mark(ax, n * INTERVAL + CUED[1], f"{name}: cue ends")
        mark(ax, n * INTERVAL + OPEN[1], "")
    ax.set_xlim(0, 2 * INTERVAL)
    ax.set_ylim(-20, HYPERCOLUMNS * UNITS + 12)
    ax.set_yticks(range(0, HYPERCOLUMNS * UNITS + 1, 2 * UNITS))
    dress(ax, "two recalls", "time (ms)", "unit, ten a hypercolumn")
    free = (OPEN[1] + INTERVAL + CUED[1]) / 2  # between two dotted lines
    ax.legend(frameon=False, fontsize=NOTE, loc="lower center",
              bbox_to_anchor=(free / (2 * INTERVAL), 0))


REPRODUCTION = Reproduction(
    "bcpnn", "spiking attractor memory that learns by the BCPNN rule",
    "Lansner and Ekeberg 1989; Tully, Hennig and Lansner 2014: the rule; theory of Poisson trains "
    "and the memory's numbers are ours",
    "traces of spikes estimate probabilities, weights the logarithm of coincidence over chance; "
    "one lesson each makes attractors that complete cues and settle rivals", parts, judge, draw)
