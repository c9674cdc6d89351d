"""T6b: questions on stories that take one, two or three facts, after the first tasks of bAbI.

"Mary moved to the kitchen. Mary took the bag. The apple is in the bag. Where is the apple?" Each
sentence is a pair, written when it is told: the thing it is about, and where that is now. People
move and things change hands, so older pairs are overtaken. An answer takes as many reads as facts:
what was read is the next cue; of all places the one nearest to the last reading is the answer.
Stories, names and wording are generated here; no data of bAbI is used (Weston et al. 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models.memory import Need
from .counted import Counted, built_for, must_take_pairs
from .items import active_of, alike
from .measures import chosen, graded
from .task import At, Curve, Point, Setting, Task, domain_for

DOMAINS = ("unit", "bipolar", "ksparse", "binary", "real")
PEOPLE = ("Mary", "John", "Sandra", "Daniel")
PLACES = ("kitchen", "garden", "office", "hallway", "bathroom", "bedroom")
BAGS = ("bag", "box", "basket")
THINGS = ("apple", "football", "milk")
NAMES = (*PEOPLE, *PLACES, *BAGS, *THINGS)
MOVING = len(NAMES) - len(PLACES)
SIZES = {"ci": {"dim": 64, "sentences": (10, 40), "stories": 25},
         "std": {"dim": 128, "sentences": (10, 20, 40, 80, 160), "stories": 200},
         "full": {"dim": 256, "sentences": (10, 20, 40, 80, 160, 320), "stories": 1000}}


@dataclass(frozen=True)
class Story:
    """Sentences, the pair that each tells, and what is asked: `facts` steps lead from `about` to
    `answer`."""

    sentences: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    about: str
    answer: str
    facts: int

    @property
    def question(self) -> str:
        """In words."""
        return f"Where is {self.about if self.about in PEOPLE else f'the {self.about}'}?"


def story(rng: np.random.Generator, facts: int, sentences: int) -> Story:
    """A story of that many sentences, at least one on each of the ten; its question takes 1, 2 or 3
    facts: where is a person, a bag that a person has, a thing in such a bag.

    First everything is told once, then things move; the last word on each counts.
    """
    holders = dict.fromkeys(PEOPLE, PLACES) | dict.fromkeys(BAGS, PEOPLE) | dict.fromkeys(THINGS,
                                                                                          BAGS)
    told = list(rng.permutation(list(holders)))
    told += list(rng.choice(list(holders), max(0, sentences - len(told))))
    pairs = [(str(what), str(rng.choice(holders[str(what)]))) for what in told]
    where, about = dict(pairs), str(rng.choice((PEOPLE, BAGS, THINGS)[facts - 1]))
    answer = about
    for _ in range(facts):
        answer = where[answer]
    return Story(tuple(_in_words(*pair) for pair in pairs), tuple(pairs), about, answer, facts)


def _in_words(what: str, where: str) -> str:
    if what in PEOPLE:
        return f"{what} moved to the {where}."
    return f"{where} took the {what}." if where in PEOPLE else f"The {what} is in the {where}."


def run(setting: Setting) -> list[Point]:
    """A point for each number of facts and length of the story."""
    domain = domain_for(setting, DOMAINS)
    must_take_pairs(setting)
    wanted = SIZES[setting.size]
    dim, active = wanted["dim"], active_of(domain, wanted["dim"])
    needs = [Need(dim, dim, domain, max(sentences, MOVING), active=active, value_active=active,
                  state_bits=setting.state_bits, backend=setting.backend, seed=setting.seed)
             for sentences in wanted["sentences"]]
    lengths = dict(zip(needs, wanted["sentences"], strict=True))
    points = []
    for need, memory in built_for(setting, needs):
        for facts in (1, 2, 3):
            memory.recount()
            right = [_answered(memory, need, facts, lengths[need],
                               setting.rng("T6b", facts, lengths[need], number))
                     for number in range(wanted["stories"])]
            at: At = {"sentences": float(lengths[need]), "facts": f"{facts} fact{'s'[:facts - 1]}",
                      "units": float(dim), "domain": domain}
            points.append(memory.point(at, {"accuracy": float(np.mean(right))}))
    return points


def _answered(memory: Counted, need: Need, facts: int, sentences: int,
              rng: np.random.Generator) -> float:
    memory.restart(rng)
    told = story(rng, facts, sentences)
    words = dict(zip(NAMES, alike(rng, len(NAMES), need.key_dim, need.domain, need.active),
                     strict=True))
    memory.write(np.array([words[what] for what, _ in told.pairs]),
                 np.array([words[where] for _, where in told.pairs]))
    cue = words[told.about][None]
    for _ in range(facts):
        read = memory.read(cue)
        cue = read.values
    places = np.array([words[place] for place in PLACES])
    return float(chosen(graded(read), places, [PLACES.index(told.answer)])[0])


def summary_of(points: list[Point]) -> dict[str, float]:
    """The mean over lengths, for each number of facts."""
    return {f"accuracy ({facts})": float(np.mean([p.metrics["accuracy"] for p in points
                                                  if p.at["facts"] == facts]))
            for facts in dict.fromkeys(str(p.at["facts"]) for p in points)}


TASK = Task("stories", "T6b", "questions on stories that take one, two or three facts",
            "after bAbI: Weston et al. 2015", run, SIZES, domains=DOMAINS,
            curves=(Curve("sentences", "accuracy", by="facts", log_x=True),),
            summary_of=summary_of)
