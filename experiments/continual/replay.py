"""Replay: some samples of earlier tasks are kept and learnt again beside the new ones.

Every task has an equal share of the places, from the start. A batch of new samples is joined by as
many old ones. Kept raw, or as codes of fewer bits, of which more fit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ...simulator.errors import DescriptionError
from .codes import Codebook, bits_for

WIDTH, WORDS = 2, 16
"""Inputs that share a code, and the words of the codebook: 2 bits a pixel."""


def raw_bits(inputs: int, levels: int, classes: int) -> int:
    """Of one sample with its label, nothing lost."""
    return inputs * bits_for(levels) + bits_for(classes)


class Replay:
    """Keeps `places` samples of `tasks` tasks; with `coded`, codes, as many as need no more bits.

    With `whole`, the tasks so far share all places, and earlier ones lose some to each new one.
    """

    def __init__(self, places: int, tasks: int, inputs: int, levels: int, classes: int, seed: int,
                 coded: bool = False, whole: bool = False) -> None:
        if places < tasks:
            raise DescriptionError(f"replay: {places} places for {tasks} tasks; each needs one")
        self.tasks, self.whole = tasks, whole
        self.budget = places * raw_bits(inputs, levels, classes)
        self.places, self.levels, self.classes, self.coded = places, levels, classes, coded
        self.seed, self.rng = seed, np.random.default_rng([seed, 3])
        self.kept: list[tuple[Any, Any]] = []
        self.book: Codebook | None = None
        self.bits = 0

    def mix(self, x: Any, y: Any) -> tuple[Any, Any]:
        """The new samples and as many old ones."""
        if not self.kept:
            return x, y
        return (torch.cat([x, self.old_x[(some := self._some(len(x)))]]),
                torch.cat([y, self.old_y[some]]))

    def _some(self, count: int) -> Any:
        return torch.from_numpy(self.rng.integers(len(self.old_y), size=count))

    def gradients(self, network: Any) -> None:
        """Nothing."""

    def before(self, network: Any) -> None:
        """Nothing."""

    def after(self, network: Any) -> None:
        """Nothing."""

    def end(self, network: Any, x: Any, y: Any) -> None:
        """Keep samples of this task; with `whole`, fewer of the earlier ones."""
        found, labels = x.numpy(), y.numpy()
        if self.coded and self.book is None:
            self.book = Codebook(found, WIDTH, WORDS, self.levels, self.seed)
            each = self.book.bits_each(found.shape[1]) + bits_for(self.classes)
            self.places = (self.budget - self.book.bits) // each
        order = self.rng.permutation(len(labels))  # any first part of it is a fair sample
        share = self.places // (len(self.kept) + 1 if self.whole else self.tasks)
        mine = order[:share]
        stored = self.book.encode(found[mine]) if self.book else found[mine]
        self.kept = [(a[:share], b[:share]) for a, b in self.kept] + [(stored, labels[mine])]
        every = np.concatenate([a for a, _ in self.kept])
        self.old_x = torch.from_numpy(self.book.decode(every) if self.book else every)
        self.old_y = torch.from_numpy(np.concatenate([b for _, b in self.kept]))
        each = (self.book.bits_each(found.shape[1]) + bits_for(self.classes) if self.book
                else raw_bits(found.shape[1], self.levels, self.classes))
        self.bits = each * len(every) + (self.book.bits if self.book else 0)
