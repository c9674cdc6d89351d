"""The SpiNNaker emulator beside the numba backend: `python -m benchmarks.spinnaker`.

Times of a step; compiling, lowering and results are left out. The two run in turn, and the best of
each counts: a run takes milliseconds, so a busy machine only makes some of them longer.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

import engram as eg
from engram import ms, mV, nA
from engram.models import LIF_CURR_EXP, static, stdp_additive

MOST = 3.0
"""How many times as long as in float64 a step may take."""

STEPS = 500


def balanced(n: int, dt: float) -> eg.Network:
    """The CUBA network with currents in nA: 2 % connections, 80 % of the neurons excitatory."""
    drawn = np.random.default_rng(1).uniform(-60, -50, n) * mV
    given = {"v_rest": -49 * mV, "tau_exc": 5 * ms, "tau_inh": 10 * ms, "c_m": 1 * eg.nfarad}
    exc = 4 * n // 5
    joined = [eg.Projection(name, eg.View("cells", *span), "cells", eg.FixedProbability(0.02),
                            static(variable), {"w": weight * 4000 / n * nA}, delay=dt * ms)
              for name, span, variable, weight in (("exc", (0, exc), "i_exc", 0.081),
                                                   ("inh", (exc, n), "i_inh", 0.45))]
    return eg.Network([eg.Population("cells", n, LIF_CURR_EXP, given, {"v": drawn})], joined,
                      dt=dt * ms, name=f"CUBA, {n} neurons, {dt:g} ms")


def plastic() -> eg.Network:
    """1,000 Poisson sources at 10 Hz onto 100 neurons, all to all, with additive pair STDP."""
    learn = eg.Projection("learn", "in", "cells", eg.AllToAll(), stdp_additive("i_exc"),
                          {"w": "(0.1 + 0.9*rand())*w_max", "w_max": 0.004 * nA})
    return eg.Network([eg.Population("in", 1000, eg.Poisson(10 * eg.Hz)),
                       eg.Population("cells", 100, LIF_CURR_EXP)], [learn], dt=1 * ms,
                      name="100,000 plastic synapses, 1 ms")


def pair(simulations: list[Any]) -> list[float]:
    """Microseconds of a step of each, one after the other."""
    out = []
    for s in simulations:
        began = time.perf_counter()
        s.runner.advance(STEPS)
        out.append((time.perf_counter() - began) / STEPS * 1e6)
        s.runner.drain()
    return out


def main(repeats: int = 30) -> list[str]:
    """Lines of the table."""
    out = ["| network | numba, us | spinnaker, us | ratio |", "|---|---|---|---|"]
    worst = 0.0
    for network in (*(balanced(n, dt) for n in (1000, 4000) for dt in (1.0, 0.1)), plastic()):
        both = [eg.compile(network, b) for b in ("numba", "spinnaker")]
        pair(both)  # compiles, and lets the activity settle
        times = [pair(both) for _ in range(repeats)]
        a, b = (min(t) for t in zip(*times, strict=True))
        worst = max(worst, b / a)
        out.append(f"| {network.name} | {a:.1f} | {b:.1f} | {b / a:.2f} |")
    verdict = "reached" if worst <= MOST else "NOT reached"
    return [*out, f"at most {worst:.2f} times as long (at most {MOST:g}: {verdict})"]


if __name__ == "__main__":
    print("\n".join(main()))
