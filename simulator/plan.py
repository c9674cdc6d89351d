"""The Plan: a network as arrays, integer steps and statements, in SI float64.

Every numeric backend reads this and nothing else. Statements are text in the expression grammar;
their names are state variables, constants, temporaries assigned earlier in the same list, and
`_active` (not refractory in this step), `t` (start of the step, k*dt), `dt`, `i` (index), `N`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .statements import Statement

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEURONS, SCHEDULE, POISSON = "neurons", "schedule", "poisson"


@dataclass(frozen=True, eq=False)
class PopulationPlan:
    """`state` (name -> initial array (size,)) changes in a run; `constants` do not.

    A neuron that fires in step k is refractory in steps k+1 .. k+refractory; `held` variables then
    keep their value. `clock`: integrated in steps that it divides. A schedule fires `indices` at
    `steps` (sorted by step, then index); a Poisson source fires with probability `chance` in each
    step of [start, stop). `stream` names its random numbers.
    """

    name: str
    size: int
    kind: str
    stream: int
    state: dict[str, Floats] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    integrate: tuple[Statement, ...] = ()
    threshold: str = ""
    reset: tuple[Statement, ...] = ()
    refractory: Any = 0
    held: frozenset[str] = frozenset()
    clock: int = 1
    steps: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    indices: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    chance: Floats = field(default_factory=lambda: np.zeros(0))
    start: int = 0
    stop: int = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Event:
    """`target = expr` at an event; `side` 'neuron' runs once an event, 'synapse' once a synapse."""

    target: str
    expr: str
    side: str


@dataclass(frozen=True)
class Send:
    """A pre event adds `expr` to `variable` of the target neuron, `dendritic_steps` later.

    `buffered`: the value must be kept from the event on, summed over the events of its step in
    order, because what it reads may change or the delays differ; otherwise it may as well be read
    on arrival, spike by spike.
    """

    variable: str
    expr: str
    buffered: bool


@dataclass(frozen=True)
class Coupling:
    """`variable` of the `side` population is the sum of `expr` over its synapses, every step."""

    side: str
    variable: str
    expr: str


@dataclass(frozen=True, eq=False)
class ProjectionPlan:
    """Synapses sorted by (pre, post): row i is `post[indptr[i]:indptr[i+1]]`, uint32.

    Indices are those of the whole populations. `side` says where a variable lives ('pre', 'post',
    'synapse'), `state` and `constants` hold arrays of that length (or floats).
    A spike of source neuron i in step k is a pre event in step k + axonal_steps; a spike of target
    neuron j is a post event in step k + dendritic_steps. `dendritic_steps` is an int, or an array
    (nnz,) when delays are mixed (then axonal_steps is 0). `neuron` resolves `v_post` to
    ('post', 'v'). `lazy` brings synapse variables up to date at an event, from `_elapsed` seconds.
    `order` maps synapses to the connector's own order (None: the same).
    """

    name: str
    source: int
    target: int
    indptr: Ints
    post: NDArray[np.uint32]
    stream: int
    dense: bool = False
    axonal_steps: int = 0
    dendritic_steps: Any = 1
    side: dict[str, str] = field(default_factory=dict)
    state: dict[str, Floats] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    neuron: dict[str, tuple[str, str]] = field(default_factory=dict)
    decay: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    lazy: tuple[Statement, ...] = ()
    on_pre: tuple[Event, ...] = ()
    on_post: tuple[Event, ...] = ()
    sends: tuple[Send, ...] = ()
    couplings: tuple[Coupling, ...] = ()
    order: Ints | None = None

    @property
    def synapses(self) -> int:
        """Number of synapses."""
        return len(self.post)

    @property
    def mixed(self) -> bool:
        """Whether synapses have delays of their own."""
        return isinstance(self.dendritic_steps, np.ndarray)

    @property
    def longest(self) -> int:
        """Longest delay in steps, axonal and dendritic together."""
        d = self.dendritic_steps
        return self.axonal_steps + int(np.max(d, initial=1) if self.mixed else d)

    @property
    def learns(self) -> bool:
        """Whether anything happens in the learn phase."""
        return bool(self.on_pre or self.on_post or any(self.decay.values()))


@dataclass(frozen=True, eq=False)
class TimedWrite:
    """Sets `variable` of a population to `values[n]` at the start of step `steps[n]`."""

    population: int
    variable: str
    steps: Ints
    values: Floats


@dataclass(frozen=True, eq=False)
class StateRecord:
    """Records expressions of a population at the end of steps 0, every, 2*every, ..."""

    population: int
    names: tuple[str, ...]
    exprs: tuple[str, ...]
    every: int
    neurons: Ints


@dataclass(frozen=True, eq=False)
class WeightRecord:
    """Records synaptic variables at the end of the given steps."""

    projection: int
    names: tuple[str, ...]
    steps: Ints


@dataclass(frozen=True, eq=False)
class Copy:
    """What one copy of a batch has of its own; everything else is the Plan's.

    `seed` keys the random numbers of its run. `state` (population, variable) and `synapses`
    (projection, variable) hold initial values, `schedules` the (steps, indices) of spike sources,
    `chance` that of Poisson sources, `values` those of timed writes, by their number.
    """

    seed: int
    state: dict[tuple[int, str], Floats] = field(default_factory=dict)
    schedules: dict[int, tuple[Ints, Ints]] = field(default_factory=dict)
    chance: dict[int, Floats] = field(default_factory=dict)
    synapses: dict[tuple[int, str], Floats] = field(default_factory=dict)
    values: dict[int, Floats] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Plan:
    """A whole network at one `dt` (seconds) and `seed`; `digest` is the description's.

    `copies` of a batch share structure and constants; none: one run, without a batch axis.
    """

    name: str
    dt: float
    seed: int
    populations: tuple[PopulationPlan, ...]
    projections: tuple[ProjectionPlan, ...]
    writes: tuple[TimedWrite, ...]
    record_spikes: tuple[int, ...]
    record_states: tuple[StateRecord, ...]
    record_weights: tuple[WeightRecord, ...]
    digest: str
    copies: tuple[Copy, ...] = ()

    def copy(self, b: int) -> Plan:
        """The Plan of copy b, run alone."""
        own = self.copies[b]
        populations = tuple(
            replace(p, state={v: own.state.get((n, v), x) for v, x in p.state.items()},
                    steps=own.schedules.get(n, (p.steps, p.indices))[0],
                    indices=own.schedules.get(n, (p.steps, p.indices))[1],
                    chance=own.chance.get(n, p.chance))
            for n, p in enumerate(self.populations))
        projections = tuple(
            replace(q, state={v: own.synapses.get((n, v), x) for v, x in q.state.items()})
            for n, q in enumerate(self.projections))
        writes = tuple(replace(w, values=own.values.get(n, w.values))
                       for n, w in enumerate(self.writes))
        return replace(self, seed=own.seed, populations=populations, projections=projections,
                       writes=writes, copies=())
