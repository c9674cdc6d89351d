"""100,000 neurons, 10^8 synapses, one delay of 1.5 ms. `python -m benchmarks.large`.

Brian2 gets the same arrays; it needs about 8 GB of memory and 4 GB of disk for them.
"""

from __future__ import annotations

import statistics

from . import measure

SECONDS = 1.0
SYNAPSES = 1e8


def main(repeats: int = 3) -> list[str]:
    """Lines of the table."""
    out = []
    singles = [measure.engram("large", SECONDS, "float32") for _ in range(repeats)]
    doubles = [measure.engram("large", SECONDS, threads=2) for _ in range(repeats)]
    if missing := measure.peer_missing():
        out.append(missing)
        ours = [measure.engram("large", SECONDS) for _ in range(repeats)]
    else:
        ours, theirs = [], []
        with measure.folders("build") as (build,):
            for _ in range(repeats):
                theirs.append(measure.brian2("large", SECONDS, build))
                ours.append(measure.engram("large", SECONDS))
        out.append(measure.row("large, float64, run time (s)", [r["run"] for r in ours],
                               [r["run"] for r in theirs], 0.5))
        out.append(f"spikes: engram {ours[0]['spikes']}, Brian2 {theirs[0]['spikes']}")
    for label, runs, limit in (("float64", ours, 16), ("float32", singles, 12)):
        size = statistics.median((r["peak_mb"] - r["base_mb"]) * 2**20 / SYNAPSES for r in runs)
        build = statistics.median(r["build"] for r in runs)
        out.append(f"large, {label}: {size:.1f} bytes a synapse above the base (at most {limit}); "
                   f"{build:.1f} s to build (at most 10)")
    gain = statistics.median(a["run"] / b["run"] for a, b in zip(ours, doubles, strict=True))
    out.append(f"large: two threads are {gain:.2f} times as fast as one (at least 1.1)")
    return out


if __name__ == "__main__":
    print("\n".join([measure.HEAD, *main()]))
