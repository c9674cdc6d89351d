"""The pseudo-inverse network, pattern by pattern: couplings that project on the span of them all.

J <- J + r r^T / (r . r) with r = x - J x, what of x is not yet stored (Personnaz, Guyon and Dreyfus
1985; the recursion is Gram and Schmidt's). Every independent pattern is a fixed point up to N - 1
of them. The diagonal is stored; recall leaves it out, which makes the basins wider, unless
`self_coupling`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..memory import MemorySpec, OpCount, ReadResult, check_cues, check_patterns, to_domain
from ..memory.protocol import Array
from .attractor import Block, blocks_of, info_of, settle
from .hopfield import BLOCKS, SWEEPS
from .pairs import check_forget, check_steps, pairs, put_back, taken

STATE = ("couplings", "seed")
IN_SPAN = 1e-4
"""A pattern whose remainder has less than that share of its square is in the span already: float32
leaves about 1e-6"""


class PseudoInverseMemory:
    """J (N, N) in float32."""

    def __init__(self, size: int, self_coupling: bool = False, blocks: int = BLOCKS,
                 sweeps: int = SWEEPS) -> None:
        self.spec = MemorySpec(size, size, "bipolar", auto=True, iterative=True, order_free=True,
                               supports_forget=frozenset({"key"}))
        self.self_coupling, self.blocks = self_coupling, blocks
        self.sweeps = check_steps(sweeps, 1)
        self.seed = 0
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """No couplings; with a seed, other blocks of units."""
        size = self.spec.key_dim
        self.couplings = np.zeros((size, size), np.float32)
        if seed is not None:
            self.seed = seed

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Add the new direction of each pattern; one in the span changes nothing."""
        patterns, _, _ = pairs(self.spec, keys, values, strength, gains=False)
        for x in patterns:
            rest = x - self.couplings @ x
            rest -= self.couplings @ rest  # twice, so that float32 keeps the projection idempotent
            square = float(rest @ rest)
            if square > IN_SPAN * len(x):
                self.couplings += (np.outer(rest, rest) / square).astype(np.float32)
        return self._cost(len(patterns), 3)

    def _cost(self, patterns: int, products: int) -> OpCount:
        size = float(self.couplings.size)
        return OpCount(dense=products * patterns * size, mac=(products - 1) * patterns * size,
                       sign_flips=patterns * size, weight_updates=patterns * size,
                       timesteps=patterns, bytes_rw=(products + 1) * 4.0 * patterns * size)

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """Where each cue settles within `steps` sweeps (50).

        The score is q J q over q q: the share of the cue that lies in the span.
        """
        q = check_cues(queries, self.spec.key_dim, "bipolar")
        j = self.couplings.astype(np.float64)
        score = ((q @ j) * q).sum(axis=1) / np.maximum((q * q).sum(axis=1), 1.0)
        if not self.self_coupling:
            np.fill_diagonal(j, 0.0)

        def fields(states: Array, block: Block) -> Array:
            return np.asarray(states @ j[block].T)  # symmetric: rows lie together

        blocks = blocks_of(len(j), self.blocks, np.random.default_rng(self.seed))
        settled = settle(fields, q, blocks, check_steps(steps, self.sweeps))
        return ReadResult(to_domain(settled.states, "bipolar"), score, settled.ops,
                          info_of(settled))

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Take the direction of each pattern out of the span: what shares it is disturbed."""
        check_forget(self.spec, keys, rate, steps)
        patterns = check_patterns(keys, self.spec.key_dim, "bipolar", "keys")
        for x in patterns:
            inside = self.couplings @ x
            square = float(inside @ inside)
            if square > IN_SPAN * len(x):
                self.couplings -= (np.outer(inside, inside) / square).astype(np.float32)
        return self._cost(len(patterns), 2)

    def state_bits(self) -> int:
        """32 a coupling, both directions."""
        return 32 * self.couplings.size

    def codings(self) -> dict[str, int]:
        """Each pair of units once, and the diagonal."""
        size = self.spec.key_dim
        return {"triangle": 32 * (size * (size + 1) // 2)}

    def snapshot(self) -> dict[str, Any]:
        """The couplings, copied."""
        return taken(self, STATE)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        put_back(self, STATE, state)
