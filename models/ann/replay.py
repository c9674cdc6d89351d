"""Replay: before each pair, some of those that came earlier are written again.

A buffer keeps a uniform sample of all pairs (reservoir sampling, Vitter 1985); what is replayed is
drawn from it; the new pair has the last word. Wrapped round a delta rule it keeps old pairs alive
(Robins 1995).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..memory import OpCount, ReadResult, check_patterns
from .pairs import check_forget, check_steps, pairs
from .slots import Slots


class ReplayBuffer:
    """`inner`, and up to `size` pairs in float32; `replays` of them are written before each pair.

    The random numbers of the n-th pair depend on the seed of `reset` and n alone.
    """

    def __init__(self, inner: Any, size: int = 64, replays: int = 4) -> None:
        self.spec = replace(inner.spec, stochastic=True, order_free=False)
        self.inner, self.size, self.replays = inner, size, check_steps(replays, 1)
        self.slots = Slots((inner.spec.key_dim, inner.spec.value_dim), size)
        self.seed, self.seen = 0, 0
        self.tolerance = getattr(inner, "tolerance", 1e-4)

    def reset(self, *, seed: int | None = None) -> None:
        """Both empty; with a seed, random numbers anew."""
        if seed is not None:
            self.seed = seed
        self.seen = 0
        self.slots.clear()
        self.inner.reset(seed=seed)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """The replays, then the pair, which gets perhaps a place in the buffer: certainly that of
        the same key."""
        k, v, gains = pairs(self.spec, keys, values, strength)
        ops = OpCount()
        for key, value, gain in zip(k, v, gains, strict=True):
            rng = np.random.default_rng([self.seed, self.seen])
            if (same := self.slots.find(key)) is not None:
                self.slots.replace(same, key, value)
            count = min(self.replays, self.slots.count)
            if count:
                which = rng.choice(self.slots.count, count, replace=False)
                ops += self.inner.write(*(self.slots[j][which].astype(np.float64)
                                          for j in (0, 1)))
            ops += self.inner.write(key[None], value[None],
                                    strength=None if gain == 1.0 else float(gain))
            self.seen += 1
            if same is not None:
                continue
            if self.slots.count < self.size:
                self.slots.put(key, value)
            elif (place := int(rng.integers(self.seen))) < self.size:
                self.slots.replace(place, key, value)
        numbers = 4.0 * len(k) * sum(self.slots.widths)
        return ops + OpCount(bytes_rw=numbers * (1 + self.replays))

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """What the inner memory reads."""
        found: ReadResult = self.inner.read(queries, steps=steps)
        return found

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """In the inner memory; keys are dropped from the buffer too."""
        if check_forget(self.spec, keys, rate, steps):
            for key in check_patterns(keys, self.spec.key_dim, self.spec.domain, "keys"):
                if (found := self.slots.find(key)) is not None:
                    self.slots.drop(found)
        ops: OpCount = self.inner.forget(keys=keys, rate=rate, steps=steps)
        return ops

    def state_bits(self) -> int:
        """Buffer and inner memory."""
        return self.slots.bits() + int(self.inner.state_bits())

    def snapshot(self) -> dict[str, Any]:
        """Both states, the seed, and how many pairs were seen."""
        return {"seed": self.seed, "seen": self.seen, "buffer": self.slots.snapshot(),
                "inner": self.inner.snapshot()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.seed, self.seen = int(state["seed"]), int(state["seen"])
        self.slots.restore(state["buffer"])
        self.inner.restore(state["inner"])
