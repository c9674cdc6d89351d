"""What the rules are checked on: a memory, items for it, and ways to compare what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.memory import Need, OpCount, ReadResult, random_patterns

Array = NDArray[np.float64]

TOLERANCE = 1e-4
"""Of the largest value: stores of 32 bits that add the same numbers in another order. A memory may
state its own as an attribute `tolerance`."""


class Broken(Exception):
    """A rule is broken; `example` holds the arrays that show it."""

    def __init__(self, why: str, **example: Any) -> None:
        super().__init__(why)
        self.example = example


class Skipped(Exception):
    """A rule asks nothing of this memory, for the reason given."""


@dataclass
class Case:
    """A builder, the need, and items drawn from the seed. Every `memory()` is a new one, reset."""

    build: Callable[..., Any]
    need: Need
    seed: int
    keys: Array = field(init=False)
    values: Array = field(init=False)
    unseen: Array = field(init=False)

    def __post_init__(self) -> None:
        need, rng = self.need, np.random.default_rng([self.seed, 0xFA1])
        drawn = self._distinct(rng, need.items + min(need.items, 2))
        self.keys, self.unseen = drawn[:need.items], drawn[need.items:]
        self.values = self.keys.copy() if need.auto else random_patterns(
            rng, need.items, need.value_dim, need.domain, need.value_active or need.active)

    def _distinct(self, rng: np.random.Generator, count: int) -> Array:
        need, found = self.need, np.zeros((0, self.need.key_dim))
        for _ in range(100):
            more = random_patterns(rng, count, need.key_dim, need.domain, need.active)
            found = np.unique(np.vstack([found, more]), axis=0)
            if len(found) >= count:
                return np.asarray(rng.permutation(found)[:count])
        raise Skipped(f"there are no {count} different keys of {need.key_dim} in {need.domain}")

    def memory(self) -> Any:
        """A new memory, empty and seeded."""
        found = self.build()
        found.reset(seed=self.seed)
        return found

    def written(self) -> Any:
        """A new memory that holds all items, or as many as were stored where it cannot write."""
        found = self.memory()
        if found.spec.writable:
            found.write(self.keys, self.values)
        return found


def graded(read: ReadResult) -> Array:
    """The values before a threshold, where the memory tells them."""
    return np.asarray(read.info.get("graded", read.values), np.float64)


def apart(a: Array, b: Array) -> float:
    """The largest difference of two arrays, in units of the largest value of the first."""
    if a.shape != b.shape:
        return float("inf")
    if not a.size:
        return 0.0
    return float(np.abs(a - b).max() / max(float(np.abs(a).max()), 1e-12))


def tolerance_of(memory: Any) -> float:
    """What the memory states, or TOLERANCE."""
    return float(getattr(memory, "tolerance", TOLERANCE))


def difference(a: Any, b: Any, path: str = "") -> str | None:
    """Where two snapshots differ, as a path, or None: same names, shapes, kinds and bytes."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        if set(a) != set(b):
            return f"{path} has {sorted(map(str, set(a) ^ set(b)))} once only"
        return next((d for k in a if (d := difference(a[k], b[k], f"{path}[{k!r}]"))), None)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        if len(a) != len(b):
            return f"{path}: {len(a)} and {len(b)} entries"
        return next((d for n, (x, y) in enumerate(zip(a, b, strict=True))
                     if (d := difference(x, y, f"{path}[{n}]"))), None)
    x, y = (np.asarray(_plain(part)) for part in (a, b))
    if x.dtype != y.dtype or x.shape != y.shape:
        return f"{path}: {x.dtype} {x.shape} and {y.dtype} {y.shape}"
    same = x.tobytes() == y.tobytes() if x.dtype != object else bool((x == y).all())
    return None if same else path or "the state"


def _plain(part: Any) -> Any:
    """A torch tensor or a generator as something that NumPy can compare."""
    if isinstance(part, np.random.Generator):
        return repr(part.bit_generator.state)
    return part.detach().cpu().numpy() if hasattr(part, "detach") else part


def faults(ops: Any, what: str) -> str | None:
    """What is wrong with an operation count, or None."""
    if not isinstance(ops, OpCount):
        return f"{what} gives {type(ops).__name__}; it gives an OpCount"
    for name, count in ops.as_dict().items():
        if not np.isfinite(count) or count < 0:
            return f"{what}: {name} is {count}; counts are finite and not negative"
    return None
