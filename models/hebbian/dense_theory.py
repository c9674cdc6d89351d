"""What theory says of dense networks: replica symmetry, the line at T = 0, one-step stability.

Load gamma = P! K / (2 N^(P-1)), inverse temperature beta' = 2 beta / P!, entropy of the data set
rho = (1 - r^2) / (M r^2). The line at T = 0 lacks the reaction term of P = 2 and is for P >= 3;
at P = 2 that of `hopfield_theory` takes its place.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ...simulator.errors import DescriptionError
from .patterns import check_quality


class Replica(NamedTuple):
    """Order parameters: overlap with the archetype, with its examples, and between replicas."""

    m: float
    n: float
    q: float


def load(spins: int, patterns: float, order: int) -> float:
    """gamma."""
    _check(order=order, spins=spins, patterns=patterns)
    return math.factorial(order) * patterns / (2.0 * float(spins) ** (order - 1))


def patterns_at(gamma: float, spins: int, order: int) -> float:
    """K at that load."""
    _check(order=order, spins=spins, load=gamma)
    return 2.0 * gamma * float(spins) ** (order - 1) / math.factorial(order)


def entropy(quality: float, number: int) -> float:
    """rho."""
    check_quality(quality)
    if number < 1:
        raise DescriptionError(f"{number!r} examples of each archetype; it takes at least 1")
    return (1.0 - quality**2) / (number * quality**2)


def one_step_supervised(gamma: float, rho: float, order: int) -> float:
    """Overlap with the archetype after one parallel update at T = 0 from it."""
    _check(order=order, load=gamma, entropy=rho)
    return _after_noise(rho + 2.0 * gamma * (1.0 + rho) ** order / order)


def one_step_unsupervised(gamma: float, quality: float, number: int, order: int) -> float:
    """As `one_step_supervised`, without a teacher: rho_P = (1 - r^2P) / (M r^2P)."""
    _check(order=order, load=gamma)
    of_tuples = entropy(quality**order, number)
    return _after_noise(entropy(quality, number) + 2.0 * gamma * (1.0 + of_tuples) / order)


def capacity_edge(order: int) -> tuple[float, float]:
    """(gamma_c, m there): where m = erf(m^(P-1) sqrt(P / (4 gamma))) loses its solution.

    The line solved for the load is gamma(m) = P/4 (m^(P-1) / erfinv(m))^2; its top is the edge.
    """
    from scipy.optimize import minimize_scalar
    _at_least_three(order)
    top = minimize_scalar(lambda m: -_load_of(m, order), bounds=(0.5, 1 - 1e-9), method="bounded",
                          options={"xatol": 1e-10})
    return float(-top.fun), float(top.x)


def overlap_at(gamma: float, order: int) -> float:
    """m of the retrieval state at T = 0 without noise in the data; 0 above the edge."""
    _at_least_three(order)
    _check(load=gamma)
    if gamma == 0.0:
        return 1.0
    m = 1.0
    for _ in range(100_000):
        new = math.erf(m ** (order - 1) * math.sqrt(order / (4.0 * gamma)))
        if abs(new - m) < 1e-13:
            return new
        m = new
    return m


def replica_symmetric(order: int, temperature: float, gamma: float, rho: float = 0.0,
                      begin: Replica | None = None, plain: bool = False) -> Replica:
    """Solve m = E tanh g, q = E tanh^2 g, n = (m + rho h (1 - q)) / (1 + rho) with

        g = h + z sqrt(rho h^2 + gamma beta'^2 P/2 q^(P-1)),
        h = beta' P/2 n^(P-1) (1 + rho)^(P/2 - 1),

    by iteration from `begin`, or from retrieval. `temperature` is 1 / beta, above 0; n is the mean
    of example times state, times r / R. At P = 2 the noise of other patterns reacts: gamma is
    divided by (1 - beta' (1 - q))^2, as in Hopfield's network. The power of 1 + rho belongs to the
    scale R^(P/2) of `dense.supervised`, which obeys these equations; `plain` leaves it out.
    """
    _check(order=order, temperature=temperature, load=gamma, entropy=rho)
    prime, half = 2.0 / (temperature * math.factorial(order)), order / 2.0
    gain = prime * half * (1.0 if plain else (1.0 + rho) ** (half - 1.0))
    m, n, q = begin or Replica(1.0, 1.0 / (1.0 + rho), 1.0)
    alone = 1.0  # 1 - beta' (1 - q) at P = 2
    for _ in range(20_000):
        signal = gain * n ** (order - 1)
        noise = prime * math.sqrt(gamma * half * q ** (order - 1)) / alone
        new, rest = _averages(signal, math.hypot(math.sqrt(rho) * signal, noise))
        if order == 2:  # 1 - q goes as `alone` does: so it is found at once, and never below 0
            alone /= alone + prime * rest
        got = Replica(new, (new + rho * signal * rest) / (1.0 + rho), 1.0 - rest)
        done = max(abs(a - b) for a, b in zip(got, (m, n, q), strict=True)) < 1e-12
        m, n, q = got
        if done:
            break
    return Replica(m, n, q)


def edge_at(order: int, temperature: float, rho: float = 0.0, tolerance: float = 1e-4,
            plain: bool = False) -> float:
    """The largest load at which retrieval (m > 0.5) solves the equations; 0 if at none."""
    _check(tolerance=tolerance)

    def retrieved(gamma: float) -> bool:
        return replica_symmetric(order, temperature, gamma, rho, plain=plain).m > 0.5

    low, high = 0.0, 2.0
    if not retrieved(0.0):
        return 0.0
    while retrieved(high):
        low, high = high, 2.0 * high
    while high - low > tolerance:
        middle = 0.5 * (low + high)
        if retrieved(middle):
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _load_of(m: float, order: int) -> float:
    from scipy.special import erfinv
    return float(order / 4.0 * (m ** (order - 1) / erfinv(m)) ** 2)


def _averages(mean: float, spread: float) -> tuple[float, float]:
    """E tanh x and 1 - E tanh^2 x of a normal x.

    Where x is spread wide, tanh is the sign, whose average is known, and a rest near 0.
    """
    if spread <= 10.0:
        z, weight = _normal()
        t = np.tanh(mean + spread * z)
        return float(weight @ t), float(weight @ ((1.0 - t) * (1.0 + t)))
    u, weight = _near_zero()
    up, down = (np.exp(-0.5 * ((u - at) / spread) ** 2) for at in (mean, -mean))
    weight = weight / (spread * math.sqrt(2.0 * math.pi))
    t = np.tanh(u)
    return (math.erf(mean / (spread * math.sqrt(2.0))) - float(weight @ ((1.0 - t) * (up - down))),
            float(weight @ ((1.0 - t) * (1.0 + t) * (up + down))))


@cache
def _normal() -> tuple[Any, Any]:
    """Points and weights of a normal number: steps of 0.02, a fifth of tanh's width at most."""
    z = np.linspace(-8.0, 8.0, 801)
    weight = np.exp(-0.5 * z**2)
    return z, weight / weight.sum()


@cache
def _near_zero() -> tuple[Any, Any]:
    """Points and weights from 0 to 20, where tanh is 1 to the last bit."""
    u, weight = np.polynomial.legendre.leggauss(200)
    return 10.0 * (u + 1.0), 10.0 * weight


def _after_noise(variance: float) -> float:
    return math.erf(1.0 / math.sqrt(2.0 * variance)) if variance else 1.0


LEAST = {"order": 2, "spins": 1, "patterns": 0, "load": 0, "entropy": 0}


def _check(**given: float) -> None:
    """DescriptionError below LEAST, or unless above 0 for what does not stand there."""
    for name, value in given.items():
        if name not in LEAST and not value > 0.0:
            raise DescriptionError(f"{name} {value!r} must be above 0")
        if name in LEAST and not value >= LEAST[name]:
            raise DescriptionError(f"{name} {value!r} must be {LEAST[name]} or more")


def _at_least_three(order: int) -> None:
    if order < 3:
        raise DescriptionError(f"P = {order}: the line at T = 0 holds for P of 3 or more; for 2 it "
                               "lacks the reaction term")
