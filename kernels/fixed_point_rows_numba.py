"""Compiled: a presynaptic event of a dense additive projection, its row at once.

Gives what `updated` in `fixed_point_synapses_numba` gives synapse by synapse. Changes upwards by
several postsynaptic events, none of them negative and each followed by a minimum with `w_max`, are
their sum followed by one minimum. So a row walks the events of all its targets since its last own
one, which lie in a list sorted by time, and then each synapse adds, takes minimum and maximum, with
no loop and no branch. What depression takes depends on the target alone, and is looked up once a
step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import fixed_point_tables as tb
from .fixed_point import HISTORY, LARGEST, WEIGHT_MAX
from .fixed_point_numbers_numba import inlined, looked_up, times, unit_of

MOST = 8
"""Events that a row walks at most, for each of its synapses. A synapse by itself walks 15 at most,
however many there were."""


@inlined
def listed(recent: Any, group: Any, unit: Any, k: Any) -> None:
    """Append a postsynaptic event. Those of step 0 are never after a presynaptic one."""
    if k > 0:
        at = recent.first[group] + (recent.count[group] & recent.mask[group])
        recent.time[at], recent.unit[at] = k, unit
        recent.count[group] += 1


@inlined
def seen(recent: Any, own: Any, end: Any) -> Any:
    """How many events of the list have happened up to step `end`, which never falls."""
    first, mask = recent.first[own[tb.GROUP]], recent.mask[own[tb.GROUP]]
    count = recent.count[own[tb.GROUP]]
    here = max(own[tb.HERE], count - mask - 1)  # what is overwritten, happened before `end`
    while here < count and recent.time[first + (here & mask)] <= end:
        here += 1
    own[tb.HERE] = here
    return here


@inlined
def depression(net: Any, traces: Any, recent: Any, own: Any, rule: Any, end: Any) -> None:
    """What a presynaptic event seen at step `end`, maybe before 0, takes from each target."""
    table, a_minus, w_min = net.tables[rule[tb.TABLE_MINUS]], rule[tb.A_MINUS], rule[tb.W_MIN]
    first, offset = own[tb.UNIT], own[tb.DOWN]
    for n in range(own[tb.WIDTH]):
        unit, step, least = first + n, np.int64(0), np.int64(-LARGEST - 1)
        time = traces.post_time[unit]
        before = traces.post_count[unit]
        while before > 0 and time[before] > max(end, 0):
            before -= 1
        if before > 0:
            o = looked_up(traces.post_trace[unit, before], table, end - time[before])
            step, least = times(a_minus, o << 4), w_min
        recent.down[offset + n], recent.least[offset + n] = step, least


@inlined
def potentiation(net: Any, traces: Any, recent: Any, own: Any, rule: Any, row: Any, d: Any,
                 begin: Any, end: Any) -> None:
    """What the listed events `begin` to before `end` add to the synapses of one row."""
    up, most, table = recent.up, recent.most, net.tables[rule[tb.TABLE_PLUS]]
    a_plus, w_max = rule[tb.A_PLUS], rule[tb.W_MAX]
    unit, late = np.uint64(own[tb.UNIT]), d - traces.pre_time[row]
    trace = traces.pre_trace[row]
    first, mask = np.uint64(recent.first[own[tb.GROUP]]), np.uint64(recent.mask[own[tb.GROUP]])
    for n in range(np.uint64(own[tb.WIDTH])):
        up[n], most[n] = 0, LARGEST
    for e in range(np.uint64(begin), np.uint64(end)):
        at = first + (e & mask)
        time, u = recent.time[at], np.uint64(recent.unit[at])
        if time >= traces.post_time[u, np.uint64(1)]:  # it is still among the 15 that are kept
            steps = np.uint64(time + late)
            factor = table[steps] if steps < table.size else 0
            up[u - unit] += (a_plus * (((trace * factor) >> 11) << 4)) >> 15
            most[u - unit] = w_max


@inlined
def whole_row(net: Any, traces: Any, recent: Any, number: Any, rule: Any, row: Any, lo: Any,
              hi: Any, k: Any, d: Any) -> Any:
    """Bring a row up to date; False, with no weight changed, where it must go synapse by synapse:
    after many events, or where a sum of changes might overflow or be of both signs.
    """
    own = recent.paths[number]
    if own[tb.WIDTH] == 0:
        return False
    end = max(k - d, 0)
    here, begin = seen(recent, own, end), recent.seen[row]
    recent.seen[row] = here
    lost = begin < recent.count[own[tb.GROUP]] - recent.mask[own[tb.GROUP]] - 1
    trace = traces.pre_trace[row]
    highest = (WEIGHT_MAX << rule[tb.SHIFT]) + (HISTORY - 1) * (
        rule[tb.A_PLUS] * (trace << 4) >> 15)
    if lost | (here - begin > MOST * (hi - lo)) | (trace < 0) | (highest > LARGEST):
        return False
    if own[tb.LOOKED_UP] != k:
        own[tb.LOOKED_UP] = k
        depression(net, traces, recent, own, rule, k - d)
    potentiation(net, traces, recent, own, rule, row, d, begin, here)
    change(net, recent, own, rule[tb.SHIFT], lo, hi)
    return True


@inlined
def change(net: Any, recent: Any, own: Any, shift: Any, lo: Any, hi: Any) -> None:
    """Add, take the minimum, take away, take the maximum: all synapses of a row."""
    unit, offset = np.uint64(own[tb.UNIT]), np.uint64(own[tb.DOWN])
    for s in range(np.uint64(lo), np.uint64(hi)):
        n = unit_of(net.place[s]) - unit
        weight = np.int32(np.int32(net.weight[s]) << shift)
        weight = min(np.int32(weight + recent.up[n]), recent.most[n])
        weight = max(np.int32(weight - recent.down[offset + n]), recent.least[offset + n])
        net.weight[s] = weight >> shift
