"""Why two runs part where they do: the neuron is run again on both and watched."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..simulator.equations import SECOND
from ..simulator.errors import EngramError
from ..simulator.expressions import dimension, parse
from ..simulator.models import TIME, dims_of
from ..simulator.network import Network
from ..simulator.plan import Plan
from ..simulator.results import Weights, unit_name
from ..simulator.units import Dim, Quantity, text
from .divergence import Divergence
from .divergence_cause import Evidence, evidence, judge, without_watching
from .divergence_rerun import Runner, Watch, watch
from .equivalence import SpikeComparison

AFTER = 20
"""Steps that are run beyond a divergence, to show what follows."""


@dataclass(frozen=True)
class Explanation:
    """A divergence, its likely `cause` (one of `divergence_cause.CAUSES`) and a sentence.

    Where the neuron was watched: `threshold` as the model writes it; `values` of its variables when
    the threshold was tested, by variable (first, second); `distance` beyond the threshold,
    negative on the side that does not fire, in SI of dimension `dim`; `limit`, the threshold's
    right side. `differs` and `departs`: the first steps in which any variable differs at all, and
    by more than rounding.
    """

    moment: Divergence
    labels: tuple[str, str]
    cause: str
    says: str
    threshold: str = ""
    values: Mapping[str, tuple[float, float]] | None = None
    dims: Mapping[str, Dim] | None = None
    distance: tuple[float, float] | None = None
    limit: float | None = None
    dim: Dim | None = None
    differs: int | None = None
    departs: int | None = None
    watch: Watch | None = None

    @property
    def fired_on(self) -> str:
        """Label of the run that has the spike."""
        return self.labels[0 if self.moment.only_in == "first" else 1]

    def lines(self) -> list[str]:
        """What there is to say, a line each."""
        out = [f"first divergence: {self.moment}: a spike on {self.fired_on} only"]
        for name, both in (self.values or {}).items():
            dim = (self.dims or {})[name]
            said = ", ".join(f"{_exact(v, dim)} on {label}"
                             for label, v in zip(self.labels, both, strict=True))
            out.append(f"  {name} at the threshold ({self.threshold}): {said}")
        if self.distance is not None and self.dim is not None:
            out.append("  distance: " + ", ".join(
                self._distance(gap, label)
                for gap, label in zip(self.distance, self.labels, strict=True)))
        if self.values is not None:
            out.append("  its variables " + (
                "are the same bit for bit until then" if self.differs is None else
                f"differ from step {self.differs} on, and " + (
                    "never by more than rounding" if self.departs is None
                    else f"by more than rounding from step {self.departs} on")))
        return [*out, f"  likely cause: {self.cause}: {self.says}"]

    def _distance(self, gap: float, label: str) -> str:
        assert self.dim is not None
        if gap == 0:
            return f"exactly at it on {label}"
        part = f" ({abs(gap / self.limit):.2g} of its value)" if self.limit else ""
        where = "beyond it" if gap > 0 else "short of it"
        return f"{text(abs(gap), self.dim)} {where}{part} on {label}"

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and texts, in SI."""
        m = self.moment
        units = {n: unit_name(d) for n, d in (self.dims or {}).items()}
        return {
            "population": m.population, "step": m.step, "neuron": m.neuron,
            "fired_on": self.fired_on, "cause": self.cause, "says": self.says,
            "upstream": None if m.upstream is None else vars(m.upstream),
            "threshold": self.threshold,
            "values": {n: {**{label: _finite(v) for label, v in zip(self.labels, both, strict=True)
                              }, "unit": units[n]} for n, both in (self.values or {}).items()},
            "distance": None if self.distance is None or self.dim is None else {
                **dict(zip(self.labels, map(_finite, self.distance), strict=True)),
                "unit": unit_name(self.dim)},
            "first_difference_step": self.differs, "beyond_rounding_step": self.departs}


def explain(network: Network, plan: Plan, moment: Divergence, comparison: SpikeComparison,
            steps: int, runners: tuple[Runner, Runner], labels: tuple[str, str],
            rerun: bool = True) -> Explanation:
    """What lies behind a divergence, one of a run of `steps` steps.

    With `rerun` both are run again up to it, unless spikes alone tell.
    """
    told = without_watching(plan, moment, comparison, labels)
    if told is None and not rerun:
        told = "unknown", "no input of it had parted before, so this is of its own making"
    if told is not None:
        return Explanation(moment, labels, *told)
    until = min(steps, moment.step + 1 + AFTER)
    try:
        seen = watch(network, plan, moment.population, moment.neuron, moment.step, until, runners)
        e = evidence(plan, moment, comparison, seen, labels)
        e = replace(e, then=_weights_then(network, e, runners))
    except EngramError as problem:  # such as a backend that cannot record what is asked for
        return Explanation(moment, labels, "unknown", f"it could not be watched: {problem}")
    return _explained(network, e, *judge(e))


def _weights_then(network: Network, e: Evidence, runners: tuple[Runner, Runner]) -> tuple[
        Mapping[str, Weights], Mapping[str, Weights]]:
    if not e.departs or not any("w" in q.state for q in e.plan.projections):
        return {}, {}
    until = Quantity(e.departs * e.plan.dt, SECOND)
    return runners[0](network, until).weights, runners[1](network, until).weights


def _explained(network: Network, e: Evidence, cause: str, says: str) -> Explanation:
    w = e.watch
    model = network.population(e.moment.population).model
    values = {n: (float(w.first.before[n][w.step]), float(w.second.before[n][w.step]))
              for n in w.reads}
    gaps = [w.distance(x) for x in w.both]
    sides = w.sides(w.first, np.array([w.step]))
    distance = None if gaps[0] is None or gaps[1] is None else (gaps[0], gaps[1])
    return Explanation(
        e.moment, e.labels, cause, says, model.threshold, values, w.dims, distance,
        None if sides is None else float(sides[1][0]), threshold_dim(model), e.differs, e.departs,
        w)


def threshold_dim(model: Any) -> Dim | None:
    """Dimension of what a threshold of one comparison compares; None for any other."""
    tree = parse(model.threshold)
    if not isinstance(tree, ast.Compare):
        return None
    return dimension(tree.left, {**TIME, **dims_of(model.parsed)})


def _exact(value: float, dim: Dim) -> str:
    """With every digit, where `text` has six: a divergence may be in the last."""
    unit = unit_name(dim)
    return f"{value!r}" + ("" if unit == "1" else f" {unit}")


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
