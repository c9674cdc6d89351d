"""T3 without training: pairs of vectors from a codebook, many short sequences, one memory.

The continuous form of multi-query associative recall (Arora et al. 2023, Zoology): in every
sequence `pairs` keys and values of a codebook are bound anew; then each key is asked, in random
order, and the nearest of ALL values in the codebook is the answer. With no pairs of other sequences
left this is T2 at low load against more distractors.
"""

from __future__ import annotations

import numpy as np

from ...models.memory import Need, random_patterns
from .counted import built_for, must_take_pairs
from .items import active_of
from .measures import chosen, graded
from .task import Curve, Point, Setting, Task, domain_for

DOMAINS = ("unit", "bipolar", "ksparse", "binary", "real")
SIZES = {"ci": {"dim": 32, "codebook": 256, "pairs": (4, 16, 32, 64), "sequences": 8},
         "std": {"dim": 64, "codebook": 1024, "pairs": (4, 16, 64, 128), "sequences": 50},
         "full": {"dim": 128, "codebook": 4096, "pairs": (4, 16, 64, 256), "sequences": 100}}


def run(setting: Setting) -> list[Point]:
    """A point for each number of pairs: accuracy of answers, sequences with all right."""
    domain = domain_for(setting, DOMAINS)
    must_take_pairs(setting)
    wanted = SIZES[setting.size]
    dim, active = wanted["dim"], active_of(domain, wanted["dim"])
    rng = setting.rng("T3 codebook")
    keys, values = (random_patterns(rng, wanted["codebook"], dim, domain, active)
                    for _ in range(2))
    needs = [Need(dim, dim, domain, pairs, active=active, value_active=active, queries=pairs,
                  backend=setting.backend, state_bits=setting.state_bits, seed=setting.seed)
             for pairs in wanted["pairs"]]
    points = []
    for need, memory in built_for(setting, needs):
        rng, hits = setting.rng("T3 continuous", need.items), []
        for _ in range(wanted["sequences"]):
            memory.restart(rng)
            key, value, order = (rng.permutation(n)[:need.items] for n in (
                len(keys), len(values), need.items))
            memory.write(keys[key], values[value])
            found = memory.read(keys[key[order]])
            hits.append(chosen(graded(found), values, value[order]))
        metrics = {"accuracy": float(np.mean(hits)), "exact": float(np.mean(np.prod(hits, 1)))}
        points.append(memory.point({"pairs": need.items}, metrics))
    return points


TASK = Task("mqar-continuous", "T3a", "which value came with this key, without training",
            "Arora et al. 2023 (Zoology)", run, SIZES, domains=DOMAINS,
            curves=(Curve("pairs", "accuracy", log_x=True),))
