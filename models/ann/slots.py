"""Rows that belong together (a key and its value), in the order they came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...simulator.errors import DescriptionError

Rows = NDArray[Any]
ALPHABETS = ("flags", "signs")


class Slots:
    """float32 arrays (slots, width), one for each of `widths`; of one bit an entry if an `alphabet`
    is given: "flags" are 0 and 1, "signs" -1 and 1.

    With `most` they are that long and a new row takes the place of the oldest; without, they grow.
    """

    def __init__(self, widths: tuple[int, ...], most: int | None = None,
                 alphabet: str | None = None) -> None:
        if alphabet is not None and alphabet not in ALPHABETS:
            raise DescriptionError(f"slots of {alphabet!r}; there are {', '.join(ALPHABETS)}")
        if most is not None and most < 1:
            raise DescriptionError(f"{most} slots; a memory has at least 1")
        self.widths, self.most, self.alphabet = widths, most, alphabet
        self.clear()

    def clear(self) -> None:
        """Drop all rows."""
        self.count, self.oldest = 0, 0
        kind = np.float32 if self.alphabet is None else np.bool_
        self._held: list[Rows] = [np.zeros((self.most or 16, width), kind)
                                  for width in self.widths]
        self._where: dict[bytes, int] = {}  # the slot of each first row: no search to find it

    def __getitem__(self, which: int) -> Rows:
        return self._plain(self._held[which][:self.count])

    def _plain(self, rows: Rows) -> Rows:
        """What is meant by what is held, to be read only."""
        if self.alphabet is None:
            return rows
        return np.where(rows, 1.0, -1.0 if self.alphabet == "signs" else 0.0).astype(np.float32)

    def _coded(self, row: Any) -> Rows:
        given = np.asarray(row)
        return given > 0 if self.alphabet else given.astype(np.float32) + np.float32(0.0)  # no -0

    def put(self, *rows: Any) -> list[Rows] | None:
        """Store a row of each; what it displaced, if something."""
        gone = None
        if self.count == self.most:
            at = self.oldest
            self.oldest = (at + 1) % self.count
            gone = [self._plain(held[at].copy()) for held in self._held]
            if self._where.get(_digest(self._held[0][at])) == at:
                del self._where[_digest(self._held[0][at])]
        else:
            at = self.count
            self.count += 1
            if at == len(self._held[0]):  # doubled, so that n rows cost n copies in all
                self._held = [np.concatenate([held, np.zeros_like(held)]) for held in self._held]
        for held, row in zip(self._held, rows, strict=True):
            held[at] = self._coded(row)
        self._where[_digest(self._held[0][at])] = at
        return gone

    def replace(self, at: int, *rows: Any) -> None:
        """Put a row of each in the place of those of slot `at`; its age stays."""
        before = _digest(self._held[0][at])
        for held, row in zip(self._held, rows, strict=True):
            held[at] = self._coded(row)
        if _digest(self._held[0][at]) != before:
            self._index()

    def find(self, row: Any) -> int | None:
        """The newest slot whose first array holds exactly that row, as it would be held."""
        return self._where.get(_digest(self._coded(row)))

    def drop(self, at: int) -> None:
        """Close the gap; the order in time stays."""
        order = np.delete(self.order(), int(np.flatnonzero(self.order() == at)[0]))
        for held in self._held:
            held[:len(order)] = held[order]
            held[len(order):] = 0
        self.count, self.oldest = len(order), 0
        self._index()

    def order(self) -> NDArray[np.int64]:
        """Slots from the oldest to the newest."""
        return np.roll(np.arange(self.count), -self.oldest)

    def bits(self) -> int:
        """32 a number (1 of an alphabet): of all `most` rows, or of those that are there."""
        rows = self.count if self.most is None else self.most
        return (32 if self.alphabet is None else 1) * sum(self.widths) * rows

    def snapshot(self) -> dict[str, Any]:
        """All rows, copied."""
        return {"oldest": self.oldest,
                **{f"rows{j}": held[:self.count].copy() for j, held in enumerate(self._held)}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.clear()
        for rows in zip(*(state[f"rows{j}"] for j in range(len(self.widths))), strict=True):
            self.put(*rows)
        self.oldest = int(state["oldest"])
        self._index()

    def _index(self) -> None:
        self._where = {_digest(self._held[0][slot]): int(slot) for slot in self.order()}


def _digest(row: Rows) -> bytes:
    return row.tobytes()
