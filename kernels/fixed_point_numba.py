"""Compiled twin of `fixed_point_run`: the same whole numbers, all lanes of a block at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from . import fixed_point_tables as tb
from .fixed_point import HALF, HISTORY, LARGEST, STDP_ONE, WEIGHT_MAX
from .fixed_point_run import LONGER, QUADRATIC
from .fixed_point_tables import LANES

njit: Callable[[Any], Any] = numba.njit(nogil=True, error_model="numpy", cache=True)
inlined: Callable[[Any], Any] = numba.njit(nogil=True, error_model="numpy", forceinline=True)

FIVE = 5 << 15
FORTY = 140 << 15


@inlined
def wrap(x: Any) -> Any:
    """The low 32 bits of an int64, with sign."""
    return np.int64(np.int32(x))


@inlined
def times(x: Any, y: Any) -> Any:
    """Product of two accums, cut off."""
    return wrap((x * y) >> 15)


@inlined
def product(x: Any, y: Any, nearest: Any) -> Any:
    """Product of two accums: rounded to nearest and kept within the range, or cut off."""
    most = LARGEST if nearest else 1 << 60
    return max(-most - 1, min(most, (x * y + (HALF if nearest else 0)) >> 15))


@inlined
def get(block: Any, field: Any, lane: Any) -> Any:
    """A field as an int64."""
    return np.int64(block[LANES * field + lane])


@inlined
def decayed(x: Any, factor: Any) -> Any:
    """Product of an accum and a u0.32 given as int32, cut off.

    As a product of signed 32-bit numbers, for which processors have a vector instruction.
    """
    return ((wrap(x) * factor) >> 32) + (x & (factor >> 31))


@inlined
def excess(x: Any) -> Any:
    """A number with bits above the 32nd if and only if `x` does not fit into 32 bits."""
    return x + (1 << 31)


@inlined
def shaped(block: Any, field: Any, decay: Any, new: Any, arriving: Any, lane: Any) -> Any:
    """A synaptic current after a step, not yet wrapped."""
    return (decayed(get(block, field, lane), get(block, decay, lane))
            + decayed(arriving, get(block, new, lane)))


@inlined
def leaky(block: Any, lane: Any, total: Any, nearest: Any, r: Any, rest: Any, decay: Any,
          reset: Any, refractory: Any) -> Any:
    """A step of a leaky neuron's membrane; the result tells of overflows, see `excess`.

    Sums are wrapped where they are multiplied: further sums have the same low bits without it, and
    one overflow is as good as two. `decay` is at most 1, so its product stays in the range.
    """
    hold, v = get(block, tb.HOLD, lane), get(block, tb.V, lane)
    goal = product(wrap(total), r, nearest) + rest
    away = goal - v
    new = goal - ((decay * wrap(away) + (HALF if nearest else 0)) >> 15)
    held = hold > 0
    v = v if held else wrap(new)
    fires = v >= get(block, tb.THRESHOLD, lane)
    block[LANES * tb.V + lane] = reset if fires else v
    block[LANES * tb.HOLD + lane] = refractory if fires else hold - held
    block[LANES * tb.FIRED + lane] = fires
    return excess(total) | (0 if held else excess(goal) | excess(away) | excess(new))


@inlined
def membrane(block: Any, lane: Any, total: Any, nearest: Any) -> Any:
    """The same with the lane's own constants."""
    return leaky(block, lane, total, nearest, get(block, tb.R, lane),
                 get(block, tb.REST, lane), get(block, tb.DECAY, lane),
                 get(block, tb.RESET, lane), get(block, tb.REFRACTORY, lane))


@inlined
def exponential(block: Any, slot: Any, up_exc: Any, up_inh: Any, nearest: Any) -> Any:
    """A step of a block of CURR_EXP; returns how many fired and how many overflowed."""
    fired = wrapped = 0
    for n in range(LANES):
        exc, inh = np.int64(slot[n]) << up_exc, np.int64(slot[LANES + n]) << up_inh
        slot[n] = slot[LANES + n] = 0
        e = shaped(block, tb.EXC, tb.DECAY_EXC, tb.NEW_EXC, exc, n)
        i = shaped(block, tb.INH, tb.DECAY_INH, tb.NEW_INH, inh, n)
        block[LANES * tb.EXC + n], block[LANES * tb.INH + n] = e, i
        over = membrane(block, n, e - i + get(block, tb.OFFSET, n), nearest)
        over |= excess(e) | excess(i)
        wrapped += (over >> 32) != 0
        fired += block[LANES * tb.FIRED + n]
    return fired, wrapped


@inlined
def alike(block: Any, slot: Any, up_exc: Any, up_inh: Any, nearest: Any) -> Any:
    """The same for 64 neurons of equal constants, but for THRESHOLD: half as long."""
    fired = wrapped = 0
    decay_exc, decay_inh = get(block, tb.DECAY_EXC, 0), get(block, tb.DECAY_INH, 0)
    new_exc, new_inh = get(block, tb.NEW_EXC, 0), get(block, tb.NEW_INH, 0)
    r, rest, decay = get(block, tb.R, 0), get(block, tb.REST, 0), get(block, tb.DECAY, 0)
    reset, refractory = get(block, tb.RESET, 0), get(block, tb.REFRACTORY, 0)
    offset = get(block, tb.OFFSET, 0)
    for n in range(LANES):
        exc, inh = np.int64(slot[n]) << up_exc, np.int64(slot[LANES + n]) << up_inh
        slot[n] = slot[LANES + n] = 0
        e = decayed(get(block, tb.EXC, n), decay_exc) + decayed(exc, new_exc)
        i = decayed(get(block, tb.INH, n), decay_inh) + decayed(inh, new_inh)
        block[LANES * tb.EXC + n], block[LANES * tb.INH + n] = e, i
        over = leaky(block, n, e - i + offset, nearest, r, rest, decay, reset, refractory)
        over |= excess(e) | excess(i)
        wrapped += (over >> 32) != 0
        fired += block[LANES * tb.FIRED + n]
    return fired, wrapped


@inlined
def delta(block: Any, slot: Any, up_exc: Any, up_inh: Any, nearest: Any, scale: Any) -> Any:
    """A step of a block of CURR_DELTA."""
    fired = wrapped = 0
    for n in range(LANES):
        exc, inh = np.int64(slot[n]) << up_exc, np.int64(slot[LANES + n]) << up_inh
        slot[n] = slot[LANES + n] = 0
        block[LANES * tb.EXC + n], block[LANES * tb.INH + n] = exc, inh
        total = times(wrap(exc), scale) - times(wrap(inh), scale) + get(block, tb.OFFSET, n)
        over = membrane(block, n, total, nearest)
        wrapped += (over >> 32) != 0
        fired += block[LANES * tb.FIRED + n]
    return fired, wrapped


@inlined
def conductance(block: Any, slot: Any, up_exc: Any, up_inh: Any, nearest: Any) -> Any:
    """A step of a block of COND_EXP."""
    fired = wrapped = 0
    for n in range(LANES):
        exc, inh = np.int64(slot[n]) << up_exc, np.int64(slot[LANES + n]) << up_inh
        slot[n] = slot[LANES + n] = 0
        e = shaped(block, tb.EXC, tb.DECAY_EXC, tb.NEW_EXC, exc, n)
        i = shaped(block, tb.INH, tb.DECAY_INH, tb.NEW_INH, inh, n)
        block[LANES * tb.EXC + n], block[LANES * tb.INH + n] = e, i
        to_exc = get(block, tb.REV_EXC, n) - get(block, tb.V, n)
        to_inh = get(block, tb.REV_INH, n) - get(block, tb.V, n)
        total = times(wrap(e) >> 10, wrap(to_exc)) - times(-(wrap(i) >> 10), wrap(to_inh))
        over = membrane(block, n, total + get(block, tb.OFFSET, n), nearest)
        over |= excess(e) | excess(i) | excess(to_exc) | excess(to_inh)
        wrapped += (over >> 32) != 0
        fired += block[LANES * tb.FIRED + n]
    return fired, wrapped


@inlined
def izhikevich(block: Any, slot: Any, up_exc: Any, up_inh: Any) -> Any:
    """A step of a block of IZHIKEVICH."""
    fired = wrapped = 0
    for n in range(LANES):
        exc, inh = np.int64(slot[n]) << up_exc, np.int64(slot[LANES + n]) << up_inh
        slot[n] = slot[LANES + n] = 0
        e = shaped(block, tb.EXC, tb.DECAY_EXC, tb.NEW_EXC, exc, n)
        i = shaped(block, tb.INH, tb.DECAY_INH, tb.NEW_INH, inh, n)
        block[LANES * tb.EXC + n], block[LANES * tb.INH + n] = e, i
        total = e - i + get(block, tb.OFFSET, n)
        over = midpoint(block, n, wrap(total)) | excess(total)
        over |= excess(e) | excess(i)
        wrapped += (over >> 32) != 0
        fired += block[LANES * tb.FIRED + n]
    return fired, wrapped


@inlined
def midpoint(block: Any, n: Any, total: Any) -> Any:
    """A step of an Izhikevich neuron; the result tells of overflows, see `excess`."""
    h, v, u = get(block, tb.HOLD, n), get(block, tb.V, n), get(block, tb.U, n)
    a, b = get(block, tb.A, n), get(block, tb.B, n)
    drive = FORTY + total - u
    first = FIVE + times(QUADRATIC, v)
    slope = wrap(drive) + times(wrap(first), v)
    middle = v + (times(h, wrap(slope)) >> 1)
    pull = times(b, v) - u
    back = times(times(h, wrap(pull)), a) >> 1
    second = FIVE + times(QUADRATIC, wrap(middle))
    rise = wrap(drive) - back + times(wrap(second), wrap(middle))
    new_v = v + times(h, wrap(rise))
    turn = -u - back + times(b, wrap(middle))
    new_u = u + times(times(a, h), wrap(turn))
    fires = wrap(new_v) >= get(block, tb.THRESHOLD, n)
    after = wrap(new_u) + get(block, tb.D, n)
    block[LANES * tb.V + n] = get(block, tb.C, n) if fires else wrap(new_v)
    block[LANES * tb.U + n] = after if fires else new_u
    step = get(block, tb.STEP, n)
    block[LANES * tb.HOLD + n] = times(step, LONGER) if fires else step
    block[LANES * tb.FIRED + n] = fires
    return (excess(drive) | excess(first) | excess(slope) | excess(middle) | excess(pull)
            | excess(second) | excess(rise) | excess(new_v) | excess(turn) | excess(new_u)
            | (excess(after) if fires else 0))


@inlined
def update(net: Any, slots: Any, log: Any, units: Any, groups: Any) -> Any:
    """Update all neurons; the units that fired and their groups are listed, their number is
    returned.
    """
    total = 0
    for g in range(net.groups.shape[0]):
        row = net.groups[g]
        kind, up_exc, up_inh = row[tb.KIND], row[tb.SHIFT_EXC], row[tb.SHIFT_INH]
        nearest = row[tb.NEAREST] != 0
        for b in range(row[tb.FIRST], row[tb.LAST]):
            block, own = net.cells[b], slots[b]
            if kind == tb.CURR_DELTA:
                fired, wrapped = delta(block, own, up_exc, up_inh, nearest, row[tb.SCALE])
            elif kind == tb.COND_EXP:
                fired, wrapped = conductance(block, own, up_exc, up_inh, nearest)
            elif kind == tb.IZHIKEVICH:
                fired, wrapped = izhikevich(block, own, up_exc, up_inh)
            elif row[tb.ALIKE] & (b < row[tb.LAST] - 1):
                fired, wrapped = alike(block, own, up_exc, up_inh, nearest)
            else:
                fired, wrapped = exponential(block, own, up_exc, up_inh, nearest)
            log.wrapped[g] += wrapped
            if fired:
                for n in range(LANES):
                    if block[LANES * tb.FIRED + n]:
                        units[total], groups[total] = LANES * b + n, g
                        total += 1
    return total


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
def short(x: Any) -> Any:
    """The low 16 bits of an int64, with sign."""
    return np.int64(np.int16(x))


@inlined
def looked_up(trace: Any, table: Any, steps: Any) -> Any:
    """A trace after `steps` steps."""
    factor = table[steps] if 0 <= steps < table.size else 0
    return (short(trace) * factor) >> 11


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
    place = np.int64(net.place[s])
    unit = place // (2 * LANES) * LANES + place % LANES
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
def pre_event(net: Any, traces: Any, ring: Any, number: Any, unit: Any, k: Any) -> Any:
    """Hand a spike to one projection; returns how many synapses found the ring buffer full."""
    q = net.paths[number]
    i = unit - q[tb.SOURCE]
    row = q[tb.PRE] + i
    lo, hi, d = net.indptr[q[tb.ROWS] + i], net.indptr[q[tb.ROWS] + i + 1], q[tb.DELAY]
    if q[tb.RULE] >= 0:
        rule = net.rules[q[tb.RULE]]
        for s in range(lo, hi):
            own = d if d else np.int64(net.delays[s - q[tb.OFFSETS]])
            net.weight[s] = updated(net, traces, rule, row, s, k, own)
        table = net.tables[rule[tb.TABLE_PLUS]]
        old = looked_up(traces.pre_trace[row], table, k - traces.pre_time[row])
        traces.pre_time[row], traces.pre_trace[row] = k, short(old + STDP_ONE)
    if d:
        return add(net, ring[(k + d) % ring.shape[0]], lo, hi)
    return add_mixed(net, ring, lo, hi, q[tb.OFFSETS], k)


@njit
def run(net: Any, traces: Any, ring: Any, feed: Any, log: Any, k: Any, stop: Any) -> Any:
    """As `fixed_point_run.run`."""
    most = LANES * net.cells.shape[0]
    units, groups = np.empty(most, np.int64), np.empty(most, np.int64)
    blocks = ring.reshape(ring.shape[0], net.cells.shape[0], 2 * LANES)
    at = 0
    while k < stop and log.used[0] + most <= log.spike_step.size:
        total = update(net, blocks[k % ring.shape[0]], log, units, groups)
        record(net, log, k, units, total)
        for n in range(total):
            table = net.groups[groups[n], tb.TABLE]
            if table >= 0:
                post_event(traces, net.tables[table], units[n], k)
        for n in range(total):
            for m in range(net.out_start[groups[n]], net.out_start[groups[n] + 1]):
                number = net.out[m]
                log.saturated[number] += pre_event(net, traces, ring, number, units[n], k)
        while at < feed.step.size and feed.step[at] <= k:
            if feed.step[at] == k:
                for m in range(net.out_start[feed.group[at]], net.out_start[feed.group[at] + 1]):
                    number = net.out[m]
                    log.saturated[number] += pre_event(net, traces, ring, number, feed.unit[at], k)
            at += 1
        k += 1
    return k
