"""The sentences of a report. None says that one memory is better where a view says otherwise."""

from __future__ import annotations

from itertools import combinations

from ..metrics.energy import energy
from .costs import Cost, costs, counted, state_verdict, verdict
from .gather import Comparison
from .statistics import difference


def sentences(c: Comparison, baseline: str) -> list[str]:
    """What was measured, and what may be said of it."""
    if not c.memories:
        return ["Nothing was measured."]
    found = costs(c)
    said = [scope(c), quality(c, baseline), verdict(found), state_verdict(found),
            energy_verdict(c, found)]
    return [s for s in said if s]


def scope(c: Comparison) -> str:
    """How many memories, seeds and conditions."""
    missing = len(c.records) - len(c.memories)
    partly = len({m for m, kind, _, _ in c.without() if kind == "in part"})
    out = "".join(f" {count} of {len(c.records)} memories could {how}: the reasons stand below."
                  for count, how in ((missing, "not be measured"),
                                     (partly, "be measured in some conditions only")) if count)
    seeds = f"{len(c.seeds)} seeds" if len(c.seeds) > 1 else \
        "one seed, so that nothing is known of the spread"
    return (f"{_many(len(c.memories), 'memory', 'memories')}, {seeds}, "
            f"{_many(len(c.conditions), 'condition', 'conditions')}. Source of the task: "
            f"{c.about.get('source') or 'not given'}.{out}")


def _many(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def quality(c: Comparison, baseline: str) -> str:
    """Which memories are above or below the baseline by more than chance, over all the numbers
    that sum the task up: one alone may say the opposite of another."""
    if not c.summaries or len(c.memories) < 2 or baseline not in c.memories or len(c.seeds) < 2:
        return ""
    groups: dict[str, list[str]] = {}
    for m in c.memories:
        if m != baseline:
            groups.setdefault(_beside(c, m, baseline), []).append(m)
    kinds = ("above in some and below in none", "below in some and above in none",
             "above in some and below in others", "not told apart in any")
    said = "; ".join(f"{kind}: {', '.join(groups[kind])}" for kind in kinds if kind in groups)
    return (f"Beside {baseline}, by paired 95 % intervals of the {len(c.summaries)} numbers in the "
            f"first table: {said}.")


def _beside(c: Comparison, memory: str, baseline: str) -> str:
    found = [difference(c.summary(memory, n), c.summary(baseline, n)) for n in c.summaries]
    above, below = any(d.low > 0 for d in found), any(d.high < 0 for d in found)
    if above and below:
        return "above in some and below in others"
    return ("above in some and below in none" if above else
            "below in some and above in none" if below else "not told apart in any")


def energy_verdict(c: Comparison, found: dict[str, Cost]) -> str:
    """Whether ranges of the energy of a read order any pair of memories."""
    if len(found) < 2 or not counted(found):
        return ""
    told = {m: energy(k.read, bool(c.memory_about(m).get("spiking"))) for m, k in found.items()}
    ordered, turned, open_ = 0, 0, 0
    for a, b in combinations(found, 2):
        signs = {s for x, y in zip(told[a], told[b], strict=True)
                 if (s := _sign((x.low, x.high), (y.low, y.high)))}
        open_ += not signs
        turned += len(signs) > 1
        ordered += len(signs) == 1
    pairs = ordered + turned + open_
    return (f"Estimated energy of a read, of {pairs} {'pairs' if pairs > 1 else 'pair'}: {ordered} "
            "with ranges that lie apart in the same order wherever they lie apart, "
            f"{turned} in an order that depends on the target, and of {open_} nothing can be said: "
            "the ranges overlap, or no target does both.")


def _sign(a: tuple[float | None, float | None], b: tuple[float | None, float | None]) -> int:
    """-1 or 1 where the first range lies below or above the second, 0 where neither."""
    (a_low, a_high), (b_low, b_high) = a, b
    if a_low is None or a_high is None or b_low is None or b_high is None:
        return 0
    return -1 if a_high < b_low else 1 if b_high < a_low else 0


def default_baseline(c: Comparison) -> str:
    """The memory measured with the most seeds in the most conditions, the first by name."""
    if not c.memories:
        return ""
    return min(c.memories, key=lambda m: (
        -sum(len(r.points) for r in c.measured(m).values()), m))


def provenance(c: Comparison) -> str:
    """Which versions made the records."""
    made = sorted({", ".join(f"{k} {v}" for k, v in r.made_by.items()
                             if v is not None and not isinstance(v, dict))
                   for by in c.records.values() for r in by.values()})
    mixed = "" if len(made) == 1 else " MIXED VERSIONS: compare with care."
    return f"Made by {'; '.join(made)}.{mixed}"
