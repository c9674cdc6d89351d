"""Many memories at once against one: time for each. `python -m benchmarks.batch`.

Memories of five cues and ten contents, each with contents of its own, learnt and recalled. "Call"
is `simulate` from the list of networks to the results, "run" the time in its steps alone.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

import engram as eg
from engram.models import HippocampalCAM

COPIES = (1, 4, 16, 64, 256, 1024)
LEAST = 5.0
"""How many times as fast a memory of the largest batch must be as one by itself."""


def memory(seed: int) -> HippocampalCAM:
    """Five random associations, each recalled from its cue."""
    rng = np.random.default_rng(seed)
    out = HippocampalCAM(cues=5, contents=10)
    for cue in range(5):
        out = out.learn(cue=cue, content=rng.choice(10, 3, replace=False).tolist())
    for cue in range(5):
        out = out.recall(cue=cue)
    return out


def main(repeats: int = 3) -> list[str]:
    """Lines of the table."""
    memories = [memory(seed) for seed in range(max(COPIES))]
    networks = [m.network() for m in memories]
    duration = memories[0].duration
    eg.simulate(networks[0], duration, batch=networks[:2])  # compiles
    out = ["", "| memories | call, ms each | run, ms each |", "|---|---|---|"]
    each: dict[int, tuple[float, float]] = {}
    for copies in COPIES:
        calls, runs = [], []
        for _ in range(repeats):
            began = time.perf_counter()
            run = eg.simulate(networks[0], duration, batch=networks[:copies], threads=2)
            calls.append(time.perf_counter() - began)
            runs.append(run.provenance["seconds"]["run"])
        each[copies] = (statistics.median(calls) / copies, statistics.median(runs) / copies)
        out.append(f"| {copies} | {each[copies][0] * 1e3:.3f} | {each[copies][1] * 1e3:.3f} |")
    call, run_only = (each[COPIES[0]][n] / each[COPIES[-1]][n] for n in (0, 1))
    verdict = "reached" if min(call, run_only) >= LEAST else "NOT reached"
    return [*out, f"a memory of {COPIES[-1]} takes 1/{call:.1f} of the call and 1/{run_only:.1f} "
                  f"of the run of one by itself (at least {LEAST:g} times as fast: {verdict})"]


if __name__ == "__main__":
    print("\n".join(main()))
