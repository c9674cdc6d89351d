"""Working memory of neurons with astrocytes (Gordleeva et al. 2021), as a memory of pictures.

A pattern is laid row by row on the smallest grid of whole zones that holds it; what is left of the
grid stays dark. A write shows it as the published experiment does, strongly for 200 ms, and what
remembers it is the calcium of the astrocytes under it, for some seconds: the state between calls is
that of the whole network. A read goes on from a copy of it: after a pause the cue is shown weakly
for 150 ms, and a neuron that fires more than THRESHOLD times in 250 ms is lit. Time in the network
passes with writes only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any

import numpy as np

from ....models.ann.pairs import pairs
from ....models.astrocyte.working_memory import (
    LEARN_AT,
    LEARN_EVERY,
    LEARN_FOR,
    STEP,
    TEST_AT,
    TEST_EVERY,
    TEST_FOR,
    WINDOW,
    WorkingMemory,
)
from ....models.memory import (
    NOTHING,
    MemorySpec,
    OpCount,
    ReadResult,
    check_cues,
)
from ....simulator.batch import Trial
from ....simulator.errors import DescriptionError
from ....simulator.network import Network
from ....simulator.snapshot import PopulationSnapshot, ProjectionSnapshot, Snapshot
from ....simulator.stimuli import StepCurrent
from ....simulator.units import UNITS
from .tally import Tally

ms, mV = UNITS["ms"], UNITS["mV"]

THRESHOLD = 10
"""Spikes of a neuron beyond which it counts as lit: our choice, and part of the measure."""

PAUSE = 600
"""ms from the end of the last write to a cue, as between the published lessons and tests."""

STRONG, WEAK = 80.0, 8.0
"""mV of a picture that is learnt, and of a cue."""

TARGETS = 40
"""Neurons that each one reaches; fewer on grids that do not hold so many."""

SPARE = 4
"""Writes beyond the items of a need that there is time for."""


class AstrocyteWorkingMemory:
    """Binary patterns of `size`, at most `items` + SPARE of them; `seed` draws wiring and noise."""

    def __init__(self, size: int, items: int, seed: int = 0, backend: str = "numba") -> None:
        self.spec = MemorySpec(size, size, "binary", auto=True,
                               timesteps_write=_steps(LEARN_EVERY),
                               timesteps_read=_steps(PAUSE + WINDOW))
        self.side = 3 * int(np.ceil((max(np.sqrt(size), 7.0) - 1) / 3)) + 1
        self.most, self.seed, self.backend = items + SPARE, seed, backend
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """Nothing shown; with a seed, other wiring and noise."""
        if seed is not None and seed != self.seed:
            self.seed = seed
            self.__dict__.pop("network", None)
        self.state: Snapshot | None = None
        self.written = 0

    @cached_property
    def network(self) -> Network:
        """The network, with noise for all writes that there is time for, and nothing shown."""
        last = LEARN_AT + LEARN_EVERY * self.most + PAUSE + WINDOW
        tests = (0,) * max(1, -(-(last - TEST_AT) // TEST_EVERY))
        blank = np.zeros((self.side, self.side), bool)
        made = WorkingMemory((blank,), 1, tests, self.seed,
                             targets=min(TARGETS, self.side**2 // 2))
        return made.network()

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Show each picture for 200 ms, one every 300 ms."""
        x, _, _ = pairs(self.spec, keys, values, strength, gains=False)
        if self.written + len(x) > self.most:
            raise DescriptionError(f"astrocyte working memory: {self.written + len(x)} pictures; "
                                   f"it was made for {self.most - SPARE}, give it more `items`")
        if not len(x):
            return NOTHING
        onsets = [self._now + LEARN_EVERY * n for n in range(len(x))]
        ((run, snapshot, tally),) = self._runs([self._shown(x, onsets, LEARN_FOR, STRONG)],
                                               onsets[-1] + LEARN_EVERY)
        first = 0 if self.state is None else self.state.k
        self.state, self.written = snapshot, self.written + len(x)
        return tally.ops(run, snapshot.k, 64, first=first)

    @property
    def _now(self) -> int:
        """ms at which the next picture is shown."""
        return LEARN_AT + LEARN_EVERY * self.written

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """What fires after each cue. `graded` counts spikes; the score is the share of them that
        neurons of the cue fire, 0 where none do."""
        q = check_cues(queries, self.spec.key_dim, "binary")
        onset = self._now + PAUSE
        shown = [self._shown(cue[None], [onset], TEST_FOR, WEAK) for cue in q]
        first, last = 0 if self.state is None else self.state.k, _steps(onset + WINDOW)
        graded, ops = np.zeros(q.shape), NOTHING
        for n, (run, _, tally) in enumerate(self._runs(shown, onset + WINDOW) if len(q) else []):
            spikes = run.spikes["neurons"]
            at = np.asarray(spikes.step) >= _steps(onset)
            counts = np.bincount(np.asarray(spikes.i)[at], minlength=self.side**2)
            graded[n] = counts[:self.spec.key_dim]
            ops = ops + tally.ops(run, last, 64, first=first)
        fired = graded.sum(axis=1)
        score = (graded * q).sum(axis=1) / np.where(fired > 0, fired, 1.0)
        return ReadResult((graded > THRESHOLD).astype(np.float64), score, ops, {"graded": graded})

    def _shown(self, pictures: Any, onsets: Sequence[int], lasts: int,
               strong: float) -> StepCurrent:
        lit = np.zeros((2 * len(onsets), self.side**2))
        lit[::2, :self.spec.key_dim] = pictures * strong
        times = [t for onset in onsets for t in (onset, onset + lasts)]
        return StepCurrent("neurons", "i_app", np.array(times, float) * ms, lit * mV)

    def _runs(self, shown: Sequence[StepCurrent], until: int) -> list[tuple[Any, Snapshot, Tally]]:
        """Runs of copies from the state that is held up to `until` ms: results and new states."""
        from ....backends.simulation import Simulation  # loads the backend's compiler
        network = replace(self.network, stimuli=[shown[0]])
        trials = [Trial(0, stimuli=[s]) for s in shown]
        made = Simulation(network, self.backend, batch=trials)
        if self.state is not None:
            made.runner.restore([self.state] * len(trials))
        found = made.run(until * ms - made.t)
        tally = Tally(made.plan)
        return [(run, state, tally) for run, state in zip(found, made.runner.snapshot(),
                                                          strict=True)]

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """DescriptionError: calcium falls with time, and time passes with writes."""
        raise DescriptionError("astrocyte working memory: it forgets by itself in some seconds")

    def state_bits(self) -> int:
        """64 a number: of neurons, zones, astrocytes, synapses, and what is on its way."""
        return 64 * sum(_sizes(self.snapshot()))

    def snapshot(self) -> dict[str, Any]:
        """The state of the network, copied: arrays by population and projection."""
        return {"written": self.written,
                "network": None if self.state is None else asdict(self.state)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.written, held = int(state["written"]), deepcopy(state["network"])
        self.state = None if held is None else Snapshot(
            held["k"], tuple(PopulationSnapshot(**p) for p in held["populations"]),
            tuple(ProjectionSnapshot(**q) for q in held["projections"]))


def _sizes(part: Any) -> Iterator[int]:
    """Of all arrays in nested dictionaries and tuples."""
    if isinstance(part, np.ndarray):
        yield part.size
    elif isinstance(part, (Mapping, tuple)):
        for inner in part.values() if isinstance(part, Mapping) else part:
            yield from _sizes(inner)


def _steps(time: int) -> int:
    return round(time / STEP)
