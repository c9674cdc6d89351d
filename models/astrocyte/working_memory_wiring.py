"""Who is joined with whom in the working memory, and what noise each neuron gets."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ...simulator.fields import integer

STRIDE, ZONE_SIDE = 3, 4

ROUNDS = 50
"""Of draws for the targets of a neuron; one or two do unless it reaches most of the grid."""


def zones_along(side: int) -> int:
    """Zones in a row of `side` neurons: 4 wide, overlapping by one. DescriptionError if none fits.
    """
    if side < ZONE_SIDE or (side - 1) % STRIDE:
        raise DescriptionError(f"side={side} does not hold whole zones; it must be 3 n + 1, such "
                               "as 79")
    return (side - 1) // STRIDE


def zone_members(side: int) -> tuple[Any, Any]:
    """Neuron and zone of every membership: 16 neurons a zone, those on borders in several."""
    many = zones_along(side)
    zone = np.arange(many * many)
    row, col = np.divmod(zone, many)
    r = row[:, None, None] * STRIDE + np.arange(ZONE_SIDE)[:, None]
    c = col[:, None, None] * STRIDE + np.arange(ZONE_SIDE)
    return (r * side + c).ravel(), np.repeat(zone, ZONE_SIDE * ZONE_SIDE)


def zone_of(side: int) -> Any:
    """The one zone that feeds back to each neuron: on a border, the later one."""
    many = zones_along(side)
    at = np.minimum(np.arange(side) // STRIDE, many - 1)
    return (at[:, None] * many + at).ravel()


def neighbours(side: int) -> tuple[Any, Any]:
    """Pairs of neighbours on a square grid, each in both directions."""
    at = np.arange(side * side).reshape(side, side)
    pairs = [(at[:, 1:], at[:, :-1]), (at[1:], at[:-1])]
    a = np.concatenate([x.ravel() for x, _ in pairs])
    b = np.concatenate([y.ravel() for _, y in pairs])
    return np.concatenate((a, b)), np.concatenate((b, a))


def local_targets(side: int, many: int, mean: float, seed: int) -> tuple[Any, Any]:
    """Each neuron of a grid reaches `many` others at an exponential distance, any direction.

    Offsets are truncated toward zero, each target is taken once, and draws that leave the grid or
    hit the neuron itself are drawn again. DescriptionError if so many are not found near enough.
    """
    integer(many, f"targets of a neuron among {side} x {side}", 0, side*side - 1)
    rng = np.random.default_rng([seed, 1])
    pre = np.repeat(np.arange(side * side), many)
    return pre, np.concatenate([_targets(divmod(n, side), side, many, mean, rng)
                                for n in range(side * side)])


def _targets(at: tuple[int, int], side: int, many: int, mean: float, rng: Any) -> Any:
    found = np.empty(0, dtype=np.int64)
    for _ in range(ROUNDS):
        far, angle = rng.exponential(mean, 16 * many), rng.uniform(0, 2 * np.pi, 16 * many)
        row = at[0] + np.trunc(far * np.cos(angle)).astype(np.int64)
        col = at[1] + np.trunc(far * np.sin(angle)).astype(np.int64)
        inside = (row >= 0) & (row < side) & (col >= 0) & (col < side)
        inside &= (row != at[0]) | (col != at[1])
        drawn = np.concatenate((found, (row * side + col)[inside]))
        _, first = np.unique(drawn, return_index=True)
        found = drawn[np.sort(first)]
        if len(found) >= many:
            return found[:many]
    raise DescriptionError(f"targets={many} of neuron {at} among {side} x {side}: {ROUNDS} rounds "
                           f"of {16*many} draws found {len(found)} near enough; use fewer")


def noise_impulses(neurons: int, steps: int, dt: float, seed: int) -> tuple[Any, Any, Any, Any]:
    """Neuron, first step, step after the last, and amplitude (mV) of impulses of noise.

    Each neuron gets one every 667 ms or so (Poisson in steps), of 30 ms, uniform in (-20, 20).
    """
    rng = np.random.default_rng([seed, 2])
    many = int(steps * dt / 0.6) + 2
    at = rng.poisson(1/1.5/dt, (neurons, many))
    at[:, 0] = rng.uniform(0, 1.5/dt, neurons)
    at = at.cumsum(axis=1)
    amplitude = rng.uniform(-20, 20, (neurons, many))
    neuron, n = np.nonzero(at < steps)
    first = at[neuron, n]
    return neuron, first, first + round(0.03/dt) + 1, amplitude[neuron, n]
