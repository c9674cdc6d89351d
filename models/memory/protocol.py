"""The faces of a memory: arrays in and out, or a layer over a sequence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...simulator.errors import DescriptionError
from .ops import OpCount
from .spec import Domain, MemorySpec

Array = NDArray[np.float64]


class NotWritable(DescriptionError):
    """`write` of a memory whose store is learnt beforehand."""


class CannotDo(DescriptionError):
    """A memory cannot be built for what a task needs; the message is the reason for the table."""


@dataclass
class ReadResult:
    """`values` (Q, value_dim) in the memory's domain; `score` (Q,), larger where it is surer.

    `ops` of the whole call. `info` holds what else a memory tells, such as `iterations` (Q,),
    `converged` (Q,), `graded` (Q, value_dim): the values before a threshold.
    """

    values: Array
    score: Array
    ops: OpCount
    info: dict[str, Any] = field(default_factory=dict)


@runtime_checkable
class AssociativeMemory(Protocol):
    """A memory of pairs; backend-neutral. Rows of keys, values and queries are patterns.

    A memory may also have `codings() -> dict[str, int]`: the bits of its store, as it stands, in
    other lossless codings than the declared one, by name.
    """

    spec: MemorySpec

    def reset(self, *, seed: int | None = None) -> None:
        """Empty the store; with a seed, start the memory's own random generator anew."""

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Store (P, key_dim) and (P, value_dim), in the order of time."""

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """What (Q, key_dim) cues recall. Changes nothing unless the spec says `reconsolidation`."""

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Take out `keys`, or decay everything by `rate`, `steps` times; DescriptionError for what
        `spec.supports_forget` does not hold."""

    def state_bits(self) -> int:
        """Bits of the mutable store at its declared precision, as it stands now."""

    def snapshot(self) -> dict[str, Any]:
        """The whole state, copied: arrays and numbers by name."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take a snapshot back."""


@runtime_checkable
class SequenceMemory(Protocol):
    """A memory as a torch layer over (batch, time, width): `forward` equals folded `step`."""

    state_bits: int
    """Of one sequence's state, at its declared precision."""

    def init_state(self, batch: int) -> Any:
        """The empty state of `batch` sequences."""

    def step(self, x_t: Any, state: Any) -> tuple[Any, Any]:
        """One token (batch, width): y_t and a new state. Causal."""

    def forward(self, x: Any, state: Any = None) -> tuple[Any, Any]:
        """A sequence (batch, time, width): y, and the state after it."""


@dataclass(frozen=True)
class Need:
    """What a task asks a memory to be: the arguments of every builder.

    `items`: how many pairs will be written at most. `active`, `value_active`: the ones of ksparse
    patterns. `state_bits`: the budget in equal-budget comparisons. `backend`: where spiking
    memories run. `queries`: how many cues are read at once at most. `noise`: the largest share of a
    cue that is wrong, for memories that choose a threshold or a temperature by it: of the ones of
    sparse patterns that are missing all, of hidden signs and coordinates half (as if guessed).
    """

    key_dim: int
    value_dim: int
    domain: Domain
    items: int
    auto: bool = False
    active: int | None = None
    value_active: int | None = None
    noise: float = 0.0
    queries: int = 1
    state_bits: int | None = None
    backend: str = "numba"
    seed: int = 0
