"""Which of our plastic synapses the board has: pairs of spikes, additive or multiplicative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ...simulator.models import SynapseModel
from ...simulator.plan import ProjectionPlan
from ..hardware.plasticity import SPAN, rule_of


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


RULES = ("stdp_board", "stdp_additive", "stdp_multiplicative")
"""Names of the rules that are emulated."""


def pair_of(model: SynapseModel, q: ProjectionPlan) -> Pair:
    """The rule of a plastic projection. Raises NotOnBoard with the reason."""
    found = rule_of(model)
    if found is None or found.rule.name not in RULES:
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
    scale = one["w_max"] - low if found.rule.plus == SPAN else 1.0
    return Pair(found.rule.name == "stdp_multiplicative", one["tau_plus"] * 1e3,
                one["tau_minus"] * 1e3, one["a_plus"] * scale,
                one["a_minus"] * scale, low, one["w_max"])


def _one(name: str, value: Any) -> float:
    values = np.unique(value)
    if values.size != 1:
        raise NotOnBoard(f"{name} differs between synapses; the board has one for each projection")
    return float(values[0])
