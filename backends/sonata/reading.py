"""SONATA circuits become networks: our own without loss, others through a table of models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...simulator.clock import one_time
from ...simulator.connectors import FromArrays
from ...simulator.equations import DIFFERENTIAL, PARAMETER, SECOND
from ...simulator.errors import ArchiveError, DescriptionError
from ...simulator.models import NeuronModel, SynapseModel
from ...simulator.network import Network, Population, Projection
from ...simulator.probes import SpikeProbe
from ...simulator.stimuli import SOURCES, SpikeTimes
from ...simulator.units import UNITS, Quantity
from .circuit import Circuit, Edges, Nodes, read_circuit
from .spikes import read_spikes
from .tables import PREFIX, model_of
from .writing import sha_of

MS = float(UNITS["ms"].value)


def from_sonata(source: Any, models: Mapping[str, Any] | None = None,
                synapses: Mapping[str, Any] | None = None, spikes: Any = None, dt: Any = None,
                files: bool = False) -> Network:
    """The network of a circuit: a folder, or the path of its config.

    A folder of `to_sonata` gives the network that was written, equal to it; `files=True` builds it
    from the SONATA files instead, with synapses one by one. For other circuits `models` maps a
    model_template (or a node type's id) to (NeuronModel, {our name: (attribute, unit)}), and
    `synapses` one of edges likewise; an attribute is looked for in the file of nodes or edges, in
    the table of types, in dynamics_params. Virtual nodes fire the `spikes` of a file. Delays are in
    ms. Raises ArchiveError or DescriptionError that names what is missing.
    """
    circuit = read_circuit(source)
    mine = circuit.config.get("engram")
    if isinstance(mine, dict) and not files and models is None and synapses is None:
        return _whole(circuit, mine)
    if dt is None and isinstance(mine, dict):
        dt = Quantity(float(mine["dt_seconds"]), SECOND)
    if dt is None:
        raise DescriptionError("from_sonata: a circuit does not tell its step; give dt=, such as "
                               "0.1*ms")
    step = Quantity(one_time(dt, "from_sonata: dt"), SECOND)
    if spikes is None and isinstance(mine, dict) and mine.get("inputs"):
        spikes = circuit.path.parent / str(mine["inputs"])
    trains = {} if spikes is None else read_spikes(spikes, step)
    return _Builder(circuit, models or {}, synapses or {}, trains, step).network()


def _whole(circuit: Circuit, mine: Mapping[str, Any]) -> Network:
    base = circuit.path.parent
    for name, expected in mine.get("sha256", {}).items():
        if not (base / name).is_file() or sha_of(base / name) != expected:
            raise ArchiveError(f"{base / name} is not the file that the network in {base} was "
                               "written with; read what the files say now with files=True, or "
                               "export again")
    return Network.load(base / str(mine["network"]))


def _label(name: str, taken: set[str]) -> str:
    label = re.sub(r"\W", "_", name, flags=re.ASCII)
    label = label if re.match(r"[A-Za-z]", label) else f"n_{label}"
    while label in taken:
        label += "_"
    taken.add(label)
    return label


class _Builder:
    """What the parts of a network share while it is made.

    A population of nodes of several models becomes one population for each type.
    """

    def __init__(self, circuit: Circuit, models: Mapping[str, Any], synapses: Mapping[str, Any],
                 trains: Mapping[str, SpikeTimes], dt: Quantity) -> None:
        self.circuit, self.trains, self.dt = circuit, trains, dt
        self.tables = {"node": models, "edge": synapses}
        self.taken: set[str] = set()
        self.parts: dict[str, list[tuple[str, int]]] = {}
        self.part = {n: np.zeros(x.size, np.int64) for n, x in circuit.nodes.items()}
        self.place = {n: np.arange(x.size) for n, x in circuit.nodes.items()}

    def network(self) -> Network:
        populations = [p for nodes in self.circuit.nodes.values() for p in self._populations(nodes)]
        unknown = set(self.trains) - set(self.circuit.nodes)
        if unknown and set(self.trains) != {"all"}:
            raise DescriptionError(f"from_sonata: spikes of {sorted(unknown)}, and the populations "
                                   f"are {', '.join(self.circuit.nodes)}")
        projections = [q for e in self.circuit.edges.values() for q in self._projections(e)]
        probes = [SpikeProbe(p.name) for p in populations]
        return Network(populations, projections, (), probes, self.dt, "from_sonata")

    def _populations(self, nodes: Nodes) -> list[Population]:
        types = [int(t) for t in np.unique(nodes.type_id)]
        out = []
        self.parts[nodes.name] = []
        for n, type_id in enumerate(types):
            mine = nodes.type_id == type_id
            name = nodes.name if len(types) == 1 else f"{nodes.name}_{type_id}"
            label = _label(name, self.taken)
            self.part[nodes.name][mine] = n
            self.place[nodes.name][mine] = np.arange(mine.sum())
            self.parts[nodes.name].append((label, int(mine.sum())))
            out.append(self._population(label, nodes, type_id, mine))
        return out

    def _population(self, label: str, nodes: Nodes, type_id: int, mine: Any) -> Population:
        where = f"{nodes.where}: node type {type_id}"
        row = {**_row(nodes, type_id), **_texts(nodes.own, mine)}
        template = row.get("model_template", "")
        found, path = self.circuit.parameters(row, where)
        if row.get("model_type") == "virtual" and not template.startswith(PREFIX):
            return Population(label, int(mine.sum()), self._train(nodes, mine))
        if template.startswith(PREFIX):
            model, names = model_of(found, path), None
        else:
            model, names = self._given("node", template, type_id, where, NeuronModel)
        if isinstance(model, SpikeTimes):
            return Population(label, int(mine.sum()), self._train(nodes, mine))
        if isinstance(model, SOURCES):
            return Population(label, int(mine.sum()), model)
        values = self._values(model, names, nodes.own, row, found, mine, where)
        return Population(label, int(mine.sum()), model, *_parted(model, values))

    def _train(self, nodes: Nodes, mine: Any) -> SpikeTimes:
        train = self.trains.get(nodes.name, self.trains.get("all"))
        if train is None:
            return SpikeTimes([], Quantity(np.zeros(0), SECOND))
        i = np.asarray(train.indices)
        if len(i) and i.max() >= nodes.size:
            raise DescriptionError(f"from_sonata: a spike of node {i.max()} of {nodes.name!r}, "
                                   f"which has {nodes.size} nodes")
        keep = mine[i]
        return SpikeTimes(self.place[nodes.name][i[keep]],
                          Quantity(np.asarray(train.times.value)[keep], SECOND))

    def _given(self, kind: str, template: str, type_id: int, where: str, cls: type) -> Any:
        """The model that the caller's table has for a type, and the names of its parameters."""
        table = self.tables[kind]
        found = table.get(template, table.get(str(type_id)))
        if found is None:
            argument = "models" if kind == "node" else "synapses"
            raise DescriptionError(
                f"{where}: no model for its model_template {template!r}; give {argument}="
                f"{{{template or str(type_id)!r}: ({cls.__name__}, {{'our name': ('attribute', "
                f"unit)}})}}; there are {', '.join(map(repr, table)) or 'none'}")
        model, names = found if isinstance(found, tuple) else (found, {})
        if not isinstance(model, cls):
            raise DescriptionError(f"{where}: {model!r} is no {cls.__name__}")
        return model, names

    def _values(self, model: Any, names: Any, own: Mapping[str, Any], row: Mapping[str, str],
                found: Mapping[str, Any], mine: Any, where: str) -> dict[str, Any]:
        """Values of a model's variables by our names; `names` None: our files, in SI."""
        dims = {e.name: e.dim for e in model.parsed if e.kind in (DIFFERENTIAL, PARAMETER)}
        if names is None:
            names = {n: (n, Quantity(1.0, d)) for n, d in dims.items()
                     if n in own or n in found}
        out = {}
        for name, entry in names.items():
            if not isinstance(entry, tuple):
                out[name] = entry
                continue
            theirs, unit = entry
            raw = own[theirs][mine] if theirs in own else found.get(theirs, row.get(theirs))
            if raw is None:
                have = ", ".join(sorted({*own, *found, *row})) or "none"
                raise ArchiveError(f"{where}: it has no attribute {theirs!r} for {name}; there are "
                                   f"{have}; name another in models= or synapses=")
            try:
                x = np.asarray(raw, dtype=np.float64)
            except ValueError:
                raise ArchiveError(f"{where}: its {theirs} is {raw!r}, not a number") from None
            plain = float(x.flat[0]) if x.ndim == 0 or (x.size and np.all(x == x.flat[0])) else x
            out[name] = plain * unit if unit != 1 else plain
        return out

    def _projections(self, e: Edges) -> list[Projection]:
        sources, targets = self.parts[e.source_population], self.parts[e.target_population]
        a, b = self.part[e.source_population][e.source], self.part[e.target_population][e.target]
        out = []
        for type_id, s, t in np.unique(np.stack([e.type_id, a, b], axis=1), axis=0).tolist():
            mine = (e.type_id == type_id) & (a == s) & (b == t)
            whole = bool(mine.all())
            name = e.name if whole else f"{e.name}_{type_id}_{s}_{t}"
            out.append(self._projection(_label(name, self.taken), e, type_id, mine, sources[s],
                                        targets[t]))
        return out

    def _projection(self, label: str, e: Edges, type_id: int, mine: Any, source: tuple[str, int],
                    target: tuple[str, int]) -> Projection:
        where = f"{e.where}: edge type {type_id}"
        row = {**_row(e, type_id), **_texts(e.own, mine)}
        template = row.get("model_template", "")
        found, path = self.circuit.parameters(row, where)
        if template.startswith(PREFIX):
            model, names = model_of(found, path), None
        else:
            model, names = self._given("edge", template, type_id, where, SynapseModel)
        pre = self.place[e.source_population][e.source[mine]]
        post = self.place[e.target_population][e.target[mine]]
        values = self._values(model, names, e.own, row, found, mine, where)
        for name, side in _sides(model).items():
            if np.ndim(getattr(values.get(name), "value", values.get(name, 0.0))):
                values[name] = _of_nodes(values[name], *{
                    "pre": (pre, source[1]), "post": (post, target[1])}[side])
        delay = e.own["delay"][mine] if "delay" in e.own else row.get("delay")
        if delay is None:
            raise ArchiveError(f"{where}: it has no delay, neither in the file of edges nor in the "
                               "table of types; add a column delay, in ms")
        return Projection(label, source[0], target[0], FromArrays(pre, post), model,
                          *_parted(model, values), delay=self._delay(delay, where))

    def _delay(self, raw: Any, where: str) -> Quantity:
        """Delays on the grid, which they must be on but for rounding; a number if all are equal."""
        x, dt = np.asarray(raw, dtype=np.float64) * MS, float(self.dt.value)
        step = np.round(x / dt)
        if np.any(np.abs(x / dt - step) > 1e-6 * np.maximum(step, 1)) or np.any(step < 1):
            low = np.asarray(x).ravel()[np.argmax(np.abs(x / dt - step))]
            raise DescriptionError(f"{where}: a delay of {low / MS:g} ms is not a whole number of "
                                   f"steps of {dt / MS:g} ms, one at least; choose another dt")
        one = step.ndim == 0 or (step.size and np.all(step == step.flat[0]))
        return Quantity((float(step.flat[0]) if one else step) * dt, SECOND)


def _row(part: Nodes | Edges, type_id: int) -> Mapping[str, str]:
    if part.types and type_id not in part.types:
        raise ArchiveError(f"{part.where}: type {type_id} is not in the table of types, which has "
                           f"{', '.join(map(str, part.types))}; add a row")
    return part.types.get(type_id, {})


def _texts(own: Mapping[str, Any], mine: Any) -> dict[str, str]:
    """Attributes that are texts, of the first of a type."""
    return {n: str(x[mine][0]) for n, x in own.items()
            if np.asarray(x).dtype.kind in "OU" and mine.any()}


def _sides(model: SynapseModel) -> dict[str, str]:
    return {e.name: f for e in model.parsed for f in ("pre", "post") if f in e.flags}


def _of_nodes(value: Any, at: Any, size: int) -> Any:
    """One value a neuron from one an edge; 0 where there is no edge."""
    x = np.zeros(size)
    x[at] = np.asarray(getattr(value, "value", value))
    return Quantity(x, value.dim) if hasattr(value, "dim") else x


def _parted(model: Any, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters, and initial values."""
    starts = {e.name for e in model.parsed if e.kind == DIFFERENTIAL}
    return ({n: x for n, x in values.items() if n not in starts},
            {n: x for n, x in values.items() if n in starts})
