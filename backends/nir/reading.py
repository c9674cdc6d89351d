"""NIR graphs become networks: with a step, a method, and a lag for each population."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...simulator.batch import Trial
from ...simulator.clock import one_time
from ...simulator.connectors import AllToAll, FromArrays
from ...simulator.equations import SECOND
from ...simulator.errors import DescriptionError
from ...simulator.network import Network, Population, Projection
from ...simulator.probes import SpikeProbe, StateProbe
from ...simulator.results import Results
from ...simulator.stimuli import SpikeTimes, StepCurrent
from ...simulator.units import UNITS, Quantity
from ..ann.network import TO_DRIVE, Imported, as_inputs, waiting
from .cells import FIRES, METHODS, PER, TIMES, model, ways
from .files import read, read_sidecar
from .graph import Edge, Wiring, wiring
from .timing import closing, depths

TIMINGS = ("aligned", "delayed")


@dataclass(frozen=True, eq=False)
class Reading:
    """The network of a graph. Step k of the graph is step k + shift[p] of population p.

    `names` gives the population of each NIR node, `outputs` the populations that reach an Output,
    `steps` the length of the inputs, or None without them.
    """

    network: Network
    shift: dict[str, int]
    steps: int | None = None
    names: dict[str, str] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()

    @property
    def duration(self) -> Quantity:
        """Time after which every population has done `steps` steps."""
        return Imported(self.network, self.shift, self.steps).duration

    def rasters(self, run: Results, steps: int | None = None) -> dict[str, Any]:
        """Recorded spikes in the graph's own steps: population -> bool (steps, size)."""
        mine = {n: s for n, s in self.shift.items() if n in run.spikes}
        return Imported(self.network, mine, self.steps).rasters(run, steps)

    def trials(self, inputs: Any) -> list[Trial]:
        """A batch of input spikes (steps, batch, inputs) as `simulate(..., batch=)` takes it."""
        sources = [p.name for p in self.network.populations if isinstance(p.model, SpikeTimes)]
        table = np.asarray(inputs)
        if len(sources) != 1 or table.ndim != 3:
            raise DescriptionError(f"trials: inputs of shape {table.shape} for the sources "
                                   f"{sources}; one source is needed, and (steps, batch, inputs)")
        return [Trial(inputs={sources[0]: SpikeTimes.raster(table[:, b], self.network.dt)})
                for b in range(table.shape[1])]


def from_nir(source: Any, dt: Any = None, method: str = "exact", inputs: Any = None,
             per: str = "step", time_unit: Any = None, timing: str = "aligned") -> Reading:
    """The network of a NIR file or NIRGraph.

    Without `dt`: the network that `to_nir` wrote the file from, out of the sidecar, equal to it.
    With `dt`: what the graph says, integrated by `method` and `per` (see `cells`); its times are in
    `time_unit` (second). `inputs`, (steps, size) or a dict of such by Input, are spikes if they are
    zeros and ones, else values. `timing`: "aligned" keeps every spike in the step that it has where
    spikes pass in no time, a lag apart; "delayed" gives each connection one step. Raises
    ArchiveError for a bad file, DescriptionError for a node that cannot be read.
    """
    for name, value, known in (("method", method, METHODS), ("per", per, PER),
                               ("timing", timing, TIMINGS)):
        if value not in known:
            raise DescriptionError(f"from_nir: no {name} {value!r}; there are {', '.join(known)}")
    is_file = isinstance(source, (str, os.PathLike))
    if dt is None:
        if not is_file:
            raise DescriptionError("from_nir: a graph does not tell its step; give dt=, such as "
                                   "1*ms")
        network, shift = read_sidecar(source)
        return Reading(network, shift, names={p.name: p.name for p in network.populations})
    graph = read(source) if is_file else source
    if not hasattr(graph, "nodes") or not hasattr(graph, "edges"):
        raise DescriptionError(f"from_nir: {type(source).__name__} is neither a file nor a "
                               "NIRGraph; give the name of a file, or nir.NIRGraph(...)")
    step = Quantity(one_time(dt, "from_nir: dt"), SECOND)
    unit = one_time(UNITS["second"] if time_unit is None else time_unit, "from_nir: time_unit")
    wires = wiring(graph, float(step.value), unit)
    return _Builder(wires, step, method, per, timing, inputs).reading()


def labels(names: list[str]) -> dict[str, str]:
    """A name of ours for each of NIR's: a letter, then letters, digits and underscores."""
    out: dict[str, str] = {}
    for name in names:
        label = re.sub(r"\W", "_", name, flags=re.ASCII)
        label = label if re.match(r"[A-Za-z]", label) else f"n_{label}"
        while label in out.values():
            label += "_"
        out[name] = label
    return out


class _Builder:
    """What the parts of a network share while it is made."""

    def __init__(self, wires: Wiring, dt: Quantity, method: str, per: str, timing: str,
                 inputs: Any) -> None:
        self.w, self.dt, self.method, self.per = wires, dt, method, per
        self.step = float(dt.value)
        nodes = [*wires.inputs, *wires.kind]
        self.names = labels(nodes)
        pairs = [(e.source, e.target) for e in wires.edges]
        self.back = closing(nodes, pairs)
        self.shift = (dict.fromkeys(nodes, 0) if timing == "delayed" else
                      depths(nodes, [p for p in pairs if p not in self.back]))
        self.delayed = timing == "delayed"
        self.tables = self._tables(inputs)
        self.values = {n for n, t in self.tables.items() if not np.isin(t, (0, 1)).all()}

    def _tables(self, inputs: Any) -> dict[str, Any]:
        if inputs is None:
            return {}
        if not isinstance(inputs, dict):
            if len(self.w.inputs) != 1:
                raise DescriptionError(f"from_nir: the graph has {len(self.w.inputs)} Inputs, "
                                       f"{', '.join(self.w.inputs) or 'none'}; give inputs as a "
                                       "dict by their names")
            inputs = {next(iter(self.w.inputs)): inputs}
        tables = {n: as_inputs(x, "from_nir") for n, x in inputs.items()}
        for n, table in tables.items():
            if n not in self.w.inputs or table.shape[1] != self.w.inputs[n]:
                raise DescriptionError(f"from_nir: inputs {n!r} of shape {table.shape}; the graph "
                                       f"has the Inputs and sizes {self.w.inputs}; give (steps, "
                                       "size), flattened")
        if len({len(t) for t in tables.values()}) > 1:
            raise DescriptionError("from_nir: inputs of different lengths; give equal ones")
        return tables

    def reading(self) -> Reading:
        self.delays = {id(e): self._delay(e) for e in self.w.edges}
        sources = [self._source(n, size) for n, size in self.w.inputs.items()
                   if n not in self.values]
        cells = [self._cells(n) for n in self.w.kind]
        probes = [SpikeProbe(self.names[n]) if k in FIRES else StateProbe(self.names[n], "v")
                  for n, k in self.w.kind.items()]
        network = Network([*sources, *cells], self._projections(), self._stimuli(), probes,
                          self.dt, "from_nir")
        shift = {self.names[n]: s for n, s in self.shift.items() if n not in self.values}
        steps = len(next(iter(self.tables.values()))) if self.tables else None
        return Reading(network, shift, steps, self.names,
                       tuple(self.names[n] for n in self.w.outputs))

    def _delay(self, e: Edge) -> int:
        """Steps from source to target: one where a loop closes, plus those of Delay nodes."""
        if self.delayed:
            return 1 + e.delay
        back = (e.source, e.target) in self.back
        d = self.shift[e.target] - self.shift[e.source] + e.delay + back
        if d < 1:
            raise DescriptionError(
                f"NIR edge {e.source} -> {e.target} closes a loop of more than one population in "
                "one step, and here each connection takes a step; read it with timing='delayed', "
                "or put a Delay into the loop")
        return d

    def _source(self, name: str, size: int) -> Population:
        table = self.tables.get(name, np.zeros((1, size), bool))
        return Population(self.names[name], size, SpikeTimes.raster(table, self.dt))

    def _cells(self, name: str) -> Population:
        kind, size = self.w.kind[name], self.w.sizes[name]
        way = self.per if kind in ("I", "IF") else ways(kind)[0]
        way = self.method if self.method in ways(kind) else way
        values = {**self.w.values[name]}
        if name in self.w.bias:
            values["bias"] = self.w.bias[name]
        parameters = {n: _value(n, x, way) for n, x in values.items()}
        text, shift = model(kind, way), self.shift[name]
        if shift and not self._rests(name):
            # half a step earlier, so that rounding of k*dt does not matter
            parameters["start"] = Quantity((shift - 0.5) * self.step, SECOND)
            text = waiting(text)
        return Population(self.names[name], size, text, parameters)

    def _rests(self, name: str) -> bool:
        """Whether nothing happens to it without input."""
        values = self.w.values[name]
        begin = values.get("v_leak", 0.0)
        return name not in self.w.bias and bool(np.all(begin <= values.get("v_th", np.inf)))

    def _projections(self) -> list[Projection]:
        out, pairs = [], [(e.source, e.target) for e in self.w.edges]
        # as `to_nir` writes them, so that a round trip leaves their order
        for e in sorted(self.w.edges, key=lambda e: e.source != e.target):
            if e.source in self.values:
                continue
            name = f"{self.names[e.source]}_to_{self.names[e.target]}"
            if pairs.count((e.source, e.target)) > 1:
                name += f"_after_{e.delay}"
            delay = self.delays[id(e)]
            later = {} if delay == 1 else {"delay": Quantity(delay * self.step, SECOND)}
            connector, w = _synapses(e.matrix)
            out.append(Projection(name, self.names[e.source], self.names[e.target], connector,
                                  TO_DRIVE, {"w": w}, **later))
        return out

    def _stimuli(self) -> list[StepCurrent]:
        """Inputs that are no spikes: weighted here, and set as the drive of what they reach."""
        found: dict[str, dict[int, Any]] = {}
        for e in self.w.edges:
            if e.source in self.values:
                rows = self.tables[e.source] @ e.matrix.T
                first = self.delays[id(e)]
                for k, row in enumerate(rows):
                    steps = found.setdefault(e.target, {})
                    steps[k + first] = steps.get(k + first, 0.0) + row
        return [StepCurrent(self.names[n], "drive",
                            Quantity(np.array(sorted(steps)) * self.step, SECOND),
                            np.array([steps[k] for k in sorted(steps)]))
                for n, steps in found.items()]


def _value(name: str, x: Any, way: str) -> Any:
    x = np.asarray(x, dtype=np.float64)
    plain = float(x.flat[0]) if x.size and np.all(x == x.flat[0]) else x
    if name in TIMES:
        return Quantity(plain, SECOND)
    if name == "r" and way == "second":
        return plain / UNITS["second"]
    return plain


def _synapses(matrix: Any) -> tuple[Any, Any]:
    """Connector and weights of a (target, source) matrix; zeros are no synapses."""
    m = matrix.T.tocoo()
    m.sum_duplicates()
    pre, post, w = m.row, m.col, m.data
    keep = w != 0
    pre, post, w = pre[keep], post[keep], w[keep]
    order = np.lexsort((post, pre))
    if len(w) == m.shape[0] * m.shape[1]:
        return AllToAll(), w[order]
    return FromArrays(pre[order], post[order]), w[order]
