"""One thread against two on each network. `python -m benchmarks.threads`."""

from __future__ import annotations

import statistics

from . import measure

SECONDS = {"cuba": 60.0, "dense": 20.0, "sparse": 10.0}
"""Long enough for a run to find out how many threads are fastest: most of a second."""


def main(repeats: int = 5) -> list[str]:
    """Lines of the table."""
    out = []
    for name, seconds in SECONDS.items():
        ratios = []
        for _ in range(repeats):
            one = measure.engram(name, seconds)
            two = measure.engram(name, seconds, threads=2)
            ratios.append(two["run"] / one["run"])
        out.append(f"{name}: two threads take {statistics.median(ratios):.2f} "
                   f"({min(ratios):.2f} to {max(ratios):.2f}) of the time of one (at most 1)")
    return out


if __name__ == "__main__":
    print("\n".join(main()))
