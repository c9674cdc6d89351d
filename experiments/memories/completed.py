"""A short memory made whole: what its arrays say need not be written out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...models.ann.pairs import check_forget, pairs, put_back, taken
from ...models.memory import MemorySpec, OpCount, ReadResult, check_cues
from ...simulator.errors import DescriptionError

BARE = ("reset", "write", "read")
"""What a short memory has itself, beside `spec` and `state`."""


def completed(memory: Any) -> Any:
    """`memory` as it is, or with the rest of the protocol if it has a `state`: the names of the
    arrays that are its store.

    Then arguments are checked before `write` and `read` see them, a snapshot is those arrays, the
    bits of state are theirs, and nothing is forgotten. DescriptionError where one of `BARE` is
    missing, or `state` names what is not there.
    """
    if not hasattr(memory, "state"):
        return memory
    kind = type(memory).__name__
    missing = [name for name in ("spec", *BARE) if not hasattr(memory, name)]
    if missing:
        raise DescriptionError(f"{kind} has `state` and no {', '.join(missing)}; a short memory "
                               f"has spec, {', '.join(BARE)}")
    if isinstance(memory.state, str):
        raise DescriptionError(f"{kind}: state is {memory.state!r}; give a tuple of names")
    memory.reset()
    for name in memory.state:
        if not isinstance(getattr(memory, name, None), np.ndarray):
            raise DescriptionError(f"{kind}: state names {name!r}, which is no array after reset()")
    return Completed(memory)


class Completed:
    """The protocol around a short memory; see `completed`."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.spec: MemorySpec = inner.spec

    def reset(self, *, seed: int | None = None) -> None:
        """The memory's own."""
        self.inner.reset(seed=seed)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """The memory's own, of pairs that were checked; strengths other than 1 are refused."""
        k, v, _ = pairs(self.spec, keys, values, strength, gains=False)
        count: OpCount = self.inner.write(k, v)
        return count

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """The memory's own, of cues that were checked."""
        found: ReadResult = self.inner.read(
            check_cues(queries, self.spec.key_dim, self.spec.domain))
        return found

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Refused, unless the memory has a `forget` of its own."""
        check_forget(self.spec, keys, rate, steps)
        count: OpCount = self.inner.forget(keys=keys, rate=rate, steps=steps)
        return count

    def state_bits(self) -> int:
        """Of the arrays as they are held."""
        return sum(8 * getattr(self.inner, name).nbytes for name in self.inner.state)

    def snapshot(self) -> dict[str, Any]:
        """The arrays, copied."""
        return taken(self.inner, tuple(self.inner.state))

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        put_back(self.inner, tuple(self.inner.state), state, grows=True)
