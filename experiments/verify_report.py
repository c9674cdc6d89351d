"""What `engram.verify` found, as text and as plain numbers."""

from __future__ import annotations

from typing import Any

from ..simulator.units import text
from .equivalence import Equivalence, ValueComparison
from .text_table import text_table
from .verify import Pair, Verification

AGREE = {True: "all agree", False: "not all agree"}


def as_record(v: Verification) -> dict[str, Any]:
    """Everything in SI; keyed by the backends' labels."""
    return {"network": v.network.name, "first": v.label, "seed": v.seed, "dt_s": v.first.dt,
            "steps": v.first.steps, "spikes": sum(len(s) for s in v.first.spikes.values()),
            "require": v.require, "allow_refused": v.allow_refused, "verdict": v.verdict,
            "agree": v.agrees, "backends": {p.label: _pair_record(p) for p in v.pairs}}


def _pair_record(p: Pair) -> dict[str, Any]:
    found = {"verdict": "refused"} if p.found is None else p.found.to_dict()
    return {**found, "refused": p.refused,
            "divergences": [e.to_dict() for e in p.explanations]}


def report(v: Verification) -> str:
    """A part for each backend, then the verdicts."""
    total = sum(len(s) for s in v.first.spikes.values())
    parts = [f"{v.network.name}: {v.first.steps} steps of {v.first.dt * 1e3:g} ms, seed {v.seed}, "
             f"{total:,} spikes on {v.label}"]
    parts += [f"{p.label} against {v.label}\n{_body(v.label, p)}" for p in v.pairs]
    parts.append("\n".join(f"{p.label}: {_says(p)}" for p in v.pairs))
    allowed = " (refusals are allowed)" if v.allow_refused else ""
    parts.append(f"required: {v.require}{allowed}\n{AGREE[v.agrees]}")
    return "\n\n".join(parts)


def _says(p: Pair) -> str:
    return "refused" if p.found is None else p.found.says


def _body(first: str, p: Pair) -> str:
    if p.found is None:
        return p.refused
    lines = [f"note: {note}" for note in p.found.notes]
    lines += [_table(first, p.label, p.found)]
    lines += [f"largest {what} difference: {_value(worst)}" for what, worst in (
        ("weight", p.found.worst_weight), ("state", p.found.worst_state)) if worst is not None]
    if p.explanations:
        lines += ["", *p.explanations[0].lines()]
    lines += [f"then {e.moment}: {e.says}" for e in p.explanations[1:]]
    return "\n".join(lines)


def _value(v: ValueComparison) -> str:
    return str(v) if v.difference else f"none (largest value: {text(v.largest, v.dim) or 0} in " \
                                       f"{v.part}.{v.variable})"


def _table(first: str, second: str, found: Equivalence) -> str:
    rows = [(s.population, s.neurons, s.first, s.second, s.mismatches, _ratio(s.jaccard),
             _ratio(s.jaccard_near), "-" if s.shift is None else s.shift,
             "-" if s.divergence is None else f"step {s.divergence[0]}, neuron {s.divergence[1]}")
            for s in found.spikes]
    return text_table(("population", "neurons", f"{first} spikes", f"{second} spikes",
                       "mismatches", "Jaccard", "within 1 step", "shift", "first divergence"), rows)


def _ratio(x: float | None) -> str:
    """Four digits, but 1 only where it is 1."""
    return "-" if x is None else "1" if x == 1 else f"{min(x, 0.9999):.4f}"


