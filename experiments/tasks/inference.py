"""T6: paired associates in chains: A-B and B-C are stored; does A lead to C?

16 chains of 3 or 4 items; neighbours are stored as pairs, in both directions or (for memories in
which a key has one value) only from the first to the last. A trial gives an item, and a target of
its own chain and a lure from another, of the same place in it: which of the two is more like what
was read, all hops added up? In each hop what was read is the next cue. With one hop only direct
neighbours can be told: further ones are at chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...models.memory import Domain, Need
from ...models.memory.patterns import Array
from ..memories.entry import Entry
from .counted import Counted, built_for, must_take_pairs
from .items import active_of, alike
from .measures import cosines, graded
from .pictures import PIXELS, embedded
from .task import At, Curve, Point, Setting, Task, domain_for

DOMAINS: tuple[Domain, ...] = ("unit", "bipolar", "ksparse", "binary", "real")
CHAINS = 16
RANDOM, DIGITS = "random", "digits"
BOTH, ONE = "both ways", "one way"
SIZES: dict[str, dict[str, Any]] = {
    "ci": {"dims": (64,), "lengths": (3, 4), "items": (RANDOM,), "hops": 4, "repeats": 5},
    "std": {"dims": (64, 128), "lengths": (3, 4), "items": (RANDOM, DIGITS), "hops": 4,
            "repeats": 40},
    "full": {"dims": (64, 128, 512), "lengths": (3, 4, 5), "items": (RANDOM, DIGITS),
             "hops": 6, "repeats": 100},
}


def run(setting: Setting) -> list[Point]:
    """A point for each kind of items, length, number of hops and distance in the chain."""
    domain = domain_for(setting, DOMAINS)
    must_take_pairs(setting)
    wanted = SIZES[setting.size]
    points: list[Point] = []
    for items in wanted["items"]:
        needs = [Need(dim, dim, domain, 2 * CHAINS * (length - 1), active=active_of(domain, dim),
                      value_active=active_of(domain, dim), queries=CHAINS * (length - 1),
                      state_bits=setting.state_bits, backend=setting.backend, seed=setting.seed)
                 for dim in (wanted["dims"] if items == RANDOM else (PIXELS,))
                 for length in wanted["lengths"]]
        for need, memory in built_for(setting, needs):
            for ways in (BOTH, ONE):
                points += _points(setting, need, memory, items, ways)
    return points


def _points(setting: Setting, need: Need, memory: Counted, items: str,
            ways: str) -> Iterator[Point]:
    memory.recount()
    wanted, length = SIZES[setting.size], need.items // (2 * CHAINS) + 1
    won = [_won(memory, need, setting.rng("T6", items, need.key_dim, length, repeat), items,
                ways, length, wanted["hops"]) for repeat in range(wanted["repeats"])]
    kind = items if items == DIGITS else f"{need.key_dim}"
    for distance in range(1, length):
        share = np.mean([of_one[distance] for of_one in won], axis=(0, 2))
        for hops in range(1, wanted["hops"] + 1):
            at: At = {"hops": float(hops), "distance": float(distance), "length": float(length),
                      "chain": f"{kind}: {distance} apart of {length}, {ways}",
                      "items": items, "ways": ways, "units": float(need.key_dim),
                      "domain": need.domain}
            yield memory.point(at, {"accuracy": float(share[hops - 1])}, last=False)


def _won(memory: Counted, need: Need, rng: np.random.Generator, items: str, ways: str,
         length: int, hops: int) -> dict[int, Array]:
    """(hops, trials) flags for each distance."""
    memory.restart(rng)
    number = CHAINS * length
    drawn = (embedded(rng, number, need.domain, need.active) if items == DIGITS else
             alike(rng, number, need.key_dim, need.domain, need.active))
    chains = drawn.reshape(CHAINS, length, -1)
    left, right = (x.reshape(-1, need.key_dim) for x in (chains[:, :-1], chains[:, 1:]))
    order = rng.permutation(2 * len(left) if ways == BOTH else len(left))
    memory.write(np.concatenate([left, right])[order], np.concatenate([right, left])[order])
    found: dict[int, list[Array]] = {d: [] for d in range(1, length)}
    said = _read_on(memory, chains[:, :-1].reshape(-1, need.key_dim), hops)
    said = said.reshape(hops, CHAINS, length - 1, -1)
    for start in range(length - 1):
        for end in range(start + 1, length):
            other = (np.arange(CHAINS) + rng.integers(1, CHAINS)) % CHAINS
            likes = [[cosines(hop[:, start], x) for hop in said]
                     for x in (chains[:, end], chains[other, end])]
            margin = np.cumsum(likes[0], axis=0) - np.cumsum(likes[1], axis=0)
            found[end - start].append((margin > 0.0) + 0.5 * (margin == 0.0))
    return {d: np.concatenate(flags, axis=1) for d, flags in found.items()}


def _read_on(memory: Counted, cues: Array, hops: int) -> Array:
    """(hops, cues, dim): what is read at each hop; its values are the next hop's cues."""
    said = []
    for _ in range(hops):
        read = memory.read(cues)
        said.append(graded(read))
        cues = read.values
    return np.array(said)


def theory(entry: Entry, at: At) -> dict[str, float]:
    """One product with what is stored tells nothing of items that are not neighbours."""
    one_step = entry.family in ("linear", "linear-decay", "delta", "ridge", "modern-hopfield",
                                "nearest")
    return {"accuracy": 0.5} if (one_step and at["hops"] == 1 and float(at["distance"]) > 1
                                 and at["items"] == RANDOM) else {}


def summary_of(points: list[Point]) -> dict[str, float]:
    """Of each distance the best accuracy and the accuracy with one hop."""
    found = {}
    for name in dict.fromkeys(str(p.at["chain"]) for p in points):
        of_it = [p for p in points if p.at["chain"] == name]
        found[f"best ({name})"] = max(p.metrics["accuracy"] for p in of_it)
        found[f"one hop ({name})"] = of_it[0].metrics["accuracy"]
    return found


TASK = Task("inference", "T6", "chains of pairs, told by hops", "MEMO: Banino et al. 2020",
            run, SIZES, domains=DOMAINS, curves=(Curve("hops", "accuracy", by="chain"),),
            theory=theory, summary_of=summary_of)
