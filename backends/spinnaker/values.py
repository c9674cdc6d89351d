"""Reading and setting what the board holds, in SI."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...kernels import fixed_point as fx
from ...kernels.fixed_point_tables import LANES, PRE, RULE, TABLE_MINUS, TABLE_PLUS
from ...simulator.errors import DescriptionError
from ...simulator.plan import Plan
from .board import Board
from .layout import Layout
from .limits import recordable
from .ring_buffer import resolution, scale_of, stored


class Values:
    """Variables by population and projection, over the tables of a `Layout`."""

    def __init__(self, plan: Plan, found: Board, lay: Layout, shifts: list[list[int]]) -> None:
        self.plan, self.board, self.layout, self.shifts = plan, found, lay, shifts

    def _column(self, n: int, field: int) -> Any:
        """Places of a field of population n in the flat table of cells."""
        unit = self.layout.first[n] + np.arange(self.plan.populations[n].size)
        width = self.layout.net.cells.shape[1]
        return unit // LANES * width + LANES * field + unit % LANES

    def neurons(self, n: int, name: str) -> Any:
        """A state variable of population n; what the board does not keep is 0."""
        known = recordable(self.board.cells[n].form)
        if name not in known:
            return np.zeros(self.plan.populations[n].size)
        field, factor = known[name]
        return self.layout.net.cells.ravel()[self._column(n, field)] * factor

    def set_neurons(self, n: int, name: str, values: Any) -> None:
        """Set a state variable of population n. DescriptionError for one the board lacks."""
        known = recordable(self.board.cells[n].form)
        if name not in known:
            raise DescriptionError(f"{self.plan.populations[n].name}.{name} is no state of the "
                                   f"board's neuron; it keeps {', '.join(known)}")
        field, factor = known[name]
        exact = np.asarray(values, np.float64) / (factor * fx.ONE)
        if not fx.fits(exact):
            raise DescriptionError(f"{self.plan.populations[n].name}.{name} = {values} does not "
                                   "fit into the board's s16.15 numbers, up to 65536")
        self.layout.net.cells.ravel()[self._column(n, field)] = fx.accum(exact)

    def _one(self, n: int) -> float:
        """SI value of the smallest weight of projection n."""
        q, s = self.plan.projections[n], self.board.synapses[n]
        scale = scale_of(self.board, q.target)
        return resolution(self.shifts[q.target][s.receptor], scale) / self.board.cells[
            q.target].form.weight

    def synapses(self, n: int, name: str, k: int) -> Any:
        """A plastic variable of projection n; traces as they are at the end of step k - 1."""
        q, net, traces = self.plan.projections[n], self.layout.net, self.layout.traces
        path = net.paths[n]
        rule = net.rules[path[RULE]]
        if name == "r":
            own = slice(path[PRE], path[PRE] + len(q.indptr) - 1)
            return _traces(traces.pre_trace[own], traces.pre_time[own],
                           net.tables[rule[TABLE_PLUS]], k - 1)
        if name == "o":
            unit = self.layout.first[q.target] + np.arange(self.plan.populations[q.target].size)
            last = traces.post_count[unit]
            return _traces(traces.post_trace[unit, last], traces.post_time[unit, last],
                           net.tables[rule[TABLE_MINUS]], k - 1)
        return net.weight[self.layout.synapses[n]] * self._one(n)

    def set_synapses(self, n: int, name: str, values: Any) -> None:
        """Set the weights of projection n. DescriptionError for its traces."""
        q = self.plan.projections[n]
        if q.side[name] != "synapse":
            raise DescriptionError(f"projection {q.name!r}: {name!r} is a trace, which cannot be "
                                   "set on the board; set its weights")
        own = self.layout.synapses[n]
        exact = np.broadcast_to(np.asarray(values, np.float64), (q.synapses,))
        if np.any(exact < 0) or np.any(np.rint(exact / self._one(n)) > fx.WEIGHT_MAX):
            raise DescriptionError(f"projection {q.name!r}: weights must lie between 0 and "
                                   f"{fx.WEIGHT_MAX * self._one(n):g} in SI units, the largest "
                                   "that the board can store there")
        self.layout.net.weight[own] = stored(exact, self._one(n))


def _traces(trace: Any, time: Any, table: Any, k: int) -> Any:
    """Traces (1/2048) at the end of step k."""
    gone = np.clip(k - time, 0, None)
    factor = np.where(gone < len(table), table[np.minimum(gone, len(table) - 1)], 0)
    return ((trace * factor) >> 11) / fx.STDP_ONE
