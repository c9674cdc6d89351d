"""One timed run of engram in a process of its own; prints one line of JSON.

    python -m benchmarks.engram_child NETWORK SECONDS PRECISION THREADS
"""

import time

BEGAN = time.perf_counter()

import json
import resource
import sys

import engram as eg
from engram import ms


def megabytes() -> float:
    """Peak resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(name: str, duration: float, precision: str, threads: int) -> None:
    """Time one network and print what came out."""
    from . import networks
    make = getattr(networks, name.split("_")[0])
    out: dict[str, object] = {}
    if name == "large":  # load and compile everything on a small copy: base of the memory count
        eg.simulate(networks._balanced(200, eg.FixedOutDegree(5), "rand()*mV", "-rand()*mV",
                                       1.5 * ms, "small"), 1 * ms, precision=precision)
        out["base_mb"] = megabytes()
    network = make()
    began = time.perf_counter()
    simulation = eg.compile(network, "numba", threads=threads, precision=precision)
    built = time.perf_counter()
    simulation.runner.advance(1)
    started = time.perf_counter()
    steps = round(duration * 1e4)
    simulation.runner.advance(steps)
    ran = time.perf_counter() - started
    found = simulation.runner.drain().spikes
    spikes = {p.name: len(found[n].step) for n, p in enumerate(simulation.plan.populations)
              if n in found}
    out |= {"build": built - began, "run": ran, "total": time.perf_counter() - BEGAN,
            "spikes": spikes, "peak_mb": megabytes()}
    if name in ("dense", "sparse"):
        idle = eg.compile(networks.sources_only(network.population("cells").size), "numba",
                          threads=threads, precision=precision)
        idle.runner.advance(1)
        started = time.perf_counter()
        idle.runner.advance(steps)
        out["idle"] = time.perf_counter() - started
    print(json.dumps(out))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
