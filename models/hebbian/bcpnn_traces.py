"""The rule of `models.bcpnn` on given spike trains, step by step; and what Poisson trains expect.

The naive reference of the synapse: kappa is constant within a step, between spikes everything is
integrated in closed form, so a step has no error of its own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bcpnn import Floats, log_odds


class Rates(NamedTuple):
    """Time constants in s, `f_max` in Hz."""

    tau_zi: float = 0.01
    tau_zj: float = 0.01
    tau_p: float = 1.0
    f_max: float = 50.0
    eps: float = 0.01


class Probabilities(NamedTuple):
    """`p_i` (n,), `p_j` (m,), `p_ij` (n, m)."""

    p_i: Floats
    p_j: Floats
    p_ij: Floats

    @property
    def weights(self) -> Floats:
        """log(Pij/(Pi Pj)) (n, m)."""
        return log_odds(*self)


def follow(pre: Any, post: Any, kappa: Any, dt: float, rates: Rates,
           start: float | None = None) -> Probabilities:
    """Probabilities after the events `pre` (steps, n) and `post` (steps, m) of the synapses.

    A row holds what reaches the synapses at the end of a step of `dt` seconds in which the
    print-now signal is `kappa`, one number or one a step. Pi = Pj = `start` (eps if None) and
    Pij = `start`^2 at first.
    """
    pre, post = np.asarray(pre, bool), np.asarray(post, bool)
    eps = rates.eps
    first = eps if start is None else start
    z_i, z_j = np.zeros(pre.shape[1]), np.zeros(post.shape[1])
    p_i, p_j = np.full(len(z_i), first), np.full(len(z_j), first)
    p_ij = np.full((len(z_i), len(z_j)), first**2)
    b_i, b_j = 1 / rates.tau_zi, 1 / rates.tau_zj
    for k, now in enumerate(np.broadcast_to(kappa, len(pre))):
        a = float(now) / rates.tau_p
        keep = np.exp(-a * dt)
        in_i, in_j = _taken(z_i, a, b_i, dt), _taken(z_j, a, b_j, dt)
        p_ij = (p_ij * keep + _taken(np.outer(z_i, z_j), a, b_i + b_j, dt)
                + eps * (in_i[:, None] + in_j) + eps**2 * (1 - keep))
        p_i = p_i * keep + in_i + eps * (1 - keep)
        p_j = p_j * keep + in_j + eps * (1 - keep)
        z_i = z_i * np.exp(-b_i * dt) + pre[k] * b_i / rates.f_max
        z_j = z_j * np.exp(-b_j * dt) + post[k] * b_j / rates.f_max
    return Probabilities(p_i, p_j, p_ij)


def _taken(z: NDArray[np.float64], a: float, b: float, dt: float) -> Floats:
    """What P with the rate `a` has after `dt` of a trace that was `z` and decays with `b`."""
    gap = (a - b) * dt
    grown = np.expm1(gap) / gap if gap else 1.0
    out: Floats = z * a * dt * np.exp(-a * dt) * grown
    return out


def expected(rate_i: float, rate_j: float, common: float, late: float,
             rates: Rates) -> tuple[float, float, float]:
    """Means (Pi, Pj, Pij) of Poisson trains of which `common` spikes a second are pairs.

    In a pair the target's spike comes `late` seconds after the source's. A pair adds to the mean of
    Zi Zj the integral of its product, exp(-late/tau_zi)/(f_max^2 (tau_zi + tau_zj)).
    """
    p_i, p_j = (rate / rates.f_max + rates.eps for rate in (rate_i, rate_j))
    reach = np.exp(-late / rates.tau_zi) / (rates.tau_zi + rates.tau_zj)
    return p_i, p_j, p_i * p_j + float(common * reach / rates.f_max**2)
