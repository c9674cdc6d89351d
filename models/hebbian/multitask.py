"""Multitasking networks: Hebbian learning of diluted patterns recalls several at once.

Agliari, Barra and others (arXiv 2308.04106). xi is 0 with probability d, else +-1 alike;
H = -(1/2N) sum_mu (sum_i xi^mu_i s_i)^2 without its diagonal. Sites that pattern 1 leaves blank are
free for pattern 2, and so on: amplitudes fall as (1-d) d^(k-1) ("hierarchical") where that is
stable, and become alike under strong dilution above T = 0 ("parallel").
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...kernels import pbody_numba
from ...kernels.philox import object_id
from ...simulator.errors import DescriptionError
from ...simulator.fields import check_share
from .checks import as_reals, check_count, check_seed
from .patterns import Signs, diluted, inverse, start

OBJECT = object_id("multitask")


def relax(patterns: Any, state: Any, temperature: float = 0.0, sweeps: int = 100, seed: int = 0,
          weights: Any = None, first: int = 0) -> Signs:
    """The state after sweeps `first` ... `first + sweeps` in a network of patterns (N, K).

    `weights` (K,) multiply the patterns' terms: 1 / M each for M unlabelled examples of one.
    """
    x = diluted(patterns)
    out = start(state, len(x))
    check_count(sweeps, "sweeps", 0)
    check_seed(seed)
    each = np.ones(x.shape[1]) if weights is None else as_reals(weights, x.shape[1:], "weights")
    pbody_numba.sweep_reals(x.astype(np.float64), each, out, 2, 1.0 / len(x),
                            inverse(temperature), seed, OBJECT, first, sweeps)
    return out


def hierarchical_state(patterns: Any, seed: int = 0) -> Signs:
    """Each spin follows the first pattern that is not blank there; where all are, at random."""
    x = diluted(patterns)
    out = np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), len(x))
    for column in x.T[::-1]:
        out = np.where(column != 0, column, out).astype(np.int8)
    return out


def hierarchical(dilution: float, number: int) -> NDArray[np.float64]:
    """Amplitudes (1-d) d^(k-1) of the hierarchical state at T = 0."""
    check_share(dilution, "dilution")
    check_count(number, "patterns")
    return (1.0 - dilution) * dilution ** np.arange(number)


def stable(dilution: float, number: int) -> bool:
    """Whether the hierarchical state is stable at T = 0: 1 - 2 d + d^K > 0."""
    check_share(dilution, "dilution")
    check_count(number, "patterns")
    return bool(1.0 - 2.0 * dilution + dilution**number > 0.0)


def critical_dilution(number: int) -> float:
    """The dilution at which the hierarchical state of `number` patterns loses stability; K >= 3."""
    from scipy.optimize import brentq
    if number < 3:
        raise DescriptionError(f"{number} patterns: the hierarchical state of two is stable at any "
                               "dilution below 1; ask for 3 or more")
    return float(brentq(lambda d: 1.0 - 2.0 * d + d**number, 0.4, 0.999_9 - 0.3 / number,
                        xtol=1e-12))


def three_beyond(dilution: float) -> NDArray[np.float64]:
    """Amplitudes of K = 3 at T = 0 beyond the critical dilution, up to which `hierarchical` is."""
    check_share(dilution, "dilution")
    if stable(dilution, 3):
        raise DescriptionError(f"dilution {dilution!r} is below {critical_dilution(3):.4g}, where "
                               "the `hierarchical` state of three patterns is stable")
    d, on = dilution, 1.0 - dilution
    return on * np.array([d * d + 2 * d * on + on * on / 2, d + on * on / 2, d * d + on * on / 2])


def amplitudes(dilution: float, number: int, temperature: float,
               begin: Any = None) -> NDArray[np.float64]:
    """Solve m_mu = E xi^mu tanh(sum_nu xi^nu m_nu / T), the average exact over all 3^K columns.

    Iterates from `begin`, or from the hierarchical amplitudes. `temperature` is absolute and above
    0: the critical one is 1 - d.
    """
    check_share(dilution, "dilution")
    if not 1 <= number <= 12:
        raise DescriptionError(f"{number} patterns: 3^K columns are summed, so K is 1 to 12")
    if not temperature > 0.0:
        raise DescriptionError(f"temperature {temperature!r} must be above 0; `hierarchical` and "
                               "`three_beyond` are T = 0")
    column = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=number)))
    blank = (column == 0).sum(axis=1)
    chance = dilution**blank * ((1.0 - dilution) / 2.0) ** (number - blank)
    m = hierarchical(dilution, number) if begin is None else as_reals(begin, (number,), "begin")
    for _ in range(200_000):
        new = (chance * np.tanh(column @ m / temperature)) @ column
        if np.abs(new - m).max() < 1e-13:
            return new
        m = new
    return m


def sign_accuracy(rho: float) -> float:
    """Share of an archetype's spins that low load gets right: 1/2 (1 + erf(1 / sqrt(2 rho)))."""
    if not rho >= 0.0:
        raise DescriptionError(f"entropy {rho!r} must be 0 or more")
    return 0.5 * (1.0 + math.erf(1.0 / math.sqrt(2.0 * rho))) if rho else 1.0
