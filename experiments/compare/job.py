"""One measurement of a comparison: a task, a memory, a seed, and the circumstances."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

USER_FILE = re.compile(r"(.+\.py):(\w+)")
"""FILE.py:NAME, a memory or a task of the user's."""


@dataclass(frozen=True)
class Job:
    """What one record is of. `task` and `memory` are names of a catalogue, or FILE.py:NAME.

    `state_bits` is the budget of an equal-budget comparison; `domain` the alphabet if one is asked
    for; None leaves them to the memory.
    """

    task: str
    memory: str
    size: str = "ci"
    seed: int = 0
    backend: str = "numba"
    domain: str | None = None
    state_bits: int | None = None

    def labelled(self) -> Job:
        """The same with files by their names alone, so that a record says nothing of folders."""
        return replace(self, task=label(self.task), memory=label(self.memory))

    def placed(self) -> Job:
        """The same with files by their whole paths, for a process that runs elsewhere."""
        return replace(self, task=_placed(self.task), memory=_placed(self.memory))

    @property
    def stem(self) -> str:
        """The name of its files, without the ending; different jobs have different ones."""
        job = self.labelled()
        extra = [job.domain] if job.domain else []
        extra += [f"{job.state_bits}bits"] if job.state_bits else []
        parts = [job.task, job.memory, job.size, job.backend, *extra, f"seed{job.seed}"]
        return "__".join(re.sub(r"[^\w.-]", "-", part) for part in parts)

    @property
    def command(self) -> str:
        """What makes this record and no other."""
        job = self.labelled()
        words = ["engram", "compare", "--task", job.task, "--memories", job.memory, "--size",
                 job.size, "--seeds", "1", "--first-seed", str(job.seed), "--backend", job.backend]
        words += ["--domain", job.domain] if job.domain else []
        words += ["--equal-bits", str(job.state_bits)] if job.state_bits else []
        return shlex.join([*words, "--out", "DIR"])

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Job:
        """From `as_dict`."""
        return cls(**data)


def label(name: str) -> str:
    """A catalogue's name as it is; of FILE.py:NAME, without the folder."""
    found = USER_FILE.fullmatch(name)
    return f"{Path(found[1]).name}:{found[2]}" if found else name


def _placed(name: str) -> str:
    found = USER_FILE.fullmatch(name)
    return f"{Path(found[1]).absolute()}:{found[2]}" if found else name


def user_files(names: Sequence[str]) -> dict[str, Path]:
    """The files that are named in FILE.py:NAME, by their own names."""
    found = [Path(match[1]) for name in names if (match := USER_FILE.fullmatch(name))]
    return {path.name: path for path in found}
