"""Rows that belong together (a key and its value), in the order they came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...simulator.errors import DescriptionError

Rows = NDArray[np.float32]


class Slots:
    """float32 arrays (slots, width), one for each of `widths`.

    With `most` they are that long and a new row takes the place of the oldest; without, they grow.
    """

    def __init__(self, widths: tuple[int, ...], most: int | None = None) -> None:
        if most is not None and most < 1:
            raise DescriptionError(f"{most} slots; a memory has at least 1")
        self.widths, self.most = widths, most
        self.clear()

    def clear(self) -> None:
        """Drop all rows."""
        self.count, self.oldest = 0, 0
        self._held = [np.zeros((self.most or 16, width), np.float32) for width in self.widths]
        self._where: dict[bytes, int] = {}  # the slot of each first row: no search to find it

    def __getitem__(self, which: int) -> Rows:
        return self._held[which][:self.count]

    def put(self, *rows: Any) -> list[Rows] | None:
        """Store a row of each; what it displaced, if something."""
        gone = None
        if self.count == self.most:
            at = self.oldest
            self.oldest = (at + 1) % self.count
            gone = [held[at].copy() for held in self._held]
            if self._where.get(_digest(gone[0])) == at:
                del self._where[_digest(gone[0])]
        else:
            at = self.count
            self.count += 1
            if at == len(self._held[0]):  # doubled, so that n rows cost n copies in all
                self._held = [np.concatenate([held, np.zeros_like(held)]) for held in self._held]
        for held, row in zip(self._held, rows, strict=True):
            held[at] = row
        self._where[_digest(self._held[0][at])] = at
        return gone

    def replace(self, at: int, *rows: Any) -> None:
        """Put a row of each in the place of those of slot `at`; its age stays."""
        for held, row in zip(self._held, rows, strict=True):
            held[at] = row
        self._index()

    def find(self, row: Any) -> int | None:
        """The newest slot whose first array holds exactly that row (in float32)."""
        return self._where.get(_digest(np.asarray(row, np.float32)))

    def drop(self, at: int) -> None:
        """Close the gap; the order in time stays."""
        order = np.delete(self.order(), int(np.flatnonzero(self.order() == at)[0]))
        for held in self._held:
            held[:len(order)] = held[order]
            held[len(order):] = 0.0
        self.count, self.oldest = len(order), 0
        self._index()

    def order(self) -> NDArray[np.int64]:
        """Slots from the oldest to the newest."""
        return np.roll(np.arange(self.count), -self.oldest)

    def bits(self) -> int:
        """32 a number: of all `most` rows, or of those that are there."""
        return 32 * sum(self.widths) * (self.count if self.most is None else self.most)

    def snapshot(self) -> dict[str, Any]:
        """All rows, copied."""
        return {"oldest": self.oldest,
                **{f"rows{j}": self[j].copy() for j in range(len(self.widths))}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.clear()
        for rows in zip(*(state[f"rows{j}"] for j in range(len(self.widths))), strict=True):
            self.put(*rows)
        self.oldest = int(state["oldest"])
        self._index()

    def _index(self) -> None:
        self._where = {_digest(self[0][slot]): int(slot) for slot in self.order()}


def _digest(row: Rows) -> bytes:
    return bytes((row + np.float32(0.0)).data)  # -0 is 0
