"""What tasks write and ask: patterns that are alike, cues that are spoilt."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...models.memory import Domain, random_patterns, to_domain
from ...models.memory.patterns import Array
from ...simulator.errors import DescriptionError


def active_of(domain: Domain, size: int) -> int | None:
    """Ones of a ksparse pattern of that size in the tasks, log2 of it; None in other domains."""
    return max(1, round(np.log2(size))) if domain == "ksparse" else None


def alike(rng: np.random.Generator, count: int, size: int, domain: Domain,
          active: int | None = None, likeness: float = 0.0) -> Array:
    """(count, size) patterns of z = sqrt(likeness) g + sqrt(1 - likeness) xi, where all share g.

    In `unit` and `real` the mean cosine of two is the likeness, in `bipolar` (signs of z)
    2 / pi arcsin(likeness); `binary` are flags of z > 0, `ksparse` the largest of z. With 0 they
    are `random_patterns`.
    """
    if not 0.0 <= likeness <= 1.0:
        raise DescriptionError(f"likeness {likeness!r} of patterns; it is from 0 to 1")
    if likeness == 0.0:
        return random_patterns(rng, count, size, domain, active)
    z = (np.sqrt(likeness) * rng.standard_normal(size)
         + np.sqrt(1.0 - likeness) * rng.standard_normal((count, size)))
    return to_domain(z + 0.5 if domain == "binary" else z, domain, active)


def flipped(rng: np.random.Generator, patterns: Any, share: float, domain: Domain) -> Array:
    """A copy with round(share size) entries of each row wrong: their sign or flag turned round; of
    a ksparse row round(share ones) of its ones are moved to where there was none."""
    return _spoilt(rng, patterns, share, domain, moved=True)


def hidden(rng: np.random.Generator, patterns: Any, share: float, domain: Domain) -> Array:
    """A copy with round(share size) entries of each row at 0; of a row of 0 and 1, round(share
    ones) of its ones."""
    return _spoilt(rng, patterns, share, domain, moved=False)


def _spoilt(rng: np.random.Generator, patterns: Any, share: float, domain: Domain,
            moved: bool) -> Array:
    if not 0.0 <= share <= 1.0:
        raise DescriptionError(f"share {share!r} of a cue; it is from 0 to 1")
    x = np.array(patterns, np.float64)
    of_ones = domain == "ksparse" or (domain == "binary" and not moved)
    for row in x:
        able = np.flatnonzero(row) if of_ones else np.arange(len(row))
        chosen = rng.choice(able, round(share * len(able)), replace=False)
        if not moved:
            row[chosen] = 0.0
        elif domain == "ksparse":
            free = np.flatnonzero(row == 0.0)
            row[rng.choice(free, min(len(chosen), len(free)), replace=False)] = 1.0
            row[chosen] = 0.0
        elif domain == "binary":
            row[chosen] = 1.0 - row[chosen]
        else:
            row[chosen] *= -1.0
    return x
