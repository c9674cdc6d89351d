"""Compiled: what a spike does to synapses, and what these add to the ring buffer."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import fixed_point_tables as tb
from .fixed_point import HISTORY, STDP_ONE, WEIGHT_MAX
from .fixed_point_numbers_numba import inlined, looked_up, short, times, unit_of, wrap
from .fixed_point_rows_numba import whole_row
from .intrinsics import prefetch

LINE = 64
"""Bytes that memory hands out at a time."""

SOON = 16
"""Spikes whose rows are asked for before the first of them is handed over."""


@inlined
def post_event(traces: Any, table: Any, unit: Any, k: Any) -> None:
    """Keep a postsynaptic event; of many, the oldest is dropped."""
    time, trace = traces.post_time[unit], traces.post_trace[unit]
    n = traces.post_count[unit]
    value = short(looked_up(trace[n], table, k - time[n]) + STDP_ONE)
    if n == HISTORY - 1:
        for e in range(2, HISTORY):
            time[e - 1], trace[e - 1] = time[e], trace[e]
    else:
        n += 1
    traces.post_count[unit], time[n], trace[n] = n, k, value


@inlined
def changed(weight: Any, rule: Any, trace: Any, up: Any) -> Any:
    """A weight (accum) after a change by `trace`."""
    amount = rule[tb.A_PLUS] if up else rule[tb.A_MINUS]
    if rule[tb.MULTIPLICATIVE]:
        amount = times(wrap(rule[tb.W_MAX] - weight if up else weight - rule[tb.W_MIN]), amount)
    step = times(amount, trace << 4)
    weight = wrap(weight + (step if up else -step))
    if rule[tb.MULTIPLICATIVE]:
        return weight
    return min(weight, rule[tb.W_MAX]) if up else max(weight, rule[tb.W_MIN])


@inlined
def updated(net: Any, traces: Any, rule: Any, row: Any, s: Any, k: Any, d: Any) -> Any:
    """The 16-bit weight of synapse s after all events that it has seen."""
    plus, minus = net.tables[rule[tb.TABLE_PLUS]], net.tables[rule[tb.TABLE_MINUS]]
    unit = unit_of(net.place[s])
    time, trace = traces.post_time[unit], traces.post_trace[unit]
    last, last_trace = traces.pre_time[row], traces.pre_trace[row]
    begin, end, shift = max(last - d, 0), max(k - d, 0), rule[tb.SHIFT]
    n = traces.post_count[unit]
    first = n
    while first > 0 and time[first] > begin:
        first -= 1
    weight = wrap(np.int64(net.weight[s]) << shift)
    before = first
    for e in range(first + 1, n + 1):
        if time[e] <= end:
            weight = changed(weight, rule, looked_up(last_trace, plus, time[e] + d - last), True)
            before = e
    if before > 0:
        o = looked_up(trace[before], minus, k - time[before] - d)
        weight = changed(weight, rule, o, False)
    return (weight >> shift) & WEIGHT_MAX


@inlined
def add(net: Any, slot: Any, lo: Any, hi: Any) -> Any:
    """Add a row of synapses of one delay to a slot; returns how many found it full."""
    full: Any = 0
    for s in range(np.uint64(lo), np.uint64(hi)):
        place = np.uint64(net.place[s])
        total = np.int64(slot[place]) + np.int64(net.weight[s])
        full += total > WEIGHT_MAX
        slot[place] = min(total, WEIGHT_MAX)
    return full


@inlined
def add_alike(net: Any, slot: Any, lo: Any, hi: Any, weight: Any) -> Any:
    """The same for synapses of one weight."""
    full: Any = 0
    for s in range(np.uint64(lo), np.uint64(hi)):
        place = np.uint64(net.place[s])
        total = np.int64(slot[place]) + weight
        full += total > WEIGHT_MAX
        slot[place] = min(total, WEIGHT_MAX)
    return full


@inlined
def add_mixed(net: Any, ring: Any, lo: Any, hi: Any, first: Any, k: Any) -> Any:
    """The same for synapses with delays of their own."""
    full: Any = 0
    for s in range(lo, hi):
        slot = ring[(k + net.delays[s - first]) % ring.shape[0]]
        place = net.place[s]
        total = np.int64(slot[place]) + np.int64(net.weight[s])
        full += total > WEIGHT_MAX
        slot[place] = min(total, WEIGHT_MAX)
    return full


@inlined
def ahead(net: Any, group: Any, unit: Any, places: Any, weights: Any) -> None:
    """Ask memory for the rows of a spike that will be handed over soon.

    Rows lie anywhere, so a step would wait for each of them in turn.
    """
    for m in range(net.out_start[group], net.out_start[group + 1]):
        q = net.paths[net.out[m]]
        at = q[tb.ROWS] + unit - q[tb.SOURCE]
        lo, hi = net.indptr[at], net.indptr[at + 1]
        for address in range(places + 4 * lo, places + 4 * hi, LINE):
            prefetch(address)
        if q[tb.WEIGHT] < 0:
            for address in range(weights + 2 * lo, weights + 2 * hi, LINE):
                prefetch(address)


@inlined
def hand_over(net: Any, traces: Any, recent: Any, ring: Any, log: Any, units: Any, groups: Any,
              total: Any, k: Any) -> None:
    """Hand the first `total` spikes of a list to all their projections."""
    places, weights = net.place.ctypes.data, net.weight.ctypes.data
    for begin in range(0, total, SOON):
        end = min(begin + SOON, total)
        for n in range(begin, end):
            ahead(net, groups[n], units[n], places, weights)
        for n in range(begin, end):
            for m in range(net.out_start[groups[n]], net.out_start[groups[n] + 1]):
                number = net.out[m]
                log.saturated[number] += pre_event(net, traces, recent, ring, number,
                                                   units[n], k)


@inlined
def pre_event(net: Any, traces: Any, recent: Any, ring: Any, number: Any, unit: Any,
              k: Any) -> Any:
    """Hand a spike to one projection; returns how many synapses found the ring buffer full."""
    q = net.paths[number]
    i = unit - q[tb.SOURCE]
    row = q[tb.PRE] + i
    lo, hi, d = net.indptr[q[tb.ROWS] + i], net.indptr[q[tb.ROWS] + i + 1], q[tb.DELAY]
    if q[tb.RULE] >= 0:
        rule = net.rules[q[tb.RULE]]
        if not whole_row(net, traces, recent, number, rule, row, lo, hi, k, d):
            for s in range(np.uint64(lo), np.uint64(hi)):
                own = d if d else np.int64(net.delays[s - np.uint64(q[tb.OFFSETS])])
                net.weight[s] = updated(net, traces, rule, row, s, k, own)
        table = net.tables[rule[tb.TABLE_PLUS]]
        old = looked_up(traces.pre_trace[row], table, k - traces.pre_time[row])
        traces.pre_time[row], traces.pre_trace[row] = k, short(old + STDP_ONE)
    if d and q[tb.WEIGHT] >= 0:
        return add_alike(net, ring[(k + d) % ring.shape[0]], lo, hi, q[tb.WEIGHT])
    if d:
        return add(net, ring[(k + d) % ring.shape[0]], lo, hi)
    return add_mixed(net, ring, lo, hi, q[tb.OFFSETS], k)
