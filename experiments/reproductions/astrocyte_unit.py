"""A unit whose threshold follows its own spikes slowly: what is exact, and a cue held in silence.

Not a figure of a paper: the equations of astrocyte-modulated spiking units (Shen et al. 2023) are
not known to us. What is shown is what our `AM_LIF` does, and whether training finds a use for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from ...backends.simulation import simulate
from ...models.astrocyte.modulated import AM_LIF
from ...models.synapses import static
from ...simulator import NeuronModel
from ...simulator.connectors import AllToAll
from ...simulator.errors import MissingPackageError
from ...simulator.network import Network, Population, Projection
from ...simulator.probes import SpikeProbe, StateProbe
from ...simulator.stimuli import SpikeTimes, StepCurrent
from ...simulator.units import ms
from .drawing import POINT, SERIES, dress, panels
from .record import Row, at_least, at_most, near
from .reproduction import Measured, Reproduction

CUES, EACH, GO = 4, 3, 4
"""Classes, inputs of each, and inputs that ask."""

CUE_STEPS, GO_STEPS, NOISE, ACTIVE = 5, 10, 0.01, 0.8
"""Steps of cue and question; chance of a spike in a step without and with them."""

CELLS, BATCH, ASKED, MEMORY, KAPPA = 24, 32, 500, 0.98, -4.0
READ = 8
"""Last steps whose mean is the answer."""

PLAIN = NeuronModel(
    "plain", "u : 1\nfired : 1\ni_in : 1\ni_offset : 1\nleak : 1\nth0 : 1",
    update="u = leak*u + i_in + i_offset - fired*th0\ni_in = 0\nfired = 0",
    threshold="u >= th0", reset="fired = 1",
    defaults={"u": 0, "fired": 0, "i_in": 0, "i_offset": 0, "leak": 0.9, "th0": 1})
READOUT = NeuronModel("readout", "dv/dt = -v/tau : 1\ntau : second",
                      defaults={"v": 0, "tau": 10*ms})


@dataclass(frozen=True)
class Arm:
    """A kind of unit: which parameter trains, one number a unit; whether units are joined."""

    trains: str
    recurrent: bool = False


ARMS = {"astrocyte": Arm("kappa"), "threshold": Arm("th0"), "leak": Arm("leak"),
        "recurrent": Arm("th0", True)}
"""Units whose astrocyte trains; and plain ones whose threshold, leak, or threshold and connections
train instead."""

SEEDS = {"ci": (0, 1, 2), "full": (0, 1, 2, 3, 4)}
TRAINED = {"ci": (("astrocyte", NOISE), ("threshold", NOISE), ("leak", NOISE)),
           "full": (("astrocyte", NOISE), ("threshold", NOISE), ("leak", NOISE),
                    ("recurrent", NOISE), ("astrocyte", 0.05), ("leak", 0.05))}
"""Arms, each with the noise during the delay."""

DELAY, UPDATES = 60, 250


def parts(size: str) -> Any:
    """Exact properties, then a training an arm, delay and seed; MissingPackageError without torch.
    """
    try:
        import torch  # noqa: F401
    except ImportError as problem:
        raise MissingPackageError("astrocyte-unit trains with torch: pip install \"engram[torch]\" "
                                  f"-c constraints.txt ({problem})") from problem
    out: dict[str, Any] = {"plain": plain, "decay": decay, "gradient": gradient}
    return out | {f"{arm}, noise {noise}, seed {seed}": partial(trained, arm, noise, seed)
                  for arm, noise in TRAINED[size] for seed in SEEDS[size]}


def plain(steps: int = 500) -> int:
    """Spikes and potentials in which the unit with kappa = 0 differs from a plain one, bit for bit.
    """
    drive = np.random.default_rng(5).uniform(0, 0.5, (steps, 4))
    runs = [simulate(Network([Population("n", 4, model, values)],
                             stimuli=[StepCurrent("n", "i_offset", np.arange(steps)*ms, drive)],
                             probes=[SpikeProbe("n"), StateProbe("n", "u")], dt=1*ms), steps*ms,
                     backend="reference")
            for model, values in ((AM_LIF, {"kappa": 0}), (PLAIN, {}))]
    a, b = (run.states["n"].traces["u"].values for run in runs)
    same = runs[0].digest == runs[1].digest
    return int((a != b).sum()) + (not same)


def decay(memory: float = 0.995) -> float:
    """Time constant of what one spike leaves, fitted, relative to -1/ln(memory)."""
    run = simulate(Network([Population("n", 1, AM_LIF, {"memory": memory, "kappa": 0}, {"u": 2})],
                           probes=[SpikeProbe("n"), StateProbe("n", "a")], dt=1*ms), 600*ms,
                   backend="reference")
    a = run.states["n"].traces["a"].values[1:, 0]
    return float(-1/np.polyfit(np.arange(len(a)), np.log(a), 1)[0]*-np.log(memory))


def gradient(steps: int = 30, some: int = 6) -> float:
    """Largest error of gradients of kappa and memory, relative to the largest of each.

    `some` units; against central differences, where spikes are the surrogate's own values.
    """
    import torch

    from ...backends.torch.module import as_module
    plan = network(ARMS["astrocyte"], 0)
    names = ("cells.kappa", "cells.memory")
    module = as_module(replace(plan, populations=[
        replace(p, parameters={**p.parameters, "memory": np.full(CELLS, MEMORY)})
        if p.name == "cells" else p for p in plan.populations]), train=names,
        outputs=("cells",), relaxed=True, reset_grad=True, dtype="float64",
        surrogate=lambda margin: torch.sigmoid(4*margin))
    rng = np.random.default_rng(0)
    x = torch.tensor((rng.random((steps, 2, CUES*EACH + GO)) < 0.3)*1.0)
    toward = torch.tensor(rng.normal(0, 1, (steps, 2, CELLS)))

    def loss() -> Any:
        return (module(x)[0]*toward).sum()

    loss().backward()
    worst = 0.0
    for name in names:
        p, step = module.parameter(name), 1e-6
        found = []
        with torch.no_grad():
            for n in range(some):
                p[n] += step
                above = loss()
                p[n] -= 2*step
                found.append(float((above - loss())/(2*step)))
                p[n] += step
        error = np.abs(p.grad.numpy()[:some] - found).max()/np.abs(found).max()
        worst = max(worst, float(error))
    return worst


def network(arm: Arm, seed: int) -> Network:
    """Inputs, units and a leaky readout of each class."""
    rng = np.random.default_rng(seed)
    many = CUES*EACH + GO
    start = {"kappa": 0.0, "th0": 1.0, "leak": 0.9, **({"kappa": KAPPA} if arm.trains == "kappa"
                                                      else {})}
    values = {**start, arm.trains: np.full(CELLS, start[arm.trains]), "memory": MEMORY}

    def joined(name: str, ends: tuple[str, str], shape: tuple[int, int], variable: str,
               gain: float) -> Projection:
        return Projection(name, *ends, AllToAll(), static(variable, "1"),
                          {"w": rng.normal(0, gain/shape[0]**0.5, shape[0]*shape[1])})

    see = joined("see", ("in", "cells"), (many, CELLS), "i_in", 2.0)
    say = joined("say", ("cells", "read"), (CELLS, CUES), "v", 1.0)
    echo = [joined("echo", ("cells", "cells"), (CELLS, CELLS), "i_in", 0.5)]*arm.recurrent
    return Network([Population("in", many, SpikeTimes([], []*ms)),
                    Population("cells", CELLS, AM_LIF, values),
                    Population("read", CUES, READOUT)], [see, *echo, say], dt=1*ms)


def trials(many: int, noise: float, rng: Any) -> tuple[Any, Any]:
    """Spikes (steps, many, inputs) and classes: a cue, silence but for noise, a question to all."""
    labels = rng.integers(0, CUES, many)
    x = rng.random((CUE_STEPS + DELAY + GO_STEPS, many, CUES*EACH + GO)) < noise
    x[:, :, CUES*EACH:] = False
    shown = np.repeat(np.eye(CUES, dtype=bool)[labels], EACH, axis=1)
    x[:CUE_STEPS, :, :CUES*EACH] |= shown & (rng.random((CUE_STEPS, many, CUES*EACH)) < ACTIVE)
    x[-GO_STEPS:, :, CUES*EACH:] = rng.random((GO_STEPS, many, GO)) < ACTIVE
    return x, labels


def trained(arm: str, noise: float, seed: int, updates: int = UPDATES) -> dict[str, float]:
    """Accuracy on new trials after training, and how many numbers trained."""
    import torch

    from ...backends.torch.module import as_module
    kind = ARMS[arm]
    names = ["see.w", "say.w", f"cells.{kind.trains}", *(["echo.w"] if kind.recurrent else [])]
    module = as_module(network(kind, seed), train=names, outputs=("read.v",), dtype="float32")
    # a hundredth of a threshold is much for th0, little for kappa, too much for a leak
    rates = {"cells.kappa": 0.2, "cells.leak": 0.002}
    groups = [{"params": [module.parameter(n)], "lr": rates.get(n, 0.02)} for n in names]
    optimizer = torch.optim.Adam(groups)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [g["lr"] for g in groups], updates)
    rng = np.random.default_rng([seed, 60])

    def answers(many: int) -> tuple[Any, Any]:
        x, labels = trials(many, noise, rng)
        out = module(torch.tensor(x, dtype=torch.float32))[0]
        return out[-READ:].mean(0), torch.tensor(labels)

    for _ in range(updates):
        out, labels = answers(BATCH)
        loss = torch.nn.functional.cross_entropy(5*out, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        out, labels = answers(ASKED)
    return {"accuracy": float((out.argmax(1) == labels).double().mean()),
            "trained": sum(p.numel() for p in module.parameters()),
            "mean": float(module.parameter(f"cells.{kind.trains}").detach().double().mean())}


def accuracies(measured: Measured, arm: str, noise: float = NOISE) -> Any:
    """Of the seeds."""
    return np.array([m["accuracy"] for name, m in measured.items()
                     if name.startswith(f"{arm}, noise {noise}, ")])


def judge(measured: Measured) -> list[Row]:
    """Properties, and what training made of them."""
    on, off, leaky = (accuracies(measured, arm) for arm in ("astrocyte", "threshold", "leak"))
    error = np.sqrt((on.var(ddof=1) + off.var(ddof=1))/len(on))
    many = [m["trained"] for name, m in measured.items() if name.split(",")[0] in (
        "astrocyte", "threshold", "leak")]
    return [
        near("numbers that differ from the plain unit, kappa = 0", measured["plain"], 0, 0,
             "exact"),
        near("time constant over -1/ln(memory)", measured["decay"], 1, 1e-9, "theory"),
        at_most("gradients of kappa and memory, relative error", measured["gradient"], 1e-6,
                "finite differences"),
        near("difference in trained numbers between units", max(many) - min(many), 0, 0, "exact"),
        at_least("cue recalled after 60 steps, astrocytes train (chance 0.25)", on.mean(), 0.9,
                 "our limit"),
        at_least("more than plain units whose threshold trains, s.e.",
                 (on.mean() - off.mean())/max(error, 1e-12), 3, "our limit"),
        at_most("more than plain units whose leak trains (no gain expected)",
                on.mean() - leaky.mean(), 0.05, "our limit")]


def draw(measured: Measured) -> Any:
    """Accuracy of each arm and seed."""
    axes = panels(6.4, 3.2, 1)
    ax, seen = axes[0, 0], []
    for name in measured:
        arm, _, noise = name.partition(", noise ")
        key = (arm, noise.split(",")[0])
        if noise and key not in seen:
            seen.append(key)
    for n, (arm, noise) in enumerate(seen):
        found = accuracies(measured, arm, float(noise))
        ax.plot(np.full(len(found), n), found, color=SERIES[0], **POINT)
    ax.axhline(1/CUES, color="0.6", linewidth=0.8)
    ax.annotate("chance", (len(seen) - 0.6, 1/CUES), xytext=(0, 3), textcoords="offset points",
                fontsize=8, color="0.4", ha="right")
    ax.set_xticks(range(len(seen)), [f"{arm}\n{noise}" for arm, noise in seen])
    ax.set_xlim(-0.5, len(seen) - 0.5)
    ax.set_ylim(0, 1.03)
    dress(ax, "a cue of 5 steps asked 60 steps later", "what trains; noise meanwhile",
          "share recalled")
    return axes


REPRODUCTION = Reproduction(
    "astrocyte-unit", "24 spiking units whose threshold follows their own spikes slowly, trained "
    "by gradient",
    "our own equations, not the paper's: those of Shen et al. 2023 (arXiv 2312.07625) are not "
    "known to us",
    "a slow threshold keeps a cue without spikes; plain units with as many trained numbers do so "
    "where their leak trains, not where their threshold does", parts, judge, draw)
