"""PyNN's Recorder over what the session has kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import quantities as pq
from pyNN import recording

from ...simulator.errors import DescriptionError
from . import simulator
from .cells import AS_CURRENTS, warn_of_currents


class Recorder(recording.Recorder):  # type: ignore[misc]
    """What of a population is recorded, and the way to the data."""

    _simulator = simulator

    def record(self, variables: Any, ids: Any, sampling_interval: Any = None,
               locations: Any = None) -> None:
        """As PyNN's; "all", a word of sPyNNaker, is everything that its cell type records."""
        if variables == "all":
            celltype = self.population.celltype
            variables = [n for n in celltype.recordable
                         if celltype.conductance_based or n not in AS_CURRENTS]
        super().record(variables, ids, sampling_interval, locations)

    def _record(self, variable: Any, new_ids: Any, sampling_interval: Any = None) -> None:
        others = any(ids for v, ids in self.recorded.items() if v.name != variable.name)
        if not others and len(new_ids) == len(self.recorded[variable]):
            self._recording_start_time = self._simulator.state.t * pq.ms
        if sampling_interval is not None:
            every = sampling_interval / self._simulator.state.dt
            if abs(every - round(every)) > 1e-6 or round(every) < 1:
                raise ValueError(f"sampling_interval={sampling_interval} ms is not a whole number "
                                 f"of steps of {self._simulator.state.dt} ms")
            self.sampling_interval = sampling_interval
        elif variable.name != "spikes" and not hasattr(self, "_chosen"):
            self.sampling_interval = self._simulator.state.dt
        if variable.name != "spikes":
            self._chosen = True
            warn_of_currents(self.population.celltype, variable.name, self.population.label)
        self._simulator.state.changed()

    @property
    def every(self) -> int:
        """Steps between two samples."""
        return round(self.sampling_interval / self._simulator.state.dt)

    def first_step(self) -> int:
        """The step at which the present piece of the recording begins."""
        began = self._recording_start_time.rescale("ms").item()
        return round(began / self._simulator.state.dt)

    def neurons(self, name: str) -> Any:
        """Sorted indices of the neurons of which `name` is recorded."""
        first = self.population.first_id
        return np.array(sorted({int(i) - int(first) for v, ids in self.recorded.items()
                                if v.name == name for i in ids}), dtype=np.int64)

    def names(self) -> list[str]:
        """Recorded state variables."""
        return sorted({v.name for v, ids in self.recorded.items() if v.name != "spikes" and ids})

    def _kept(self) -> Any:
        session = self._simulator.state.session
        if self.population not in self._simulator.state.populations:
            raise DescriptionError(f"Population {self.population.label!r} is of the network before "
                                   "the last setup(); read its data before setup()")
        return None if session is None else session.kept(self.population)

    def _get_spiketimes(self, ids: Any, clear: bool = False) -> Any:
        kept, first = self._kept(), int(self.population.first_id)
        if kept is None:
            return np.zeros(0, int), np.zeros(0)
        step, index = kept.spikes()
        wanted = np.isin(index, np.array([int(i) - first for i in ids], dtype=np.int64))
        return index[wanted] + first, step[wanted] * self._simulator.state.dt

    def _get_all_signals(self, variable: Any, ids: Any, clear: bool = False) -> Any:
        first = int(self.population.first_id)
        at = np.array([int(i) - first for i in ids], dtype=np.int64)
        kept = self._kept()
        return (np.zeros((0, len(at))) if kept is None else kept.signal(variable.name, at)), None

    def _local_count(self, variable: Any, filter_ids: Any = None) -> dict[int, int]:
        ids = sorted(self.filter_recorded(variable, filter_ids))
        found = self._get_spiketimes(ids)[0]
        count = dict.fromkeys(map(int, ids), 0)
        for i, n in zip(*np.unique(found, return_counts=True), strict=True):
            count[int(i)] = int(n)
        return count

    def _clear_simulator(self) -> None:
        kept = self._kept()
        if kept is not None:
            kept.clear()

    def _reset(self) -> None:
        self._simulator.state.changed()
