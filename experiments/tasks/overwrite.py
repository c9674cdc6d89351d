"""T13: overwriting: a key gets a new value; is it the new one that is recalled?

All keys are written once; then a share of them again, in another order, each with a new value
(reversal if it is all of them). Of those, `new` and `old` are the shares where of all values the
new, the old one is the nearest to what is read; `new_cosine` and `old_cosine` how much of either is
in it (the second is what stays of the past). `others`: the share of the keys left alone whose only
value is recalled.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...models.memory import Domain, Need
from ..memories.entry import Entry
from .counted import Counted, built_for, must_take_pairs
from .items import active_of, alike
from .measures import chosen, cosines, graded
from .own import decay_and_rate
from .task import At, Curve, Point, Setting, Task, domain_for

DOMAINS: tuple[Domain, ...] = ("unit", "bipolar", "ksparse", "real", "binary")
SIZES: dict[str, dict[str, Any]] = {
    "ci": {"dim": 64, "loads": (0.125, 0.25, 0.5, 1.0), "shares": (0.25, 1.0)},
    "std": {"dim": 256, "loads": (0.0625, 0.125, 0.25, 0.5, 1.0), "shares": (0.1, 0.5, 1.0)},
    "full": {"dim": 1024, "loads": (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0),
             "shares": (0.1, 0.5, 1.0)},
}


def run(setting: Setting) -> list[Point]:
    """A point for each load and share of keys that is written again."""
    domain = domain_for(setting, DOMAINS)
    must_take_pairs(setting)
    wanted = SIZES[setting.size]
    dim, active = wanted["dim"], active_of(domain, wanted["dim"])
    cases = [(max(2, round(load * dim)), share) for share in wanted["shares"]
             for load in wanted["loads"]]
    needs = {Need(dim, dim, domain, pairs + max(1, round(share * pairs)), active=active,
                  value_active=active, queries=pairs, state_bits=setting.state_bits,
                  backend=setting.backend, seed=setting.seed): (pairs, share)
             for pairs, share in cases}
    return [_point(memory, need, *needs[need], setting.rng("T13", *map(round, _named(needs[need]))))
            for need, memory in built_for(setting, needs)]


def _named(case: tuple[int, float]) -> tuple[float, float]:
    """A case in whole numbers, to seed its items."""
    return case[0], 1000 * case[1]


def _point(memory: Counted, need: Need, pairs: int, share: float,
           rng: np.random.Generator) -> Point:
    keys = alike(rng, pairs, need.key_dim, need.domain, need.active)
    values = alike(rng, need.items, need.value_dim, need.domain, need.active)
    again = rng.permutation(pairs)[:need.items - pairs]
    memory.write(keys, values[:pairs])
    memory.write(keys[again], values[pairs:])
    said = graded(memory.read(keys))
    alone, newest = np.setdiff1d(np.arange(pairs), again), np.arange(pairs, need.items)
    metrics = {"new": float(chosen(said[again], values, newest).mean()),
               "old": float(chosen(said[again], values, again).mean()),
               "new_cosine": float(cosines(said[again], values[pairs:]).mean()),
               "old_cosine": float(cosines(said[again], values[again]).mean())}
    if len(alone):
        metrics["others"] = float(chosen(said[alone], values, alone).mean())
    at: At = {"load": pairs / need.key_dim, "rewritten": f"{100 * share:.3g} % rewritten",
              "share": share, "patterns": float(pairs), "units": float(need.key_dim),
              "domain": need.domain}
    return memory.point(at, metrics)


def theory(entry: Entry, at: At) -> dict[str, float]:
    """A sum of outer products without decay holds both values alike: they are as often the nearest,
    and both have the cosine 1 / sqrt(2 + M / d), M the other pairs written."""
    if entry.family != "linear" or decay_and_rate(entry)[0] != 1.0 or at["domain"] != "unit":
        return {}
    pairs = float(at["patterns"])
    written = pairs + max(1, round(float(at["share"]) * pairs))
    cosine = 1.0 / math.sqrt(2.0 + (written - 2.0) / float(at["units"]))
    return {"new_cosine": cosine, "old_cosine": cosine}


def summary_of(points: list[Point]) -> dict[str, float]:
    """The means over loads, for each share."""
    found = {}
    for name in dict.fromkeys(str(p.at["rewritten"]) for p in points):
        for metric in ("new", "old", "old_cosine"):
            found[f"{metric} ({name})"] = float(np.mean([p.metrics[metric] for p in points
                                                         if p.at["rewritten"] == name]))
    return found


TASK = Task("overwrite", "T13", "new values of old keys", "Widrow and Hoff 1960; Schlag, Irie and "
            "Schmidhuber 2021", run, SIZES, domains=DOMAINS,
            curves=(Curve("load", "new", by="rewritten", log_x=True),
                    Curve("load", "old", by="rewritten", log_x=True),
                    Curve("load", "old_cosine", by="rewritten", log_x=True)),
            theory=theory, summary_of=summary_of)
