"""A task of milliseconds and memories that do well, refuse, fail, print and die, for tests."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from engram.experiments.tasks.task import Curve, Point, Setting, Task
from engram.models.memory import CannotDo, MemorySpec, Need, OpCount, ReadResult

PLACE = "ENGRAM_TEST_PLACE"  # a folder in which a process leaves a mark that it was there


def run(setting: Setting) -> list[Point]:
    """Two loads; what is measured is noise of the seed, and whether the memory gives back."""
    points = []
    for load in (1.0, 2.0):
        try:
            memory = setting.memory_for(Need(4, 4, "real", int(4 * load), seed=setting.seed))
        except CannotDo:
            if load == 2.0 and points:
                continue
            raise
        keys = setting.rng("tiny", int(load)).standard_normal((int(4 * load), 4))
        written = memory.write(keys, keys)
        read = memory.read(keys)
        close = float(np.abs(read.values - keys).max() < 1e-9)
        points.append(Point({"load": load}, {"right": close, "level": float(keys.mean())},
                            {"write": written, "read": read.ops}, len(keys), len(keys),
                            memory.state_bits(), {"half": memory.state_bits() // 2}))
        setting.tell(load / 2)
    return points


TASK = Task("tiny", "T0", "a test", "nobody", run, {"ci": {}, "std": {}, "full": {}},
            domains=("real",), curves=(Curve("load", "level"), Curve("load", "right", log_x=True)),
            theory=lambda entry, at: {"right": 1.0},
            summary_of=lambda points: {"mean level": sum(p.metrics["level"] for p in points) / 2,
                                       "right": points[-1].metrics["right"]})


def answers(what: object) -> Task:
    """A task that gives back that."""
    return replace(TASK, name="odd", run=lambda setting: what, summary_of=lambda points: {})


NOTHING = answers(None)
TEXT = answers([Point({"load": 1.0}, {"right": "yes"})])  # type: ignore[dict-item]
SUMMED = replace(answers([]), summary_of=lambda points: {"right": "yes"})


class Good:
    """Gives back its cue."""

    domains = ("real",)
    source = "us"

    def __init__(self, need: Need) -> None:
        self.spec = MemorySpec(need.key_dim, need.value_dim, "real")

    def reset(self, *, seed: int | None = None) -> None:
        """Nothing to empty."""

    def write(self, keys, values, *, strength=None):
        return OpCount(dense=2.0 * np.size(keys), mac=1.0 * np.size(keys))

    def read(self, queries, *, steps=None):
        q = np.array(queries, float)
        return ReadResult(q, np.ones(len(q)), OpCount(dense=10.0 * len(q), mac=5.0 * len(q),
                                                      bytes_rw=3.0 * len(q), timesteps=len(q)))

    def state_bits(self):
        return 320


class Sparse(Good):
    """Costs less in one view and more in another."""

    spiking = True

    def read(self, queries, *, steps=None):
        found = super().read(queries)
        found.ops = OpCount(dense=40.0 * len(queries), ac=1.0 * len(queries),
                            neuron_updates=8.0 * len(queries), bytes_rw=1.0 * len(queries))
        return found


class Wrong(Good):
    """Gives back something else."""

    def read(self, queries, *, steps=None):
        found = super().read(queries)
        found.values = found.values + 1
        return found


class Slow(Good):
    """Takes its time."""

    def read(self, queries, *, steps=None):
        time.sleep(0.25)
        return super().read(queries)


class Hangs(Good):
    """Gives no answer, and has started what gives none."""

    def read(self, queries, *, steps=None):
        started = os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "600")
        (Path(os.environ[PLACE]) / "hangs").write_text(f"{os.getpid()} {started}")
        while True:
            time.sleep(1)


class Ends(Good):
    """Ends the process as if all were well."""

    def read(self, queries, *, steps=None):
        os._exit(0)


class Leaves(Good):
    """Ends the program as Python does."""

    def read(self, queries, *, steps=None):
        sys.exit("enough")


class Talks(Good):
    """Prints where a worker's answers would go."""

    def write(self, keys, values, *, strength=None):
        print("{'done': 'not this'}", flush=True)
        os.write(1, b"nor this\n")
        assert os.read(0, 1) == b"", "the questions to the worker are not for it to read"
        return super().write(keys, values)


def small(need: Need) -> Good:
    """Has room for four."""
    if need.items > 4:
        raise CannotDo("there is room for 4")
    return Good(need)


def refuses(need: Need) -> None:
    """Cannot be built."""
    raise CannotDo("it takes 3 dimensions and no 4")


def fails(need: Need) -> None:
    """Has a fault."""
    raise ZeroDivisionError("by nothing")


def dies(need: Need) -> None:
    """Ends the process, whoever asks."""
    os.kill(os.getpid(), signal.SIGKILL)


def dies_once(need: Need) -> Good:
    """Ends the first process that asks."""
    mark = Path(os.environ[PLACE]) / "died"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Good(need)


dies_once.domains = Good.domains
