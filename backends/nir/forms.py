"""Populations as NIR nodes: the step of a leaky membrane, written for who will read it.

The step is that of `affine`: v <- beta v + s + bias, s <- alpha s. For no reader in particular the
time constants are those of the equations (read by `method="exact"` it is the same step). Norse
and snnTorch take Euler steps, so for them dt/tau is 1 - beta: again the same step. They reset to
0, so their 0 is our `v_reset`; snnTorch has dt = 0.1 ms built in, no v_leak, and one threshold for
a layer, so its threshold is 1 and its constant drive is a bias.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...simulator.expressions import parse
from ...simulator.network import Network
from ...simulator.plan import Plan
from ..ann.affine import Membrane, NotAffine, maps_of, membrane
from ..ann.export import constants, found_in
from ..export.findings import ERROR, Finding
from .cells import FIELDS, table

READERS = {"norse": None, "snntorch": 1e-4}
"""The step in seconds that a reader has built in; None: it is told the network's."""

ROUNDING = 1e-12
"""Of the way to threshold: what v_rest - v_reset = 0 may have become in a matrix exponential."""


@dataclass(frozen=True, eq=False)
class Node:
    """`kind` and `values` of NIR; `gain` multiplies the weights of what reaches a variable.

    `bias` is added to the weighted input. `start` is where `v` begins, `rest` where readers do.
    """

    kind: str
    values: dict[str, Any]
    gain: dict[str, Any]
    bias: Any = 0.0
    start: Any = 0.0
    rest: Any = 0.0
    lost: tuple[Finding, ...] = field(default=())


class NoNode(Exception):
    """Why there is no node; the text follows 'population x: '. `code` is the rule's."""

    def __init__(self, text: str, code: str = "NIR001", limit: str = "") -> None:
        super().__init__(text)
        self.code, self.limit = code, limit


def node_of(network: Network, plan: Plan, n: int, reader: str | None) -> Node:
    """Population n as a node. NoNode with the reason."""
    name, size = network.populations[n].name, plan.populations[n].size
    found = found_in(table(), network.populations[n].model)
    if found is not None:
        (kind, way), _ = found
        values = constants(network, plan, n)
        if reader is None or kind == "Readout":
            return _known(kind, values, size)
        m = _membrane_of(kind, way, values, plan.dt)
    else:
        try:
            m = _membrane(_above(plan, n), n)
        except NotAffine as problem:
            raise NoNode(f"{problem}") from None
    m, lost = _without(m, name)
    v = plan.populations[n].state[m.v]
    node = _for_nobody(m, plan.dt) if reader is None else _for_reader(m, reader, plan.dt)
    shift = 0.0 if reader is None else m.v_reset
    scale = 1.0 if reader != "snntorch" else 1.0 / (m.v_th - m.v_reset)
    values = {k: np.array(np.broadcast_to(np.asarray(x, float), (size,)))
              for k, x in node.values.items()}
    state = plan.populations[n].state
    current = sum((np.abs(state[y]) for y in m.scale if y != m.v), 0.0)
    if np.any(current > 0):
        raise NoNode("its synaptic current is not 0 at the start, and readers begin without one; "
                     "start it at 0")
    return Node(node.kind, values, node.gain, node.bias, (v - shift) * scale, node.rest, lost)


def _above(plan: Plan, n: int) -> Plan:
    """With the threshold 'v >= x' as v > the float64 next below x, which is the same."""
    p = plan.populations[n]
    match parse(p.threshold) if p.threshold else None:
        case ast.Compare(left=ast.Name(id=v), ops=[ast.GtE()], comparators=[ast.Name(id=x)]) if (
                x in p.constants):
            below = np.nextafter(p.constants[x], -np.inf)
            p = replace(p, threshold=f"{v} > below_{x}", constants={**p.constants,
                                                                    f"below_{x}": below})
    return replace(plan, populations=(*plan.populations[:n], p, *plan.populations[n + 1:]))


def _membrane(plan: Plan, n: int) -> Membrane:
    """`affine.membrane`, also where spikes reach a current through a variable cleared each step.

    With y <- alpha y + g u and u <- 0, an input to u is g/alpha times an input to y itself.
    """
    p, maps = plan.populations[n], maps_of(plan.populations[n])
    ways = {u: (y, m[u] / m[y]) for y, m in maps.items() for u in m
            if u in maps and u != y and not maps[u] and np.all(m.get(y, 0.0)) and len(m) == 2
            and not np.any(p.state[u])}
    if not ways:
        return membrane(plan, n)
    projections = tuple(replace(q, sends=tuple(
        replace(s, variable=ways[s.variable][0]) if s.variable in ways else s for s in q.sends))
        if q.target == n else q for q in plan.projections)
    m = membrane(replace(plan, projections=projections), n)
    more = {u: m.scale[y] * factor for u, (y, factor) in ways.items() if y in m.scale}
    return replace(m, scale={**m.scale, **more})


def _known(kind: str, values: dict[str, Any], size: int) -> Node:
    """A population that was read from NIR: its own numbers again."""
    own = {theirs: np.array(np.broadcast_to(values[ours], (size,)))
           for ours, theirs in FIELDS[kind].items()}
    rest = values.get("v_leak", 0.0)
    return Node(kind, own, {"drive": 1.0}, values["bias"], values["v"], rest)


def _membrane_of(kind: str, way: str, x: dict[str, Any], dt: float) -> Membrane:
    """A neuron of NIR as a membrane whose input is `drive`."""
    if kind not in ("IF", "LIF", "CubaLIF"):
        raise NoNode(f"is a {kind}; it reads LIF, CubaLIF and IF only", "NIR002")
    x = {k: np.asarray(v, float) for k, v in x.items()}
    if kind == "IF":
        gain = x["r"] * (dt if way == "second" else 1.0)
        return Membrane("v", 1.0, gain * x["bias"], x["v_th"], x["v_reset"], 0, None,
                        {"drive": gain}, frozenset())
    beta = 1 - dt / x["tau_m"] if way == "euler" else np.exp(-dt / x["tau_m"])
    if kind == "LIF":
        jump = (beta * (dt / x["tau_m"]) if way == "exact" else 1 - beta) * x["r"]
        bias = (1 - beta) * (x["v_leak"] + x["r"] * x["bias"])
        return Membrane("v", beta, bias, x["v_th"], x["v_reset"], 0, None, {"drive": jump},
                        frozenset())
    if np.any(x["bias"]) or way == "hold":
        raise NoNode("is a CubaLIF with a constant input, or one read with method='hold': its "
                     "current grows within a step, which Euler steps do not do; read it with "
                     "method='euler' and without bias", "NIR002")
    alpha = 1 - dt / x["tau_syn"] if way == "euler" else np.exp(-dt / x["tau_syn"])
    factor = (1 - beta) if way == "euler" else _overlap(beta, alpha, dt)
    jump = x["r"] * factor * (dt / x["tau_syn"]) * x["w_in"]
    return Membrane("v", beta, (1 - beta) * x["v_leak"], x["v_th"], x["v_reset"], 0, alpha,
                    {"drive": jump}, frozenset())


def _overlap(beta: Any, alpha: Any, dt: float) -> Any:
    """What a current of 1 that decays by alpha adds to v in a step, divided by r."""
    from scipy.special import exprel
    a, b = -np.log(beta), -np.log(alpha)
    return beta * a * exprel(a - b)


def _without(m: Membrane, name: str) -> tuple[Membrane, tuple[Finding, ...]]:
    """The membrane as far as NIR has words for it, and what is lost."""
    lost = []
    where = f"population {name}"
    if np.any(np.asarray(m.refractory) > 0):
        lost.append(Finding("NIR001", ERROR, where,
                            f"is refractory for {int(np.max(m.refractory))} steps", "none in NIR",
                            "NIR's equations of LIF", "set tau_ref to 0", lossy=True))
        m = replace(m, refractory=0)
    if m.v_reset is None:
        k = 1 - np.asarray(m.beta)
        rest = np.where(k > 0, m.bias / np.where(k > 0, k, 1.0), 0.0)
        lost.append(Finding("NIR001", ERROR, where, "subtracts v_th at a spike",
                            "a reset to a value", "NIR's equations of LIF",
                            "give it a reset such as 'v = v_reset'; without, it goes to its rest",
                            lossy=True))
        m = replace(m, v_reset=rest)
    return m, tuple(lost)


def _plain(m: Membrane) -> bool:
    """Whether input acts in its step only, without a current that lasts."""
    return m.alpha is None or not np.any(m.alpha)


def _for_nobody(m: Membrane, dt: float) -> Node:
    """The equations' own numbers, in seconds and volts."""
    beta = np.asarray(m.beta, float)
    if np.any(beta == 1):
        if not np.all(beta == 1) or not _plain(m):
            raise NoNode("does not leak but has a current (or leaks in some neurons only); NIR has "
                         "IF, LIF and CubaLIF; give it a finite tau_m")
        return Node("IF", {"r": 1.0, "v_threshold": m.v_th, "v_reset": m.v_reset},
                    m.scale or {m.v: 1.0}, m.bias)
    if np.any(beta <= 0) or (not _plain(m) and np.any(np.asarray(m.alpha) <= 0)):
        raise NoNode("forgets its membrane or current within one step, and NIR's time constants "
                     "must be more than 0; export it for a reader, with reader='norse'")
    tau = -dt / np.log(beta)
    rest = m.bias / (1 - beta)
    values = {"v_leak": rest, "v_threshold": m.v_th, "v_reset": m.v_reset}
    scale = m.scale or {m.v: beta}
    if _plain(m):
        return Node("LIF", {"tau": tau, "r": 1.0, **values},
                    {y: c / (beta * dt / tau) for y, c in scale.items()}, 0.0, 0.0, rest)
    alpha = np.asarray(m.alpha, float)
    full = _overlap(beta, alpha, dt)
    r = np.abs(next(iter(scale.values()))) / full
    if np.any(r == 0):
        raise NoNode("has a current that does not reach its membrane; leave the current out")
    tau_syn = -dt / np.log(alpha)
    return Node("CubaLIF", {"tau_mem": tau, "tau_syn": tau_syn, "r": r, "w_in": tau_syn / dt,
                            **values}, {y: c / (full * r) for y, c in scale.items()},
                0.0, 0.0, rest)


def _for_reader(m: Membrane, reader: str, dt: float) -> Node:
    """Numbers with which the reader's Euler step is our step; its zero is v_reset."""
    h = READERS[reader] or dt
    height = m.v_th - m.v_reset
    if np.any(height <= 0):
        raise NoNode(f"is reset to its threshold or above; {reader} resets to 0, below it",
                     "NIR002")
    k = 1 - np.asarray(m.beta, float)
    drive = m.bias - k * m.v_reset
    unit = height if reader == "snntorch" else 1.0
    scale = {y: c / unit for y, c in (m.scale or {m.v: m.beta}).items()}
    values = {"v_threshold": height / unit, "v_reset": 0.0, "v_leak": 0.0}
    if not _plain(m):
        if np.any(np.abs(drive) > ROUNDING * height):
            raise NoNode("has a current and a constant drive (v_rest, v_reset or i_offset apart), "
                         f"which {reader} would filter through the current; let v_rest equal "
                         "v_reset and i_offset be 0", "NIR002")
        a = 1 - np.asarray(m.alpha, float)
        _leaks(k, reader)
        return Node("CubaLIF", {**values, "tau_mem": h / k, "tau_syn": h / a, "r": 1 / k,
                                "w_in": 1 / a}, scale)
    if not np.any(k) and reader == "norse":
        del values["v_leak"]
        return Node("IF", {**values, "r": 1.0}, scale, drive)
    _leaks(k, reader)
    if reader == "norse":
        return Node("LIF", {**values, "tau": h / k, "r": 1.0, "v_leak": drive / k},
                    {y: c / k for y, c in scale.items()}, 0.0, 0.0, drive / k)
    return Node("LIF", {**values, "tau": h / k, "r": 1 / k}, scale, drive / unit)


def _leaks(k: Any, reader: str) -> None:
    if np.any(k == 0):
        raise NoNode(f"does not leak (beta = 1), which {reader} reads in no such neuron (snnTorch "
                     "gives IF a beta of 0.9); give it a finite tau_m", "NIR002")


