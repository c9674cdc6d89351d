"""T6b: questions on stories that take one, two or three facts, after the first tasks of bAbI.

"Mary moved to the kitchen. Mary took the bag. The apple is in the bag. Where is the apple?" Each
sentence is a pair, written when it is told: the thing it is about, and where that is now. People
move and things change hands, so older pairs are overtaken. An answer takes as many reads as facts:
what was read is the next cue; of all places the one nearest to the last reading is the answer.
Stories, names and wording are generated here; no data of bAbI is used (Weston et al. 2015).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...models.memory import Domain, Need
from ...models.memory.patterns import Array
from .counted import Counted, built_for, must_take_pairs
from .items import active_of, alike
from .measures import chosen, graded
from .task import At, Curve, Point, Setting, Task, domain_for

DOMAINS: tuple[Domain, ...] = ("unit", "bipolar", "ksparse", "binary", "real")
PEOPLE = ("Mary", "John", "Sandra", "Daniel")
PLACES = ("kitchen", "garden", "office", "hallway", "bathroom", "bedroom")
BAGS = ("bag", "box", "basket")
THINGS = ("apple", "football", "milk")
NAMES = (*PEOPLE, *PLACES, *BAGS, *THINGS)
SIZES: dict[str, dict[str, Any]] = {
    "ci": {"dim": 64, "sentences": (10, 40), "stories": 5},
    "std": {"dim": 128, "sentences": (10, 20, 40, 80, 160), "stories": 50},
    "full": {"dim": 256, "sentences": (10, 20, 40, 80, 160, 320), "stories": 200},
}
ASKED = {1: PEOPLE, 2: BAGS, 3: THINGS}
"""Whom or what a question is about, by the facts that its answer takes"""


@dataclass(frozen=True)
class Story:
    """The pair (what, where it is now) that each sentence tells, in order."""

    pairs: tuple[tuple[str, str], ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """In words."""
        return tuple(_in_words(*pair) for pair in self.pairs)

    def place_of(self, about: str) -> str:
        """Where it is at the end, followed from pair to pair."""
        where = dict(self.pairs)
        while about not in PLACES:
            about = where[about]
        return about


def story(rng: np.random.Generator, sentences: int) -> Story:
    """Of that many sentences; at least of ten, since first everything is told once. Then people and
    things move; the last word on each counts."""
    holders = dict.fromkeys(PEOPLE, PLACES) | dict.fromkeys(BAGS, PEOPLE) | dict.fromkeys(THINGS,
                                                                                          BAGS)
    told = list(rng.permutation(list(holders)))
    told += list(rng.choice(list(holders), max(0, sentences - len(told))))
    return Story(tuple((str(what), str(rng.choice(holders[str(what)]))) for what in told))


def question(about: str) -> str:
    """In words."""
    return f"Where is {about if about in PEOPLE else f'the {about}'}?"


def _in_words(what: str, where: str) -> str:
    if what in PEOPLE:
        return f"{what} moved to the {where}."
    return f"{where} took the {what}." if where in PEOPLE else f"The {what} is in the {where}."


def run(setting: Setting) -> list[Point]:
    """A point for each number of facts and length of the story; of a story everything is asked."""
    domain = domain_for(setting, DOMAINS)
    must_take_pairs(setting)
    wanted = SIZES[setting.size]
    dim, active = wanted["dim"], active_of(domain, wanted["dim"])
    needs = [Need(dim, dim, domain, sentences, active=active, value_active=active,
                  queries=len(PEOPLE), state_bits=setting.state_bits, backend=setting.backend,
                  seed=setting.seed) for sentences in wanted["sentences"]]
    points = []
    for need, memory in built_for(setting, needs):
        right = [_answered(memory, need, setting.rng("T6b", need.items, number))
                 for number in range(wanted["stories"])]
        for facts in ASKED:
            at: At = {"sentences": float(need.items), "facts": f"{facts} fact{'s'[:facts - 1]}",
                      "units": float(dim), "domain": domain}
            share = np.mean([of_one[facts] for of_one in right])
            points.append(memory.point(at, {"accuracy": float(share)}, last=False))
    return points


def _answered(memory: Counted, need: Need, rng: np.random.Generator) -> dict[int, Array]:
    """The chance of each right answer, by the facts that it takes."""
    memory.restart(rng)
    told = story(rng, need.items)
    words = dict(zip(NAMES, alike(rng, len(NAMES), need.key_dim, need.domain, need.active),
                     strict=True))
    memory.write(np.array([words[what] for what, _ in told.pairs]),
                 np.array([words[where] for _, where in told.pairs]))
    places, found = np.array([words[place] for place in PLACES]), {}
    for facts, asked in ASKED.items():
        cues = np.array([words[about] for about in asked])
        for _ in range(facts):
            read = memory.read(cues)
            cues = read.values
        right = [PLACES.index(told.place_of(about)) for about in asked]
        found[facts] = chosen(graded(read), places, right)
    return found


def summary_of(points: list[Point]) -> dict[str, float]:
    """The mean over lengths, for each number of facts."""
    return {f"accuracy ({facts})": float(np.mean([p.metrics["accuracy"] for p in points
                                                  if p.at["facts"] == facts]))
            for facts in dict.fromkeys(str(p.at["facts"]) for p in points)}


TASK = Task("stories", "T6b", "questions on stories that take one, two or three facts",
            "after bAbI: Weston et al. 2015", run, SIZES, domains=DOMAINS,
            curves=(Curve("sentences", "accuracy", by="facts", log_x=True),),
            summary_of=summary_of)
