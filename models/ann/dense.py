"""Dense Hebbian networks of P-body couplings (Gardner 1987; Baldi and Venkatesh 1987) as a memory.

H = -N^(1 - P) sum_mu e_P(x^mu s), e_P the sum over P distinct units. The couplings follow from the
patterns and are never built, so the patterns are the store; `models.hebbian.dense` does the rest.
About 0.126 N^2 random patterns have an attractor at P = 3, 0.033 N^3 at P = 4.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ..hebbian.dense import Dense
from ..memory import MemorySpec, OpCount, ReadResult, check_cues, to_domain
from ..memory.protocol import Array
from .hopfield import SWEEPS
from .pairs import check_steps
from .signs import SignRows


class DenseMemory:
    """Patterns of `size` signs, one bit an entry; couplings of `order` units."""

    def __init__(self, size: int, order: int = 3, sweeps: int = SWEEPS) -> None:
        if not 2 <= order <= size:
            raise DescriptionError(f"DenseMemory: order {order} with {size} units; 2 ... {size}")
        self.spec = MemorySpec(size, size, "bipolar", auto=True, iterative=True, order_free=True,
                               supports_forget=frozenset({"key"}))
        self.order, self.sweeps = order, check_steps(sweeps, 1)
        self.rows = SignRows(self.spec)
        self.reset, self.write, self.forget = self.rows.reset, self.rows.write, self.rows.forget
        self.snapshot, self.restore = self.rows.snapshot, self.rows.restore
        self.state_bits = self.rows.bits

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """Where each cue settles within `steps` sweeps (50), one unit after another; a hidden entry
        starts as 1.

        The score is -H of the cue over its largest value, that of one stored pattern.
        """
        q = check_cues(queries, self.spec.key_dim, "bipolar")
        x = self.rows.patterns()
        found, sweeps = to_domain(q, "bipolar"), np.zeros(len(q), np.int64)
        limit = check_steps(steps, self.sweeps)
        if len(x):
            network = Dense(self.order, np.ascontiguousarray(x.T.astype(np.int8)), 1.0)
            for row in range(len(q)):
                sweeps[row] = self._settle(network, found[row], limit)
        overlaps = q @ x.T
        score = _elementary(overlaps, self.spec.key_dim, self.order).sum(axis=1) / math.comb(
            self.spec.key_dim, self.order)
        numbers = 2.0 * sweeps.sum() * x.size  # overlaps with the patterns, and fields
        ops = OpCount(dense=numbers, sign_flips=numbers, bytes_rw=numbers / 8,
                      neuron_updates=float(sweeps.sum() * self.spec.key_dim),
                      timesteps=float(sweeps.sum()))
        return ReadResult(found, score, ops, {"graded": found, "iterations": sweeps,
                                               "converged": sweeps < limit})

    def _settle(self, network: Dense, state: Array, limit: int) -> int:
        """Change `state` into where it settles; the sweeps it took, the last without a change."""
        for sweep in range(limit):
            new = network.relax(state, sweeps=1, first=sweep)
            if np.array_equal(new, state):
                return sweep + 1
            state[:] = new
        return limit


def _elementary(overlaps: Any, size: int, order: int) -> Any:
    """e_P of +-1 numbers whose sum is given: k e_k = S e_{k-1} - (N - k + 2) e_{k-2}."""
    before, now = np.ones_like(overlaps), overlaps
    for k in range(2, order + 1):
        before, now = now, (overlaps * now - (size - k + 2) * before) / k
    return now
