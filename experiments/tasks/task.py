"""A task: what it writes and asks, what it measures, and what theory says."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...models.memory import CannotDo, Domain, Need, OpCount
from ..memories.entry import Entry, Role

SIZES = ("ci", "std", "full")
"""Under 30 s a memory and seed; minutes; as in the papers."""

At = dict[str, float | str]


@dataclass(frozen=True)
class Point:
    """What was measured in one condition.

    `at`: the condition (load, noise, age...), `metrics` by name, `ops` of the phases "write",
    "read" and "codec" (all calls together), `items` written and `queries` asked in it, the bits of
    state as declared and by other lossless codings (`codings`, by name).
    """

    at: At
    metrics: dict[str, float]
    ops: dict[str, OpCount] = field(default_factory=dict)
    items: int = 0
    queries: int = 0
    state_bits: int = 0
    codings: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """One run of a task: the memory, size, seed, backend, budget; `domain` if it is asked for.

    `memory_for(need)` builds the memory, in the equal-budget form where `state_bits` is given.
    `rng(*names)` is a generator of the task's: it depends on the seed and the names and not on the
    memory, so that memories are compared on the same items. `refused` hears why a memory could not
    be had for a need.
    """

    entry: Entry
    size: str
    seed: int
    backend: str = "numba"
    state_bits: int | None = None
    domain: Domain | None = None
    progress: Callable[[float], None] | None = None
    refused: Callable[[str], None] | None = None

    def rng(self, *names: str | int) -> np.random.Generator:
        """A generator of this seed and these names."""
        keys = [n if isinstance(n, int) else zlib.crc32(n.encode()) for n in names]
        return np.random.default_rng([self.seed, *keys])

    def tell(self, done: float) -> None:
        """Say which share is done."""
        if self.progress is not None:
            self.progress(done)

    def memory_for(self, need: Need) -> Any:
        """The memory, empty and seeded; CannotDo where it cannot be had."""
        from ..memories.budget import built
        try:
            memory = built(self.entry, need)
        except CannotDo as why:
            if self.refused is not None:
                self.refused(str(why))
            raise
        memory.reset(seed=self.seed)
        return memory


def domain_for(setting: Setting, able: tuple[Domain, ...]) -> Domain:
    """The first domain of the memory's that the task can generate; CannotDo if there is none."""
    if setting.domain is not None:
        if setting.domain not in able or setting.domain not in setting.entry.domains:
            raise CannotDo(f"domain {setting.domain!r}: the task has {', '.join(able)}; "
                           f"{setting.entry.name} takes {', '.join(setting.entry.domains)}")
        return setting.domain
    for domain in setting.entry.domains:
        if domain in able:
            return domain
    raise CannotDo(f"{setting.entry.name} takes {', '.join(setting.entry.domains)}; the task has "
                   f"{', '.join(able)}")


@dataclass(frozen=True)
class Curve:
    """A figure of the report: metric `y` over condition `x`, a panel for each value of `by`."""

    x: str
    y: str
    by: str | None = None
    log_x: bool = False


@dataclass(frozen=True)
class Task:
    """What `engram compare --task` runs.

    `run(setting)` measures; `theory(entry, at)` gives the metrics that are known for a memory in a
    condition, by name (nothing where nothing is known); `summary_of(points)` reduces a record's
    points to single numbers (P*, area, half-life), by name. `sizes` are the parameters of "ci",
    "std" and "full".
    """

    name: str
    code: str
    summary: str
    source: str
    run: Callable[[Setting], list[Point]]
    sizes: Mapping[str, Mapping[str, Any]]
    role: Role = "associative"
    domains: tuple[Domain, ...] = ()
    curves: tuple[Curve, ...] = ()
    theory: Callable[[Entry, At], dict[str, float]] = lambda entry, at: {}
    summary_of: Callable[[list[Point]], dict[str, float]] = lambda points: {}
