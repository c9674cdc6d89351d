"""Synapses of PyNN and of ours: static ones and pair rules, read in both directions.

As for cells, the text is what counts. A synapse names the variable it sends to and the unit of its
weights; both are read from the text, and the rule's text for that variable and unit is compared.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from ...simulator.expressions import parse
from ...simulator.models import SynapseModel
from ...simulator.statements import parse_lines

PAIR = """
w : {unit}
dr/dt = -r/tau_plus : 1 (pre)
do/dt = -o/tau_minus : 1 (post)
tau_plus : second
tau_minus : second
a_plus : {amplitude}
a_minus : {amplitude}
"""
BOUNDS = "w_min : {unit}\nw_max : {unit}\n"
Q = "q = clip((w - w_min)/(w_max - w_min), 0, 1) : 1\nmu : 1\n"

SPAN, ONE, ABSOLUTE = "span", "one", "absolute"
"""What our amplitude is a fraction of: of w_max - w_min where PyNN says w_max; of the same as in
PyNN; or it is a weight itself."""


@dataclass(frozen=True)
class Rule:
    """A synapse: our text with {unit} and {target}, and PyNN's names for it.

    `timing` and `weights` are PyNN's classes, '' for a static synapse. `plus` and `minus` say how
    amplitudes compare. `exponent`: has `mu`. `targets`: the simulators that have the rule.
    """

    name: str
    equations: str
    on_pre: str
    on_post: str = ""
    timing: str = ""
    weights: str = ""
    plus: str = SPAN
    minus: str = SPAN
    exponent: bool = False
    targets: tuple[str, ...] = ("spinnaker", "nest", "neuron")

    def model(self, target: str, unit: str, **defaults: Any) -> SynapseModel:
        """The synapse that sends to `target`, with weights in `unit`."""
        named = {"unit": unit, "target": target}
        return SynapseModel(f"{self.name} to {target}", self.equations.format(**named),
                            self.on_pre.format(**named), self.on_post.format(**named),
                            defaults=defaults)


class Found(NamedTuple):
    """A rule, and the variable of the neuron that its spikes go to."""

    rule: Rule
    target: str


def _pair(name: str, takes: str, adds: str, raised: str = "+= 1", more: str = "",
          **options: Any) -> Rule:
    """One pair rule of the library: what a pre event takes from w, and a post event adds."""
    return Rule(name, PAIR.replace("{amplitude}", "1") + BOUNDS + more,
                f"w = clip(w - {takes}, w_min, w_max)\nr {raised}\n{{target}}_post += w",
                f"w = clip(w + {adds}, w_min, w_max)\no {raised}", **options)


DOWN, UP = "a_minus*(w_max - w_min)*o", "a_plus*(w_max - w_min)*r"
SOFT_DOWN, SOFT_UP = "a_minus*(w_max - w_min)*q**mu*o", "a_plus*(w_max - w_min)*(1 - q)**mu*r"

RULES: tuple[Rule, ...] = (
    Rule("static", "w : {unit}", "{target}_post += w"),
    _pair("stdp_additive", DOWN, UP, timing="SpikePairRule", weights="AdditiveWeightDependence"),
    _pair("stdp_multiplicative", SOFT_DOWN, SOFT_UP, more=Q, timing="SpikePairRule",
          weights="MultiplicativeWeightDependence", plus=ONE, minus=ONE, exponent=True),
    _pair("stdp_van_rossum", "a_minus*w*o", UP, timing="SpikePairRule",
          weights="AdditivePotentiationMultiplicativeDepression", minus=ONE, targets=("nest",)),
    _pair("stdp_nearest", DOWN, UP, raised="= 1", timing="SpikeNearestPairRule",
          weights="AdditiveWeightDependence", targets=("spinnaker",)),
    Rule("stdp_board", PAIR.replace("{amplitude}", "{unit}") + "w_sent : {unit}\nw_max : {unit}\n",
         "w = clip(w - a_minus*o, 0*amp, w_max)\nw_sent = w\nr += 1\n{target}_post += w_sent",
         "w = clip(w + a_plus*r, 0*amp, w_max)\no += 1",
         timing="SpikePairRule", weights="AdditiveWeightDependence", plus=ABSOLUTE,
         minus=ABSOLUTE),
)
"""Every synapse we can say in PyNN."""


def _canonical(expr: str) -> str:
    return ast.dump(parse(expr))


def fingerprint(model: SynapseModel) -> str:
    """SHA-256 of what the text says, whatever its name, layout and defaults."""
    parts = sorted(
        f"{e.kind}|{e.name}|{_canonical(e.expr) if e.expr else ''}|{tuple(map(float, e.dim))}|"
        f"{sorted(e.flags)}" for e in model.parsed)
    for label, text in (("pre", model.on_pre), ("post", model.on_post)):
        parts += [f"{label}|{line.target}|{line.op}|{_canonical(line.expr)}"
                  for line in parse_lines(text)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def rule_of(model: Any) -> Found | None:
    """The rule that the synapse says and where it sends to, or None."""
    sends = [line.target for line in parse_lines(model.on_pre) if line.target.endswith("_post")]
    weight = next((e for e in model.parsed if e.name == "w"), None)
    if len(sends) != 1 or weight is None:
        return None
    target = sends[0].removesuffix("_post")
    rule = _known(target, weight.unit).get(fingerprint(model))
    return None if rule is None else Found(rule, target)


@lru_cache(maxsize=64)
def _known(target: str, unit: str) -> dict[str, Rule]:
    found = {}
    for rule in RULES:
        if rule.plus == ABSOLUTE and unit != "amp":
            continue  # its text has bounds of 0 amp
        found[fingerprint(rule.model(target, unit))] = rule
    return found


def amplitudes(rule: Rule, values: Mapping[str, Any]) -> tuple[float, float]:
    """PyNN's A_plus and A_minus from our values in SI."""
    top = values["w_max"]
    scale = {SPAN: (top - values.get("w_min", 0.0)) / top if top else 0.0, ONE: 1.0,
             ABSOLUTE: 1 / top if top else 0.0}
    return values["a_plus"] * scale[rule.plus], values["a_minus"] * scale[rule.minus]


def our_amplitudes(rule: Rule, a_plus: float, a_minus: float, w_min: Any,
                   w_max: Any) -> dict[str, Any]:
    """Our a_plus and a_minus from PyNN's; weights are quantities, as is an absolute amplitude."""
    def one(kind: str, a: float) -> Any:
        if kind == SPAN:
            span = w_max - w_min
            return a * (w_max / span) if span.value else 0.0
        return a * w_max if kind == ABSOLUTE else a
    return {"a_plus": one(rule.plus, a_plus), "a_minus": one(rule.minus, a_minus)}
