"""The SpiNNaker emulator as a backend: the board's steps, from the order of its software.

It does not read the Plan's statements: like the witness, it computes the model in its own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...kernels.fixed_point_tables import LANES, Feed, Log
from ...kernels.poisson import next_spike, trains
from ...simulator.errors import DescriptionError, UnsupportedError
from ...simulator.network import Network
from ...simulator.plan import POISSON, SCHEDULE, Plan, PopulationPlan
from ...simulator.recorded import Recorded, columns
from ...simulator.snapshot import Snapshot
from .board import board
from .layout import layout
from .limits import beyond, recordable, too_large
from .report import losses, report, warn
from .ring_buffer import RATE, SIGMA, resolution, scale_of, shifts_of
from .values import Values

SPIKES = 1 << 18
"""Spikes that one call can record before it returns."""

ROWS = 1 << 20
"""Values of states that one call can record."""

RELEASES = (6, 7)
"""Of the board's software."""

NO_CHECKPOINT = ("checkpoints: its ring buffers hold sums over projections, which no other backend "
                 "could take apart; checkpoint and resume on another backend")


def unsupported(network: Network, plan: Plan) -> list[str]:
    """Reasons why the board cannot hold the network, with ways out."""
    found, reasons = board(network, plan)
    if plan.copies:
        reasons.append("a batch: it runs one copy; run the trials one by one")
    return reasons + beyond(plan, found)


class SpinnakerRunner:
    """State of one network on the board. `k` is the next step.

    `rate` and `sigma` are what the tool chain calls `spikes_per_second` and `ring_buffer_sigma`.
    `release` of the board's software: 6 cuts products of the membrane equation off, 7 rounds them.
    `compiled=False` takes the plain Python steps that the compiled ones are tested against.
    """

    reads_network = True

    def __init__(self, plan: Plan, network: Network, rate: float = RATE, sigma: float = SIGMA,
                 release: int = 7, compiled: bool = True) -> None:
        found, reasons = board(network, plan)
        if found is None:
            raise UnsupportedError("spinnaker", reasons)
        for name, value in (("rate", rate), ("sigma", sigma)):
            if not isinstance(value, (int, float)) or not 0 < value < np.inf:
                raise DescriptionError(f"{name}={value!r} must be a positive number")
        if release not in RELEASES:
            raise DescriptionError(f"release={release!r}; there are {RELEASES}")
        self.board, self.k = found, 0
        self.shifts = shifts_of(plan, found, float(rate), float(sigma))
        if too_large(plan, self.shifts):
            raise UnsupportedError("spinnaker", too_large(plan, self.shifts))
        self.layout = layout(plan, found, self.shifts, release >= 7)
        self.plan = self._quantised(plan)
        self.values = Values(self.plan, found, self.layout, self.shifts)
        self._compiled = bool(compiled)
        if compiled:
            from ...kernels.fixed_point_numba import run
        else:
            from ...kernels.fixed_point_run import run
        self._run = run
        self._pending = {n: next_spike(plan.seed, p.stream, p.start, np.arange(p.size), p.chance)
                         for n, p in enumerate(plan.populations) if p.kind == POISSON}
        self.log = self._log()
        self._forget()
        self.losses = losses(plan, found, self.shifts)
        warn(plan, self.losses)

    def _quantised(self, plan: Plan) -> Plan:
        """The Plan with the weights that the board stores, where they are called `w`."""
        projections = []
        for q, s, own in zip(plan.projections, self.board.synapses, self.layout.synapses,
                             strict=True):
            cells = self.board.cells[q.target]
            simple = cells is not None and cells.form.weight and q.sends[0].expr == "w"
            if s.pair is None and simple and None not in cells.form.receptors.values():
                one = resolution(self.shifts[q.target][s.receptor], scale_of(self.board, q.target))
                values = self.layout.net.weight[own] * (one / cells.form.weight)
                q = replace(q, constants={**q.constants, "w": values},
                            side={**q.side, "w": "synapse"})
            projections.append(q)
        return replace(plan, projections=tuple(projections))

    def _log(self) -> Log:
        plan, lay = self.plan, self.layout
        units, start, field, every, place, room = [], [0], [], [], [], 0
        for r in plan.record_states:
            for name in r.exprs:
                field.append(recordable(self.board.cells[r.population].form)[name][0])
                every.append(r.every)
                units.append(r.neurons + lay.first[r.population])
                start.append(start[-1] + len(r.neurons))
        width = max(1, sum(len(u) for u in units))
        self._slice = max(1, ROWS // width)
        for u, e in zip(units, every, strict=True):
            place.append(room)
            room += len(u) * (self._slice // e + 2)
        spikes = max(SPIKES, 2 * LANES * len(lay.net.cells))
        integers = [np.array(x, np.int64) for x in (field, every, start)]
        return Log(np.zeros(spikes, np.int64), np.zeros(spikes, np.int64), *integers,
                   np.concatenate([np.zeros(0, np.int64), *units]), np.array(place, np.int64),
                   np.zeros(max(1, room), np.int32), np.zeros(1 + len(field), np.int64),
                   np.zeros(len(plan.projections), np.int64),
                   np.zeros(len(lay.groups), np.int64))

    def _forget(self) -> None:
        """Begin new lists of what is recorded."""
        self._spikes: list[tuple[Any, Any]] = []
        self._given: dict[int, list[tuple[Any, Any]]] = {n: [] for n in self.plan.record_spikes}
        self._rows: list[list[Any]] = [[] for _ in range(len(self.log.field))]

    def advance(self, steps: int) -> None:
        """Run `steps` steps."""
        last = self.k + steps
        while self.k < last:
            stop = min(last, self.k + self._slice)
            feed = self._feed(stop)
            while self.k < stop:
                self.log.used[:] = 0
                self.k = int(self._run(self.layout.net, self.layout.traces, self.layout.recent,
                                       self.layout.ring, feed, self.log, self.k, stop))
                self._keep()

    def _feed(self, stop: int) -> Feed:
        """Spikes of all sources from now to before `stop`."""
        group = {n: g for g, n in enumerate(
            [*self.layout.groups, *(n for n, c in enumerate(self.board.cells) if c is None)])}
        parts = [(np.zeros(0, np.int64),) * 3]
        for n, p in enumerate(self.plan.populations):
            if p.kind in (SCHEDULE, POISSON):
                step, i = self._train(n, p, stop)
                if n in self._given:
                    self._given[n].append((step, i))
                parts.append((step, i + self.layout.first[n], np.full(len(i), group[n])))
        step, unit, groups = (np.concatenate(x) for x in zip(*parts, strict=True))
        order = np.argsort(step, kind="stable")
        return Feed(step[order], unit[order], groups[order])

    def _train(self, n: int, p: PopulationPlan, stop: int) -> tuple[Any, Any]:
        if p.kind == SCHEDULE:
            own = slice(*np.searchsorted(p.steps, (self.k, stop)))
            return p.steps[own], p.indices[own]
        last = min(stop, p.stop)
        if last <= self.k:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return trains(self.plan.seed, p.stream, p.chance, self.k, last, self._pending[n],
                      self._compiled)

    def _keep(self) -> None:
        """Take what a call recorded."""
        log = self.log
        n = int(log.used[0])
        self._spikes.append((log.spike_step[:n].copy(), log.spike_unit[:n].copy()))
        for r, rows in enumerate(self._rows):
            at = int(log.place[r])
            values = log.values[at:at + int(log.used[r + 1])]
            rows.append(values.reshape(-1, int(log.start[r + 1] - log.start[r])).copy())

    def drain(self) -> Recorded:
        """What was recorded since the last call."""
        step, unit = (np.concatenate([np.zeros(0, np.int64), *x])
                      for x in (zip(*self._spikes, strict=True) if self._spikes else ((), ())))
        spikes = {n: columns([self._own(n, step, unit)]) for n in self.plan.record_spikes}
        rows, r = [], 0
        for record in self.plan.record_states:
            form = self.board.cells[record.population].form
            rows.append([])
            for name in record.exprs:
                width = len(record.neurons)
                values = np.concatenate([np.zeros((0, width), np.int32), *self._rows[r]])
                rows[-1].append((values * recordable(form)[name][1])[None])
                r += 1
        self._forget()
        return Recorded(spikes, rows)

    def _own(self, n: int, step: Any, unit: Any) -> tuple[Any, Any]:
        if n not in self.layout.groups:
            given = self._given[n]
            return (np.concatenate([np.zeros(0, np.int64), *(s for s, _ in given)]),
                    np.concatenate([np.zeros(0, np.int64), *(i for _, i in given)]))
        first = self.layout.first[n]
        mine = (unit >= first) & (unit < first + self.plan.populations[n].size)
        return step[mine], unit[mine] - first

    def provenance(self) -> dict[str, Any]:
        """What the board lost, for a run's provenance."""
        return {"spinnaker": self.report()}

    def report(self) -> dict[str, Any]:
        """Shifts, resolutions, vanished weights and saturation so far; see `report.report`."""
        return report(self)

    def snapshot(self) -> list[Snapshot]:
        """Refused."""
        raise UnsupportedError("spinnaker", [NO_CHECKPOINT])

    def restore(self, snapshots: Sequence[Snapshot]) -> None:
        """Refused."""
        raise UnsupportedError("spinnaker", [NO_CHECKPOINT])

    def read(self, n: int, name: str) -> Any:
        """A state variable of population n."""
        return self.values.neurons(n, name)

    def write(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of population n, rounded to what the board can hold."""
        self.values.set_neurons(n, name, values)

    def read_synapses(self, n: int, name: str) -> Any:
        """A state variable of projection n; weights as the board's memory holds them."""
        return self.values.synapses(n, name, self.k)

    def write_synapses(self, n: int, name: str, values: Any) -> None:
        """Set the weights of projection n, rounded to what the board can hold."""
        self.values.set_synapses(n, name, values)

    def read_last(self, n: int) -> Any:
        """None: all is as the board's memory holds it."""
        return None

    def write_last(self, n: int, values: Any) -> None:
        """Nothing to do."""
