"""A NIR graph as neurons and what connects them: nested graphs opened, linear nodes multiplied."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from .cells import FIELDS
from .linear import Shape, matrix, shape_after

LINEAR = ("Affine", "Linear", "Scale", "Delay", "Flatten", "Conv1d", "Conv2d", "SumPool2d",
          "AvgPool2d")
THROUGH = ("Input", "Output")


@dataclass(frozen=True, eq=False)
class Edge:
    """`matrix` (target size, source size), sparse; a spike takes `delay` steps of Delay nodes."""

    source: str
    target: str
    delay: int
    matrix: Any


@dataclass(frozen=True, eq=False)
class Wiring:
    """`inputs` and `neurons` by name; `kind` and `values` of neurons, as `cells.FIELDS` has them.

    `bias` is the constant input of a neuron, `outputs` are the neurons that reach an Output.
    """

    inputs: dict[str, int]
    kind: dict[str, str]
    sizes: dict[str, int]
    values: dict[str, dict[str, Any]]
    edges: list[Edge]
    bias: dict[str, Any]
    outputs: list[str]


@dataclass(eq=False)
class _Flat:
    nodes: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)


def wiring(graph: Any, dt: float, unit: float) -> Wiring:
    """The wiring of a NIRGraph. `unit`: seconds in the file's unit of time.

    Raises DescriptionError that names the node.
    """
    flat = _Flat()
    ends = _open(graph, "", flat)
    flat.inputs, flat.outputs = ends
    shapes = _shapes(flat)
    return _Reader(flat, shapes, dt, unit).wiring()


def _open(graph: Any, prefix: str, flat: _Flat) -> tuple[list[str], list[str]]:
    """Add a graph's nodes under `prefix`; returns the names of its Inputs and its Outputs."""
    inside: dict[str, tuple[list[str], list[str]]] = {}
    for name, node in graph.nodes.items():
        full, kind = f"{prefix}{name}", type(node).__name__
        if kind == "NIRGraph":
            inside[name] = _open(node, f"{full}.", flat)
            continue
        if kind not in (*LINEAR, *FIELDS, *THROUGH) or kind == "Readout":
            raise DescriptionError(f"NIR node {full!r} is a {kind}, which is not known here; known "
                                   f"are {', '.join([*LINEAR, *list(FIELDS)[:-1]])}; write it "
                                   "with these, or remove it")
        flat.nodes[full], flat.kinds[full] = node, kind
    for a, b in dict.fromkeys((str(a), str(b)) for a, b in graph.edges):
        for name in (a, b):
            if name not in graph.nodes:
                raise DescriptionError(f"NIR edge {prefix}{a} -> {b} names {name!r}, and there is "
                                       f"no such node; there are {', '.join(graph.nodes)}")
        flat.edges.append((_end(a, inside, 1, prefix), _end(b, inside, 0, prefix)))
    kinds = {n: type(node).__name__ for n, node in graph.nodes.items()}
    return ([f"{prefix}{n}" for n, k in kinds.items() if k == "Input"],
            [f"{prefix}{n}" for n, k in kinds.items() if k == "Output"])


def _end(name: str, inside: dict[str, tuple[list[str], list[str]]], side: int,
         prefix: str) -> str:
    if name not in inside:
        return f"{prefix}{name}"
    found = inside[name][side]
    if len(found) != 1:
        raise DescriptionError(f"NIR graph {prefix}{name} inside another has {len(found)} "
                               f"{THROUGH[side]} nodes, and an edge there can mean one only; give "
                               "it one")
    return found[0]


def _shapes(flat: _Flat) -> dict[str, Shape]:
    """Shape of what every node gives. DescriptionError where it cannot be told."""
    shapes: dict[str, Shape] = {}
    before = {n: [a for a, b in flat.edges if b == n] for n in flat.nodes}
    while True:
        known = len(shapes)
        for name, node in flat.nodes.items():
            reach = next((shapes[a] for a in before[name] if a in shapes), None)
            found = shapes.get(name) or _shape(flat, name, node, reach)
            if found is not None:
                shapes[name] = found
        if len(shapes) == known:
            break
    lost = [n for n in flat.nodes if n not in shapes]
    if lost:
        raise DescriptionError(f"NIR nodes {lost} have no size of their own and nothing of known "
                               "size reaches them; connect them to an Input with a shape")
    return shapes


def _shape(flat: _Flat, name: str, node: Any, reach: Shape | None) -> Shape | None:
    kind = flat.kinds[name]
    if kind in LINEAR:
        return shape_after(kind, node, reach, f"NIR node {name!r} ({kind})")
    if kind in THROUGH:
        types = node.input_type if kind == "Input" else node.output_type
        own = next(iter(types.values()), None) if types else None
        if reach is not None:
            return reach
        return None if own is None else tuple(int(n) for n in np.atleast_1d(own))
    largest = max((np.shape(getattr(node, f)) for f in FIELDS[kind].values()),
                  key=lambda s: np.prod(s))
    if np.prod(largest) > 1:
        return tuple(int(n) for n in largest)
    return reach


class _Reader:
    """Follows signals from the neurons back to where they come from."""

    def __init__(self, flat: _Flat, shapes: dict[str, Shape], dt: float, unit: float) -> None:
        self.flat, self.shapes, self.dt, self.unit = flat, shapes, dt, unit
        self.sizes = {n: int(np.prod(s)) for n, s in shapes.items()}
        self.before = {n: [a for a, b in flat.edges if b == n] for n in flat.nodes}
        self.open: list[str] = []
        self.found: dict[str, Any] = {}

    def wiring(self) -> Wiring:
        flat, kinds = self.flat, dict(self.flat.kinds)
        neurons = [n for n, k in kinds.items() if k in FIELDS]
        outputs = []
        for name in flat.outputs:
            sources = [a for a in self.before[name] if self._root(a) in neurons]
            if sources and len(sources) == len(self.before[name]):
                outputs += [self._root(a) for a in sources]
            else:  # what reaches it is a sum of weighted spikes: a neuron that only adds
                kinds[name] = "Readout"
                neurons.append(name)
                outputs.append(name)
        edges, bias = [], {}
        for name in neurons:
            terms, b = self._input(name)
            edges += [Edge(s, name, d, m) for (s, d), m in terms.items()]
            lost = [s for (s, _), m in terms.items() if not np.all(np.isfinite(m.data))]
            if lost or (b is not None and not np.all(np.isfinite(b))):
                raise DescriptionError(f"NIR edge {', '.join(lost) or 'bias'} -> {name}: its "
                                       "weights hold NaN or infinity; train or clean them first")
            if b is not None and np.any(b):
                bias[name] = b
        return Wiring({n: self.sizes[n] for n in flat.inputs}, {n: kinds[n] for n in neurons},
                      {n: self.sizes[n] for n in neurons},
                      {n: self._values(n, kinds[n]) for n in neurons}, edges, bias,
                      list(dict.fromkeys(outputs)))

    def _root(self, name: str) -> str:
        """The node that an Output or a nested Input only repeats."""
        while self.flat.kinds[name] in THROUGH and len(self.before[name]) == 1:
            name = self.before[name][0]
        return name

    def _values(self, name: str, kind: str) -> dict[str, Any]:
        node, out = self.flat.nodes[name], {}
        for ours, theirs in FIELDS[kind].items():
            value = np.asarray(getattr(node, theirs), dtype=np.float64)
            try:
                whole = np.broadcast_to(value, self.shapes[name]).ravel()
            except ValueError:
                raise DescriptionError(
                    f"NIR node {name!r} ({kind}): {theirs} of shape {value.shape} does not fit "
                    f"the {self.shapes[name]} that reaches it; make them agree") from None
            if not np.all(np.isfinite(whole)) or (ours.startswith("tau") and np.any(whole <= 0)):
                raise DescriptionError(f"NIR node {name!r} ({kind}): {theirs} = {value.ravel()[:4]}"
                                       " must be finite, and a time constant more than 0")
            out[ours] = whole * (self.unit if ours.startswith("tau") else 1.0)
        return out

    def _input(self, name: str) -> Any:
        terms: dict[tuple[str, int], Any] = {}
        bias = None
        for a in self.before[name]:
            found, b = self._signal(a)
            if self.sizes[a] != self.sizes[name]:
                raise DescriptionError(f"NIR edge {a} -> {name} joins {self.sizes[a]} and "
                                       f"{self.sizes[name]} elements; make them agree")
            for key, m in found.items():
                terms[key] = terms[key] + m if key in terms else m
            bias = b if bias is None else bias + b if b is not None else bias
        return terms, bias

    def _signal(self, name: str) -> Any:
        """What a node gives: {(source, delay): matrix}, and a constant."""
        from scipy.sparse import eye_array
        if name in self.found:
            return self.found[name]
        kind = self.flat.kinds[name]
        if kind in FIELDS or (kind == "Input" and not self.before[name]):
            return {(name, 0): eye_array(self.sizes[name]).tocsr()}, None
        if name in self.open:
            raise DescriptionError(f"NIR nodes {self.open[self.open.index(name):]} form a loop "
                                   "without a neuron; its signal has no value")
        self.open.append(name)
        terms, bias = self._input(name) if kind in THROUGH else self._linear(name, kind)
        self.open.pop()
        self.found[name] = terms, bias
        return terms, bias

    def _linear(self, name: str, kind: str) -> Any:
        if not self.before[name]:
            return {}, None
        where = f"NIR node {name!r} ({kind})"
        node, shape = self.flat.nodes[name], self.shapes[self.before[name][0]]
        terms: dict[tuple[str, int], Any] = {}
        bias = None
        for a in self.before[name]:
            found, b = self._signal(a)
            for key, m in found.items():
                terms[key] = terms[key] + m if key in terms else m
            bias = b if bias is None else bias + b if b is not None else bias
        m, own = matrix(kind, node, shape, where)
        if kind == "Delay":
            return self._delayed(terms, bias, node, shape, where)
        whole = None if bias is None else m @ bias
        if own is not None:
            whole = own if whole is None else whole + own
        return {key: m @ x for key, x in terms.items()}, whole

    def _delayed(self, terms: Any, bias: Any, node: Any, shape: Shape, where: str) -> Any:
        from scipy.sparse import diags_array
        if bias is not None and np.any(bias):
            raise DescriptionError(f"{where}: a bias is delayed, which would begin it later; put "
                                   "the Affine behind the Delay")
        exact = np.broadcast_to(np.asarray(node.delay, float), shape).ravel() * self.unit / self.dt
        steps = np.round(exact)
        if np.any(np.abs(exact - steps) > 1e-6 * np.maximum(1, steps)) or np.any(steps < 0):
            worst = exact[np.argmax(np.abs(exact - steps))]
            raise DescriptionError(f"{where}: a delay of {worst * self.dt:g} s is not a whole "
                                   f"number of steps of {self.dt:g} s; choose another dt")
        out: dict[tuple[str, int], Any] = {}
        for (source, d), m in terms.items():
            for s in np.unique(steps):
                rows = diags_array((steps == s).astype(float)).tocsr() @ m
                key = (source, d + int(s))
                out[key] = out[key] + rows if key in out else rows
        return out, None
