"""T12: forgetting curves: pairs are written in order, and asked by age.

The age of an item is how many were written after it, its lag one more. `recall`: the value is the
nearest of all to what is read; `signal`: what is read along the value, as a share of its square. A
memory that only completes patterns is cued with them whole: `signal` is then their overlap, and
`recall` the share with an overlap of at least 0.95. Rehearsal: the first items are written again,
at growing intervals, while the others come in; their age counts from their first writing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from ...models.memory import Domain, Need
from ...models.memory.patterns import Array
from . import forgetting_theory
from .counted import Counted, built_for
from .fits import exponential, half_life, power, serial_position
from .items import active_of, alike
from .measures import SUCCESS, chosen, cosines, graded
from .task import At, Curve, Point, Setting, Task, domain_for

DOMAINS: tuple[Domain, ...] = ("unit", "bipolar", "ksparse", "real", "binary")
AGES = (0, 1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512, 724, 1024, 1448,
        2048)
"""Edges of the bins of ages, steps of sqrt(2); a bin holds its lower edge"""
SIZES: dict[str, dict[str, Any]] = {
    "ci": {"dim": 64, "items": 400, "repeats": 1, "rehearsed": 20},
    "std": {"dim": 64, "items": 400, "repeats": 20, "rehearsed": 20},
    "full": {"dim": 256, "items": 2000, "repeats": 20, "rehearsed": 100},
}
ONCE, REHEARSED = "written once", "rehearsed"


def run(setting: Setting) -> list[Point]:
    """A point for each bin of ages, for each tenth of the order of writing, and for the first items
    with and without rehearsal."""
    wanted = SIZES[setting.size]
    domain = domain_for(setting, DOMAINS)
    active = active_of(domain, wanted["dim"])
    plain = np.arange(wanted["items"])
    turns = {ONCE: plain, REHEARSED: schedule(wanted["items"], wanted["rehearsed"])}
    need = Need(wanted["dim"], wanted["dim"], domain, len(turns[REHEARSED]),
                auto=not setting.entry.hetero, active=active, value_active=active,
                queries=wanted["items"], state_bits=setting.state_bits, backend=setting.backend,
                seed=setting.seed)
    kept: dict[str, list[Array]] = {}
    last: dict[str, Counted] = {}
    for how, (_, memory) in zip(turns, built_for(setting, [need] * 2), strict=True):
        kept[how] = [_kept(memory, setting.rng("T12", repeat), need, turns[how])
                     for repeat in range(wanted["repeats"])]
        last[how] = memory
    means = {how: np.mean(found, axis=0) for how, found in kept.items()}
    return [*_by_age(means[ONCE], last[ONCE], need), *_by_position(means[ONCE], last[ONCE], need),
            *(_point(last[how], need, {"rehearsal": how}, means[how],
                     plain < wanted["rehearsed"]) for how in turns)]


def schedule(items: int, rehearsed: int) -> Any:
    """The order of writing: item k at its turn, and each of the first `rehearsed` again after 1, 2,
    4, 8... times as many items as are rehearsed."""
    turns: list[int] = []
    for k in range(items):
        turns.append(k)
        lag, over = divmod(k + 1, rehearsed)
        if over == 0 and lag & (lag - 1) == 0:
            turns += range(rehearsed)
    return np.array(turns)


def _kept(memory: Counted, rng: np.random.Generator, need: Need, order: Any) -> Array:
    """(2, items): recall and signal of every item, in the order of first writing."""
    number = int(order.max()) + 1
    memory.restart(rng)
    keys = alike(rng, number, need.key_dim, need.domain, need.active)
    values = keys if need.auto else alike(rng, number, need.value_dim, need.domain, need.active)
    memory.write(keys[order], values[order])
    found = memory.read(keys)
    if need.auto:
        overlaps = cosines(found.values, values)
        return np.array([overlaps >= SUCCESS, overlaps], np.float64)
    said = graded(found)
    return np.array([chosen(said, values, np.arange(number)),
                     (said * values).sum(1) / (values**2).sum(1)], np.float64)


def _by_age(kept: Array, memory: Counted, need: Need) -> Iterator[Point]:
    ages = _ages(kept)
    for low, high in pairwise(AGES):
        part = (ages >= low) & (ages < high)
        if part.any():
            mean = float(ages[part].mean())
            which: At = {"age": mean, "lag": mean + 1.0, "youngest": float(ages[part].min()),
                         "oldest": float(ages[part].max())}
            yield _point(memory, need, which, kept, part)


def _by_position(kept: Array, memory: Counted, need: Need) -> Iterator[Point]:
    number = kept.shape[1]
    for tenth in range(10):
        part = (10 * np.arange(number)) // number == tenth
        yield _point(memory, need, {"position": (tenth + 0.5) / 10}, kept, part)


def _point(memory: Counted, need: Need, which: At, kept: Array, part: Any) -> Point:
    """Of a part of the items."""
    at: At = {**which, "patterns": float(kept.shape[1]), "units": float(need.key_dim),
              "domain": need.domain}
    return memory.point(at, {"recall": float(kept[0, part].mean()),
                             "signal": float(kept[1, part].mean())}, last=False)


def _ages(kept: Array) -> Array:
    return np.arange(kept.shape[1] - 1.0, -1.0, -1.0)


def summary_of(points: list[Point]) -> dict[str, float]:
    """Half-life of recall and of the signal (inf: never halved), the laws that fit the signal,
    primacy and recency, and what rehearsal does for the first items."""
    by_age = sorted((p for p in points if "age" in p.at), key=lambda p: p.at["age"])
    ages = [float(p.at["age"]) for p in by_age]
    recall, signal = ([p.metrics[m] for p in by_age] for m in ("recall", "signal"))
    found = {"half-life of recall": half_life(ages, recall, 1.0 / float(points[0].at["patterns"])),
             "half-life of signal": half_life(ages, signal)}
    _, rate, off = exponential(ages, signal)
    found |= {"exponential rate": rate, "exponential residual": off}
    _, exponent, off = power(ages, signal)
    found |= {"power exponent": exponent, "power residual": off}
    tenths = [p.metrics["recall"] for p in points if "position" in p.at]
    found["primacy"], found["recency"] = serial_position(tenths)
    first = {p.at["rehearsal"]: p.metrics["recall"] for p in points if "rehearsal" in p.at}
    found["rehearsal"] = first[REHEARSED] - first[ONCE]
    return found


TASK = Task("forgetting", "T12", "what is kept of a stream, by age", "Ebbinghaus 1885; Wixted and "
            "Ebbesen 1991", run, SIZES, domains=DOMAINS,
            curves=(Curve("lag", "recall", log_x=True), Curve("lag", "signal", log_x=True),
                    Curve("position", "recall"), Curve("rehearsal", "recall")),
            theory=forgetting_theory.theory, summary_of=summary_of)
