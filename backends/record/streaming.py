"""What a run has recorded so far, kept on disk, and put together as one file at the end of a run.

Pieces go to an unnamed file beside the one that will be written, so a crash leaves nothing behind,
and a run can be continued. While the file is written, the disk holds the arrays twice.
"""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...simulator.archive_stream import write_stream
from ...simulator.atomic import check_writable
from ...simulator.errors import ArchiveError, DescriptionError
from ...simulator.network import Network
from ...simulator.pieces import Parts, Pieces, Spool, counting
from ...simulator.plan import Plan
from ...simulator.recorded import Recorded, SpikeColumns, join, nothing
from ..collect import results
from ..runner import Runner
from .prediction import LISTED, SPIKES, STATES, Prediction, columns_of, predict, readable
from .prediction import spike_bytes as bytes_of_a_spike
from .recording import Recording

FLUSH = 32 << 20
"""Bytes of pieces that wait in memory: fewer and longer parts on disk."""

SLOW = 100
"""Steps at least of a piece of a run on a backend that is slow to come back."""


class Stream:
    """The pieces of a run on disk. `full`: the budget is spent."""

    def __init__(self, recording: Recording, network: Network, plan: Plan) -> None:
        check_writable(recording.path)
        self.recording, self.network, self.plan = recording, network, plan
        self.copies = max(1, len(plan.copies))
        self.spool = Spool(Path(os.path.realpath(recording.path)).parent)
        self._waiting: list[Recorded] = []
        self._waiting_bytes = 0
        self._offsets: dict[int, list[Any]] = {n: [] for n in plan.record_spikes}
        self._spikes = dict.fromkeys(plan.record_spikes, 0)
        self._row_bytes = sum(8 * self.copies * len(r.neurons) * len(r.names) / r.every
                              for r in plan.record_states)
        self._worst = self.copies * bytes_of_a_spike(plan) * sum(
            plan.populations[n].size for n in plan.record_spikes)
        self._room = self._last = 0
        self._foreseen = Prediction(())

    # -- before and during a run ------------------------------------------------------------------
    def begin(self, first: int, last: int) -> None:
        """Refuse a run from step `first` to `last` that will not fit the budget or the disk."""
        r = self.recording
        check_writable(r.path)
        p = predict(self.network, self.plan, last, r.rate, first, self._spikes)
        if p.total > r.budget:
            raise DescriptionError(self._refusal(p, last))
        free = shutil.disk_usage(Path(os.path.realpath(r.path)).parent).free
        needed = 2 * p.total - self.spool.bytes
        if needed > free:
            raise ArchiveError(f"{r.path}: the run takes {readable(p.total)}, twice that while the "
                               f"file is put together, and its disk has {readable(free)} free; "
                               "make room, choose another disk, or record less")
        self._foreseen, self._last = p, last
        self._room = r.budget - (p.total - p.of(SPIKES))

    def _refusal(self, p: Prediction, last: int) -> str:
        """Why a run does not fit, and what would."""
        r, rest = self.recording, self.recording.budget - (p.total - p.of(STATES))
        least = -(-p.of(STATES) // rest) if rest > 0 and p.of(STATES) else 0
        thinner = next((n for n in range(least, least + 3) if n and predict(
            self.network, replace(r, decimate=n).thin(self.plan), last, 0.0).of(STATES) <= rest), 0)
        ways = ["record less (every= and neurons= of a StateProbe)"] if p.of(STATES) else []
        ways += [f"keep fewer rows (decimate={r.decimate * thinner})"] if thinner else []
        ways += ["give the rate= you expect"] if p.of(SPIKES) else []
        return (f"{r.path}: the run needs {readable(p.total)} ({p.total} bytes), and the budget is "
                f"{readable(r.budget)} ({r.budget} bytes):\n{p.lines(LISTED)}\n"
                + ", ".join([*ways, "or give a larger budget"]))

    @property
    def full(self) -> bool:
        """Whether the file has passed its budget, by the spikes of one step at most.

        Of SLOW steps on a backend that is slow to come back.
        """
        return self._spike_bytes > self._room

    @property
    def _spike_bytes(self) -> int:
        return bytes_of_a_spike(self.plan) * sum(self._spikes.values())

    def most(self, pace: int | None) -> int | None:
        """Steps that surely fit into the budget, `pace` at most; None: as many as memory takes."""
        in_memory = self._row_bytes + (self._worst if pace is None else 0)
        steps = [] if pace is None else [pace]
        steps += [int(FLUSH / in_memory)] if in_memory else []
        steps += [(self._room - self._spike_bytes) // self._worst] if self._worst else []
        return max(SLOW if pace is None else 1, min(steps)) if steps else None

    def add(self, recorded: Recorded) -> None:
        """Keep the next piece."""
        for n, s in recorded.spikes.items():
            self._spikes[n] += len(s.i)
            self._waiting_bytes += s.i.nbytes + s.step.nbytes
        self._waiting_bytes += sum(x.nbytes for table in recorded.rows for x in table)
        self._waiting.append(recorded)
        if self._waiting_bytes >= FLUSH:
            self._flush()

    def column(self, n: int, name: str) -> Any:
        """What a WeightProbe's values are appended to."""
        return Column(self.spool, ("history", n, name))

    def _flush(self) -> None:
        """Put what waits in memory on disk."""
        if not self._waiting:
            return
        piece = join(self._waiting)
        with self.spool.together():  # or not at all: they still wait in memory then
            for n, s in piece.spikes.items():
                for name in ("step", "i"):
                    self.spool.put(("spikes", n, name), getattr(s, name))
            for n, table in enumerate(piece.rows):
                for m, values in enumerate(table):
                    self.spool.put(("rows", n, m), values)
        for n, s in piece.spikes.items():
            self._offsets[n].append(s.offsets)
        self._waiting, self._waiting_bytes = [], 0

    # -- afterwards -------------------------------------------------------------------------------
    @property
    def recorded(self) -> Recorded:
        """Everything so far, its arrays in pieces."""
        self._flush()
        return Recorded({n: self._spikes_of(n) for n in self.plan.record_spikes},
                        [[self._rows_of(n, m) for m in range(len(r.names))]
                         for n, r in enumerate(self.plan.record_states)])

    def _spikes_of(self, n: int) -> Any:
        """By copy, then in the order of recording, which is that of time."""
        counts = [np.diff(o) for o in self._offsets[n]]
        total = np.sum(counts, axis=0) if counts else np.zeros(self.copies, np.int64)
        offsets = np.concatenate([[0], np.cumsum(total)]).astype(np.int64)

        def parts(name: str) -> Parts:
            at = offsets[:-1].copy()
            for values, o in zip(self.spool.arrays(("spikes", n, name)), self._offsets[n],
                                 strict=True):
                for b in np.flatnonzero(np.diff(o)):
                    part = values[o[b]:o[b + 1]]
                    yield slice(at[b], at[b] + len(part)), part
                    at[b] += len(part)

        return SpikeColumns(offsets, *(Pieces((int(offsets[-1]),), np.int64, lambda x=x: parts(x))
                                       for x in ("step", "i")))

    def _rows_of(self, n: int, m: int) -> Any:
        key, width = ("rows", n, m), len(self.plan.record_states[n].neurons)

        def parts() -> Parts:
            at = 0
            for values in self.spool.arrays(key):
                yield (slice(None), slice(at, at + values.shape[1])), values
                at += values.shape[1]

        rows = sum(shape[1] for shape in self.spool.shapes(key))
        return Pieces((self.copies, rows, width), np.float64, parts)

    def results(self, network: Network, runner: Runner, history: list[Any],
                provenance: Mapping[str, Any]) -> Any:
        """Write the file, and read everything since the start from there."""
        r, stopped = self.recording, ""
        if self.full and runner.k < self._last:
            stopped = (f"{r.path} reached its budget of {readable(r.budget)} at step {runner.k} of "
                       f"{self._last}, with {readable(self._spike_bytes)} of spikes where "
                       f"{readable(self._foreseen.of(SPIKES))} were foreseen for the whole run "
                       f"({r.rate:g} Hz); the run stopped there and the file has all of it; give a "
                       "larger budget, or SpikeProbes on fewer populations")
        run = self._in_pieces(results(network, runner, nothing(self.plan), [
            ([], {name: [] for name in w.names}) for w in self.plan.record_weights], provenance),
            history)
        final = predict(network, self.plan, runner.k, 0.0, runner.k, self._spikes)
        run.provenance["recording"] = {
            "budget": r.budget, "foreseen": self._foreseen.total, "bytes": final.total,
            "rate": r.rate, "decimate": r.decimate, "stopped": stopped}
        found = write_stream(run, r.path)
        if stopped:
            warnings.warn(stopped, RuntimeWarning, stacklevel=4)
        return found

    def _in_pieces(self, run: Any, history: list[Any]) -> Any:
        """Results without records, with those on disk in their place."""
        recorded, batch = self.recorded, bool(self.plan.copies)
        for n, s in recorded.spikes.items():
            own = {"offsets": s.offsets} if batch else {}
            name = self.plan.populations[n].name
            run.spikes[name] = replace(run.spikes[name], step=s.step, i=s.i, **own)
        states = run.state_columns if batch else run.states
        for (population, name), (n, m) in columns_of(self.plan).items():
            traces = states[self.plan.populations[population].name].traces
            values: Any = recorded.rows[n][m]
            traces[name] = replace(
                traces[name], values=values if batch else _first(values),
                step=counting(values.shape[1], self.plan.record_states[n].every))
        weights = run.weight_columns if batch else run.weights
        for r, (at, columns) in zip(self.plan.record_weights, history, strict=True):
            name = self.plan.projections[r.projection].name
            past = {v: c.pieces(self.copies, self.plan.projections[r.projection].synapses)
                    for v, c in columns.items()}
            weights[name] = replace(
                weights[name], history_step=np.array(at, np.int64),
                history_values=past if batch else {v: _first(x) for v, x in past.items()})
        return run


class Column(Sequence[Any]):
    """What a WeightProbe read of one variable: arrays (B, synapses) on disk, one a time."""

    def __init__(self, spool: Spool, key: Any) -> None:
        self._spool, self._key = spool, key

    def append(self, values: Any) -> None:
        """Keep one more."""
        self._spool.put(self._key, values)

    def pieces(self, copies: int, synapses: int) -> Pieces:
        """All of them, (B, times, synapses)."""
        def parts() -> Parts:
            for t, values in enumerate(self):
                yield (slice(None), t), values

        return Pieces((copies, len(self), synapses), np.float64, parts)

    def __iter__(self) -> Iterator[Any]:
        return self._spool.arrays(self._key)

    def __getitem__(self, index: Any) -> Any:
        return list(self)[index]

    def __len__(self) -> int:
        return len(self._spool.shapes(self._key))


def _first(array: Pieces) -> Pieces:
    """Copy 0 of an array with the copies as its first axis; every part has all of them."""
    return Pieces(array.shape[1:], array.dtype,
                  lambda: ((where[1], values[0]) for where, values in array.parts()))
