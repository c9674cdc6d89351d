"""One timed run of Brian2's C++ standalone mode in a process of its own; prints JSON.

    python -m benchmarks.brian2_child NETWORK SECONDS PRECISION FOLDER

Same equations, connections, weights and initial values as engram's (taken from its Plan).
Brian2's delays are one step shorter and its refractory period one step longer for the same
network. A folder that holds an earlier build is used again. `run` is the time that the generated
program reports for its main loop.
"""

import time

BEGAN = time.perf_counter()

import json
import sys
from pathlib import Path

import brian2 as b2
import numpy as np


def cells(plan: object, n: int, refractory: bool) -> b2.NeuronGroup:
    """The target population."""
    if refractory:
        group = b2.NeuronGroup(n, """
            dv/dt = (ge + gi - (v - v_l))/tau_m : volt (unless refractory)
            dge/dt = -ge/tau_e : volt
            dgi/dt = -gi/tau_i : volt""", threshold="v > v_t", reset="v = v_r",
            refractory=5.1 * b2.ms, method="exact", namespace={
                "v_l": -49 * b2.mV, "v_t": -50 * b2.mV, "v_r": -60 * b2.mV,
                "tau_m": 20 * b2.ms, "tau_e": 5 * b2.ms, "tau_i": 10 * b2.ms})
        group.v = plan.populations[0].state["v"] * b2.volt
        return group
    group = b2.NeuronGroup(n, """
        dv/dt = (v_l - v + ge)/tau_m : volt
        dge/dt = -ge/tau_e : volt""", threshold="v > -54*mV", reset="v = -60*mV", method="exact",
        namespace={"v_l": -74 * b2.mV, "tau_m": 10 * b2.ms, "tau_e": 5 * b2.ms})
    group.v = -60 * b2.mV
    return group


def static(group: b2.NeuronGroup, plan: object, delay: object) -> list[b2.Synapses]:
    """Excitatory and inhibitory projections with the Plan's own arrays."""
    out = []
    for q, target in zip(plan.projections, ("ge", "gi"), strict=True):
        s = b2.Synapses(group, group, "w : volt", on_pre=f"{target} += w", delay=delay)
        pre = np.repeat(np.arange(len(q.indptr) - 1, dtype=np.int32), np.diff(q.indptr))
        s.connect(i=pre, j=q.post.astype(np.int32))
        s.w = q.constants["w"] * b2.volt
        out.append(s)
    return out


def plastic(sources: b2.PoissonGroup, group: b2.NeuronGroup, plan: object) -> b2.Synapses:
    """Pair STDP as a Brian2 user writes it, except when the synapses see postsynaptic spikes.

    As in engram that is one step (the delay) late, and before the presynaptic spikes of that step.
    With Brian2's defaults (at once, and after them) potentiation is exp(dt/tau) stronger and
    depression as much weaker, 1 % together: the cells of `dense` then fire 14 % more often, those
    of `sparse` 5 %. See docs/differences.md.
    """
    q = plan.projections[0]
    s = b2.Synapses(sources, group, """
        w : 1
        dapre/dt = -apre/tau : 1 (event-driven)
        dapost/dt = -apost/tau : 1 (event-driven)""",
        on_pre="apre += 0.01; w = clip(w + apost, 0, 1); ge += g*w",
        on_post="apost -= 0.0105; w = clip(w + apre, 0, 1)", delay={"post": 0.1 * b2.ms},
        namespace={"tau": 20 * b2.ms, "g": q.constants["g"] * b2.volt})
    if q.dense:
        s.connect()
    else:
        s.connect(i=np.repeat(np.arange(len(q.indptr) - 1), np.diff(q.indptr)),
                  j=q.post.astype(np.int32))
    s.post.order = s.pre.order - 1
    s.w = q.state["w"]
    return s


def main(name: str, duration: float, precision: str, folder: str) -> None:
    """Build, run and print."""
    from engram import lower

    from . import networks
    b2.prefs.logging.file_log = False
    b2.prefs.core.default_float_dtype = getattr(np, precision)
    b2.prefs.devices.cpp_standalone.openmp_threads = 0
    b2.set_device("cpp_standalone", build_on_run=False, directory=folder)
    b2.defaultclock.dt = 0.1 * b2.ms
    kind = name.split("_")[0]
    plan = lower(getattr(networks, kind)())
    idle = name.endswith("_idle")
    group = cells(plan, plan.populations[-1].size, kind in ("cuba", "large"))
    parts: list[object] = [group, b2.SpikeMonitor(group, name="cells_spikes")]
    counts = {"cells": parts[1]}
    if kind in ("cuba", "large"):
        parts += static(group, plan, 1.4 * b2.ms if kind == "large" else 0 * b2.ms)
    else:
        sources = b2.PoissonGroup(10_000, 15 * b2.Hz)
        counts["sources"] = b2.SpikeMonitor(sources, name="source_spikes")
        parts += [sources, counts["sources"]]
        parts += [] if idle else [plastic(sources, group, plan)]
    network = b2.Network(*parts)
    network.run(duration * b2.second)
    fresh = not (Path(folder) / "main").exists()
    b2.device.build(directory=folder, compile=True, run=True, clean=False)
    result = {"run": b2.device._last_run_time, "total": time.perf_counter() - BEGAN,
              "fresh": fresh, "spikes": {n: int(m.num_spikes) for n, m in counts.items()}}
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3], sys.argv[4])
