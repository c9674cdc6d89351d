"""Steps of the board's software in plain Python, one neuron and one synapse at a time.

The definition of what `fixed_point_numba` computes. Order of a step: the ring buffer's slot becomes
input, neurons are updated, fire and are reset, spikes of sources join, rows are recorded, then
spikes are handed to the synapses: postsynaptic events are kept, and each presynaptic event brings
its row up to date and adds it to the ring buffer.
"""

from __future__ import annotations

from typing import Any

from . import fixed_point as fx
from . import fixed_point_tables as tb
from .fixed_point_tables import LANES, Feed, Log, Network, Recent, Traces

QUADRATIC = 1311
"""The board's 0.04 of the Izhikevich equation, 1/32768 larger for stability."""

LONGER = 60621
"""1.85: how much longer an Izhikevich neuron's step is after a spike."""


class Neuron:
    """One lane of `cells`, read and written by field; counts what wraps."""

    def __init__(self, cells: Any, block: int, lane: int) -> None:
        self.cells, self.block, self.lane, self.wrapped = cells, block, lane, False

    def get(self, field: int) -> int:
        """An int32 field."""
        return int(self.cells[self.block, LANES * field + self.lane])

    def fraction(self, field: int) -> int:
        """A field that holds a u0.32."""
        return self.get(field) & 0xFFFFFFFF

    def put(self, field: int, value: int) -> None:
        """Write a field."""
        self.cells[self.block, LANES * field + self.lane] = value

    def sum(self, exact: int) -> int:
        """What an accum keeps of a sum."""
        self.wrapped |= fx.wrap(exact) != exact
        return fx.wrap(exact)

    def product(self, x: int, y: int) -> int:
        """Product of two accums, cut off, not yet wrapped."""
        return (x * y) >> 15


def shaped(n: Neuron, field: int, decay: int, new: int, arriving: int) -> int:
    """Decay a synaptic current or conductance and add what arrives."""
    value = n.sum(fx.decayed(n.get(field), n.fraction(decay))
                  + fx.decayed(arriving, n.fraction(new)))
    n.put(field, value)
    return value


def current(n: Neuron, kind: int, scale: int, exc: int, inh: int) -> int:
    """Total input of a neuron, whose ring buffers hold `exc` and `inh`."""
    if kind == tb.CURR_DELTA:
        e, i = fx.times(exc, scale), fx.times(inh, scale)
        n.put(tb.EXC, exc)
        n.put(tb.INH, inh)
    else:
        e = shaped(n, tb.EXC, tb.DECAY_EXC, tb.NEW_EXC, exc)
        i = shaped(n, tb.INH, tb.DECAY_INH, tb.NEW_INH, inh)
    if kind == tb.COND_EXP:
        v = n.get(tb.V)
        e = fx.times(e >> 10, n.sum(n.get(tb.REV_EXC) - v))
        i = fx.times(-(i >> 10), n.sum(n.get(tb.REV_INH) - v))
    return n.sum(e - i + n.get(tb.OFFSET))


def leaky(n: Neuron, total: int, nearest: bool) -> None:
    """A step of the membrane equation, or of the refractory period; then fire and reset."""
    product = fx.times_nearest if nearest else n.product
    if n.get(tb.HOLD) > 0:
        n.put(tb.HOLD, n.get(tb.HOLD) - 1)
    else:
        goal = n.sum(product(total, n.get(tb.R)) + n.get(tb.REST))
        away = n.sum(goal - n.get(tb.V))
        n.put(tb.V, n.sum(goal - product(n.get(tb.DECAY), away)))
    fires = n.get(tb.V) >= n.get(tb.THRESHOLD)
    n.put(tb.FIRED, int(fires))
    if fires:
        n.put(tb.V, n.get(tb.RESET))
        n.put(tb.HOLD, n.get(tb.REFRACTORY))


def izhikevich(n: Neuron, total: int, nearest: bool) -> None:
    """A step of the midpoint rule; then fire and reset. The step after a spike is longer.

    Its products are cut off in any case.
    """
    t, h, v, u = fx.times, n.get(tb.HOLD), n.get(tb.V), n.get(tb.U)
    drive = n.sum(140 * fx.ONE + total - u)
    slope = n.sum(drive + t(n.sum(5 * fx.ONE + t(QUADRATIC, v)), v))
    middle = n.sum(v + (t(h, slope) >> 1))
    back = t(t(h, n.sum(t(n.get(tb.B), v) - u)), n.get(tb.A)) >> 1
    v = n.sum(v + t(h, n.sum(drive - back + t(n.sum(5 * fx.ONE + t(QUADRATIC, middle)), middle))))
    u = n.sum(u + t(t(n.get(tb.A), h), n.sum(-u - back + t(n.get(tb.B), middle))))
    fires = v >= n.get(tb.THRESHOLD)
    n.put(tb.FIRED, int(fires))
    n.put(tb.V, n.get(tb.C) if fires else v)
    n.put(tb.U, n.sum(u + n.get(tb.D)) if fires else u)
    n.put(tb.HOLD, t(n.get(tb.STEP), LONGER) if fires else n.get(tb.STEP))


def update(net: Network, slot: Any, log: Log) -> list[tuple[int, int]]:
    """Update all neurons from the ring buffer's slot, which is left empty: (group, unit) fired."""
    fired = []
    for g, group in enumerate(net.groups):
        for unit in range(LANES * group[tb.FIRST], LANES * group[tb.LAST]):
            block, lane = divmod(unit, LANES)
            at = 2 * LANES * block + lane
            exc = int(slot[at]) << int(group[tb.SHIFT_EXC])
            inh = int(slot[at + LANES]) << int(group[tb.SHIFT_INH])
            slot[at] = slot[at + LANES] = 0
            n = Neuron(net.cells, block, lane)
            total = current(n, int(group[tb.KIND]), int(group[tb.SCALE]), exc, inh)
            (izhikevich if group[tb.KIND] == tb.IZHIKEVICH else leaky)(
                n, total, bool(group[tb.NEAREST]))
            log.wrapped[g] += n.wrapped
            if n.get(tb.FIRED):
                fired.append((g, unit))
    return fired


def record(net: Network, log: Log, k: int, fired: list[tuple[int, int]]) -> None:
    """Note spikes of neurons, and fields of the records that are due."""
    for _, unit in fired:
        log.spike_step[log.used[0]], log.spike_unit[log.used[0]] = k, unit
        log.used[0] += 1
    for r in range(len(log.field)):
        if k % log.every[r] == 0:
            for unit in log.unit[log.start[r]:log.start[r + 1]]:
                block, lane = divmod(int(unit), LANES)
                log.values[log.place[r] + log.used[r + 1]] = net.cells[
                    block, LANES * log.field[r] + lane]
                log.used[r + 1] += 1


def post_event(traces: Traces, table: Any, unit: int, k: int) -> None:
    """Keep a postsynaptic event; of many, the oldest is dropped."""
    time, trace = traces.post_time[unit], traces.post_trace[unit]
    n = int(traces.post_count[unit])
    value = fx.short(fx.looked_up(int(trace[n]), table, k - int(time[n])) + fx.STDP_ONE)
    if n == fx.HISTORY - 1:
        time[1:-1], trace[1:-1] = time[2:].copy(), trace[2:].copy()
    else:
        n += 1
    traces.post_count[unit], time[n], trace[n] = n, k, value


def changed(weight: int, rule: Any, trace: int, up: bool) -> int:
    """A weight (accum) after a change by `trace` (1/2048), within its bounds where additive."""
    amount = int(rule[tb.A_PLUS] if up else rule[tb.A_MINUS])
    if rule[tb.MULTIPLICATIVE]:
        room = int(rule[tb.W_MAX]) - weight if up else weight - int(rule[tb.W_MIN])
        amount = fx.times(fx.wrap(room), amount)
    step = fx.times(amount, trace << 4)
    weight = fx.wrap(weight + (step if up else -step))
    if rule[tb.MULTIPLICATIVE]:
        return weight
    return min(weight, int(rule[tb.W_MAX])) if up else max(weight, int(rule[tb.W_MIN]))


def updated(net: Network, traces: Traces, q: Any, row: int, s: int, k: int, d: int) -> int:
    """The 16-bit weight of synapse s after all postsynaptic events up to now, and this event."""
    rule = net.rules[q[tb.RULE]]
    plus, minus = net.tables[rule[tb.TABLE_PLUS]], net.tables[rule[tb.TABLE_MINUS]]
    place = int(net.place[s])
    unit = place // (2 * LANES) * LANES + place % LANES
    time, trace = traces.post_time[unit], traces.post_trace[unit]
    last, last_trace = int(traces.pre_time[row]), int(traces.pre_trace[row])
    begin, end, shift = max(last - d, 0), max(k - d, 0), int(rule[tb.SHIFT])
    n = int(traces.post_count[unit])
    first = n
    while first > 0 and time[first] > begin:
        first -= 1
    weight = fx.wrap(int(net.weight[s]) << shift)
    before = first
    for e in range(first + 1, n + 1):
        if time[e] <= end:
            r = fx.looked_up(last_trace, plus, int(time[e]) + d - last)
            weight = changed(weight, rule, r, True)
            before = e
    if before > 0:
        o = fx.looked_up(int(trace[before]), minus, k - int(time[before]) - d)
        weight = changed(weight, rule, o, False)
    return (weight >> shift) & 0xFFFF


def pre_event(net: Network, traces: Traces, ring: Any, log: Log, number: int, unit: int,
              k: int) -> None:
    """Hand a spike to one projection: update its row where plastic, add it to the ring buffer."""
    q = net.paths[number]
    i = unit - int(q[tb.SOURCE])
    row = int(q[tb.PRE]) + i
    for s in range(net.indptr[q[tb.ROWS] + i], net.indptr[q[tb.ROWS] + i + 1]):
        d = int(q[tb.DELAY]) or int(net.delays[s - q[tb.OFFSETS]])
        if q[tb.RULE] >= 0:
            net.weight[s] = updated(net, traces, q, row, s, k, d)
        total = int(ring[(k + d) % len(ring), net.place[s]]) + int(net.weight[s])
        log.saturated[number] += total > fx.WEIGHT_MAX
        ring[(k + d) % len(ring), net.place[s]] = min(total, fx.WEIGHT_MAX)
    if q[tb.RULE] >= 0:
        table = net.tables[net.rules[q[tb.RULE], tb.TABLE_PLUS]]
        old = fx.looked_up(int(traces.pre_trace[row]), table, k - int(traces.pre_time[row]))
        traces.pre_time[row], traces.pre_trace[row] = k, fx.short(old + fx.STDP_ONE)


def run(net: Network, traces: Traces, recent: Recent, ring: Any, feed: Feed, log: Log, k: int,
        stop: int) -> int:
    """Run steps k, k + 1, ... before `stop`, fewer where spikes might not find room in `log`.

    `ring` (longest delay + 1, 128 blocks) uint16; slot k % len(ring) is the input of step k.
    Returns the next step. Changes `net.cells`, `net.weight`, `traces`, `ring` and `log`;
    `recent` is for the compiled twin only.
    """
    at, most = 0, LANES * len(net.cells)
    while k < stop and log.used[0] + most <= len(log.spike_step):
        fired = update(net, ring[k % len(ring)], log)
        record(net, log, k, fired)
        for g, unit in fired:
            if net.groups[g, tb.TABLE] >= 0:
                post_event(traces, net.tables[net.groups[g, tb.TABLE]], unit, k)
        while at < len(feed.step) and feed.step[at] <= k:
            if feed.step[at] == k:
                fired.append((int(feed.group[at]), int(feed.unit[at])))
            at += 1
        for g, unit in fired:
            for number in net.out[net.out_start[g]:net.out_start[g + 1]]:
                pre_event(net, traces, ring, log, int(number), unit, k)
        k += 1
    return k
