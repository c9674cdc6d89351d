"""The reference backend: one `Reference` for each copy, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...simulator.plan import Plan
from ...simulator.recorded import Recorded, columns
from ...simulator.snapshot import Snapshot
from .steps import Reference


def unsupported(network: Any, plan: Plan) -> list[str]:
    """Reasons why this backend cannot run the network: there are none."""
    return []


class ReferenceRunner:
    """Copies of a network, each run by itself; `copies` holds them."""

    def __init__(self, plan: Plan, threads: int = 1, dtype: Any = np.float64) -> None:
        self.plan = plan
        plans = [plan.copy(b) for b in range(len(plan.copies))] or [plan]
        self.copies = [Reference(p) for p in plans]

    @property
    def k(self) -> int:
        """The next step."""
        return self.copies[0].k

    def advance(self, steps: int) -> None:
        """Run `steps` steps."""
        for one in self.copies:
            one.advance(steps)

    def drain(self) -> Recorded:
        """What was recorded since the last call."""
        spikes = {n: columns([one.recorded_spikes(n) for one in self.copies])
                  for n in self.plan.record_spikes}
        rows = [[np.stack(each) for each in zip(*(one.recorded_states(n) for one in self.copies),
                                                strict=True)]
                for n in range(len(self.plan.record_states))]
        for one in self.copies:
            one.forget()
        return Recorded(spikes, rows)

    def snapshot(self) -> list[Snapshot]:
        """The state before step `k`, of each copy."""
        return [one.snapshot() for one in self.copies]

    def restore(self, snapshots: Sequence[Snapshot]) -> None:
        """Go on from there."""
        for one, s in zip(self.copies, snapshots, strict=True):
            one.restore(s)

    def _each(self, get: Callable[[Reference], Any]) -> Any:
        """An array of each copy, stacked where there is a batch."""
        found = [get(one) for one in self.copies]
        return np.stack(found) if self.plan.copies else found[0].copy()

    def _put(self, get: Callable[[Reference], Any], values: Any) -> None:
        """Write into an array of each copy."""
        shape = (len(self.copies), *get(self.copies[0]).shape)
        for one, value in zip(self.copies, np.broadcast_to(values, shape), strict=True):
            get(one)[:] = value

    def read(self, n: int, name: str) -> Any:
        """A state variable of population n."""
        return self._each(lambda one: one.state[n][name])

    def write(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of population n."""
        self._put(lambda one: one.state[n][name], values)

    def read_synapses(self, n: int, name: str) -> Any:
        """A state variable of projection n."""
        return self._each(lambda one: one.projections[n].state[name])

    def write_synapses(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of projection n."""
        self._put(lambda one: one.projections[n].state[name], values)

    def read_last(self, n: int) -> Any:
        """Step of each synapse's last event; None where all is up to date."""
        return self._each(lambda one: one.projections[n].last) if self.plan.projections[
            n].lazy else None

    def write_last(self, n: int, values: Any) -> None:
        """Say up to which step the synapses of projection n are up to date."""
        self._put(lambda one: one.projections[n].last, values)
