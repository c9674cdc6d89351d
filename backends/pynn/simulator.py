"""PyNN's `simulator` module: the state that all objects of a script share.

PyNN scripts speak to a module, so there is one `State` in it; `setup` begins it anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pyNN import common

if TYPE_CHECKING:
    from .session import Session

name = "engram"


@dataclass(frozen=True)
class Options:
    """What `setup` was told: see `control.setup`."""

    backend: str = "numba"
    seed: int = 0
    timing: str = "engram"
    dialect: str = "auto"
    threads: int | None = None
    precision: str = "float64"


class ID(int, common.IDMixin):
    """A neuron: its number over all populations of the script."""


class State(common.control.BaseState):  # type: ignore[misc]
    """Everything a script has made since `setup`, and the run, if there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.mpi_rank, self.num_processes = 0, 1
        self.dt = 0.1
        self.max_delay: Any = "auto"
        self._min_delay: Any = "auto"
        self.clear()

    def clear(self, options: Options | None = None) -> None:
        """Forget the network."""
        self.options = options or Options()
        self.recorders = set()
        self.spoken: set[str] = set()  # words of sPyNNaker's dialect that the script has used
        self.populations: list[Any] = []
        self.projections: list[Any] = []
        self.current_sources: list[Any] = []
        self.id_counter = 0
        self.segment_counter = -1
        self.reset()

    def reset(self) -> None:
        """Back to the initial state, t = 0, in a new segment of the recording."""
        self.session: Session | None = None
        self.running = False
        self.t_start = 0
        self.segment_counter += 1

    @property
    def steps(self) -> int:
        """Steps that have been run."""
        return 0 if self.session is None else self.session.k

    @property
    def t(self) -> float:
        """Time reached, in ms."""
        return self.steps * self.dt

    @property
    def board(self) -> bool:
        """Whether the script means what a SpiNNaker board does, by `setup` or by its words.

        What holds at the first run of a segment holds to its end.
        """
        if self.session is not None and self.session.board is not None:
            return self.session.board
        chosen = self.options.dialect
        return chosen == "spinnaker" or (chosen == "auto" and bool(
            self.options.backend == "spinnaker" or self.spoken))

    def run_until(self, tstop: float) -> None:
        """Run up to `tstop` (ms), rounded to the nearest step."""
        from .session import Session
        if self.session is None:
            self.session = Session(self)
        self.running = True
        self.session.advance(round(tstop / self.dt) - self.steps)

    def run(self, simtime: float) -> None:
        """Run for `simtime` (ms)."""
        self.run_until(self.t + simtime)

    def changed(self) -> None:
        """The description has changed: the next run begins by compiling it anew."""
        if self.session is not None:
            self.session.stale = True

    @property
    def min_delay(self) -> Any:
        """The shortest delay of the network in ms, unless `setup` was told; one step at least."""
        if self._min_delay != "auto":
            return self._min_delay
        least = [np.min(p.values["delay"]) for p in self.projections if len(p)]
        return float(min(least, default=self.dt))

    @min_delay.setter
    def min_delay(self, delay: Any) -> None:
        self._min_delay = delay


state = State()
