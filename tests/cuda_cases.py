"""What the cuda backend must do, each case a list of what it did not do, in words.

The same cases run in Numba's simulator (cuda_child.py) and on a GPU (test_cuda_gpu.py). Equal means
equal bits: spikes, recorded states, and the whole snapshot at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from conformance.networks import random_structures
from conformance.scenarios import SCENARIOS
from hippocampal_recording import CONTENT, CUE, by_ms, mismatches
from hypothesis import HealthCheck, given, settings

import engram as eg
from engram import Hz, ms
from engram.backends.cuda.runner import CudaRunner
from engram.backends.numba.runner import NumbaRunner
from engram.backends.reference.runner import ReferenceRunner
from engram.models.astrocyte import BEFORE, GAP_JUNCTION, GCHI, GCHI_NOISY, SPILLOVER
from engram.models.hippocampus import HippocampalCAM
from engram.simulator.batch import Trial, trials_of
from engram.simulator.clock import duration_steps
from engram.simulator.lower import lower
from engram.simulator.lower_batch import lower_batch
from engram.simulator.units import second, umolar

SEED = 3
WORKERS = {"lanes": 2, "workers": 2}
"""Two blocks for one network."""

SHARED = ("recurrent", "views_that_learn", "multapses", "random_release", "hippocampal_cam",
          "poisson_input", "timed_values", "stdp_f_050", "stdp_mixed", "synapse_three_factor",
          "synapse_tsodyks_markram", "synapse_short_term_memory", "own_dynamics", "reads_neurons",
          "mixed_delays", "refractory_input", "clocks", "couplings", "order_of_a_step")
"""Scenarios that several workers run: all kinds of phases and barriers."""

Plans = tuple[Any, int]


def planned(name: str, dtype: Any = np.float64) -> Plans:
    """Plan and steps of a scenario."""
    plan = lower(SCENARIOS[name].build(), None, SEED, dtype)
    return plan, duration_steps(SCENARIOS[name].duration, plan.dt)


def unlike(got: Any, truth: Any, plan: Any) -> list[str]:
    """What differs between two runners that ran the same, recordings and snapshots."""
    a, b = got.drain(), truth.drain()
    out = [f"spikes of {plan.populations[n].name}" for n, s in b.spikes.items()
           if not all(np.array_equal(getattr(a.spikes[n], x), getattr(s, x))
                      for x in ("offsets", "step", "i"))]
    out += [f"record {n}.{m}" for n, rows in enumerate(b.rows) for m, x in enumerate(rows)
            if not same(a.rows[n][m], x)]
    for copy, (x, y) in enumerate(zip(got.snapshot(), truth.snapshot(), strict=True)):
        out += [f"copy {copy}: {what}" for what in parts_unlike(x, y)]
    return out


def parts_unlike(a: Any, b: Any) -> Iterator[str]:
    """What differs between two snapshots."""
    if a.k != b.k:
        yield f"step {a.k}, not {b.k}"
    for kind in ("populations", "projections"):
        for n, (x, y) in enumerate(zip(getattr(a, kind), getattr(b, kind), strict=True)):
            for name, value in vars(y).items():
                mine = getattr(x, name)
                if isinstance(value, dict):
                    yield from (f"{kind}[{n}].{name}[{v!r}]" for v in value
                                if not same(mine[v], value[v]))
                elif not same(mine, value):
                    yield f"{kind}[{n}].{name}"


def same(a: Any, b: Any) -> bool:
    """Equal shapes and numbers; a NaN equals a NaN."""
    return bool(np.array_equal(a, b, equal_nan=np.asarray(b).dtype.kind == "f"))


def ran(runner: Any, steps: int) -> Any:
    """The runner, `steps` steps later."""
    runner.advance(steps)
    return runner


def agrees(plan: Any, steps: int, **options: Any) -> list[str]:
    """Compare with the reference; it must spike to mean anything."""
    return unlike(ran(CudaRunner(plan, **options), steps), ran(ReferenceRunner(plan), steps), plan)


def scenario(name: str, **options: Any) -> list[str]:
    """A scenario, compared with the reference."""
    return agrees(*planned(name), **options)


def cam_recorded() -> list[str]:
    """The memory's spikes against those that a SpiNNaker board recorded."""
    net = HippocampalCAM(cues=5, contents=10).network(cue_spikes=CUE, content_spikes=CONTENT)
    found = mismatches(by_ms(eg.simulate(net, 90*ms, backend="cuda")))
    return [str(x) for x in sorted(found)]


def cams(many: int) -> list[Any]:
    """Networks of memories that learn and recall different contents."""
    rng = np.random.default_rng(5)
    out = []
    for _ in range(many):
        content = [sorted(rng.choice(10, 3, replace=False).tolist()) for _ in range(2)]
        cam = HippocampalCAM(cues=5, contents=10).learn(0, content[0]).learn(3, content[1])
        out.append(cam.recall(cue=0).recall(content=content[1][:1]).network())
    return out


def batch_of_cams(**options: Any) -> list[str]:
    """Eight memories at once, each as it is alone."""
    networks = cams(8)
    plan = lower(networks[0], None, SEED)
    plan = lower_batch(networks[0], plan, trials_of(networks[0], networks, SEED))
    recalled = ran(ReferenceRunner(plan), 70).drain().spikes
    if all(len({tuple(x) for x in _by_copy(s)}) < 4 for s in recalled.values()):
        return ["the memories do not differ"]
    return agrees(plan, 70, **options)


def _by_copy(s: Any) -> list[list[int]]:
    return [s.i[a:b].tolist() for a, b in pairwise(s.offsets)]


def mixed_batch(**options: Any) -> list[str]:
    """Copies with inputs, rates, initial values, weights, currents and seeds of their own."""
    plan = batch_plan()
    return agrees(plan, 120, **options)


def batch_plan() -> Any:
    """The Plan of three copies that differ in whatever copies may differ in."""
    cell = eg.NeuronModel(
        "cell", "dv/dt = (drive + 0.2*xi*ms**0.5 - v)/(2*ms) : 1 (unless refractory)\ndrive : 1",
        threshold="v > 0.4", reset="v = 0", refractory=0.3*ms, defaults={"v": 0, "drive": 0},
        method="euler")
    learns = eg.SynapseModel(
        "learns", "w : 1\ndr/dt = -r/(5*ms) : 1 (pre)\ndo/dt = -o/(5*ms) : 1 (post)",
        on_pre="w = clip(w - 0.1*o, 0, 1); r += 1; v_post += w", on_post="w += 0.2*r; o += 1",
        defaults={"w": 0.3})
    net = eg.Network(
        [eg.Population("given", 2, eg.SpikeTimes([0, 1], [1, 3]*ms)),
         eg.Population("noise", 3, eg.Poisson([300, 0, 900]*Hz)),
         eg.Population("cells", 5, cell)],
        [eg.Projection("a", "given", "cells", eg.AllToAll(), learns, delay=0.3*ms),
         eg.Projection("b", "noise", "cells", eg.FixedProbability(0.6), learns, delay=0.2*ms)],
        [eg.StepCurrent("cells", "drive", [2, 6]*ms, [0.5, 0.1])],
        [eg.StateProbe("cells", ["v"], every=3)], dt=0.1*ms)
    weights = np.linspace(0, 1, 10)
    trials = [
        Trial(seed=8), Trial(seed=9, inputs={"given": eg.SpikeTimes([0, 0, 1], [0.5, 2, 7]*ms)}),
        Trial(seed=8, inputs={"noise": eg.Poisson([0, 800, 50]*Hz)},
              initial={"cells": {"v": np.linspace(-1, 1, 5)}}, weights={"a": {"w": weights}},
              stimuli=[eg.StepCurrent("cells", "drive", [2, 6]*ms, [0.0, 0.9])])]
    return lower_batch(net, lower(net, None, SEED), trials)


def resumes(name: str, **options: Any) -> list[str]:
    """Stopped on one backend and continued on another, both ways, and on other workers."""
    plan, steps = planned(name)
    half = steps // 2
    truth = ran(ReferenceRunner(plan), half)
    left = truth.snapshot()
    truth.drain()
    here, there = CudaRunner(plan, **options), ReferenceRunner(plan)
    here.restore(left)
    here.advance(steps // 4)
    there.restore(here.snapshot())
    truth.advance(steps // 4)
    out = [f"continued here: {x}" for x in unlike(here, truth, plan)]
    ran(truth, steps // 4)
    out += [f"continued there: {x}" for x in unlike(ran(there, steps // 4), truth, plan)]
    again = CudaRunner(plan, **WORKERS)
    again.restore(here.snapshot())
    return out + [f"on workers: {x}" for x in parts_unlike(
        ran(again, steps // 4).snapshot()[0], truth.snapshot()[0])]


def repeats(name: str) -> list[str]:
    """Again, in pieces, and with records that hold a few steps of a launch."""
    plan, steps = planned(name)
    few = CudaRunner(plan, record_bytes=1000)
    if few.recorder.rows >= steps // 3:
        return [f"{few.recorder.rows} steps fit into one launch"]
    pieces = CudaRunner(plan)
    for part in (3, 2, steps - 5):
        pieces.advance(part)
    out = []
    for what, runner in (("again", ran(CudaRunner(plan), steps)), ("pieces", pieces),
                         ("few", ran(few, steps))):
        out += [f"{what}: {x}" for x in unlike(runner, ran(CudaRunner(plan), steps), plan)]
    return out


def reads_and_writes(batch: bool) -> list[str]:
    """What is set between steps is what the run goes on from, in one copy or in several."""
    plan = batch_plan()
    plan = plan if batch else plan.copy(0)
    runners = [CudaRunner(plan), ReferenceRunner(plan)]
    for r in runners:
        r.advance(40)
        r.write(2, "v", r.read(2, "v") + np.arange(5)/10)
        r.write_synapses(0, "w", 0.7)
        r.write_synapses(1, "o", r.read_synapses(1, "o")*0.5)
        if r.read_last(0) is not None:
            r.write_last(0, 39)
        r.advance(40)
    shapes = [r.read_synapses(0, "w").shape for r in runners]
    return unlike(*runners, plan) + ([] if shapes[0] == shapes[1] else [f"shapes {shapes}"])


def single(name: str, **options: Any) -> list[str]:
    """In float32: the spikes and bits of numba's float32, which does the same operations."""
    plan, steps = planned(name, np.float32)
    runs = [ran(runner(plan, dtype=np.float32, **more), steps)
            for runner, more in ((CudaRunner, options), (NumbaRunner, {}))]
    return unlike(*runs, plan)


def through_simulate() -> list[str]:
    """The public way in gives the digest of the reference."""
    name = "order_of_a_step"
    runs = [eg.simulate(SCENARIOS[name].build(), SCENARIOS[name].duration, backend=b, seed=SEED)
            for b in ("cuda", "reference")]
    return [] if runs[0].digest == runs[1].digest else ["digests differ"]


def wide_rows() -> list[str]:
    """Every way in which a projection adds: complete, one to one, fan out, long, short."""
    relay = eg.NeuronModel("relay", "v : 1", threshold="v > 0.9", reset="v = 0", defaults={"v": 0})
    add = eg.SynapseModel("add", "w : 1", "v_post += w", defaults={"w": 0.31})
    given = np.random.default_rng(2)
    pairs = [given.integers(0, 40, 300), given.integers(0, 40, 300)]
    connectors = [eg.AllToAll(), eg.OneToOne(), eg.FromArrays(np.zeros(40, int), np.arange(40)),
                  eg.FromArrays(*pairs), eg.FixedProbability(0.7), eg.FixedOutDegree(3),
                  eg.FromArrays(*(x[:60] for x in pairs))]
    raster = eg.SpikeTimes.raster(given.random((60, 40)) < 0.3, 1*ms)
    net = eg.Network([eg.Population("in", 40, raster), eg.Population("out", 40, relay)],
                     [eg.Projection(f"q{n}", "in", "out", c, add, delay=(1 + n)*ms,
                                    parameters={"w": "0.01 + 0.02*rand()"})
                      for n, c in enumerate(connectors)],
                     probes=[eg.SpikeProbe("out"), eg.StateProbe("out", ["v"])], dt=1*ms)
    plan = lower(net, None, SEED)
    tiles = CudaRunner(plan, lanes=29).program.text.count("    add_in_order(F")
    return ([] if tiles else ["no short rows are read at once"]) + [
        f"{lanes} lanes, {workers} workers: {x}" for lanes, workers in ((5, 1), (3, 2), (29, 1),
                                                                       (8, 5))
        for x in agrees(plan, 60, lanes=lanes, workers=workers)]


def late_reads(**options: Any) -> list[str]:
    """What arrives reads a variable of the source that the events of the step before have left."""
    relay = eg.NeuronModel("relay", "v : 1", threshold="v > 0.9", reset="v = 0", defaults={"v": 0})
    tires = eg.SynapseModel("tires", "w : 1\nx : 1 (pre)", on_pre="x = 0.7*x + 0.1; v_post += w*x",
                            defaults={"w": 0.5, "x": 1})
    raster = eg.SpikeTimes.raster(np.random.default_rng(4).random((60, 6)) < 0.3, 1*ms)
    net = eg.Network([eg.Population("in", 6, raster), eg.Population("out", 6, relay)],
                     [eg.Projection("q", "in", "out", eg.FixedProbability(0.8), tires, delay=1*ms)],
                     dt=1*ms)
    plan = lower(net, None, SEED)
    if any(s.buffered for s in plan.projections[0].sends):
        return ["the sum is kept on its way, so nothing is read on arrival"]
    return agrees(plan, 60, **options)


def astrocytes(**options: Any) -> list[str]:
    """Cells on a grid whose IP3 diffuses, that hear neurons and release; others open at random."""
    grid = [(a, b) for a in range(6) for b in range(6)
            if abs(a // 3 - b // 3) + abs(a % 3 - b % 3) == 1]
    held = {"f_ex": 2*umolar/second, "o_beta": 0.1*umolar/second,
            "ip3_bias": np.linspace(0.8, 1.25, 6)*umolar}
    net = eg.Network(
        [eg.Population("in", 4, eg.Poisson(20*Hz)),
         eg.Population("sheet", 6, GCHI, held, {"ip3": 0.4*umolar, "ca": 0.3*umolar}),
         eg.Population("noisy", 2, GCHI_NOISY, held | {"ip3_bias": 1*umolar}, {"ip3": 0.4*umolar},
                       clock=2)],
        [eg.Projection("gap", "sheet", "sheet", eg.FromArrays(*np.transpose(grid)), GAP_JUNCTION),
         eg.Projection("before", "sheet", "sheet", eg.OneToOne(), BEFORE),
         eg.Projection("heard", "in", "sheet", eg.AllToAll(), SPILLOVER, delay=10*ms)],
        probes=[eg.StateProbe("sheet", ["ca", "ip3", "g_a", "j_gap", "y_s"]),
                eg.StateProbe("noisy", ["ca", "h"])], dt=10*ms)
    plan = lower(net, None, SEED)
    truth = ran(ReferenceRunner(plan), 250)
    got = ran(CudaRunner(plan, **options), 250)
    released = truth.snapshot()[0].populations[1].state["g_a"]
    return unlike(got, truth, plan) + ([] if released.any() else ["nothing was released"])


def random_networks() -> list[str]:
    """Random structures of small networks, populations without neurons among them."""
    wrong: list[str] = []

    @given(random_structures())
    @settings(max_examples=6, derandomize=True, database=None, deadline=None,
              suppress_health_check=list(HealthCheck))
    def look(net: Any) -> None:
        wrong.extend(agrees(lower(net, None, SEED), 60))
    look()
    return wrong


def cases() -> dict[str, Callable[[], list[str]]]:
    """All of them, by name."""
    out: dict[str, Callable[[], list[str]]] = {
        f"scenario {n}": lambda n=n: scenario(n) for n in SCENARIOS}
    out |= {f"workers {n}": lambda n=n: scenario(n, **WORKERS) for n in SHARED}
    out |= {f"lanes {n}": lambda n=n: scenario(n, lanes=20)
            for n in ("views", "views_that_learn", "multapses", "hippocampal_cam", "reads_neurons",
                      "sum_order")}
    out |= {"cam recorded": cam_recorded, "cams": batch_of_cams, "batch": mixed_batch,
            "batch on workers": lambda: mixed_batch(**WORKERS), "rows": wide_rows,
            "astrocytes": astrocytes, "astrocytes on workers": lambda: astrocytes(**WORKERS),
            "random networks": random_networks, "late reads": late_reads,
            "late reads on workers": lambda: late_reads(**WORKERS),
            "simulate": through_simulate, "read and write": lambda: reads_and_writes(False),
            "read and write a batch": lambda: reads_and_writes(True)}
    out |= {f"resume {n}": lambda n=n: resumes(n)
            for n in ("hippocampal_cam", "poisson_input", "mixed_delays", "timed_values")}
    out |= {f"repeat {n}": lambda n=n: repeats(n) for n in ("hippocampal_cam", "random_neurons")}
    out |= {f"float32 {n}": lambda n=n: single(n)
            for n in ("neuron_lif_curr_exp", "recurrent", "stdp_mixed", "hippocampal_cam")}
    return out
