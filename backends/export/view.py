"""A network as PyNN would say it: cells, receptors, plastic rules, and arrays in PyNN's units.

What chance decides (connections, drawn values) is taken from the Plan, so that the exported
network is the one that our backends run with the same seed. What PyNN has no word for is None
here and found by the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...simulator.connectors import AllToAll, OneToOne
from ...simulator.equations import DIFFERENTIAL, PARAMETER
from ...simulator.lower import lower
from ...simulator.models import NeuronModel
from ...simulator.network import Network, View
from ...simulator.plan import NEURONS, Plan, PopulationPlan, ProjectionPlan
from ...simulator.probes import StateProbe
from ...simulator.values import Scope
from ..hardware.cells import PYNN_UNITS, Cell, cell_of, plain, to_pynn
from ..hardware.plasticity import Found, amplitudes, rule_of


@dataclass(frozen=True, eq=False)
class Cells:
    """A population: `values` are ours in SI, `parameters` and `initial` PyNN's in its units.

    A source has `plan` only. `cell` is None where PyNN has no such cell.
    """

    name: str
    size: int
    plan: PopulationPlan
    cell: Cell | None = None
    model: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    initial: Mapping[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> bool:
        """Whether it only sends spikes."""
        return self.plan.kind != NEURONS


@dataclass(frozen=True, eq=False)
class Synapses:
    """A projection: synapse s goes from `pre[s]` to `post[s]` of the whole populations.

    `weight` (PyNN's unit and sign) and `delay` (steps) are a number or an array. `found` is None
    where PyNN has no such synapse, `receptor` is '' where the target has no such input. `whole` is
    PyNN's name of the connector where it can stand for the list.
    """

    name: str
    source: str
    target: str
    pre: Any
    post: Any
    weight: Any
    delay: Any
    receptor: str
    found: Found | None
    model: str
    values: Mapping[str, Any]
    fraction: float = 1.0
    whole: str = ""

    @property
    def plastic(self) -> bool:
        """Whether its weights change."""
        return self.found is not None and bool(self.found.rule.timing)

    def in_pynn(self, value: Any, cell: Cell) -> float:
        """A weight of ours in SI, such as w_max, in PyNN's unit and without a sign."""
        return float(plain(value / PYNN_UNITS[cell.receptors[self.receptor].unit].value))

    @property
    def amplitudes(self) -> tuple[float, float]:
        """PyNN's A_plus and A_minus."""
        assert self.found is not None
        return amplitudes(self.found.rule, self.values)


@dataclass(frozen=True, eq=False)
class NetworkView:
    """A whole network, its plan, and the duration in steps that it is exported for.

    Everything from outside happens `wait` steps later than in the description.
    """

    network: Network
    plan: Plan
    steps: int
    cells: tuple[Cells, ...]
    synapses: tuple[Synapses, ...]
    states: tuple[tuple[str, str, int], ...]
    wait: int = 0

    @property
    def resting(self) -> bool:
        """Whether nothing happens by itself: no currents, and every membrane begins at rest."""
        return not self.plan.writes and all(
            c.source or (set(c.initial) <= {"v"} and not np.any(c.values.get("i_offset", 0.0))
                         and np.array_equal(c.values.get("v", 0.0), c.values.get("v_rest", 1.0)))
            for c in self.cells)

    @property
    def dt_ms(self) -> float:
        """The step in ms, as it would be written down."""
        return float(plain(self.plan.dt / PYNN_UNITS["ms"].value))

    def cell(self, name: str) -> Cells:
        """The population of that name."""
        return next(c for c in self.cells if c.name == name)

    def incoming(self, name: str) -> list[Synapses]:
        """The projections that end there."""
        return [s for s in self.synapses if s.target == name]


def view(network: Network, steps: int, seed: int = 0) -> NetworkView:
    """What PyNN would say of the network. DescriptionError as in `lower`."""
    plan = lower(network, seed=seed)
    cells = tuple(_cells(p, pp, plan) for p, pp in zip(network.populations, plan.populations,
                                                       strict=True))
    by_name = {c.name: c for c in cells}
    synapses = tuple(_synapses(network, q, qp, plan, by_name) for q, qp in zip(
        network.projections, plan.projections, strict=True))
    states = tuple((p.population, v, p.every) for p in network.probes if isinstance(p, StateProbe)
                   for v in p.variables)
    return NetworkView(network, plan, steps, cells, synapses, states)


def _cells(p: Any, pp: PopulationPlan, plan: Plan) -> Cells:
    if not isinstance(p.model, NeuronModel):
        return Cells(p.name, p.size, pp)
    values = start_values(p, plan)
    cell = cell_of(p.model)
    if cell is None:
        return Cells(p.name, p.size, pp, None, p.model.name, values)
    own = {name: _own(cell, name, values) for name in cell.states}
    return Cells(p.name, p.size, pp, cell, p.model.name, values, to_pynn(cell, values),
                 {name: value for name, value in own.items() if value is not None})


def _own(cell: Cell, name: str, values: Mapping[str, Any]) -> Any:
    """The initial value of a state in PyNN's unit; None for an empty synapse, PyNN's default."""
    state = cell.states[name]
    value = values[state.ours]
    if name != "v" and not np.any(value):
        return None
    return plain(value / PYNN_UNITS[state.unit].value)


def start_values(p: Any, plan: Plan) -> dict[str, Any]:
    """SI start values of a population's variables and parameters: floats, or arrays (size,)."""
    given = {**{e.name: 0.0 for e in p.model.parsed if e.kind == DIFFERENTIAL},
             **p.model.defaults, **p.parameters, **p.initial}
    scope = Scope(f"population {p.name!r}", given, p.size, plan.seed, plan.dt,
                  {"i": lambda a, b: np.arange(a, b, dtype=float)})
    return {e.name: single(scope.resolve(e.name)) for e in p.model.parsed
            if e.kind in (DIFFERENTIAL, PARAMETER)}


def single(value: Any) -> Any:
    """A number for an array of one and the same number."""
    if np.ndim(value) == 0:
        return value
    array = np.asarray(value)
    return array.flat[0].item() if array.size and np.all(array == array.flat[0]) else array


def _synapses(network: Network, q: Any, qp: ProjectionPlan, plan: Plan,
              cells: Mapping[str, Cells]) -> Synapses:
    source, target = (plan.populations[n].name for n in (qp.source, qp.target))
    pre = np.repeat(np.arange(len(qp.indptr) - 1), np.diff(qp.indptr))
    post = qp.post.astype(np.int64)
    found = rule_of(q.synapse)
    values = {name: single(_along(qp, name, value, pre, post))
              for name, value in {**qp.constants, **qp.state}.items()}
    cell = cells[target].cell
    receptor = _receptor(cell, found, values)
    delay = qp.axonal_steps + np.asarray(qp.dendritic_steps)
    return Synapses(q.name, source, target, pre, post, _weight(cell, receptor, values),
                    single(delay) if delay.ndim else int(delay), receptor, found, q.synapse.name,
                    values, q.dendritic_delay_fraction, _whole(q))


def _along(qp: ProjectionPlan, name: str, value: Any, pre: Any, post: Any) -> Any:
    if np.ndim(value) == 0:
        return value
    side = qp.side.get(name, "synapse")
    return {"pre": lambda: value[pre], "post": lambda: value[post],
            "shared": lambda: value[0]}.get(side, lambda: value)()


def _receptor(cell: Cell | None, found: Found | None, values: Mapping[str, Any]) -> str:
    """The receptor type that spikes go to; where two share a variable the sign decides."""
    if cell is None or found is None:
        return ""
    names = [n for n, r in cell.receptors.items() if r.variable == found.target]
    if len(names) < 2:
        return names[0] if names else ""
    return names[int(np.size(values["w"]) > 0 and bool(np.all(np.asarray(values["w"]) < 0)))]


def _weight(cell: Cell | None, receptor: str, values: Mapping[str, Any]) -> Any:
    if cell is None or not receptor:
        return values.get("w")
    r = cell.receptors[receptor]
    return plain(r.sign * np.asarray(values["w"]) / PYNN_UNITS[r.unit].value + 0.0)


def _whole(q: Any) -> str:
    """The connector that PyNN may use in place of a list: both ends must be whole."""
    if isinstance(q.source, View) or isinstance(q.target, View):
        return ""
    if isinstance(q.connector, OneToOne):
        return "OneToOneConnector"
    return "AllToAllConnector" if isinstance(q.connector, AllToAll) else ""
