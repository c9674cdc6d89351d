"""How large a recorded run will be: states and weights to the byte, spikes at an assumed rate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...simulator.plan import NEURONS, POISSON, Plan
from ..collect import kept_names

STATES, WEIGHTS, COPIES, SPIKES = "states", "weights", "copies", "spikes"

WORD = 8
"""Bytes of every number in a file: all are 64 bits."""

LISTED = 6
"""Parts that a refusal lists by name, largest first."""


@dataclass(frozen=True)
class Part:
    """What one probe leaves; `kind` is "spikes" where the size is not known but foreseen."""

    what: str
    kind: str
    bytes: int


@dataclass(frozen=True)
class Prediction:
    """Sizes of the arrays of a recorded run; the file has some kB more."""

    parts: tuple[Part, ...]

    def of(self, *kinds: str) -> int:
        """Bytes of "states", "weights" (at the end, and WeightProbes), "copies" or "spikes"."""
        return sum(p.bytes for p in self.parts if p.kind in kinds)

    @property
    def total(self) -> int:
        """All bytes."""
        return sum(p.bytes for p in self.parts)

    def lines(self, most: int) -> str:
        """A line for each of the `most` largest parts."""
        order = sorted(self.parts, key=lambda p: -p.bytes)
        out = [f"  - {p.what}: {readable(p.bytes)}" for p in order[:most]]
        rest = order[most:]
        return "\n".join([*out, *([f"  - {len(rest)} more: "
                                   f"{readable(sum(p.bytes for p in rest))}"] if rest else [])])

    def __str__(self) -> str:
        return f"{readable(self.total)} ({self.total} bytes)\n{self.lines(len(self.parts))}"


def readable(count: float) -> str:
    """A number of bytes, such as 1.5 GB."""
    size, unit = next(((s, u) for s, u in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
                       if count >= s), (1, "bytes"))
    return f"{count / size:.4g} {unit}"


def predict(network: Any, plan: Plan, last: int, rate: float, first: int = 0,
            spikes: Mapping[int, int] | None = None) -> Prediction:
    """Sizes after step `last`, where `spikes` of each population were recorded before `first`."""
    return Prediction((*_states(plan, last), *_weights(network, plan, last),
                       *_spikes(plan, last, rate, first, spikes or {})))


def columns_of(plan: Plan) -> dict[tuple[int, str], tuple[int, int]]:
    """Where each variable is recorded: (population, name) -> StateRecord, place in it.

    Of two probes on one variable the later one counts.
    """
    return {(r.population, name): (n, m) for n, r in enumerate(plan.record_states)
            for m, name in enumerate(r.names)}


def _states(plan: Plan, last: int) -> Iterator[Part]:
    copies = max(1, len(plan.copies))
    for (population, name), (n, _) in columns_of(plan).items():
        r = plan.record_states[n]
        rows = -(-last // r.every)
        words = copies * rows * len(r.neurons) + rows + len(r.neurons)  # values, step, neurons
        yield Part(f"StateProbe on {plan.populations[population].name!r}: {name}", STATES,
                   WORD * words)


def _weights(network: Any, plan: Plan, last: int) -> Iterator[Part]:
    copies = max(1, len(plan.copies))
    probes = {r.projection: r for r in plan.record_weights}
    for n, (q, qp) in enumerate(zip(network.projections, plan.projections, strict=True)):
        if not (qp.state or n in probes):
            continue
        words = qp.synapses * (2 + copies * len(kept_names(q, qp)))  # pre, post, values
        yield Part(f"synapses of {q.name!r} at the end", WEIGHTS, WORD * words)
        if n in probes:
            times = int(np.sum(probes[n].steps < last))
            words = times * (1 + copies * qp.synapses * len(probes[n].names))
            yield Part(f"WeightProbe on {q.name!r}: {', '.join(probes[n].names)}", WEIGHTS,
                       WORD * words)


def _spikes(plan: Plan, last: int, rate: float, first: int, known: Mapping[int, int],
            ) -> Iterator[Part]:
    if plan.copies:
        words = len(plan.copies) + (len(plan.copies) + 1) * len(plan.record_spikes)
        yield Part("seed of each copy, and where its spikes begin", COPIES, WORD * words)
    for n in plan.record_spikes:
        p = plan.populations[n]
        count = known.get(n, 0) + _expected(plan, n, rate, first, last)
        how = f", assumed at {rate:g} Hz" if p.kind == NEURONS else ""
        yield Part(f"spikes of {p.name!r}{how}", SPIKES, spike_bytes(plan) * math.ceil(count))


def spike_bytes(plan: Plan) -> int:
    """Bytes of one spike: step and neuron, and SONATA's time where there is no batch."""
    return WORD * (2 if plan.copies else 3)


def _expected(plan: Plan, n: int, rate: float, first: int, last: int) -> float:
    """Spikes of a population in all copies: those of a schedule are known, others likely."""
    p, copies = plan.populations[n], max(1, len(plan.copies))
    if p.kind == NEURONS:
        return copies * p.size * min(1.0, rate * plan.dt) * (last - first)
    if p.kind == POISSON:
        active = max(0, min(p.stop, last) - max(p.start, first))
        chances = [c.chance.get(n, p.chance) for c in plan.copies] or [p.chance]
        return active * float(sum(np.sum(x) for x in chances))
    schedules = [c.schedules.get(n, (p.steps, p.indices)) for c in plan.copies] or [
        (p.steps, p.indices)]
    return sum(int(np.sum((s >= first) & (s < last))) for s, _ in schedules)
