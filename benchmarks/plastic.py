"""Pair STDP on 10^6 synapses, dense and sparse. `python -m benchmarks.plastic`.

Time per plastic event (presynaptic spikes times targets plus postsynaptic spikes times sources),
net: each side's own time with the sources and neurons but without synapses is subtracted. Both
sides run one network: with equal input they fire spike for spike alike (tests/test_benchmarks.py).
Here each draws its own Poisson trains, Brian2 others in every run, so the counts beside the ratio
agree within that spread: about 2 % of the cells' spikes in `dense`, 1 % in `sparse`.
"""

from __future__ import annotations

import statistics

from . import measure

SECONDS = 10.0
LIMITS = {"dense": 0.16, "sparse": 0.28}


def _per_event(name: str, run: float, idle: float, spikes: dict[str, int]) -> float:
    """Nanoseconds per event."""
    fan_out, fan_in = (100, 10_000) if name == "dense" else (100, 100)
    return (run - idle) / (spikes["sources"] * fan_out + spikes["cells"] * fan_in) * 1e9


def _counts(name: str, ours: dict[str, int], theirs: list[dict[str, int]]) -> str:
    """Spikes of both sides; the median and range of Brian2's runs."""
    line = []
    for population in ("sources", "cells"):
        peer = [run[population] for run in theirs]
        line.append(f"{population} {ours[population]:,} and {statistics.median(peer):,.0f} "
                    f"({min(peer):,} to {max(peer):,})")
    return f"spikes in {SECONDS:g} s, {name}, engram and Brian2: {'; '.join(line)}"


def _one(name: str, repeats: int) -> list[str]:
    with measure.folders("build", "idle") as (build, idle_build):
        ours, theirs = [], []
        counts: list[dict[str, int]] = []
        for _ in range(repeats):
            peer = measure.brian2(name, SECONDS, build)
            idle = measure.brian2(f"{name}_idle", SECONDS, idle_build)
            mine = measure.engram(name, SECONDS)
            theirs.append(_per_event(name, peer["run"], idle["run"], peer["spikes"]))
            ours.append(_per_event(name, mine["run"], mine["idle"], mine["spikes"]))
            counts.append(peer["spikes"])
    return [measure.row(f"plastic, {name} (ns per event, net)", ours, theirs, LIMITS[name]),
            _counts(name, mine["spikes"], counts)]


def main(repeats: int = 3) -> list[str]:
    """Lines of the table."""
    if missing := measure.peer_missing():
        return [missing]
    return [*_one("dense", repeats), *_one("sparse", repeats)]


if __name__ == "__main__":
    print("\n".join([measure.HEAD, *main()]))
