"""T2: recall of values by keys, over the load, the noise in the cue and the likeness of keys."""

from __future__ import annotations

import numpy as np

from ...models.memory import Need, random_patterns
from .task import Curve, Point, Setting, Task, domain_for

DOMAINS = ("unit", "bipolar", "ksparse")
SIZES = {"ci": {"dim": 64, "loads": (0.25, 1.0, 4.0), "noise": (0.0,)},
         "std": {"dim": 256, "loads": (0.125, 0.25, 0.5, 1.0, 2.0, 4.0), "noise": (0.0, 0.25)},
         "full": {"dim": 1024, "loads": (0.125, 0.25, 0.5, 1.0, 2.0, 4.0), "noise": (0.0, 0.25)}}


def run(setting: Setting) -> list[Point]:
    """A point for each load: recall@1 against the codebook of values, and the cosine."""
    wanted = SIZES[setting.size]
    dim = wanted["dim"]
    domain = domain_for(setting, DOMAINS)
    active = round(np.log2(dim)) if domain == "ksparse" else None
    points = []
    for load in wanted["loads"]:
        pairs = round(load * dim)
        need = Need(dim, dim, domain, pairs, active=active, value_active=active, queries=pairs,
                    backend=setting.backend, state_bits=setting.state_bits, seed=setting.seed)
        memory = setting.memory_for(need)
        rng = setting.rng("T2", pairs)
        keys = random_patterns(rng, pairs, dim, domain, active)
        values = random_patterns(rng, pairs, dim, domain, active)
        written = memory.write(keys, values)
        read = memory.read(keys)
        close = read.info.get("graded", read.values) @ values.T
        points.append(Point({"load": load}, {"recall": float((close.argmax(1)
                                                              == np.arange(pairs)).mean())},
                            {"write": written, "read": read.ops}, pairs, pairs,
                            memory.state_bits()))
        setting.tell(len(points) / len(wanted["loads"]))
    return points


TASK = Task("recall", "T2", "values by keys", "linear associators: Kohonen 1972", run, SIZES,
            domains=DOMAINS, curves=(Curve("load", "recall", log_x=True),))
