"""Compiled steps of neurons, all lanes of a block at once; see `fixed_point_run`."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import fixed_point_tables as tb
from .fixed_point import HALF, LARGEST
from .fixed_point_numbers_numba import inlined, times, wrap
from .fixed_point_run import LONGER, QUADRATIC
from .fixed_point_tables import LANES

FIVE = 5 << 15
FORTY = 140 << 15
"""Constants of the Izhikevich equation."""


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
