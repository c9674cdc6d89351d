"""What a memory says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from ...simulator.errors import DescriptionError

Domain = Literal["real", "unit", "bipolar", "binary", "ksparse"]
FORGETS = frozenset({"key", "decay", "overwrite", "evict"})
WRITES = Literal["any", "last"]


@dataclass(frozen=True)
class MemorySpec:
    """Shapes, alphabet and manners of a memory; what it does not promise, no task asks of it.

    `auto`: keys are the values. `writable` False: a store learnt beforehand; `write` raises
    NotWritable. `online`: each item is written once, in one call or in many alike; False: a call
    of `write` learns its items together (in epochs). `order_free`: what is read does not depend on
    the order of writing. `iterative`: a read has attractor steps. `trainable`: has parameters of an
    outer loop. `supports_forget`: of "key", "decay", "overwrite", "evict". `stochastic`: draws
    numbers, from a generator of its own. `active`: ones of a ksparse key; `value_active` those of a
    value. `reconsolidation`: a read changes the state, and says so here. `timesteps_write`,
    `timesteps_read`: time steps an item takes (more than 1 for spiking memories).
    """

    key_dim: int
    value_dim: int
    domain: Domain
    auto: bool = False
    writable: bool = True
    online: bool = True
    order_free: bool = False
    iterative: bool = False
    trainable: bool = False
    supports_forget: frozenset[str] = frozenset()
    stochastic: bool = False
    active: int | None = None
    value_active: int | None = None
    reconsolidation: bool = False
    timesteps_write: int = 1
    timesteps_read: int = 1

    def __post_init__(self) -> None:
        if self.domain not in get_args(Domain):
            raise DescriptionError(f"MemorySpec: domain {self.domain!r}; there are "
                                   f"{', '.join(get_args(Domain))}")
        for what in ("key_dim", "value_dim", "timesteps_write", "timesteps_read"):
            if getattr(self, what) < 1:
                raise DescriptionError(f"MemorySpec: {what} is {getattr(self, what)}; it is at "
                                       "least 1")
        if self.auto and self.key_dim != self.value_dim:
            raise DescriptionError(f"MemorySpec: auto, with keys of {self.key_dim} and values of "
                                   f"{self.value_dim}; an auto-associative memory has one size")
        unknown = self.supports_forget - FORGETS
        if unknown:
            raise DescriptionError(f"MemorySpec: supports_forget has {sorted(unknown)}; there are "
                                   f"{', '.join(sorted(FORGETS))}")
        if self.domain == "ksparse" and self.active is None:
            raise DescriptionError("MemorySpec: domain 'ksparse' needs `active`, the ones of a key")
        for ones, size in ((self.active, self.key_dim), (self.value_active, self.value_dim)):
            if ones is not None and not 1 <= ones <= size:
                raise DescriptionError(f"MemorySpec: {ones} ones in a pattern of {size}; at least "
                                       "1, at most its size")

    def ones_of_a_value(self) -> int | None:
        """`value_active`, or `active` where it is not given."""
        return self.value_active if self.value_active is not None else self.active
