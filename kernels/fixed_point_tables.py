"""The tables of a fixed-point run: what `fixed_point_run` and its compiled twin read and write.

Neurons lie in blocks of 64 lanes, every population in blocks of its own; neuron n of a population
that begins at block b is unit 64 b + n. Sources of spikes have the units after those of the blocks.
A block is one row of `cells`: field F of lane l is column 64 F + l. That layout lets a compiler see
that fields do not overlap, and so work on all lanes at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

LANES = 64

(V, EXC, INH, U, HOLD, FIRED, REST, RESET, THRESHOLD, R, DECAY, OFFSET, REFRACTORY, REV_EXC,
 REV_INH, DECAY_EXC, NEW_EXC, DECAY_INH, NEW_INH) = range(19)
"""Fields of a neuron, int32: state, whether it fired, and constants. HOLD is the refractory steps
that are left. DECAY_* and NEW_* hold the bits of u0.32 numbers."""

FIELDS = 19
A, B, C, D, STEP = REST, R, RESET, DECAY, REFRACTORY
"""What the same fields are in an Izhikevich neuron, whose HOLD is the length of its next step."""

CURR_EXP, CURR_DELTA, COND_EXP, IZHIKEVICH = range(4)
"""Kinds of neurons."""

FIRST, LAST, KIND, SHIFT_EXC, SHIFT_INH, SCALE, TABLE, ALIKE, NEAREST = range(9)
"""Columns of `groups`, a row for each population of neurons: its blocks, its ring buffers' shifts
(15 at most, so that 16 bits fit), the factor of a delta's input, and the decay table of
postsynaptic traces (-1: none), whether the neurons' constants are equal, and whether products of
the membrane equation are rounded to nearest."""

SOURCE, ROWS, DELAY, OFFSETS, RULE, PRE, WEIGHT = range(7)
"""Columns of `paths`, a row for each projection: first unit of its source, where its rows begin in
`indptr`, its delay in steps (0: one a synapse), which synapse `delays` begins with, its row of
`rules` (-1: static), where its sources begin in `pre_time`, and the weight of all its synapses
(-1: they differ, or learn)."""

(A_PLUS, A_MINUS, W_MIN, W_MAX, MULTIPLICATIVE, SHIFT, TABLE_PLUS, TABLE_MINUS) = range(8)
"""Columns of `rules`, accums but for the last four."""

GROUP, UNIT, WIDTH, HERE, LOOKED_UP, DOWN = range(6)
"""Columns of `Recent.paths`, a row for each projection: its target's row of `groups`, first unit
and number of units (0: its rows are not learnt at once), how many events of the list its synapses
have seen, the step whose depression is in `down`, and where that begins there."""


class Network(NamedTuple):
    """`cells` (blocks, 64 FIELDS) int32. Of projection q, row i is
    `indptr[ROWS + i]:indptr[ROWS + i + 1]`; a synapse adds `weight` (uint16) to place `place` of
    the ring buffer. `out_start`, `out` list the projections of each population, sources included.
    `tables` (tables, length) are STDP's, zero where they end.
    """

    cells: Any
    groups: Any
    paths: Any
    out_start: Any
    out: Any
    indptr: Any
    place: Any
    weight: Any
    delays: Any
    rules: Any
    tables: Any


class Traces(NamedTuple):
    """`pre_*`: the last presynaptic event of each row. `post_*` (units, HISTORY) the postsynaptic
    events, of which the first is a placeholder at time 0; `post_count` is how many, without it.
    """

    pre_time: Any
    pre_trace: Any
    post_time: Any
    post_trace: Any
    post_count: Any


class Recent(NamedTuple):
    """What `fixed_point_rows_numba` keeps; the plain steps do without.

    The last postsynaptic events of group g by time, the newest being number `count[g] - 1`: event e
    is `time` and `unit` at `first[g] + (e & mask[g])`. `seen` (plastic rows,) is how many of them
    a row has seen. `down`, `least` by target of each projection: what depression takes, and what
    it leaves at least; `up`, `most` the same for potentiation, of the row at hand.
    """

    first: Any
    mask: Any
    count: Any
    time: Any
    unit: Any
    seen: Any
    paths: Any
    down: Any
    least: Any
    up: Any
    most: Any


class Feed(NamedTuple):
    """Spikes of sources, sorted by step: `unit` and `group`, the number among populations."""

    step: Any
    unit: Any
    group: Any


class Log(NamedTuple):
    """Recorded spikes of neurons, and rows of fields: `field`, `every`, and the units
    `unit[start[r]:start[r + 1]]` of record r, whose values follow in `values[place[r]:]`.
    `used` holds the number of spikes, then the values written by each record.
    `saturated` (projections,) counts additions to a full ring buffer, `wrapped` (populations,)
    steps of a neuron in which an accum overflowed.
    """

    spike_step: Any
    spike_unit: Any
    field: Any
    every: Any
    start: Any
    unit: Any
    place: Any
    values: Any
    used: Any
    saturated: Any
    wrapped: Any
