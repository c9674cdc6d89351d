"""T11: a pass key in a stream: one code of five digits among T fillers, every one a write.

A digit is a one-hot value of ten under a key of its own (the tag and the place in the code). The
fillers have random keys and random digits. `depth` is the share of the fillers that come before the
code: 0 is the oldest place, 1 the newest. `code` asks for all five digits, `digit` for each.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...models.memory import Domain, Need
from ...models.memory.patterns import Array
from ..memories.entry import Entry
from .counted import Counted, built_for, must_take_pairs
from .items import active_of, alike
from .measures import HELD, chosen, graded
from .own import decay_and_rate
from .recall_theory import above_all
from .task import At, Curve, Point, Setting, Task, domain_for

DOMAINS: tuple[Domain, ...] = ("unit", "bipolar", "ksparse", "real", "binary")
PLACES, DIGITS = 5, 10
SIZES: dict[str, dict[str, Any]] = {
    "ci": {"dim": 64, "fillers": (100, 1000), "depths": (0.0, 0.5, 1.0), "repeats": 4},
    "std": {"dim": 64, "fillers": (100, 1000, 10_000), "repeats": 5,
            "depths": (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)},
    "full": {"dim": 256, "fillers": (100, 1000, 10_000, 100_000), "repeats": 5,
             "depths": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)},
}


def run(setting: Setting) -> list[Point]:
    """A point for each length of the stream and depth of the code."""
    domain = domain_for(setting, DOMAINS)
    must_take_pairs(setting)
    wanted = SIZES[setting.size]
    needs = [Need(wanted["dim"], DIGITS, domain, fillers + PLACES,
                  active=active_of(domain, wanted["dim"]),
                  value_active=1 if domain == "ksparse" else None, queries=PLACES,
                  state_bits=setting.state_bits, backend=setting.backend, seed=setting.seed)
             for fillers in wanted["fillers"]]
    points = []
    for need, memory in built_for(setting, needs):
        for depth in wanted["depths"]:
            memory.recount()
            right = np.array([_right(memory, need, depth, setting.rng("T11", need.items, repeat))
                              for repeat in range(wanted["repeats"])])
            at: At = {"fillers": float(need.items - PLACES), "depth": depth, "domain": domain,
                      "units": float(need.key_dim)}
            points.append(memory.point(at, {"code": float(right.prod(1).mean()),
                                            "digit": float(right.mean())}))
    return points


def book(domain: Domain) -> Array:
    """The ten digits as patterns: one-hot, of -1 and 1 in `bipolar`."""
    return 2.0 * np.eye(DIGITS) - 1.0 if domain == "bipolar" else np.eye(DIGITS)


def _right(memory: Counted, need: Need, depth: float, rng: np.random.Generator) -> Array:
    """The chance of each digit of the code to be found, after all was written."""
    memory.restart(rng)
    keys = alike(rng, need.items, need.key_dim, need.domain, need.active)
    values = book(need.domain)
    digits = rng.integers(0, DIGITS, need.items)
    before = round(depth * (need.items - PLACES))
    for part in (slice(0, before), slice(before, before + PLACES), slice(before + PLACES, None)):
        memory.write(keys[part], values[digits[part]])
    code = slice(before, before + PLACES)
    return chosen(graded(memory.read(keys[code])), values, digits[code])


def theory(entry: Entry, at: At) -> dict[str, float]:
    """Of a sum of outer products with decay g: a digit has the signal g^age, and each of the ten
    the noise of a tenth of all others."""
    if entry.family not in ("linear", "linear-decay") or at["domain"] != "unit":
        return {}
    fillers, (decay, _) = float(at["fillers"]), decay_and_rate(entry)
    after = fillers - round(float(at["depth"]) * fillers)
    total, digits = fillers + PLACES, []
    for place in range(PLACES):
        age = after + PLACES - 1 - place
        every = total if decay == 1.0 else (1.0 - decay ** (2.0 * total)) / (1.0 - decay**2)
        noise = (every - decay ** (2.0 * age)) / (DIGITS * float(at["units"]))
        digits.append(above_all(decay**age, noise, noise, DIGITS - 1.0))
    return {"code": math.prod(digits), "digit": sum(digits) / PLACES}


def summary_of(points: list[Point]) -> dict[str, float]:
    """The share of codes found, of all depths, for each length; the longest stream in which 0.9 are
    found at every depth."""
    found, held = {}, [0.0]
    for fillers in dict.fromkeys(float(p.at["fillers"]) for p in points):
        codes = [p.metrics["code"] for p in points if p.at["fillers"] == fillers]
        found[f"code ({fillers:,.0f} fillers)"] = float(np.mean(codes))
        held += [fillers] if min(codes) >= HELD else []
    return {**found, "longest stream held": max(held)}


TASK = Task("passkey", "T11", "one code among many fillers",
            "pass key retrieval: Mohtashami and Jaggi 2023", run, SIZES, domains=DOMAINS,
            curves=(Curve("depth", "code", by="fillers"), Curve("depth", "digit", by="fillers")),
            theory=theory, summary_of=summary_of)
