"""Compiled twin of `fixed_point_run`: the same whole numbers."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np

from . import fixed_point_tables as tb
from .fixed_point_lent import lent
from .fixed_point_neurons_numba import update
from .fixed_point_numbers_numba import inlined
from .fixed_point_rows_numba import listed
from .fixed_point_synapses_numba import hand_over, post_event
from .fixed_point_tables import LANES

njit: Callable[[Any], Any] = numba.njit(nogil=True, error_model="numpy", cache=True)


@inlined
def record(net: Any, log: Any, k: Any, units: Any, total: Any) -> None:
    """Note spikes of neurons, and fields of the records that are due."""
    at = log.used[0]
    for n in range(total):
        log.spike_step[at + n], log.spike_unit[at + n] = k, units[n]
    log.used[0] = at + total
    for r in range(log.field.size):
        if k % log.every[r] == 0:
            at = log.place[r] + log.used[r + 1]
            for m in range(log.start[r], log.start[r + 1]):
                unit = log.unit[m]
                log.values[at] = net.cells[unit // LANES, LANES * log.field[r] + unit % LANES]
                at += 1
            log.used[r + 1] = at - log.place[r]


@inlined
def steps(net: Any, traces: Any, recent: Any, ring: Any, feed: Any, log: Any, k: Any,
          stop: Any) -> Any:
    """The steps of `run`, on arrays that are not counted."""
    most = LANES * net.cells.shape[0]
    units = np.empty(most + feed.unit.size, np.int64)
    groups = np.empty(most + feed.unit.size, np.int64)
    blocks = ring.reshape(ring.shape[0], net.cells.shape[0], 2 * LANES)
    at = 0
    while at < feed.step.size and feed.step[at] < k:
        at += 1
    while k < stop and log.used[0] + most <= log.spike_step.size:
        total = update(net, blocks[k % ring.shape[0]], log, units, groups)
        record(net, log, k, units, total)
        for n in range(total):
            table = net.groups[groups[n], tb.TABLE]
            if table >= 0:
                post_event(traces, net.tables[table], units[n], k)
                listed(recent, groups[n], units[n], k)
        while at < feed.step.size and feed.step[at] == k:
            units[total], groups[total] = feed.unit[at], feed.group[at]
            total += 1
            at += 1
        hand_over(net, traces, recent, ring, log, units, groups, total, k)
        k += 1
    return k


def _made(stamp: int) -> Any:
    """The compiled function. Numba keeps it on disk under what it closes over, hence `stamp`."""
    @njit
    def run(net: Any, traces: Any, recent: Any, ring: Any, feed: Any, log: Any, k: Any,
            stop: Any) -> Any:
        """As `fixed_point_run.run`."""
        if stamp < 0:
            return k
        return steps(
            tb.Network(lent(net.cells), lent(net.groups), lent(net.paths), lent(net.out_start),
                       lent(net.out), lent(net.indptr), lent(net.place), lent(net.weight),
                       lent(net.delays), lent(net.rules), lent(net.tables)),
            tb.Traces(lent(traces.pre_time), lent(traces.pre_trace), lent(traces.post_time),
                      lent(traces.post_trace), lent(traces.post_count)),
            tb.Recent(lent(recent.first), lent(recent.mask), lent(recent.count), lent(recent.time),
                      lent(recent.unit), lent(recent.seen), lent(recent.paths), lent(recent.down),
                      lent(recent.least), lent(recent.up), lent(recent.most)),
            lent(ring), tb.Feed(lent(feed.step), lent(feed.unit), lent(feed.group)),
            tb.Log(lent(log.spike_step), lent(log.spike_unit), lent(log.field), lent(log.every),
                   lent(log.start), lent(log.unit), lent(log.place), lent(log.values),
                   lent(log.used), lent(log.saturated), lent(log.wrapped)), k, stop)
    return run


def _stamp() -> int:
    """Changes with every file that `run` is made of, at which Numba's cache does not look."""
    here = Path(__file__).parent
    files = [*sorted(here.glob("fixed_point*.py")), here / "intrinsics.py"]
    return zlib.crc32(b"".join(path.read_bytes() for path in files))


run = _made(_stamp())
