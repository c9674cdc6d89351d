"""Times on a GPU: networks, batches of memories, Hebbian memories. `python -m benchmarks.gpu`.

Without a device every line says that it was not measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import engram as eg
from engram.backends.cuda.runner import CudaRunner
from engram.models.hebbian import CliqueMemory, cliques
from engram.models.hebbian import patterns as pt
from engram.models.hippocampus import HippocampalCAM
from engram.simulator.batch import trials_of
from engram.simulator.errors import MissingPackageError
from engram.simulator.gpu import DeviceError, require, simulated
from engram.simulator.lower import lower
from engram.simulator.lower_batch import lower_batch

from . import hebbian
from .networks import _balanced, cuba, dense

NETWORKS: dict[str, Callable[[], Any]] = {
    "1,000 neurons, 8 %": lambda: _balanced(1000, eg.FixedProbability(0.08), "1.62*mV", "-9*mV",
                                            None, "small"),
    "cuba": cuba, "dense": dense}
BATCHES = (1, 8, 64, 512, 4096)
STEPS = 2000
CHAINS = (1, 64, 1024)
"""Of a dense network of P = 4, 1,000 spins, 10,000 patterns, at infinite temperature."""
QUERIES = 100_000
"""To 8 clusters of 256 units with 15,000 messages, four erased."""


def seconds(runner: Any, steps: int) -> float:
    """Time of `steps` steps, recordings read, after as many that compile and warm up."""
    runner.advance(steps)
    runner.drain()
    began = time.perf_counter()
    runner.advance(steps)
    runner.drain()
    return time.perf_counter() - began


def memories(many: int) -> Any:
    """The Plan of a batch of memories that learn and recall different contents."""
    networks = []
    for b in range(many):
        content = [b % 10, (b // 10) % 10, (b // 100 + 5) % 10]
        cam = HippocampalCAM(cues=5, contents=10).learn(b % 5, sorted(set(content)))
        networks.append(cam.recall(cue=b % 5).network())
    plan = lower(networks[0], None, 0)
    return lower_batch(networks[0], plan, trials_of(networks[0], networks, 0))


def sweeps(chains: int, parallel: bool, count: int = 3) -> float:
    """Pattern-spin operations a second, of all chains; the CPU's are in `benchmarks.hebbian`.

    Numbers travel to the device and back within the time.
    """
    from engram.kernels import pbody_cuda
    x = pt.random_signs(hebbian.SPINS, hebbian.PATTERNS, 0)
    states = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (chains, hebbian.SPINS))

    def work() -> None:
        pbody_cuda.sweep_signs(x, states, hebbian.ORDER, 1.0 / hebbian.SPINS**3, 0.0, 1,
                               np.arange(chains), 0, count, parallel)
    return chains * count * x.size / hebbian.best(work, 3)


def queries(rule: str) -> float:
    """Queries to a clique memory a second; cues and answers travel within the time."""
    memory = CliqueMemory(8, 256)
    stored = cliques.random_messages(15_000, 8, 256, 0)
    memory.learn(stored)
    cues = np.resize(cliques.erased(stored, 4, 1), (QUERIES, 8))
    return QUERIES / hebbian.best(lambda: memory.active(cues, rule, device="cuda"), 3)


def hebbian_works() -> dict[str, Callable[[], float]]:
    """What each measurement of a Hebbian memory counts a second."""
    out: dict[str, Callable[[], float]] = {}
    for parallel in (False, True):
        for chains in CHAINS:
            way = "in parallel" if parallel else "in turn"
            out[f"P = 4, {chains} chains {way}: pattern-spin operations a second"] = (
                lambda n=chains, p=parallel: sweeps(n, p))
    for rule in cliques.RULES:
        out[f"cliques, {rule}: queries a second"] = lambda r=rule: queries(r)
    return out


def lines() -> list[str]:
    """One line a measurement."""
    names = [f"{name}: steps a second" for name in NETWORKS]
    names += [f"{many} memories at once: steps a second of all" for many in BATCHES]
    names += hebbian_works()
    try:
        require()
        missing = "Numba plays the device here" if simulated() else ""
    except (DeviceError, MissingPackageError) as problem:
        missing = str(problem)
    if missing:
        return [f"{name}: not measured" for name in names] + [missing]
    out = []
    for name, build in NETWORKS.items():
        plan = lower(build(), None, 0)
        out.append(f"{name}: {STEPS / seconds(CudaRunner(plan), STEPS):.3g} steps a second; "
                   f"{_parts(plan)}")
    for many in BATCHES:
        runner = CudaRunner(memories(many))
        out.append(f"{many} memories: {many * STEPS / seconds(runner, STEPS):.3g} steps a second "
                   "of all")
    return out + [f"{name}: {work():.3g}" for name, work in hebbian_works().items()]


def _parts(plan: Any) -> str:
    neurons = sum(p.size for p in plan.populations)
    synapses = int(np.sum([q.synapses for q in plan.projections]))
    return f"{neurons} neurons, {synapses} synapses"


if __name__ == "__main__":
    print("\n".join(lines()))
