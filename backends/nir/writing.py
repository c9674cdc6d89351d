"""Networks become NIR graphs, as far as NIR has words for them; a sidecar keeps the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...simulator.atomic import PathLike
from ...simulator.errors import DescriptionError
from ...simulator.lower import lower
from ...simulator.models import NeuronModel
from ...simulator.network import Network, Population
from ...simulator.plan import NEURONS, POISSON, Plan, ProjectionPlan
from ...simulator.probes import SpikeProbe
from ...simulator.results import Results
from ..ann.export import found_in
from ..ann.wires import Wire, wires
from ..export.findings import ERROR, INFO, WARN, ExportError, Finding, blocking
from ..packages import load
from .cells import FIRES, table
from .files import write
from .forms import READERS, Node, NoNode, node_of
from .timing import closing, shifts

MEGABYTE = 2**20
EXPRESS = "NIR's primitives"


@dataclass(frozen=True, eq=False)
class Written:
    """A graph, what there is to say of it, and the lag of each population.

    What the network does in step k, a reader of the graph does in step k - shift[population].
    """

    graph: Any
    findings: list[Finding]
    shift: dict[str, int]


def to_nir(network: Network, path: PathLike | None = None, reader: str | None = None,
           lossy: bool = False, weights: Results | None = None, seed: int = 0) -> Written:
    """Write `path` and its sidecar `<path>.engram.h5`; without `path`, only make the graph.

    Weights are frozen as they begin, or as they are at the end of the run `weights`. `reader`,
    "norse" or "snntorch", writes the numbers with which that library's steps are ours (see
    `forms`); None those of NIR's equations. Raises ExportError with what NIR cannot express, unless
    `lossy` lets those through that a sidecar can keep.
    """
    made = draft(network, reader, weights, seed)
    stop = blocking(made.findings, lossy)
    if stop:
        raise ExportError("nir", stop)
    if path is not None:
        write(path, made.graph, network, made.shift)
    return made


def nir_findings(network: Network, reader: str | None = None, seed: int = 0) -> list[Finding]:
    """What there is to say before an export, errors first."""
    found = draft(network, reader, None, seed).findings
    return sorted(found, key=lambda f: (ERROR, WARN, INFO).index(f.level))


def draft(network: Network, reader: str | None, weights: Results | None, seed: int) -> Written:
    """The graph with every finding; the graph is None where an error leaves no way."""
    if reader is not None and reader not in READERS:
        raise DescriptionError(f"to_nir: no reader {reader!r}; there are {', '.join(READERS)}, or "
                               "None for NIR's own equations")
    load("nir")
    plan = lower(_awake(network), seed=seed)
    found: list[Finding] = [*_plasticity(network, plan, weights), *_around(plan)]
    frozen = _frozen(plan, weights)
    nodes: dict[int, Node] = {}
    for n, p in enumerate(plan.populations):
        if p.kind == NEURONS:
            try:
                nodes[n] = node_of(_awake(network), frozen, n, reader)
                found += [*nodes[n].lost, *_begins(p.name, nodes[n])]
            except NoNode as problem:
                found.append(Finding(problem.code, ERROR, f"population {p.name}", str(problem),
                                     "leaky integrate-and-fire", EXPRESS,
                                     "use a LIF with at most one exponential current"))
    reasons: list[str] = []
    lines = wires(frozen, reasons)
    found += [Finding("NIR001", ERROR, r, "", "static weights, spikes only", EXPRESS)
              for r in reasons]
    found += _misses(frozen, lines, nodes)
    if any(f.level == ERROR and not f.lossy for f in found):
        return Written(None, found, {})
    return _Graph(network, frozen, nodes, lines, reader, found).written()


def _awake(network: Network) -> Network:
    """Without the waiting of a population that was read from a graph: the lag says it."""
    out: list[Population] = []
    for p in network.populations:
        hit = found_in(table(), p.model) if isinstance(p.model, NeuronModel) else None
        if hit is not None and hit[1]:
            given = {k: v for k, v in p.parameters.items() if k != "start"}
            p = replace(p, model=table()[hit[0]], parameters=given)
        out.append(p)
    return replace(network, populations=tuple(out))


def _plasticity(network: Network, plan: Plan, weights: Results | None) -> list[Finding]:
    return [Finding("NIR001", INFO if weights is not None and q.name in weights.weights else ERROR,
                    f"projection {q.name}", f"learns or has state ({text.synapse.name})",
                    "weights that stay", EXPRESS,
                    "give weights=run to freeze what a run has learned", lossy=True)
            for q, text in zip(plan.projections, network.projections, strict=True)
            if q.learns or q.state]


def _frozen(plan: Plan, weights: Results | None) -> Plan:
    """The plan with its synapses as they begin, or as the run `weights` left them."""
    def still(q: ProjectionPlan) -> ProjectionPlan:
        final = {}
        if weights is not None and q.name in weights.weights:
            final = weights.weights[q.name].final
            if len(weights.weights[q.name].pre) != q.synapses:
                raise DescriptionError(f"weights of {q.name!r} are of "
                                       f"{len(weights.weights[q.name].pre)} synapses, the network "
                                       f"has {q.synapses}; give a run of this network")
        return replace(q, constants={**q.constants, **q.state, **final}, state={}, on_pre=(),
                       on_post=(), decay={}, lazy=())
    return replace(plan, projections=tuple(still(q) for q in plan.projections))


def _around(plan: Plan) -> list[Finding]:
    """What stands around the populations: drives, clocks, drawn spikes, units."""
    out = [Finding("NIR004", INFO, "units", "SI: seconds, volts, amperes; dt "
                   f"{plan.dt:g} s is in the metadata", "none are fixed", EXPRESS,
                   "tell the reader")]
    for w in plan.writes:
        p = plan.populations[w.population]
        drive = w.variable == "drive"
        out.append(Finding("NIR001", INFO if drive else ERROR,
                           f"population {p.name}", f"{w.variable} is set at given times",
                           "constants", EXPRESS, "feed it to the reader as input" if drive else
                           "use spikes as input", lossy=True))
    for p in plan.populations:
        if p.clock != 1:
            out.append(Finding("NIR001", ERROR, f"population {p.name}",
                               f"is integrated every {p.clock} steps", "every step", EXPRESS,
                               "use clock=1"))
        if p.kind == POISSON:
            out.append(Finding("NIR001", INFO, f"population {p.name}", "spikes are drawn in a run",
                               "an Input without content", EXPRESS,
                               "give the reader spikes of your own"))
    return out


def _begins(name: str, node: Node) -> list[Finding]:
    start, rest = np.asarray(node.start), np.asarray(node.rest)
    height = np.abs(node.values.get("v_threshold", 1.0) - rest)
    if not np.any(np.abs(start - rest) > 1e-9 * height):
        return []
    return [Finding("NIR001", ERROR, f"population {name}", f"v begins at {_show(start)}",
                    f"readers begin at {_show(rest)}", "Norse: v_leak; snnTorch: 0",
                    "set initial v to the rest", lossy=True)]


def _show(x: Any) -> str:
    low, high = float(np.min(x)), float(np.max(x))
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def _misses(plan: Plan, lines: list[Wire], nodes: dict[int, Node]) -> list[Finding]:
    return [Finding("NIR001", ERROR, f"projection {w.name}", f"sends to {w.variable!r}",
                    f"input there is {', '.join(nodes[w.target].gain) or 'nothing'}", EXPRESS,
                    "send there") for w in lines
            if w.target in nodes and w.variable not in nodes[w.target].gain]


class _Graph:
    """What the parts of a graph share while it is made."""

    def __init__(self, network: Network, plan: Plan, nodes: dict[int, Node], lines: list[Wire],
                 reader: str | None, found: list[Finding]) -> None:
        self.network, self.plan, self.cells, self.reader = network, plan, nodes, reader
        self.found = found
        self.names = [p.name for p in plan.populations]
        self.weights: dict[tuple[int, int, int], Any] = {}
        self.sparse: dict[tuple[int, int, int], int] = {}
        for w in lines:
            gain = np.asarray(nodes[w.target].gain[w.variable], float)
            m = w.matrix * (gain[:, None] if gain.ndim else gain)
            key = (w.source, w.target, w.delay)
            self.weights[key] = self.weights[key] + m if key in self.weights else m
        delays: dict[tuple[str, str], list[int]] = {}
        for s, t, d in self.weights:
            delays.setdefault((self.names[s], self.names[t]), []).append(d)
        order = sorted(range(len(self.names)), key=lambda n: n in nodes)
        names = [self.names[n] for n in order]
        self.back = closing(names, list(delays))
        self.shift = shifts(names, delays, self.back, reader is not None)

    def written(self) -> Written:
        nir = load("nir")
        self.nodes: dict[str, Any] = {}
        self.edges: list[tuple[str, str]] = []
        self._inputs(nir)
        for n, node in self.cells.items():
            if node.kind != "Readout":
                self.nodes[self.names[n]] = getattr(nir, node.kind)(**node.values)
        self._connect(nir)
        self._outputs(nir)
        self._constant()
        if any(f.level == ERROR and not f.lossy for f in self.found):
            return Written(None, self.found, self.shift)
        meta = {"engram_dt": self.plan.dt, "engram_reader": self.reader or "equations",
                "engram_shift": json.dumps(self.shift), "units": "SI",
                "reset": "to v_reset, in the step of the spike"}
        graph = nir.NIRGraph(self.nodes, self.edges, metadata=meta)
        return Written(graph, self.found, self.shift)

    def _say(self, code: str, level: str, where: str, value: str, limit: str, repair: str) -> None:
        self.found.append(Finding(code, level, where, value, limit, EXPRESS, repair))

    def _inputs(self, nir: Any) -> None:
        """An Input a source; one for all where a reader takes one only."""
        used = {s for s, _, _ in self.weights if s not in self.cells}
        self.place = {}
        for n, p in enumerate(self.plan.populations):
            if n not in self.cells and n not in used:
                self._say("NIR001", INFO, f"population {p.name}", "reaches nothing and is left out",
                          "an Input leads somewhere", "connect it, or remove it")
        sources = [n for n in range(len(self.names)) if n in used]
        sizes = [self.plan.populations[n].size for n in sources]
        if self.reader is None or len(sources) < 2:
            for n, size in zip(sources, sizes, strict=True):
                self.place[n] = (self.names[n], 0, size)
                self.nodes[self.names[n]] = nir.Input(np.array([size]))
            return
        name = self._free("input")
        for n, start in zip(sources, np.cumsum([0, *sizes]), strict=False):
            self.place[n] = (name, int(start), sum(sizes))
        joined = ", ".join(self.names[n] for n in sources)
        self.nodes[name] = nir.Input(np.array([sum(sizes)]), metadata={"populations": joined})
        self._say("NIR002", INFO, name, f"joins {joined}", f"{self.reader} takes one Input",
                  "feed their spikes side by side")

    def _free(self, name: str) -> str:
        while name in self.names or name in self.nodes:
            name += "_"
        return name

    def _connect(self, nir: Any) -> None:
        joined: dict[tuple[str, int, int], Any] = {}
        for (s, t, d), m in self.weights.items():
            a, b = self.names[s], self.names[t]
            left = d - (self.shift[b] - self.shift[a]) - ((a, b) in self.back)
            source, start, width = self.place.get(s, (a, 0, m.shape[1]))
            wide = np.zeros((m.shape[0], width))
            wide[:, start:start + m.shape[1]] = m
            key = (source, t, left)
            joined[key] = joined[key] + wide if key in joined else wide
            if self.reader and (left or ((a, b) in self.back and a != b)):
                self._say("NIR002", ERROR, f"{a} -> {b}", f"takes {d} steps",
                          f"{self.reader} reads no Delay, and loops of one population only",
                          "let all ways from an input take the same number of steps")
            if self.reader == "snntorch" and (a, b) in self.back:
                self._say("NIR002", ERROR, f"{a} -> {b}", "leads back",
                          "snnTorch 1.0 leads the input of such a layer through its recurrent "
                          "matrix (_create_rnn_subgraph)", "export for Norse, or use to_snntorch")
            self._dense(a, b, m)
        # loops of one population first: nirtorch 2.6 returns the node that its walk reaches last
        for (source, t, left), m in sorted(joined.items(),
                                           key=lambda x: x[0][0] != self.names[x[0][1]]):
            b = self.names[t]
            name = self._free(f"{source}_to_{b}" + (f"_after_{left}" if left else ""))
            self.nodes[name] = nir.Linear(m)
            if left:
                late = self._free(f"{name}_delay")
                self.nodes[late] = nir.Delay(np.full(m.shape[1], left * self.plan.dt))
                self.edges += [(source, late), (late, name)]
                self._say("NIR002", WARN, name, f"is a Delay of {left} steps", "few readers know "
                          "Delay", "check that yours does")
            else:
                self.edges.append((source, name))
            self.edges.append((name, b))

    def _dense(self, a: str, b: str, m: Any) -> None:
        size = m.size * m.itemsize / MEGABYTE
        if size > 1 and np.count_nonzero(m) < m.size / 2:
            self._say("NIR003", WARN, f"{a} -> {b}", f"{np.count_nonzero(m)} synapses become "
                      f"{size:.0f} MB", "matrices are dense", "export a smaller part")

    def _outputs(self, nir: Any) -> None:
        """What is recorded and leads nowhere; else what is recorded; else what leads nowhere."""
        recorded = {p.population for p in self.network.probes if isinstance(p, SpikeProbe)}
        used = {self.names[s] for s, t, _ in self.weights if s != t}
        cells = {self.names[n]: node.kind for n, node in self.cells.items()}
        ends = [n for n, k in cells.items() if n not in used and (n in recorded or k not in FIRES)]
        ends = ends or [n for n in cells if n in recorded] or [n for n in cells if n not in used]
        if self.reader and len(ends) > 1:
            self._say("NIR002", WARN, ", ".join(ends), "are Outputs", f"{self.reader} gives one of "
                      "them, which it reaches last", "record one population only")
        for n in ends or list(cells)[-1:]:
            size = np.array([self.plan.populations[self.names.index(n)].size])
            if cells[n] == "Readout":
                self.nodes[n] = nir.Output(size)
                continue
            name = self._free("output" if len(ends) < 2 else f"{n}_output")
            self.nodes[name] = nir.Output(size)
            self.edges.append((n, name))

    def _constant(self) -> None:
        """A constant input is the bias of the first matrix that leads to a population."""
        nir = load("nir")
        for n, node in self.cells.items():
            if not np.any(node.bias):
                continue
            name = self.names[n]
            first = next((a for a, b in self.edges if b == name), None)
            if first is None:
                self._say("NIR001", ERROR, f"population {name}", "has a constant drive and nothing "
                          "is connected to it", "a bias belongs to a matrix",
                          "connect a source to it, with weights of 0 if need be")
                continue
            w = self.nodes[first].weight
            bias = np.array(np.broadcast_to(np.asarray(node.bias, float), (w.shape[0],)))
            self.nodes[first] = nir.Affine(w, bias)
