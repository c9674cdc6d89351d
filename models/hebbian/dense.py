"""Dense (P-body) Hebbian networks, told the archetypes or taught by examples.

The models of Agliari, Barra and others (arXiv 2212.00606 with a teacher, 2211.14067 without), with
archetypes xi (N, K) and examples eta^a = xi chi of quality r, M of each:

    stored        H = -1/N^(P-1) sum_mu e_P(xi^mu s)
    supervised    H = -1/(R^(P/2) N^(P-1)) sum_mu e_P((1/M sum_a eta^{mu,a}) s)
    unsupervised  H = -1/(R^(P/2) M N^(P-1)) sum_mu sum_a e_P(eta^{mu,a} s)

e_P is the sum over P-tuples of distinct spins, R = r^2 + (1 - r^2)/M. Neither kernel builds the
tensor of couplings: the field follows from a few sums of each pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...kernels import pbody_numba
from ...kernels.philox import object_id
from ...simulator.errors import DescriptionError
from .checks import as_array, check_count, check_seed
from .device import on_gpu
from .patterns import Signs, check_quality, inverse, signs, starts

OBJECT = object_id("dense")


@dataclass(frozen=True, eq=False)
class Dense:
    """A network of `factors` (N, F), int8 if all are +-1 and else float64; see `energy` scale.

    H = -scale sum_f e_P(factors_f s).
    """

    order: int
    factors: NDArray[Any]
    scale: float

    @property
    def spins(self) -> int:
        """N."""
        return len(self.factors)

    def relax(self, state: Any, temperature: float = 0.0, sweeps: int = 50, seed: int = 0,
              parallel: bool = False, first: int = 0, device: str = "cpu") -> Signs:
        """The state after sweeps `first` ... `first + sweeps`; fewer at T = 0 once nothing changes.

        Going on with `first` set gives the states of one longer run. `state` is (N,) or (N, B): a
        column's random numbers are those of its place. With `device="cuda"` all columns run at
        once; the result is the same.
        """
        beta, gpu, given = inverse(temperature), on_gpu(device), np.asarray(state)
        check_count(sweeps, "sweeps", 0)
        check_seed(seed)
        out = starts(state, self.spins)
        objects = [OBJECT ^ b for b in range(len(out))]
        rest = (first, sweeps, parallel)
        if gpu:
            self._on_gpu(out, beta, seed, objects, *rest)
        else:
            for chain, obj in zip(out, objects, strict=True):
                self._on_cpu(chain, beta, seed, obj, *rest)
        return out[0] if given.ndim == 1 else out.T

    def _on_cpu(self, chain: Signs, *rest: Any) -> None:
        if self.factors.dtype == np.int8:
            pbody_numba.sweep_signs(self.factors, chain, self.order, self.scale, *rest)
        else:
            pbody_numba.sweep_reals(self.factors, self._ones(), chain, self.order, self.scale,
                                    *rest)

    def _on_gpu(self, chains: Signs, *rest: Any) -> None:
        from ...kernels import pbody_cuda, pbody_reals_cuda
        if self.factors.dtype == np.int8:
            pbody_cuda.sweep_signs(self.factors, chains, self.order, self.scale, *rest)
        else:
            pbody_reals_cuda.sweep_reals(self.factors, self._ones(), chains, self.order,
                                         self.scale, *rest)

    def _ones(self) -> NDArray[np.float64]:
        return np.ones(self.factors.shape[1])


def stored(patterns: Any, order: int) -> Dense:
    """The network that is given its archetypes (N, K)."""
    x = signs(patterns)
    return _checked(order, x, 1.0 / len(x) ** (order - 1))


def supervised(examples: Any, order: int, quality: float) -> Dense:
    """A teacher says which examples (N, K, M) belong together: their mean stands for each."""
    found = _examples(examples)
    n, _, m = found.shape
    return _checked(order, found.mean(axis=2), _scale(n, m, order, quality))


def unsupervised(examples: Any, order: int, quality: float) -> Dense:
    """Nobody does: each of the K M examples (N, K, M) is stored for itself."""
    found = _examples(examples)
    n, k, m = found.shape
    return _checked(order, np.ascontiguousarray(found.reshape(n, k * m)),
                    _scale(n, m, order, quality) / m)


def _scale(spins: int, number: int, order: int, quality: float) -> float:
    check_quality(quality)
    second = quality**2 + (1 - quality**2) / number
    return float(second ** (-order / 2) / float(spins) ** (order - 1))


def _examples(examples: Any) -> Signs:
    found = as_array(examples, "examples")
    if found.ndim != 3:
        raise DescriptionError(f"examples: shape {found.shape}; give (spins, archetypes, examples)")
    n = len(found)
    return signs(found.reshape(n, -1), "examples").reshape(found.shape)


def _checked(order: int, factors: NDArray[Any], scale: float) -> Dense:
    order = check_count(order, "as P", 0)
    if not 2 <= order <= len(factors):
        raise DescriptionError(f"P = {order} with {len(factors)} spins; P is 2 or more and at most "
                               "the number of spins")
    if factors.dtype == np.int8:
        try:
            pbody_numba.tables(*factors.shape, order)
        except OverflowError as problem:
            raise DescriptionError(f"dense network: {problem}") from None
    return Dense(order, factors, scale)
