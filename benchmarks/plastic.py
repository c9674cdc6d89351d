"""Pair STDP on 10^6 synapses, dense and sparse. `python -m benchmarks.plastic`.

Time per plastic event (presynaptic spikes times targets plus postsynaptic spikes times sources),
net: each side's own time with the sources and neurons but without synapses is subtracted.
"""

from __future__ import annotations

from typing import Any

from . import measure

SECONDS = 10.0
LIMITS = {"dense": 0.16, "sparse": 0.28}


def _per_event(name: str, run: float, idle: float, spikes: dict[str, int]) -> float:
    """Nanoseconds per event."""
    fan_out, fan_in = (100, 10_000) if name == "dense" else (100, 100)
    return (run - idle) / (spikes["sources"] * fan_out + spikes["cells"] * fan_in) * 1e9


def _one(name: str, repeats: int) -> list[str]:
    with measure.folders("build", "idle") as (build, idle_build):
        ours, theirs = [], []
        last: list[Any] = []
        for _ in range(repeats):
            peer = measure.brian2(name, SECONDS, build)
            idle = measure.brian2(f"{name}_idle", SECONDS, idle_build)
            mine = measure.engram(name, SECONDS)
            theirs.append(_per_event(name, peer["run"], idle["run"], peer["spikes"]))
            ours.append(_per_event(name, mine["run"], mine["idle"], mine["spikes"]))
            last = [mine["spikes"], peer["spikes"]]
    return [measure.row(f"plastic, {name} (ns per event, net)", ours, theirs, LIMITS[name]),
            f"spikes in {SECONDS:g} s, {name}: engram {last[0]}, Brian2 {last[1]}"]


def main(repeats: int = 3) -> list[str]:
    """Lines of the table."""
    if missing := measure.peer_missing():
        return [missing]
    return [*_one("dense", repeats), *_one("sparse", repeats)]


if __name__ == "__main__":
    print("\n".join([measure.HEAD, *main()]))
