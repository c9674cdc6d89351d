"""T1: completion of patterns, each its own key, over the load and how the cue is spoilt.

Independent fair signs, ksparse patterns, and patterns that share a component (`alike`). A cue has a
share of its entries wrong (`flipped`) or at 0 (`hidden`). A pattern is completed if its overlap
with what was stored (their cosine) is at least 0.95.

Bits of state buy bits of pattern: `bits_per_state_bit` is patterns x entries x what an entry tells
(see `information`) over the declared bits of the store, `bits_per_cheapest_bit` over its cheapest
lossless coding. A whole cue has told all that already: the figure is of the store. Nor does a
whole cue say much of a memory whose couplings of an entry with itself grow with the load: it ends
as a copy of its cue; look at the spoilt ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...models.memory import CannotDo, Domain, Need
from ...models.memory.patterns import Array
from . import completion_theory
from .counted import Counted, built_for
from .cues import Cue
from .items import active_of, alike
from .measures import HELD, SUCCESS, area, cosines, information, largest_held
from .task import At, Curve, Point, Setting, Task, domain_for

DOMAINS: tuple[Domain, ...] = ("bipolar", "ksparse", "binary")
LOADS = (0.0625, 0.09375, 0.125, 0.1875, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
CRITICAL = (0.02, 0.05, 0.1, 0.12, 0.138, 0.145, 0.16, 0.18, 0.25, 0.4, 0.5, 0.6, 0.8, 0.95)
AREA_AT = (0.125, 1.0)
FLIPS = (0.0, 0.05, 0.1, 0.2, 0.3)
SIZES: dict[str, dict[str, Any]] = {
    "ci": {"units": 128, "loads": LOADS, "flips": (0.0, 0.1, 0.2), "hides": (), "alike": (),
           "asked": 32},
    "std": {"units": 400, "loads": (*CRITICAL, 1.0, 2.0, 4.0, 8.0), "flips": FLIPS,
            "hides": (0.25, 0.5), "alike": (0.1, 0.3), "asked": 100},
    "full": {"units": 1000, "loads": (*CRITICAL, 1.0, 2.0, 4.0, 8.0), "flips": FLIPS,
             "hides": (0.25, 0.5), "alike": (0.1, 0.3), "asked": 200},
}


def run(setting: Setting) -> list[Point]:
    """A point for each load and cue; a memory for each load."""
    domain = domain_for(setting, DOMAINS)
    if not setting.entry.auto:
        raise CannotDo(f"{setting.entry.name} does not complete patterns; it has keys and values "
                       "of their own")
    wanted = SIZES[setting.size]
    plain = [Cue(flipped=f) for f in wanted["flips"]] + [Cue(hidden=h) for h in wanted["hides"]]
    return [point for likeness in (0.0, *wanted["alike"])
            for point in _over_loads(setting, domain, likeness,
                                     [Cue(c.flipped, c.hidden, likeness) for c in plain])]


def _over_loads(setting: Setting, domain: Domain, likeness: float,
                cues: Sequence[Cue]) -> list[Point]:
    wanted = SIZES[setting.size]
    units, active = wanted["units"], active_of(domain, wanted["units"])
    noise = max(cue.noise(domain) for cue in cues)
    needs = [Need(units, units, domain, max(1, round(load * units)), auto=True, active=active,
                  value_active=active, noise=noise, queries=wanted["asked"],
                  state_bits=setting.state_bits, backend=setting.backend, seed=setting.seed)
             for load in wanted["loads"]]
    points = []
    for need, memory in built_for(setting, needs):
        rng = setting.rng("T1", need.items, f"alike {likeness:g}")
        patterns = alike(rng, need.items, units, domain, active, likeness)
        memory.write(patterns, patterns)
        asked = patterns[np.sort(rng.permutation(need.items)[:wanted["asked"]])]
        points += [_point(need, memory, asked, cue, rng) for cue in cues]
    return points


def _point(need: Need, memory: Counted, asked: Array, cue: Cue,
           rng: np.random.Generator) -> Point:
    found = memory.read(cue.of(asked, need.domain, rng)).values
    overlaps = cosines(asked, found)
    bits = need.items * need.key_dim * information(asked, found, need.domain)
    at: At = {"load": need.items / need.key_dim, **cue.at(), "patterns": float(need.items),
              "units": float(need.key_dim), "domain": need.domain}
    return memory.point(at, {"success": float((overlaps >= SUCCESS).mean()),
                             "overlap": float(overlaps.mean()),
                             "bits_per_state_bit": bits / memory.memory.state_bits(),
                             "bits_per_cheapest_bit": bits / memory.fewest_bits()})


def summary_of(points: list[Point]) -> dict[str, float]:
    """P* of each cue: the most patterns of which 0.9 are completed; the area under success over
    the share of flipped entries, at loads of about 0.125 and 1; the most bits that a bit of state
    held, of points where 0.9 of the patterns were completed from spoilt cues."""
    found = {}
    for name in dict.fromkeys(str(p.at["cue"]) for p in points):
        of_it = [p for p in points if p.at["cue"] == name]
        found[f"P* ({name})"] = largest_held([float(p.at["patterns"]) for p in of_it],
                                             [p.metrics["success"] for p in of_it])
    plain = [p for p in points if not p.at["hidden"] and not p.at["alike"]]
    loads = sorted({float(p.at["load"]) for p in plain})
    for wanted in AREA_AT:
        load = loads[int(np.abs(np.log(np.array(loads) / wanted)).argmin())]
        at_it = [p for p in plain if p.at["load"] == load]
        if 0.8 < load / wanted < 1.25:
            found[f"area over flips (load {wanted:g})"] = area(
                [float(p.at["flipped"]) for p in at_it], [p.metrics["success"] for p in at_it])
    held = [p for p in points if p.metrics["success"] >= HELD
            and (p.at["flipped"] or p.at["hidden"])]
    for metric in ("bits_per_state_bit", "bits_per_cheapest_bit"):
        found[f"most {metric}"] = max((p.metrics[metric] for p in held), default=0.0)
    return found


TASK = Task("completion", "T1", "patterns from spoilt copies of them",
            "Hopfield 1982; Amit, Gutfreund and Sompolinsky 1985", run, SIZES, domains=DOMAINS,
            curves=(Curve("load", "success", by="cue", log_x=True),
                    Curve("load", "overlap", by="cue", log_x=True),
                    Curve("load", "bits_per_cheapest_bit", by="cue", log_x=True)),
            theory=completion_theory.theory, summary_of=summary_of)
