"""Records of a folder, put together: what may be compared stands in one Comparison."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ...simulator.errors import ArchiveError
from ..compare.job import Job
from ..compare.record import TIMINGS, Record, load, records_in
from ..tasks.task import Curve, Point

Condition = tuple[tuple[str, float | str], ...]
"""The `at` of a point."""


@dataclass(frozen=True)
class Comparison:
    """Records of one task under equal circumstances, memory by memory and seed by seed."""

    task: str
    size: str
    backend: str
    domain: str | None
    state_bits: int | None
    records: Mapping[str, Mapping[int, Record]]
    timings: Mapping[str, Mapping[int, Mapping[str, Any]]] = field(default_factory=dict)

    @cached_property
    def title(self) -> str:
        """The task and the circumstances."""
        parts = [self.about.get("summary", ""), f"size {self.size}", f"backend {self.backend}"]
        parts += [f"domain {self.domain}"] if self.domain else []
        parts += [f"at most {self.state_bits:,} bits of state"] if self.state_bits else []
        return f"{self.task}: {', '.join(p for p in parts if p)}"

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """What the records say of the task."""
        found: Mapping[str, Any] = self._any().about.get("task", {})
        return found

    @cached_property
    def curves(self) -> tuple[Curve, ...]:
        """The curves that the task asks for."""
        return tuple(Curve(**c) for c in self.about.get("curves", ()))

    @cached_property
    def memories(self) -> tuple[str, ...]:
        """Those that were measured with at least one seed."""
        return tuple(m for m in self.records if self.measured(m))

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """All seeds of any memory."""
        return tuple(sorted({s for by in self.records.values() for s in by}))

    @cached_property
    def _ignored(self) -> frozenset[str]:
        """`domain` of a condition, where each memory has one: it is a property of the memory."""
        several = any(len({p.at.get("domain") for r in self.measured(m).values() for p in r.points})
                      > 1 for m in self.memories)
        drawn = any("domain" in (c.x, c.by) for c in self.curves)
        return frozenset() if several or drawn else frozenset({"domain"})

    def condition(self, point: Point) -> Condition:
        """The `at` of a point, hashable."""
        return tuple((k, v) for k, v in point.at.items() if k not in self._ignored)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Of all points, in the order in which they were first measured."""
        return tuple(dict.fromkeys(self.condition(p) for m in self.memories
                                   for r in self.measured(m).values() for p in r.points))

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """Names of all metrics of points."""
        return tuple(dict.fromkeys(k for m in self.memories for r in self.measured(m).values()
                                   for p in r.points for k in p.metrics))

    @cached_property
    def summaries(self) -> tuple[str, ...]:
        """Names of all numbers that sum a record up."""
        return tuple(dict.fromkeys(k for m in self.memories for r in self.measured(m).values()
                                   for k in r.summary))

    def measured(self, memory: str) -> dict[int, Record]:
        """Its measured records by seed."""
        return {s: r for s, r in self.records[memory].items() if r.status == "measured"}

    def memory_about(self, memory: str) -> Mapping[str, Any]:
        """What the records say of a memory."""
        for record in self.records[memory].values():
            found: Mapping[str, Any] = record.about.get("memory", {})
            if found:
                return found
        return {}

    def patterns(self, memory: str) -> tuple[str, ...]:
        """The alphabets in which it was built."""
        return tuple(sorted({d for r in self.measured(memory).values() for d in r.domains}))

    def legend(self, memory: str) -> str:
        """Its name, with its alphabet where not all memories have the same."""
        used = self.patterns(memory)
        alike = len({self.patterns(m) for m in self.memories}) == 1
        return memory if alike or not used else f"{memory} ({', '.join(used)})"

    def points(self, memory: str, at: Condition) -> dict[int, Point]:
        """The point of each seed in one condition."""
        return {s: p for s, r in self.measured(memory).items() for p in r.points
                if self.condition(p) == at}

    def metric(self, memory: str, at: Condition, name: str) -> dict[int, float]:
        """A metric of each seed in one condition."""
        return {s: p.metrics[name] for s, p in self.points(memory, at).items()
                if name in p.metrics}

    def summary(self, memory: str, name: str) -> dict[int, float]:
        """A summary of each seed."""
        return {s: r.summary[name] for s, r in self.measured(memory).items() if name in r.summary}

    def theory(self, memory: str, at: Condition, name: str) -> float | None:
        """What is known for a metric in a condition; of the first seed: it depends on none."""
        for record in self.measured(memory).values():
            for point, known in zip(record.points, record.theory, strict=True):
                if self.condition(point) == at and name in known:
                    return known[name]
        return None

    def without(self) -> list[tuple[str, str, str, tuple[int, ...]]]:
        """(memory, "skipped", "failed" or "in part", reason, seeds) of what was not measured."""
        found: dict[tuple[str, str, str], list[int]] = {}
        for memory, by_seed in self.records.items():
            for seed, r in sorted(by_seed.items()):
                if r.status != "measured":
                    found.setdefault((memory, r.status, r.reason), []).append(seed)
                else:
                    for why in r.refused:
                        found.setdefault((memory, "in part", why), []).append(seed)
        return [(*what, tuple(seeds)) for what, seeds in found.items()]

    def _any(self) -> Record:
        return next(r for by in self.records.values() for r in by.values())


def said(at: Condition) -> str:
    """A condition in words."""
    return ", ".join(f"{k} {v if isinstance(v, str) else f'{v:g}'}" for k, v in at) or "all"


def read_folder(folder: Path) -> list[Comparison]:
    """All comparisons under a folder. ArchiveError names each record that cannot be trusted."""
    paths = records_in(folder)
    if not paths:
        raise ArchiveError(f"{folder} has no records of a comparison; `engram compare --task TASK "
                           "--memories A,B --out DIR` makes them")
    records, damaged = [], []
    for path in paths:
        try:
            record = load(path)
            if path.stem != record.job.stem:
                raise ArchiveError(f"{path} is a record of {record.job.stem}, under another name")
            records.append(record)
        except ArchiveError as problem:
            damaged.append(str(problem))
    if damaged:
        raise ArchiveError("\n".join([*damaged, "the same `engram compare` command makes what is "
                                      "damaged anew; or remove the files"]))
    return compared(records, folder)


def compared(records: Iterable[Record], folder: Path | None = None) -> list[Comparison]:
    """Records by task and circumstances; times are read from the folder, where it has them."""
    groups: dict[tuple[Any, ...], dict[str, dict[int, Record]]] = {}
    for r in records:
        job = r.job.labelled()
        key = (job.task, job.size, job.backend, job.domain, job.state_bits)
        groups.setdefault(key, {}).setdefault(job.memory, {})[job.seed] = r
    return [Comparison(*key, by, {} if folder is None else _timings(folder, by))
            for key, by in groups.items()]


def _timings(folder: Path, records: Mapping[str, Mapping[int, Record]],
             ) -> dict[str, dict[int, Mapping[str, Any]]]:
    return {memory: {seed: found for seed, r in by.items() if (found := _timing(folder, r.job))}
            for memory, by in records.items()}


def _timing(folder: Path, job: Job) -> Mapping[str, Any] | None:
    with suppress(OSError, ValueError):  # times are for people: one that is lost is shown as lost
        found: Mapping[str, Any] = json.loads(
            (folder / TIMINGS / f"{job.stem}.json").read_text(encoding="utf-8"))
        return found
    return None
