"""Generated tensor code of a projection: decays, events, what is sent, continuous couplings.

Events of one side in one step touch different synapses, so all of them run at once, under a mask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...simulator.expressions import calls_in, names_in, parse
from ...simulator.functions import RANDOM
from ...simulator.plan import Event, Plan, ProjectionPlan
from .text import Body

ARGS = "Q, C, X, Y, t, draw, at_pre, at_post, wide"


class SynapseText:
    """Prints names where an expression is worked out: along a side, or at every synapse.

    Q: state by name; C: constants that are tensors; X, Y: neurons of the source and the target.
    """

    def __init__(self, n: int, q: ProjectionPlan, plan: Plan, numbers: Mapping[str, Any]) -> None:
        self.n, self.q, self.numbers = n, q, numbers
        self.place = "synapse"
        self.homes: dict[str, str] = {}

    def find(self, name: str, local: set[str]) -> str:
        """Source of a name at the present place."""
        text, home = self._at_home(name, local)
        if home in ("anywhere", self.place):
            return text
        if self.place != "synapse":
            raise ValueError(f"projection {self.q.name!r}: {name!r} of the {home} side is read "
                             f"along the {self.place} side")
        return f"at_{home}({text})"

    def _at_home(self, name: str, local: set[str]) -> tuple[str, str]:
        q = self.q
        if name in local:
            return f"x_{name}", self.homes[name]
        if name in q.neuron:
            side, base = q.neuron[name]
            return f"{'X' if side == 'pre' else 'Y'}({base!r})", side
        if name == "t":
            return "t", "anywhere"
        if name == "_elapsed":
            return "elapsed", "synapse"
        home = q.side[name]
        return f"{'Q' if name in q.state else 'C'}[{name!r}]", (
            "anywhere" if home == "shared" else home)

    def draw(self, kind: str, number: int) -> str:
        """Source of a random number."""
        return f"draw({kind!r}, {number}, {self.place!r})"

    def body(self, head: str) -> Body:
        """An empty function."""
        self.homes, self.place = {}, "synapse"
        return Body(f"def {head}:", self.numbers, self.find, self.draw)

    def assign(self, body: Body, target: str, expr: str, place: str) -> None:
        """A line of `body` that is worked out at `place`."""
        self.place = place
        body.assign(target, expr)
        self.homes[target] = place

    def value(self, body: Body, expr: str) -> str:
        """What a synapse sends."""
        self.place = "synapse"
        return f"wide({body.printer.number(parse(expr))})"

    # -- functions ------------------------------------------------------------------------------
    def decay(self, side: str) -> str:
        """`decay_<side>_<n>`."""
        body = self.body(f"decay_{side}_{self.n}({ARGS})")
        for s in self.q.decay[side]:
            self.assign(body, s.target, s.expr, side)
        return body.text(*(f"Q[{v!r}] = full(x_{v}, Q[{v!r}])" for v in self.q.state
                           if v in body.local))

    def events(self, side: str, events: tuple[Event, ...]) -> str:
        """`<side>_events_<n>`; those of the pre side return what is kept while it travels."""
        body = self.body(f"{side}_events_{self.n}({ARGS}, elapsed, s, each, select)")
        for s in self.q.lazy:
            self.assign(body, s.target, s.expr, "synapse")
        for e in events:
            self.assign(body, e.target, e.expr, side if e.side == "neuron" else "synapse")
        ends = []
        if side == "pre":
            kept = "".join(f"{self.value(body, s.expr)}, " for s in self.q.sends if s.buffered)
            ends.append(f"kept = ({kept})")
        for v in self.q.state:
            if v in body.local:
                mask = "each" if self.q.side[v] == "synapse" else "s"
                ends.append(f"Q[{v!r}] = select({mask}, x_{v}, Q[{v!r}])")
        return body.text(*ends, *(["return kept"] if side == "pre" else []))

    def sends(self) -> str:
        """`send_<m>_<n>` for each send: its value at every synapse."""
        out = []
        for m, send in enumerate(self.q.sends):
            body = self.body(f"send_{m}_{self.n}({ARGS})")
            if not (send.buffered and self.q.on_pre):
                out.append(body.text(f"return {self.value(body, send.expr)}"))
        return "\n".join(out)

    def couplings(self) -> str:
        """`couple_<m>_<n>` for each coupling."""
        out = []
        for m, c in enumerate(self.q.couplings):
            body = self.body(f"couple_{m}_{self.n}({ARGS})")
            out.append(body.text(f"return {self.value(body, c.expr)}"))
        return "\n".join(out)


def projection_numbers(q: ProjectionPlan, plan: Plan, of_population: list[dict[str, Any]],
                       trained: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Constants that are one number: the projection's, and those of its neurons it reads."""
    out = {n: float(v) for n, v in q.constants.items() if np.ndim(v) == 0 and n not in trained}
    for name, (side, base) in q.neuron.items():
        own = of_population[q.source if side == "pre" else q.target]
        if base in own:
            out[name] = own[base]
    return out


def is_static(q: ProjectionPlan, plan: Plan, expr: str) -> bool:
    """Whether what is sent is the same in every step of a run."""
    node = parse(expr)
    if calls_in(node) & set(RANDOM):
        return False
    for name in names_in(node):
        if name in q.neuron:
            side, base = q.neuron[name]
            if base in plan.populations[q.source if side == "pre" else q.target].state:
                return False
        elif name not in q.constants:
            return False
    return True


def projection_code(n: int, q: ProjectionPlan, plan: Plan, numbers: Mapping[str, Any]) -> str:
    """Source of all functions of projection n."""
    text = SynapseText(n, q, plan, numbers)
    out = [text.decay(side) for side in q.decay]
    if q.on_post:
        out.append(text.events("post", q.on_post))
    if q.on_pre:
        out.append(text.events("pre", q.on_pre))
    return "\n".join([*out, text.sends(), text.couplings()])
