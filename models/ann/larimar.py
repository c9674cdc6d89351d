"""Larimar's episodic memory (Das et al. 2024, arXiv:2403.11901): a matrix read by pseudo-inverses.

With z = [key, value] (or the pattern alone), fixed random M0 (K, C) and w = z M0^+, an episode Z is
written as M = W^+ Z: here pair by pair, by recursive least squares from M = 0, U = I,

    c = w U / (w U w^T + s^2),  M <- M + c^T (z - w M),  U <- U - c^T (w U)

A read finds w = k M_k^+ with the key's columns of M and gives w M_v. Up to K independent pairs come
back as they were; noise of a pattern is reduced by sqrt(N / C) after N, the share of the span.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory import (
    Domain,
    MemorySpec,
    OpCount,
    ReadResult,
    check_cues,
    check_patterns,
    to_domain,
)
from ..memory.protocol import Array
from .least_squares import update
from .pairs import check_forget, pairs, put_back, taken

STATE = ("memory", "uncertainty", "seed")
SMALL = 1e-6
"""Singular values below that share of the largest, or of those that M0 has, are nothing"""


def ben_cohen(a: Array, steps: int = 3, scale: float | None = None) -> Array:
    """The pseudo-inverse by X <- 2 X - X A X from X = scale A^T (Ben-Israel and Cohen 1966).

    It converges for scale below 2 / sigma_max^2: by default 1 / (|A|_1 |A|_inf), which is safe. The
    authors take 5e-4, right for their size, and 3 steps.
    """
    if steps < 0:
        raise DescriptionError(f"ben_cohen: {steps} steps; 0 or more")
    norms = np.linalg.norm(a, 1) * np.linalg.norm(a, np.inf)
    x = a.T * (1.0 / max(float(norms), 1e-300) if scale is None else scale)
    for _ in range(steps):
        x = 2.0 * x - x @ a @ x
    return np.asarray(x)


class EpisodicMemory:
    """M (slots, key_dim + value_dim) and U (slots, slots) in float64; `noise` is s^2."""

    def __init__(self, key_dim: int, value_dim: int, domain: Domain = "unit", slots: int = 64,
                 noise: float = 1e-10, auto: bool = False, active: int | None = None,
                 value_active: int | None = None) -> None:
        if slots < 1 or not noise > 0.0:
            raise DescriptionError(f"EpisodicMemory: {slots} slots, noise {noise}; at least 1, "
                                   "above 0")
        self.spec = MemorySpec(key_dim, value_dim, domain, auto=auto, active=active,
                               value_active=value_active, supports_forget=frozenset({"key"}))
        self.slots, self.noise = slots, noise
        self.width = key_dim if auto else key_dim + value_dim
        self.seed = 0
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """Nothing written; with a seed, another M0."""
        if seed is not None:
            self.seed = seed
        self.memory = np.zeros((self.slots, self.width))
        self.uncertainty = np.eye(self.slots)

    def _prior(self) -> Array:
        """M0^+ (C, K), the same for a seed."""
        rng = np.random.default_rng([self.seed, 0x1A41])
        return np.asarray(np.linalg.pinv(rng.standard_normal((self.slots, self.width))))

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """A step of least squares a pair, with s^2 = `noise` in units of the square of its w."""
        k, v, _ = pairs(self.spec, keys, values, strength, gains=False)
        rows = k if self.spec.auto else np.hstack([k, v])
        w = rows @ self._prior()
        square = (w * w).sum(axis=1)
        variances = self.noise * np.where(square > 0.0, square, 1.0)  # zeros are no direction
        self.memory, self.uncertainty = update(self.memory, self.uncertainty, w, rows, variances)
        return self._cost(len(rows))

    def _cost(self, rows: int) -> OpCount:
        wide, square = float(self.slots * self.width), float(self.slots**2)
        numbers = rows * (3.0 * wide + 2.0 * square)  # w, w M, the update of M; w U, that of U
        return OpCount(dense=numbers, mac=numbers, weight_updates=rows * (wide + square),
                       bytes_rw=8.0 * rows * (3.0 * wide + 3.0 * square), timesteps=rows)

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """w M_v; the score is the share of the cue that M explains. One solution: no `steps`."""
        q = check_cues(queries, self.spec.key_dim, self.spec.domain)
        d = self.spec.key_dim
        keyed = self.memory[:, :d]
        u, values, v = _singular(keyed)
        w = (q @ v.T / values) @ u.T
        explained = w @ keyed
        graded = explained if self.spec.auto else w @ self.memory[:, d:]
        score = np.linalg.norm(explained, axis=1) / np.maximum(np.linalg.norm(q, axis=1), 1e-300)
        numbers = float(len(q) * self.slots * (d + self.width))
        solve = float(4 * self.slots * d * min(self.slots, d))  # of the singular values, in all
        ops = OpCount(dense=numbers + solve, mac=numbers + solve, timesteps=len(q),
                      bytes_rw=8.0 * (len(q) + 1) * self.memory.size)
        found = to_domain(graded, self.spec.domain, self.spec.ones_of_a_value())
        return ReadResult(found, score, ops, {"graded": graded, "w": w})

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """M <- M - (w U)^T (w M) / (w U w^T) with the w that each key recalls: up to K independent
        pairs, the others are left as they are. U stays: a pair that is written again gets a share
        of M, and of what it is a reading by pseudo-inverses makes it whole."""
        check_forget(self.spec, keys, rate, steps)
        k = check_patterns(keys, self.spec.key_dim, self.spec.domain, "keys")
        inverse = self._prior()
        for key in k:
            found = self.read(key[None]).info
            z = key if self.spec.auto else np.concatenate([key, found["graded"][0]])
            w = z @ inverse
            within = _singular(self.memory)[0]  # w U is small: what rounding adds to it is outside
            spread = within @ (within.T @ (self.uncertainty @ w))
            along = float(w @ spread)
            if along > 0.0:
                self.memory -= np.outer(spread / along, w @ self.memory)
        return self._cost(len(k))

    def state_bits(self) -> int:
        """64 a number of both matrices."""
        return 64 * (self.memory.size + self.uncertainty.size)

    def codings(self) -> dict[str, int]:
        """U is symmetric."""
        return {"triangle": 64 * (self.memory.size + self.slots * (self.slots + 1) // 2)}

    def snapshot(self) -> dict[str, Any]:
        """Both matrices and the seed."""
        return taken(self, STATE)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        put_back(self, STATE, state)


def _singular(a: Array) -> tuple[Array, Array, Array]:
    """Left vectors (slots, r), values (r,) and right vectors (r, width) of what is not nothing.

    M is as large as M0 is, whatever was written: what is far smaller is left by forgetting.
    """
    u, values, v = np.linalg.svd(a, full_matrices=False)
    kept = values > SMALL * max(float(values[0]), a.shape[1] ** 0.5)
    return u[:, kept], values[kept], v[kept]
