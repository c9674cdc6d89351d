"""Arrays of a run in a few flat banks: a kernel takes no pointers, and the simulator runs it.

A bank begins with what all copies of a batch share; then each copy has a section of its own. A
kernel finds the beginning of an array, for its copy, in a table of offsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

ALIGN = 16
"""Arrays begin at a multiple of this many elements: a memory transaction of float64."""

KINDS = {"F": "the precision of the run", "D": "float64", "L": "int64", "W": "int32"}
"""Banks, and what their elements are."""


@dataclass(eq=False)
class Place:
    """An array in a bank: `size` elements from `at` on, in the shared part or in every copy's own.

    `values` are its first contents: a number or an array for all, or a list of one for each copy.
    """

    bank: str
    own: bool
    at: int
    size: int
    values: Any


class Banks:
    """Places are asked for first; then the memory they need is known, and filled."""

    def __init__(self, copies: int, dtype: Any) -> None:
        self.copies = copies
        self.types = {"F": np.dtype(dtype), "D": np.dtype(np.float64), "L": np.dtype(np.int64),
                      "W": np.dtype(np.int32)}
        self.common = dict.fromkeys(KINDS, 0)
        self.each = dict.fromkeys(KINDS, 0)
        self.places: list[Place] = []
        self._known: dict[tuple[str, int], Place] = {}

    def _place(self, bank: str, own: bool, size: int, values: Any) -> Place:
        total = self.each if own else self.common
        out = Place(bank, own, total[bank], size, values)
        total[bank] += -(-size // ALIGN) * ALIGN
        self.places.append(out)
        return out

    def shared(self, bank: str, values: Any) -> Place:
        """An array that does not change; asked for again, it is the same place."""
        known = (bank, id(values))
        if known not in self._known:
            self._known[known] = self._place(bank, False, int(np.size(values)), values)
        return self._known[known]

    def own(self, bank: str, size: int, values: Any = 0) -> Place:
        """An array of every copy's own."""
        return self._place(bank, True, size, values)

    def offset(self, place: Place) -> Any:
        """Where it begins in its bank, for each copy, (copies,) int64."""
        if not place.own:
            return np.full(self.copies, place.at, np.int64)
        step = self.each[place.bank]
        return self.common[place.bank] + place.at + step * np.arange(self.copies, dtype=np.int64)

    def sizes(self) -> dict[str, int]:
        """Elements of every bank; at least one, since no array is empty."""
        return {b: max(1, self.common[b] + self.copies * self.each[b]) for b in KINDS}

    def bytes(self) -> int:
        """Memory of all banks."""
        return sum(n * self.types[b].itemsize for b, n in self.sizes().items())

    def section(self, bank: str, filled: Any) -> Any:
        """The copies' own part of a bank, (copies, elements), a view."""
        start = self.common[bank]
        return filled[start:start + self.copies * self.each[bank]].reshape(
            self.copies, self.each[bank])

    def fill(self) -> dict[str, Any]:
        """Every bank with its first contents."""
        out = {b: np.zeros(n, self.types[b]) for b, n in self.sizes().items()}
        for p in self.places:
            if not p.own:
                out[p.bank][p.at:p.at + p.size] = np.ravel(p.values)
                continue
            target = self.section(p.bank, out[p.bank])[:, p.at:p.at + p.size]
            target[...] = np.stack(p.values) if isinstance(p.values, list) else p.values
        return out


class Store:
    """The banks on the device, and how to read and change arrays in them from outside.

    A batch's own sections come over whole, and stay here until the next launch: reading a hundred
    arrays of ten thousand copies moves each byte once.
    """

    def __init__(self, banks: Banks) -> None:
        from numba import cuda
        self.banks = banks
        self.device = {b: cuda.to_device(x) for b, x in banks.fill().items()}
        self._here: dict[str, Any] = {}
        self._changed: set[str] = set()

    def look(self, place: Place) -> Any:
        """Present values, (copies, size); not to be written to."""
        if self.banks.copies == 1:
            start = int(self.banks.offset(place)[0])
            if not place.size:
                return np.zeros((1, 0), self.banks.types[place.bank])
            return self.device[place.bank][start:start + place.size].copy_to_host()[np.newaxis]
        if place.bank not in self._here:
            span = self._span(place.bank)
            self._here[place.bank] = self.device[place.bank][span].copy_to_host().reshape(
                self.banks.copies, -1)
        return self._here[place.bank][:, place.at:place.at + place.size]

    def put(self, place: Place, values: Any) -> None:
        """Set values; they broadcast to (copies, size)."""
        if not place.size:
            return
        if self.banks.copies == 1:
            start = int(self.banks.offset(place)[0])
            row = np.array(np.broadcast_to(values, (1, place.size))[0],
                           self.banks.types[place.bank])
            self.device[place.bank][start:start + place.size].copy_to_device(row)
            return
        self.look(place)
        self._here[place.bank][:, place.at:place.at + place.size] = values
        self._changed.add(place.bank)

    def _span(self, bank: str) -> slice:
        start = self.banks.common[bank]
        return slice(start, start + self.banks.copies * self.banks.each[bank])

    def push(self) -> None:
        """Send what was changed, and forget what is here: the device goes on from now."""
        for bank in sorted(self._changed):
            self.device[bank][self._span(bank)].copy_to_device(self._here[bank].ravel())
        self._changed.clear()
        self._here.clear()


def stacked(arrays: Sequence[Any]) -> Any:
    """One array where all copies have the same, else the list of theirs."""
    first = arrays[0]
    return first if all(a is first for a in arrays) else list(arrays)
