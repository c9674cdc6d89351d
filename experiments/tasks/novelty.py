"""T14: novelty: does the score of a read tell what was stored from what was not?

`auroc` is the chance that a stored cue scores above an unseen one (0.5: no better than a coin);
`rejected` the share of unseen cues below a threshold that 0.95 of the stored ones pass.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...models.memory import Domain, Need
from ..memories.entry import Entry
from .counted import Counted, built_for
from .cues import Cue
from .items import active_of, alike
from .measures import area_under_roc
from .task import At, Curve, Point, Setting, Task, domain_for

DOMAINS: tuple[Domain, ...] = ("unit", "bipolar", "ksparse", "real", "binary")
PASSED = 0.95
SIZES: dict[str, dict[str, Any]] = {
    "ci": {"dim": 64, "loads": (0.125, 0.25, 0.5, 1.0, 2.0, 4.0), "hides": (0.0, 0.25),
           "asked": 64},
    "std": {"dim": 256, "loads": (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 8.0),
            "hides": (0.0, 0.25, 0.5), "asked": 256},
    "full": {"dim": 1024, "loads": (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 8.0),
             "hides": (0.0, 0.25, 0.5), "asked": 1024},
}


def run(setting: Setting) -> list[Point]:
    """A point for each load and share of the cues that is hidden."""
    domain = domain_for(setting, DOMAINS)
    wanted, auto = SIZES[setting.size], not setting.entry.hetero
    dim, active = wanted["dim"], active_of(domain, wanted["dim"])
    needs = [Need(dim, dim, domain, max(1, round(load * dim)), auto=auto, active=active,
                  value_active=active, queries=2 * wanted["asked"],
                  noise=Cue(hidden=max(wanted["hides"])).noise(domain),
                  state_bits=setting.state_bits, backend=setting.backend, seed=setting.seed)
             for load in wanted["loads"]]
    points = []
    for need, memory in built_for(setting, needs):
        rng = setting.rng("T14", need.items)
        asked = min(need.items, wanted["asked"])
        keys = alike(rng, need.items + asked, dim, domain, active)
        stored, unseen = keys[:need.items], keys[need.items:]
        values = stored if auto else alike(rng, need.items, dim, domain, active)
        memory.write(stored, values)
        chosen = stored[rng.permutation(need.items)[:asked]]
        points += [_point(memory, need, Cue(hidden=h), chosen, unseen, rng)
                   for h in wanted["hides"]]
    return points


def _point(memory: Counted, need: Need, cue: Cue, stored: Any, unseen: Any,
           rng: np.random.Generator) -> Point:
    cues = cue.of(np.concatenate([stored, unseen]), need.domain, rng)
    scores = memory.read(cues).score
    known, new = scores[:len(stored)], scores[len(stored):]
    threshold = np.sort(known)[math.floor((1.0 - PASSED) * len(known))]
    at: At = {"load": need.items / need.key_dim, **cue.at(), "patterns": float(need.items),
              "units": float(need.key_dim), "domain": need.domain}
    return memory.point(at, {"auroc": area_under_roc(known, new),
                             "rejected": float((new < threshold).mean())})


def summary_of(points: list[Point]) -> dict[str, float]:
    """The mean over loads, for each kind of cue."""
    return {f"auroc ({name})": float(np.mean([p.metrics["auroc"] for p in points
                                              if p.at["cue"] == name]))
            for name in dict.fromkeys(str(p.at["cue"]) for p in points)}


def theory(entry: Entry, at: At) -> dict[str, float]:
    """Of a sum of outer products whose score is the length of what it reads: |S q|^2 has the mean
    P / d, and 1 + (P - 1) / d of a stored key; taken as two normal numbers."""
    if entry.family != "linear" or at["domain"] != "unit" or at["hidden"]:
        return {}
    load, d = float(at["patterns"]) / float(at["units"]), float(at["units"])
    spread = 2.0 * load / d + 2.0 * load**2 / d
    return {"auroc": 0.5 * math.erfc(-1.0 / math.sqrt(2.0 * (2.0 * spread + 4.0 * load / d)))}


TASK = Task("novelty", "T14", "what was stored from what was not, by the score of a read",
            "area under the receiver operating characteristic: Hanley and McNeil 1982", run, SIZES,
            domains=DOMAINS, curves=(Curve("load", "auroc", by="cue", log_x=True),
                                     Curve("load", "rejected", by="cue", log_x=True)),
            theory=theory, summary_of=summary_of)
