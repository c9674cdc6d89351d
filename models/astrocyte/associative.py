"""Associative memory of neurons and astrocytes (Kozachkov, Slotine, Krotov 2025, PNAS 122).

Each synapse has an astrocytic process around it, and processes talk to each other inside the cell:
with neurons x, synapses S and processes P, h = tanh(beta x), g = tanh(beta S), psi = tanh(beta P),

    x' = -x + g h,    S' = -S + h h^T + psi,    P' = -P + T:psi + g,

T_ijkl = N^-3 sum_mu xi_i xi_j xi_k xi_l over the patterns. T:psi needs one number c_mu =
xi^T psi xi for each pattern; T is never built. The memory is in what processes exchange, so it
holds far more patterns than synapses alone, at the price of N^2 processes. Time constants are 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...kernels.elementary_many import for_many
from ...simulator.errors import DescriptionError
from ...simulator.fields import check_share, integer
from ...simulator.free_memory import check_memory
from ...simulator.frozen import put

STEPS = 1000
"""Of a recall."""

MOST = float(np.nextafter(1, 0))


class State(NamedTuple):
    """Neurons x (N,), synapses s (N, N), processes p (N, N)."""

    x: Any
    s: Any
    p: Any


@dataclass(frozen=True)
class NeuronAstrocyteMemory:
    """`patterns` (K, N) of -1 and 1; `dt` of an Euler step in time constants."""

    patterns: Any
    beta: float = 5.0
    dt: float = 0.05

    def __post_init__(self) -> None:
        found = _reals(self.patterns, "patterns")
        if found.ndim != 2 or not found.size or not np.isin(found, (-1, 1)).all():
            raise DescriptionError(f"patterns of shape {found.shape} must be (K, N), each -1 or 1")
        check_memory(12*8.0*found.shape[1]**2, f"synapses and processes of {found.shape[1]:,} "
                     "neurons, all to all,")
        if not 0 < self._number("beta") < math.inf:
            raise DescriptionError(f"beta={self.beta!r} must be above 0 and finite; it is the "
                                   "steepness of tanh")
        if not 0 < self._number("dt") <= 1:
            raise DescriptionError(f"dt={self.dt!r} must be above 0 and at most 1, the time "
                                   "constant: longer Euler steps overshoot")
        found.setflags(write=False)
        put(self, "patterns", found)

    def _number(self, name: str) -> float:
        value = getattr(self, name)
        return float(value) if isinstance(value, (int, float, np.number)) else math.nan

    def tanh(self, part: Any) -> Any:
        """tanh(beta x) of neurons, synapses or processes: the same bits on every machine."""
        n = self.patterns.shape[1]
        return for_many("tanh", STEPS*(n + 2*n*n))(self.beta*part)

    def overlaps_of(self, psi: Any) -> Any:
        """c_mu = xi^T psi xi for each pattern, (K,)."""
        return ((self.patterns @ psi) * self.patterns).sum(axis=1)

    def exchange(self, psi: Any) -> Any:
        """T:psi, (N, N)."""
        n = self.patterns.shape[1]
        return (self.patterns.T * (self.overlaps_of(psi) / n**3)) @ self.patterns

    def start(self, cue: Any) -> State:
        """The state that the authors start from: synapses and processes follow from the cue (N,).

        psi = -h h^T and g = -T:psi; the latter is held below 1, which some N^2 patterns exceed.
        """
        x = _reals(cue, "cue")
        if x.shape != self.patterns.shape[1:] or not np.isfinite(x).all():
            raise DescriptionError(f"cue of shape {x.shape} must be {self.patterns.shape[1:]}, a "
                                   "finite number for each neuron")
        h = self.tanh(x)
        # artanh(tanh a tanh b), where the product may round to 1
        p = (_log_cosh(self.beta*(x[:, None] - x)) - _log_cosh(self.beta*(x[:, None] + x)))/2
        g = np.clip(-self.exchange(-np.outer(h, h)), -MOST, MOST)
        return State(x, np.arctanh(g)/self.beta, p/self.beta)

    def step(self, y: State) -> State:
        """One Euler step."""
        h, g, psi = (self.tanh(part) for part in y)
        return State(y.x + self.dt*(-y.x + g @ h), y.s + self.dt*(-y.s + np.outer(h, h) + psi),
                     y.p + self.dt*(-y.p + self.exchange(psi) + g))

    def recall(self, cue: Any, steps: int = STEPS) -> Any:
        """Signs of the neurons after `steps`, (N,)."""
        integer(steps, "steps of a recall", 0)
        y = self.start(cue)
        for _ in range(steps):
            y = self.step(y)
        return np.where(y.x < 0, -1, 1)

    def energy(self, y: State) -> float:
        """A number that never rises along the flow where s and p are symmetric.

        x' = -dE/dh, s' = -2 dE/dg, p' = -2 dE/dpsi, and h, g, psi rise with x, s, p.
        """
        h, g, psi = (self.tanh(part) for part in y)
        own = [(part*rate).sum() - _log_cosh(self.beta*part).sum()/self.beta
               for part, rate in zip(y, (h, g, psi), strict=True)]
        n = self.patterns.shape[1]
        return float(own[0] + own[1]/2 + own[2]/2 - h @ g @ h/2 - (psi*g).sum()/2
                     - (self.overlaps_of(psi)**2).sum()/n**3/4)


def _log_cosh(x: Any) -> Any:
    return np.abs(x) + np.log1p(np.exp(-2*np.abs(x))) - np.log(2)


def _reals(values: Any, what: str) -> Any:
    """A copy in float64."""
    try:
        found = np.array(values)
    except ValueError as problem:
        raise DescriptionError(f"{what}: {problem}; give numbers") from problem
    if found.dtype.kind not in "iuf":
        raise DescriptionError(f"{what} of type {found.dtype} must be real numbers")
    return found.astype(np.float64)


def overlap(a: Any, b: Any) -> float:
    """1 for the same pattern or its negative, about 1/sqrt(N) for two drawn at random."""
    if np.shape(a) != np.shape(b):
        raise DescriptionError(f"overlap of shapes {np.shape(a)} and {np.shape(b)}; they must be "
                               "the same")
    return float(abs(np.mean(np.asarray(a, dtype=np.float64)*b)))


def flipped(pattern: Any, fraction: float, rng: Any) -> Any:
    """`pattern` with that fraction of its entries negated, at random places."""
    check_share(fraction, "fraction of flipped entries")
    out = np.array(pattern)
    out[rng.permutation(out.size)[:round(fraction*out.size)]] *= -1
    return out
