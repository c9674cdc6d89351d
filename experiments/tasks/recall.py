"""T2: recall of values by keys, over the load, the noise in the cue and the likeness of keys.

A value is recalled (`recall`) if of all values it is the one with the largest cosine with what was
read, the same read-out for every memory; `exact` asks for the very pattern, `cosine` is that of the
values as the memory gives them. With `rewritten` keys, the newest value is the right one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...models.memory import Domain, Need
from ...models.memory.patterns import Array
from . import recall_theory
from .counted import Counted, built_for, must_take_pairs
from .cues import Cue
from .items import active_of, alike
from .measures import HELD, chosen, cosines, graded, information, largest_held, told_by_choice
from .task import At, Curve, Point, Setting, Task, domain_for

DOMAINS: tuple[Domain, ...] = ("unit", "bipolar", "ksparse", "real", "binary")
EXACT = 1e-6
"""Entries of a pattern may be off by that"""
SIZES: dict[str, dict[str, Any]] = {
    "ci": {"dim": 64, "loads": (0.25, 0.5, 1.0, 2.0, 4.0, 16.0), "hides": (0.0, 0.25, 0.5),
           "flips": (), "alike": (0.2,), "rewritten": (0.25,), "asked": 128},
    "std": {"dim": 256, "loads": (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0),
            "hides": (0.0, 0.25, 0.5), "flips": (0.1, 0.2), "alike": (0.1, 0.2, 0.4),
            "rewritten": (0.25, 0.5), "asked": 256},
    "full": {"dim": 1024, "loads": (0.125, 0.25, 0.5, 1.0, 1.77, 3.55, 5.32, 7.1),
             "hides": (0.0, 0.25, 0.5), "flips": (0.1, 0.2), "alike": (0.1, 0.2, 0.4),
             "rewritten": (0.25, 0.5), "asked": 512},
}


def run(setting: Setting) -> list[Point]:
    """A point for each load and condition; a memory for each load, likeness and rewriting."""
    domain = domain_for(setting, DOMAINS)
    must_take_pairs(setting)
    wanted = SIZES[setting.size]
    plain = [Cue(hidden=h) for h in wanted["hides"]] + [Cue(flipped=f) for f in wanted["flips"]]
    points = _over_loads(setting, domain, plain)
    for likeness in wanted["alike"]:
        points += _over_loads(setting, domain, [Cue(alike=likeness)])
    for share in wanted["rewritten"]:
        points += _over_loads(setting, domain, [Cue(rewritten=share)])
    return points


def _over_loads(setting: Setting, domain: Domain, cues: Sequence[Cue]) -> list[Point]:
    wanted, first = SIZES[setting.size], cues[0]
    dim, active = wanted["dim"], active_of(domain, wanted["dim"])
    pairs = [max(1, round(load * dim)) for load in wanted["loads"]]
    needs = [Need(dim, dim, domain, p + round(first.rewritten * p), active=active,
                  value_active=active, noise=max(c.noise(domain) for c in cues),
                  queries=wanted["asked"], state_bits=setting.state_bits, backend=setting.backend,
                  seed=setting.seed) for p in pairs]
    points = []
    number = dict(zip(needs, pairs, strict=True))
    for need, memory in built_for(setting, needs):
        rng = setting.rng("T2", number[need], f"{first.alike:g} {first.rewritten:g}")
        keys = alike(rng, number[need], dim, domain, active, first.alike)
        values = alike(rng, need.items, dim, domain, active)
        again = rng.permutation(len(keys))[:need.items - len(keys)]
        memory.write(np.concatenate([keys, keys[again]]), values)
        right = np.arange(len(keys))
        right[again] = np.arange(len(keys), need.items)
        asked = np.sort(rng.permutation(len(keys))[:wanted["asked"]])
        points += [_point(memory, need, cue.of(keys[asked], domain, rng), values, right[asked],
                          {"load": len(keys) / dim, **cue.at(), "rewritten": cue.rewritten,
                           "patterns": float(len(keys)), "units": float(dim), "domain": domain})
                   for cue in cues]
    return points


def _point(memory: Counted, need: Need, cues: Array, values: Array, right: Any,
           at: At) -> Point:
    found = memory.read(cues)
    wanted = values[right]
    recalled = float(chosen(graded(found), values, right).mean())
    if need.domain in ("unit", "real"):
        bits = float(at["patterns"]) * told_by_choice(recalled, len(values))
    else:
        bits = (float(at["patterns"]) * need.value_dim
                * information(wanted, found.values, need.domain))
    exact = (np.abs(found.values - wanted) <= EXACT).all(1)
    return memory.point(at, {
        "recall": recalled, "cosine": float(cosines(found.values, wanted).mean()),
        "exact": float(exact.mean()), "bits_per_state_bit": bits / memory.memory.state_bits(),
        "bits_per_cheapest_bit": bits / memory.fewest_bits()})


def summary_of(points: list[Point]) -> dict[str, float]:
    """P*(0.9) of each condition: the most pairs of which 0.9 are recalled; the most bits that a bit
    of state held at such loads."""
    found = {}
    for name in dict.fromkeys(str(p.at["cue"]) for p in points):
        of_it = [p for p in points if p.at["cue"] == name]
        found[f"P* ({name})"] = largest_held([float(p.at["patterns"]) for p in of_it],
                                             [p.metrics["recall"] for p in of_it])
    held = [p for p in points if p.metrics["recall"] >= HELD]
    for metric in ("bits_per_state_bit", "bits_per_cheapest_bit"):
        found[f"most {metric}"] = max((p.metrics[metric] for p in held), default=0.0)
    return found


TASK = Task("recall", "T2", "values by keys", "linear associators: Kohonen 1972; Anderson 1972",
            run, SIZES, domains=DOMAINS,
            curves=(Curve("load", "recall", by="cue", log_x=True),
                    Curve("load", "cosine", by="cue", log_x=True),
                    Curve("load", "bits_per_cheapest_bit", by="cue", log_x=True)),
            theory=recall_theory.theory, summary_of=summary_of)
