"""Dense associative memory (Krotov and Hopfield 2016, arXiv:1606.01164).

    E = -sum_mu F(x^mu s),  s_i <- sgn sum_mu F(h_mu + x_i) - F(h_mu - x_i),  h_mu without unit i

F is z^n, max(z, 0)^n, or exp(z) (Demircigil et al. 2017). With z^n, N^(n-1) / (2 (2n - 3)!! ln N)
random patterns are stable without error; with exp, of the order of 2^(N/2).
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory import MemorySpec, OpCount, ReadResult, check_cues, to_domain
from ..memory.protocol import Array
from .hopfield import SWEEPS
from .pairs import check_steps
from .signs import SignRows

Form = Literal["power", "relu", "exp"]
FORMS: tuple[Form, ...] = ("power", "relu", "exp")


class DenseAssociativeMemory:
    """Patterns of `size` signs, one bit an entry. `power` n belongs to the forms power and relu."""

    def __init__(self, size: int, form: Form = "power", power: int = 3,
                 sweeps: int = SWEEPS) -> None:
        if form not in FORMS or power < 1:
            raise DescriptionError(f"DenseAssociativeMemory: form {form!r}, power {power}; forms "
                                   f"are {', '.join(FORMS)}, a power is at least 1")
        self.spec = MemorySpec(size, size, "bipolar", auto=True, iterative=True, order_free=True,
                               supports_forget=frozenset({"key"}))
        self.form, self.power, self.sweeps = form, power, check_steps(sweeps, 1)
        self.rows = SignRows(self.spec)
        self.reset, self.write, self.forget = self.rows.reset, self.rows.write, self.rows.forget
        self.snapshot, self.restore = self.rows.snapshot, self.rows.restore
        self.state_bits = self.rows.bits

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """Where each cue settles within `steps` sweeps (50), one unit after another.

        A unit without a field stays as it is, a hidden one (0) too. The score is the largest
        overlap of the cue with a pattern, over its known entries.
        """
        q = check_cues(queries, self.spec.key_dim, "bipolar")
        x, states = self.rows.patterns(), np.array(q)
        h = q @ x.T
        known = np.maximum(np.abs(q).sum(axis=1), 1.0)
        score = h.max(axis=1) / known if len(x) else np.zeros(len(q))
        limit = check_steps(steps, self.sweeps)
        sweeps, moving = np.zeros(len(q), np.int64), np.full(len(q), len(x) > 0)
        flips = 0.0
        while moving.any() and sweeps.max() < limit:
            now, overlaps = states[moving], h[moving]
            changed = self._sweep(x, now, overlaps)
            states[moving], h[moving] = now, overlaps
            sweeps[moving] += 1
            flips += changed.sum()
            moving[moving] = changed > 0
        visits = float(sweeps.sum() * x.size)
        additions = float(len(q) * x.size) + flips * len(x)
        ops = OpCount(dense=2 * visits + additions, mac=2 * visits, sign_flips=additions,
                      exp=2 * visits if self.form == "exp" else 0.0, timesteps=float(sweeps.sum()),
                      neuron_updates=float(sweeps.sum() * len(states.T)), bytes_rw=visits / 8)
        return ReadResult(to_domain(states, "bipolar"), score, ops, {
            "graded": states, "iterations": sweeps, "converged": ~moving})

    def _sweep(self, x: Array, states: Array, h: Array) -> Any:
        """Update every unit of every state in place, with the overlaps; flips of each state."""
        flips = np.zeros(len(states))
        for i, row in enumerate(x.T):
            without = h - np.outer(states[:, i], row)
            if self.form == "exp":  # F(z + x) - F(z - x) = 2 sinh(1) x exp(z); the largest is 1
                weight = np.exp(without - without.max(axis=1, keepdims=True))
                field = weight @ row
            else:
                field = (self._energy(without + row) - self._energy(without - row)).sum(axis=1)
            new = np.where(field == 0.0, states[:, i], np.sign(field))
            flips += new != states[:, i]
            h += np.outer(new - states[:, i], row)
            states[:, i] = new
        return flips

    def _energy(self, z: Array) -> Array:
        base = np.maximum(z, 0.0) if self.form == "relu" else z
        out = base.copy()
        for _ in range(self.power - 1):  # ten times as fast as a power
            out *= base
        return out


def error_free(size: int, power: int) -> float:
    """N^(n-1) / (2 (2n - 3)!! ln N): patterns that are all stable, with F = z^n."""
    double = math.prod(range(2 * power - 3, 0, -2))
    return float(size) ** (power - 1) / (2.0 * double * math.log(size))
