"""How the cues of a point are made, with a name that a figure can print."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...models.memory import Domain
from ...models.memory.patterns import Array
from .items import flipped, hidden
from .task import At


@dataclass(frozen=True)
class Cue:
    """A share of a cue's entries `flipped` or `hidden`; how `alike` the patterns are; which share
    of the keys is `rewritten`, given another value later."""

    flipped: float = 0.0
    hidden: float = 0.0
    alike: float = 0.0
    rewritten: float = 0.0

    @property
    def name(self) -> str:
        """Such as "10 % flipped, alike 0.3"."""
        how = "whole"
        if self.flipped or self.hidden:
            how = f"{100 * (self.flipped or self.hidden):.3g} % "
            how += "flipped" if self.flipped else "hidden"
        how += f", alike {self.alike:.3g}" if self.alike else ""
        return how + (f", {100 * self.rewritten:.3g} % rewritten" if self.rewritten else "")

    def of(self, patterns: Array, domain: Domain, rng: np.random.Generator) -> Array:
        """The cues of those patterns."""
        if self.flipped:
            return flipped(rng, patterns, self.flipped, domain)
        return hidden(rng, patterns, self.hidden, domain)

    def noise(self, domain: Domain) -> float:
        """The share of a cue that is wrong, as a `Need` tells it: of ones that are missing all, of
        hidden signs and coordinates half, since half of them would be guessed."""
        ones = domain in ("ksparse", "binary")
        return max(self.flipped, self.hidden if ones else 0.5 * self.hidden)

    def at(self) -> At:
        """The condition, by name."""
        return {"cue": self.name, "flipped": self.flipped, "hidden": self.hidden,
                "alike": self.alike}
