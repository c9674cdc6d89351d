"""What theory says of dense networks: replica symmetry, the line at T = 0, one-step stability.

Load gamma = P! K / (2 N^(P-1)), inverse temperature beta' = 2 beta / P!, entropy of the data set
rho = (1 - r^2) / (M r^2). The line at T = 0 lacks the reaction term of P = 2 and is for P >= 3.
"""

from __future__ import annotations

import math
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
    return math.factorial(order) * patterns / (2.0 * float(spins) ** (order - 1))


def patterns_at(gamma: float, spins: int, order: int) -> float:
    """K at that load."""
    return 2.0 * gamma * float(spins) ** (order - 1) / math.factorial(order)


def entropy(quality: float, number: int) -> float:
    """rho."""
    check_quality(quality)
    return (1.0 - quality**2) / (number * quality**2)


def one_step_supervised(gamma: float, rho: float, order: int) -> float:
    """Overlap with the archetype after one parallel update at T = 0 from it."""
    return math.erf(1.0 / math.sqrt(2.0 * (rho + 2.0 * gamma * (1.0 + rho) ** order / order)))


def one_step_unsupervised(gamma: float, quality: float, number: int, order: int) -> float:
    """As `one_step_supervised`, without a teacher: rho_P = (1 - r^2P) / (M r^2P)."""
    of_tuples = entropy(quality**order, number)
    noise = entropy(quality, number) + 2.0 * gamma * (1.0 + of_tuples) / order
    return math.erf(1.0 / math.sqrt(2.0 * noise))


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
    if gamma <= 0.0:
        return 1.0
    m = 1.0
    for _ in range(100_000):
        new = math.erf(m ** (order - 1) * math.sqrt(order / (4.0 * gamma)))
        if abs(new - m) < 1e-13:
            return new
        m = new
    return m


def replica_symmetric(order: int, temperature: float, gamma: float, rho: float = 0.0,
                      begin: Replica | None = None) -> Replica:
    """Solve m = E tanh g, q = E tanh^2 g, n = (m + beta' P/2 rho n^(P-1) (1 - q)) / (1 + rho) with

        g = beta' P/2 n^(P-1) + z sqrt(rho (beta' P/2 n^(P-1))^2 + gamma beta'^2 P/2 q^(P-1)),

    by iteration from `begin`, or from retrieval. `temperature` is 1 / beta, above 0.
    """
    if not temperature > 0.0:
        raise DescriptionError(f"temperature {temperature!r} must be above 0; overlap_at is T = 0")
    z, weight = _gauss()
    prime = 2.0 / (temperature * math.factorial(order))
    half = order / 2.0
    m, n, q = begin or Replica(1.0, 1.0 / (1.0 + rho), 1.0)
    for _ in range(20_000):
        signal = prime * half * n ** (order - 1)
        noise = rho * signal**2 + gamma * prime**2 * half * q ** (order - 1)
        t = np.tanh(signal + math.sqrt(max(noise, 0.0)) * z)
        new = Replica(float(weight @ t), 0.0, float(weight @ t**2))
        new = new._replace(n=(new.m + rho * signal * (1.0 - new.q)) / (1.0 + rho))
        done = max(abs(new.m - m), abs(new.n - n), abs(new.q - q)) < 1e-12
        m, n, q = new
        if done:
            break
    return Replica(m, n, q)


def edge_at(order: int, temperature: float, rho: float = 0.0, tolerance: float = 1e-4) -> float:
    """The largest load at which retrieval (m > 0.5) solves the equations; 0 if at none."""
    low, high = 0.0, 2.0
    if replica_symmetric(order, temperature, 0.0, rho).m <= 0.5:
        return 0.0
    while high - low > tolerance:
        middle = 0.5 * (low + high)
        if replica_symmetric(order, temperature, middle, rho).m > 0.5:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _load_of(m: float, order: int) -> float:
    from scipy.special import erfinv
    return float(order / 4.0 * (m ** (order - 1) / erfinv(m)) ** 2)


def _gauss() -> tuple[Any, Any]:
    """Points and weights of an average over a normal number.

    Equal steps of 0.02: a tanh is resolved down to T of about 0.02 of the noise, where Gauss and
    Hermite's points would be too far apart.
    """
    z = np.linspace(-8.0, 8.0, 801)
    weight = np.exp(-0.5 * z**2)
    return z, weight / weight.sum()


def _at_least_three(order: int) -> None:
    if order < 3:
        raise DescriptionError(f"P = {order}: the line at T = 0 holds for P of 3 or more; for 2 it "
                               "lacks the reaction term")
