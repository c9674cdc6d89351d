"""Lattice (Karami and Mirrokni 2025, arXiv:2504.05646; equations second-hand): slots on a sphere.

Slots s_i of norm 1 over z = [key, value], each half of norm 1 / sqrt(2). A write moves every slot
by its gate along the sphere, s_i <- norm(s_i + rate g_i (I - s_i s_i^T) z), g = softmax(beta S z),
so that a slot which holds z already stays where it is. A read is softmax(beta S q)^T S.
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
    to_domain,
)
from ..memory.protocol import Array
from .pairs import check_forget, pairs, put_back, taken
from .separation import softmax

STATE = ("held",)
UNMOVED = 1e-7
"""A gate below that moves a slot by less than the last digit of its float32 numbers"""


class LatticeMemory:
    """S (slots, key_dim + value_dim) in float32, of random directions at first."""

    def __init__(self, key_dim: int, value_dim: int, domain: Domain = "unit", slots: int = 64,
                 beta: float = 64.0, rate: float = 1.0, active: int | None = None,
                 value_active: int | None = None) -> None:
        if slots < 1 or not (beta > 0.0 and rate > 0.0):
            raise DescriptionError(f"LatticeMemory: {slots} slots, beta {beta}, rate {rate}; at "
                                   "least 1, and above 0")
        self.spec = MemorySpec(key_dim, value_dim, domain, active=active, value_active=value_active)
        self.slots, self.beta, self.rate = slots, beta, rate
        self.seed = 0
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """Random unit slots; with a seed, others."""
        if seed is not None:
            self.seed = seed
        width = self.spec.key_dim + self.spec.value_dim
        drawn = np.random.default_rng([self.seed, 0x1A7]).standard_normal((self.slots, width))
        self.held = _unit(drawn).astype(np.float32)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Move the slots, pair by pair; strengths multiply the rate."""
        k, v, gains = pairs(self.spec, keys, values, strength)
        rows = np.hstack([_unit(k), _unit(v)]) / np.sqrt(2.0)
        for z, gain in zip(rows, gains, strict=True):
            along = (self.held @ z.astype(np.float32)).astype(np.float64)
            gate = softmax(self.beta * along[None])[0] * self.rate * gain
            moved = np.flatnonzero(np.abs(gate) > UNMOVED)
            s = self.held[moved].astype(np.float64)
            s += gate[moved, None] * (z - along[moved, None] * s)
            self.held[moved] = _unit(s)
        size = float(self.held.size * len(rows))
        return OpCount(dense=4 * size, mac=4 * size, exp=float(self.slots * len(rows)),
                       weight_updates=size, bytes_rw=12.0 * size, timesteps=len(rows))

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """The value half, at the norm of a whole value; the score is the largest cosine of the
        key half. One product: no `steps`."""
        q = check_cues(queries, self.spec.key_dim, self.spec.domain)
        s = self.held.astype(np.float64)
        near = _unit(q) @ s[:, :self.spec.key_dim].T
        weights = softmax(self.beta * near / np.sqrt(2.0))
        norm = {"unit": 1.0, "ksparse": float(self.spec.ones_of_a_value() or 1) ** 0.5}.get(
            self.spec.domain, float(self.spec.value_dim) ** 0.5)
        graded = weights @ s[:, self.spec.key_dim:] * (np.sqrt(2.0) * norm)
        size = float(self.held.size * len(q))
        ops = OpCount(dense=size, mac=size, exp=float(self.slots * len(q)), bytes_rw=4.0 * size,
                      timesteps=len(q))
        values = to_domain(graded, self.spec.domain, self.spec.ones_of_a_value())
        return ReadResult(values, near.max(axis=1) * np.sqrt(2.0), ops,
                          {"graded": graded, "weights": weights})

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """DescriptionError: a slot of norm 1 is always about something."""
        check_forget(self.spec, keys, rate, steps)
        return OpCount()

    def state_bits(self) -> int:
        """32 a number."""
        return 32 * self.held.size

    def snapshot(self) -> dict[str, Any]:
        """The slots, copied."""
        return taken(self, STATE)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        put_back(self, STATE, state)


def _unit(x: Array) -> Array:
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    return np.asarray(x / np.where(norms > 0.0, norms, 1.0))
