"""`record`: what a run records goes to a file while it runs, within a budget told beforehand."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...simulator.atomic import PathLike
from ...simulator.clock import duration_steps
from ...simulator.errors import DescriptionError
from ...simulator.fields import integer
from ...simulator.plan import Plan
from ...simulator.units import NONE, UNITS, split
from .prediction import Prediction, predict

SIZES = {"b": 1, **{f"{p}b": 1000**n for n, p in enumerate("kmgt", 1)},
         **{f"{p}ib": 1024**n for n, p in enumerate("kmgt", 1)}}


@dataclass(frozen=True)
class Recording:
    """Where a run is recorded: a file at `path`, of at most `budget` bytes of arrays.

    `decimate` n keeps every n-th row of the StateProbes. Spikes are foreseen at `rate` Hz a neuron.
    Made by `record`.
    """

    path: str
    budget: int
    decimate: int
    rate: float

    def thin(self, plan: Plan) -> Plan:
        """`plan` with StateProbes that record every `decimate`-th of their rows."""
        return replace(plan, record_states=tuple(
            replace(r, every=r.every * self.decimate) for r in plan.record_states))

    def predict(self, network: Any, duration: Any, dt: Any = None, seed: int = 0,
                batch: Any = None) -> Prediction:
        """How large the file of a run from the start will be; `print` shows it probe by probe."""
        from ...simulator.batch import trials_of
        from ...simulator.lower import lower
        from ...simulator.lower_batch import lower_batch
        plan = lower(network, dt, seed)
        if batch is not None:
            plan = lower_batch(network, plan, trials_of(network, batch, plan.seed))
        return predict(network, self.thin(plan), duration_steps(duration, plan.dt), self.rate)


def record(path: PathLike, budget: Any = "2 GB", decimate: int | None = None,
           rate: Any = 20.0) -> Recording:
    """Records a run at `path` as it goes: `simulate(..., record=engram.record("run.h5"))`.

    The file is what `run.save(path)` would write, and `run` reads its arrays from there when they
    are used; memory does not grow with the duration (but with `brian2` it does). `budget` is bytes,
    or a text such as "2 GB" or "1.5 GiB". A run whose states and weights, and spikes at `rate`
    (Hz), will not fit is refused before it starts; one that spikes more than foreseen stops at a
    step's end when the budget is reached, keeps what it has, and warns. `decimate=n` records every
    n-th row of each StateProbe.
    """
    try:
        name = os.fspath(path)
    except TypeError:
        name = b""
    if not isinstance(name, str) or not name:
        raise DescriptionError(f"record: path {path!r} must be the name of a file")
    return Recording(name, byte_count(budget),
                     1 if decimate is None else integer(decimate, "record: decimate", 1),
                     _hertz(rate))


def byte_count(budget: Any) -> int:
    """Bytes of a number, or of a text such as "500 MB"; DescriptionError for anything else."""
    number: Any = budget
    if isinstance(budget, str):
        found = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*([a-z]+)\s*", budget.lower())
        unit = SIZES.get(found[2]) if found else None
        number = float(found[1]) * unit if found and unit else None
    if isinstance(number, (bool, np.bool_)) or not isinstance(
            number, (int, float, np.integer, np.floating)) or not 1 <= number < 2**63:
        raise DescriptionError(f'record: budget {budget!r} must be a number of bytes, or a text '
                               'such as "2 GB", "500 MB" or "1.5 GiB"')
    return int(number)


def _hertz(rate: Any) -> float:
    number, dim = split(rate)
    if dim not in (NONE, UNITS["hertz"].dim) or np.ndim(number) or not 0 <= number < np.inf:
        raise DescriptionError(f"record: rate {rate!r} must be one rate, such as 20*Hz")
    return float(number)


def checked(recording: Any, options: Mapping[str, Any]) -> Recording | None:
    """What stands for `record` in `simulate`; DescriptionError for what cannot be recorded so."""
    if recording is not None and not isinstance(recording, Recording):
        raise DescriptionError(f"record={recording!r}; give engram.record({recording!r})"
                               if isinstance(recording, (str, os.PathLike)) else
                               f"record={recording!r}; give engram.record(path)")
    if recording is not None and options.get("standalone"):
        raise DescriptionError("backend 'brian2' with standalone=True runs in one piece and keeps "
                               "what it records in memory; leave standalone out, or record out and "
                               "save the run")
    return recording
