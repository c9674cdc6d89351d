"""How well a picture is recalled: spike counts against a threshold, pixel by pixel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError

THRESHOLDS = range(1, 31)


@dataclass(frozen=True)
class Recall:
    """Balanced accuracy by picture at `threshold`, the one that is best on average for `learnt`.

    `counts` holds the spikes of each neuron after each test, (side, side) by picture.
    """

    threshold: int
    accuracy: Mapping[int, float]
    learnt: tuple[int, ...]
    counts: Mapping[int, Any]

    @property
    def mean(self) -> float:
        """Mean accuracy of the pictures that were learnt."""
        return float(np.mean([self.accuracy[n] for n in self.learnt]))

    def __str__(self) -> str:
        each = ", ".join(f"{n}: {a:.3f}" + ("" if n in self.learnt else " (new)")
                         for n, a in self.accuracy.items())
        return (f"mean accuracy {self.mean:.3f} of {len(self.learnt)} pictures learnt, at more "
                f"than {self.threshold} spikes; {each}")


def balanced_accuracy(picture: Any, recalled: Any) -> float:
    """Mean of the fraction of ink and the fraction of paper that are recalled as such.

    DescriptionError for a picture that has but one of them.
    """
    if picture.all() or not picture.any():
        raise DescriptionError(f"a picture of {'ink' if picture.all() else 'paper'} alone has no "
                               "balanced accuracy, which is of ink and paper; ask of another")
    return float((np.mean(recalled[picture]) + np.mean(~recalled[~picture])) / 2)


def scores(pictures: Sequence[Any], counts: Mapping[int, Any], learnt: Iterable[int]) -> Recall:
    """Accuracy of every picture tested. The threshold is part of the measure: it is swept."""
    known = tuple(n for n in learnt if n in counts)
    if not known:
        raise DescriptionError(f"the tests were of pictures {list(counts)}, none of them learnt; "
                               "the threshold is that which is best for pictures learnt")

    def mean(th: int) -> float:
        return float(np.mean([balanced_accuracy(pictures[n], counts[n] > th) for n in known]))
    best = max(THRESHOLDS, key=mean)
    return Recall(best, {n: balanced_accuracy(pictures[n], c > best) for n, c in counts.items()},
                  known, counts)
