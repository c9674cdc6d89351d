"""Weights as the board stores them: 16 bits, shifted alike for all synapses of one receptor.

The tool chain estimates the largest sum that may arrive at a receptor in one step, and places the
16 bits so that it fits: with shift s a weight is a multiple of 2**(s - 15) of its unit (conductance
weights are first multiplied by 1024). The estimate is that of sPyNNaker 7.4 for a list of
connections: the sum of each projection's largest weight times its largest in-degree where all
delays of the receptor are equal; else `sigma` standard deviations above the mean of Poisson input
at `rate` spikes a second, but not more than that sum; never less than the largest weight. A plastic
projection counts with `w_max`. Rates of sources are not looked at, by 7.4 neither.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...kernels.fixed_point import WEIGHT_MAX
from ...kernels.fixed_point_tables import COND_EXP
from ...simulator.errors import UnsupportedError
from ...simulator.lower import lower
from ...simulator.network import Network
from ...simulator.plan import Plan, ProjectionPlan
from .board import RECEPTORS, Board, Synapses, board

RATE, SIGMA = 30.0, 5.0
"""Defaults of the tool chain: `spikes_per_second` and `ring_buffer_sigma`."""

TAIL = 3.0
"""Standard deviations to which the tool chain sums the Poisson distribution."""


@dataclass(frozen=True)
class Arrivals:
    """What one projection may bring to a receptor; weights times the receptor's global scale."""

    mean: float
    variance: float
    largest: float
    connections: int
    delay_variance: float
    total: float


def shifts(network: Network, dt: Any = None, seed: int = 0, rate: float = RATE,
           sigma: float = SIGMA) -> dict[str, tuple[int, int]]:
    """Shift of the excitatory and of the inhibitory receptor, by population of neurons.

    Raises UnsupportedError with the reasons for a network that the board cannot hold.
    """
    plan, found = _on_board(network, dt, seed)
    each = shifts_of(plan, found, rate, sigma)
    return {p.name: (each[n][0], each[n][1]) for n, p in enumerate(plan.populations)
            if found.cells[n] is not None}


def quantised_weights(network: Network, dt: Any = None, seed: int = 0, rate: float = RATE,
                      sigma: float = SIGMA) -> dict[str, Any]:
    """Weights that the board stores, by projection: one a synapse, sorted by (pre, post).

    In nA or uS, mV/ms for Izhikevich neurons; without sign. Errors as `shifts`.
    """
    plan, found = _on_board(network, dt, seed)
    each = shifts_of(plan, found, rate, sigma)
    out = {}
    for q, s in zip(plan.projections, found.synapses, strict=True):
        one = resolution(each[q.target][s.receptor], scale_of(found, q.target))
        out[q.name] = stored(s.weight, one) * one
    return out


def _on_board(network: Network, dt: Any, seed: int) -> tuple[Plan, Board]:
    plan = lower(network, dt, seed)
    found, reasons = board(network, plan)
    if found is None:
        raise UnsupportedError("spinnaker", reasons)
    return plan, found


def scale_of(found: Board, population: int) -> float:
    """Factor by which the board multiplies weights to a population before it stores them."""
    cells = found.cells[population]
    return 1024.0 if cells is not None and cells.form.kind == COND_EXP else 1.0


def resolution(shift: int, scale: float = 1.0) -> float:
    """The smallest weight: the unit of the 16-bit numbers."""
    return 2.0 ** (shift - 15) / scale


def stored(weight: Any, one: float) -> Any:
    """Weights as 16-bit numbers of unit `one`, rounded to nearest, ties to even."""
    return np.minimum(np.rint(np.asarray(weight) / one), WEIGHT_MAX).astype(np.uint16)


def shifts_of(plan: Plan, found: Board, rate: float = RATE,
              sigma: float = SIGMA) -> list[list[int]]:
    """Shifts of each population's receptors, as many as there are; zeros for sources."""
    per: list[list[list[Arrivals]]] = [[[] for _ in RECEPTORS] for _ in plan.populations]
    for q, s in zip(plan.projections, found.synapses, strict=True):
        if q.synapses:
            per[q.target][s.receptor].append(_arrivals(q, s, plan, scale_of(found, q.target)))
    per_step = rate * plan.dt
    return [[_shift(_largest_sum(parts, per_step, sigma)) for parts in receptors]
            for receptors in per]


def _arrivals(q: ProjectionPlan, s: Synapses, plan: Plan, scale: float) -> Arrivals:
    largest = float(np.max(s.weight))
    connections = int(np.max(np.bincount(q.post)))
    delays = np.asarray(q.dendritic_steps) * (plan.dt * 1e3)
    mean, variance = float(np.mean(s.weight)), float(np.var(s.weight))
    if s.pair is not None:
        largest = max(largest, s.pair.w_max)
        mean, variance = largest, 0.0
    # the total is not scaled, as in the tool chain
    return Arrivals(mean * scale, variance * scale**2, largest * scale, connections,
                    float(np.var(delays)) if q.mixed else 0.0, largest * connections)


def _shift(largest: float) -> int:
    """Power of two that is above `largest`, at least 1."""
    power = math.ceil(max(0.0, math.log2(largest))) if largest > 0 else 0
    return power + 1 if 2**power <= largest else power


def _largest_sum(parts: Sequence[Arrivals], per_step: float, sigma: float) -> float:
    if not parts:
        return 0.0
    biggest = max(p.largest for p in parts)
    total = sum(p.total for p in parts) * max(1.0, per_step)
    if _pooled([(0.0, p.delay_variance, p.connections) for p in parts])[1] == 0:
        return max(total, biggest)
    mean, variance, n = _pooled([(p.mean, p.variance, p.connections) for p in parts])
    bound = _poisson_bound(mean, math.sqrt(variance), n * per_step, sigma)
    return max(min(bound, total), biggest)


def _pooled(parts: Sequence[tuple[float, float, int]]) -> tuple[float, float, int]:
    """Mean, sample variance and number of several groups taken as one."""
    number = sum(n for _, _, n in parts)
    mean = sum(m * n for m, _, n in parts) / number
    squares = sum(v * (n - 1.0) + n * (m - mean)**2 for m, v, n in parts)
    return mean, squares / (number - 1.0) if number > 1 else 0.0, number


def _poisson_bound(mean: float, deviation: float, spikes: float, sigma: float) -> float:
    """`sigma` deviations above the mean of a sum of `spikes` (in the mean) weights."""
    from scipy.special import gammaincc, gammaln
    spread = 0.0
    if deviation > 0:
        last = round(spikes + TAIL * math.sqrt(spikes))
        logarithm = math.log(spikes) * last - gammaln(1 + last)
        if -701.0 < logarithm < 701.0 and logarithm != 0.0:  # what float64 can hold
            inner = math.exp(spikes) * gammaincc(1 + last, spikes) - math.exp(logarithm)
            if inner > 0:
                spread = math.exp(-spikes + math.log(spikes) + 2 * math.log(deviation)
                                  + math.log(inner))
    return spikes * mean + sigma * math.sqrt(spikes * mean**2 + spread)
