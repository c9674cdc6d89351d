"""Which of our plastic synapses the board has: pairs of spikes, additive or multiplicative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...simulator.equations import DIFFERENTIAL, inline
from ...simulator.expressions import parse, substitute, text_of
from ...simulator.models import SynapseModel
from ...simulator.plan import ProjectionPlan
from ...simulator.statements import parse_lines


class NotOnBoard(Exception):
    """Why a part of a network cannot be put on the board; the text follows its name."""


@dataclass(frozen=True)
class Pair:
    """The rule of a projection in PyNN's terms: ms, and SI for what has the unit of weights.

    A pair of spikes dt apart changes an additive weight by `a_plus exp(-dt/tau_plus)`, a
    multiplicative one by that times its distance from the bound; `a_plus` is then a number.
    """

    multiplicative: bool
    tau_plus: float
    tau_minus: float
    a_plus: float
    a_minus: float
    w_min: float
    w_max: float


SLOPES = frozenset({("r", "-r / tau_plus"), ("o", "-o / tau_minus")})
SOFT = "clip((w - w_min)/(w_max - w_min), 0, 1)"
CHANGES = {  # kind: what a pre event makes of w, what a post event makes of it
    "board": ("clip(w - a_minus*o, 0*amp, w_max)", "clip(w + a_plus*r, 0*amp, w_max)"),
    "additive": ("clip(w - a_minus*(w_max - w_min)*o, w_min, w_max)",
                 "clip(w + a_plus*(w_max - w_min)*r, w_min, w_max)"),
    "multiplicative": (f"clip(w - a_minus*(w_max - w_min)*{SOFT}**mu*o, w_min, w_max)",
                       f"clip(w + a_plus*(w_max - w_min)*(1 - {SOFT})**mu*r, w_min, w_max)")}


def kind_of(model: SynapseModel) -> str | None:
    """Key of CHANGES for a model that is that rule and sends its weight; None for any other."""
    full = inline(model.parsed)
    slopes = {(e.name, text_of(full[e.name])) for e in model.parsed if e.kind == DIFFERENTIAL}
    subs = {n: t for n, t in full.items() if n not in ("r", "o")}

    def lines(text: str) -> list[tuple[str, str, str]]:
        return [(x.target, x.op, text_of(substitute(parse(x.expr), subs)))
                for x in parse_lines(text)]
    pre, post = lines(model.on_pre), lines(model.on_post)
    if slopes != SLOPES or not pre or not pre[-1][0].endswith("_post"):
        return None
    target = pre[-1][0]
    sends = ([("r", "+", "1"), (target, "+", "w")],
             [("w_sent", "", "w"), ("r", "+", "1"), (target, "+", "w_sent")])
    for kind, (down, up) in CHANGES.items():
        if (pre[0] == ("w", "", text_of(parse(down))) and pre[1:] in sends
                and post == [("w", "", text_of(parse(up))), ("o", "+", "1")]):
            return kind
    return None


def pair_of(model: SynapseModel, q: ProjectionPlan) -> Pair:
    """The rule of a plastic projection. Raises NotOnBoard with the reason."""
    kind = kind_of(model)
    if kind is None:
        raise NotOnBoard(
            f"synapse {model.name!r} is none that the board has; it has static synapses and pair "
            "rules: stdp_additive, stdp_multiplicative with mu=1, and that of the hippocampal "
            "memories")
    if q.axonal_steps:
        raise NotOnBoard("dendritic_delay_fraction below 1; the board's synapses see every "
                         "postsynaptic spike a whole delay late, so leave it at 1")
    if any(np.any(q.state[n]) for n in ("r", "o")):
        raise NotOnBoard("traces r and o that do not begin at 0; the board's do")
    one = {n: _one(n, q.constants[n]) for n in ("tau_plus", "tau_minus", "a_plus", "a_minus",
                                                "w_max", "w_min", "mu") if n in q.constants}
    if one.get("mu", 1.0) != 1:
        raise NotOnBoard(f"mu = {one['mu']:g}; the board's multiplicative rule has mu = 1, for "
                         "mu = 0 take stdp_additive")
    low = one.get("w_min", 0.0)
    scale = one["w_max"] - low if kind == "additive" else 1.0
    return Pair(kind == "multiplicative", one["tau_plus"] * 1e3, one["tau_minus"] * 1e3,
                one["a_plus"] * scale, one["a_minus"] * scale, low, one["w_max"])


def _one(name: str, value: Any) -> float:
    values = np.unique(value)
    if values.size != 1:
        raise NotOnBoard(f"{name} differs between synapses; the board has one for each projection")
    return float(values[0])
