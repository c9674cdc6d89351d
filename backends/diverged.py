"""Neurons whose state is not a number any more, looked for at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..simulator.units import second
from .runner import Runner


def diverged(runner: Runner) -> Iterator[str]:
    """What to say of each variable of a population that is NaN somewhere.

    An integration that diverges ends in infinities and then in NaN, which no threshold ever sees:
    the neurons are silent, and look like neurons that have nothing to say.
    """
    time = runner.k * runner.plan.dt * second
    for n, p in enumerate(runner.plan.populations):
        for name in p.state:
            lost = np.isnan(np.asarray(runner.read(n, name), np.float64))
            if lost.any():
                yield (f"population {p.name!r}: {name} is not a number in {lost.sum()} of "
                       f"{lost.size} neurons after {time}: the integration diverged, and what is "
                       "not a number stays so, without a spike. A smaller dt often helps; a "
                       "StateProbe shows where it began")
