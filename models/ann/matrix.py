"""A matrix of weights (value_dim, key_dim) as a store: its read, and its two ways to forget."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..memory import (
    MemorySpec,
    OpCount,
    ReadResult,
    check_cues,
    check_patterns,
    products,
    to_domain,
)

Weights = NDArray[np.float32]


def read(spec: MemorySpec, weights: NDArray[Any], queries: Any, bits: float = 32.0) -> ReadResult:
    """W q in the domain, `graded` as it is; the score is its norm, over the query's."""
    q = check_cues(queries, spec.key_dim, spec.domain)
    graded = q @ weights.T.astype(np.float64)
    ops = products(q, spec.value_dim) + OpCount(bytes_rw=len(q) * weights.size * bits / 8.0,
                                                timesteps=len(q))
    score = np.linalg.norm(graded, axis=1) / np.maximum(np.linalg.norm(q, axis=1), 1e-300)
    values = to_domain(graded, spec.domain, spec.ones_of_a_value())
    return ReadResult(values, score, ops, {"graded": graded})


def decayed(weights: Weights, rate: float, steps: int) -> tuple[Weights, OpCount]:
    """(1 - rate)^steps W."""
    size = float(weights.size)
    ops = OpCount(dense=size, mac=size, weight_updates=size, bytes_rw=size * 8)
    return (weights * (1.0 - rate) ** steps).astype(np.float32), ops


def erased(spec: MemorySpec, weights: Weights, keys: Any) -> tuple[Weights, OpCount]:
    """W without what it answers to `keys`: W <- W - W k k^T / (k . k), one after another.

    Other keys lose what they share with the erased ones.
    """
    k = check_patterns(keys, spec.key_dim, spec.domain, "keys")
    out = weights.copy()
    for key in k:
        out -= np.outer(out @ key, over_square(key)).astype(np.float32)
    ops = products(k, 2.0 * spec.value_dim) + OpCount(
        weight_updates=len(k) * float(out.size), bytes_rw=len(k) * out.size * 12.0)
    return out, ops


def over_square(key: NDArray[np.float64]) -> NDArray[np.float64]:
    """k / (k . k), and 0 for a key of zeros."""
    square = float(key @ key)
    return key / square if square > 0.0 else np.zeros_like(key)
