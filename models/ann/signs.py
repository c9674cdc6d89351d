"""Stored patterns of +-1, one bit an entry: the store of memories whose weights follow from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..memory import MemorySpec, OpCount, check_patterns
from ..memory.protocol import Array
from .pairs import check_forget, pairs


class SignRows:
    """Rows of `spec.key_dim` signs, packed eight to a byte; no row twice."""

    def __init__(self, spec: MemorySpec) -> None:
        self.spec = spec
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """No rows. Draws nothing, so a seed changes nothing."""
        self.packed: NDArray[np.uint8] = np.zeros((0, -(-self.spec.key_dim // 8)), np.uint8)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Keep the patterns that are not there yet."""
        x, _, _ = pairs(self.spec, keys, values, strength, gains=False)
        rows = np.packbits(x > 0, axis=1)
        have = {row.tobytes() for row in self.packed}
        new = []
        for row in rows:
            if row.tobytes() not in have:
                have.add(row.tobytes())
                new.append(row)
        self.packed = np.concatenate([self.packed, np.array(new, np.uint8).reshape(
            len(new), self.packed.shape[1])])
        numbers = float(len(new) * self.spec.key_dim)
        return OpCount(weight_updates=numbers, bytes_rw=numbers / 8, timesteps=len(x))

    def patterns(self) -> Array:
        """(P, size) of -1 and 1."""
        flags = np.unpackbits(self.packed, axis=1, count=self.spec.key_dim)
        return np.where(flags, 1.0, -1.0)

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Drop exactly these patterns."""
        check_forget(self.spec, keys, rate, steps)
        gone = {row.tobytes() for row in np.packbits(check_patterns(
            keys, self.spec.key_dim, self.spec.domain, "keys") > 0, axis=1)}
        kept = np.array([row.tobytes() not in gone for row in self.packed], bool)
        numbers = float((~kept).sum() * self.spec.key_dim)
        self.packed = self.packed[kept]
        return OpCount(weight_updates=numbers, bytes_rw=numbers / 8)

    def bits(self) -> int:
        """One an entry."""
        return len(self.packed) * self.spec.key_dim

    def snapshot(self) -> dict[str, Any]:
        """The rows, packed."""
        return {"packed": self.packed.copy()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.packed = np.array(state["packed"], np.uint8)
