"""Times on a GPU: networks, and batches of memories. `python -m benchmarks.gpu`.

Without a device every line says that it was not measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import engram as eg
from engram.backends.cuda.find import DeviceError, require, simulated
from engram.backends.cuda.runner import CudaRunner
from engram.models.hippocampus import HippocampalCAM
from engram.simulator.batch import trials_of
from engram.simulator.errors import MissingPackageError
from engram.simulator.lower import lower
from engram.simulator.lower_batch import lower_batch

from .networks import _balanced, cuba, dense

NETWORKS: dict[str, Callable[[], Any]] = {
    "1,000 neurons, 8 %": lambda: _balanced(1000, eg.FixedProbability(0.08), "1.62*mV", "-9*mV",
                                            None, "small"),
    "cuba": cuba, "dense": dense}
BATCHES = (1, 8, 64, 512, 4096)
STEPS = 2000


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


def lines() -> list[str]:
    """One line a measurement."""
    names = [f"{name}: steps a second" for name in NETWORKS]
    names += [f"{many} memories at once: steps a second of all" for many in BATCHES]
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
    return out


def _parts(plan: Any) -> str:
    neurons = sum(p.size for p in plan.populations)
    synapses = int(np.sum([q.synapses for q in plan.projections]))
    return f"{neurons} neurons, {synapses} synapses"


if __name__ == "__main__":
    print("\n".join(lines()))
