"""CUBA of Vogels and Abbott: 4,000 neurons, 2 %, dt 0.1 ms. `python -m benchmarks.cuba`."""

from __future__ import annotations

from . import measure

SECONDS = 5.0


def main(repeats: int = 3) -> list[str]:
    """Lines of the table."""
    if missing := measure.peer_missing():
        return [missing]
    with measure.folders("build", "cache") as (build, cache):
        cold_peer = measure.brian2("cuba", SECONDS, build)
        cold = measure.engram("cuba", SECONDS, cache=cache)
        measure.engram("cuba", SECONDS, "float32", cache=cache)
        ours, singles, theirs = [], [], []
        for _ in range(repeats):
            theirs.append(measure.brian2("cuba", SECONDS, build))
            ours.append(measure.engram("cuba", SECONDS, cache=cache))
            singles.append(measure.engram("cuba", SECONDS, "float32", cache=cache))
    run = [r["run"] for r in theirs]
    rows = [measure.row("CUBA, float64, run time (s)", [r["run"] for r in ours], run, 0.45),
            measure.row("CUBA, float32, run time (s)", [r["run"] for r in singles], run, 0.30),
            measure.row("CUBA, import to result, cold (s)", [cold["total"]], [cold_peer["total"]],
                        0.2),
            measure.row("CUBA, import to result, built before (s)", [r["total"] for r in ours],
                        [r["total"] for r in theirs], 0.4)]
    counts = {"engram": ours[0]["spikes"], "Brian2": theirs[0]["spikes"]}
    return [*rows, f"spikes in {SECONDS:g} s: {counts}"]


if __name__ == "__main__":
    print("\n".join([measure.HEAD, *main()]))
