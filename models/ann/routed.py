"""Several memories behind a router: a pair is written in few of them (mixture of memories).

MoM (Du et al. 2025, arXiv:2502.13685) with a fixed router: memory m has a random direction c_m, the
`top` largest c_m . k are chosen, and their softmax weighs what is written and read. At equal bits
of state a mixture of M sums of outer products over d / M dimensions holds what one over d holds:
what routing keeps apart, the smaller matrices mix. With the delta rule it holds less: of 64 pairs
of 64 dimensions four matrices over random projections recall 0.65, and one matrix 0.91.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory import OpCount, ReadResult, check_cues, check_patterns, products, to_domain
from ..memory.protocol import Array
from .pairs import check_forget, pairs
from .separation import softmax


class Routed:
    """`memories` of one shape. Directions follow from the seed of `reset` and are no state."""

    def __init__(self, memories: Sequence[Any], top: int = 1) -> None:
        shapes = {(m.spec.key_dim, m.spec.value_dim, m.spec.domain) for m in memories}
        if len(shapes) != 1 or not 1 <= top <= len(memories):
            raise DescriptionError(f"Routed: {len(memories)} memories of shapes {sorted(shapes)}, "
                                   f"{top} at once; they are of one shape, and at least 1 is used")
        self.memories, self.top = list(memories), top
        self.spec = replace(memories[0].spec, auto=False)
        self.tolerance = getattr(memories[0], "tolerance", 1e-4)
        self.seed = 0

    def reset(self, *, seed: int | None = None) -> None:
        """All memories empty; with a seed, other directions and other seeds for them."""
        if seed is not None:
            self.seed = seed
        for which, memory in enumerate(self.memories):
            memory.reset(seed=None if seed is None else seed + which)

    def route(self, keys: Array) -> Array:
        """Weights (P, memories): rows sum to 1, `top` are not 0."""
        rng = np.random.default_rng([self.seed, 0x30])
        scores = keys @ rng.standard_normal((self.spec.key_dim, len(self.memories)))
        chosen = np.argsort(-scores, axis=1, kind="stable")[:, :self.top]
        weights = np.zeros_like(scores)
        np.put_along_axis(weights, chosen, softmax(np.take_along_axis(scores, chosen, 1)), axis=1)
        return weights

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Each memory gets its pairs in order, as strong as its weight."""
        k, v, gains = pairs(self.spec, keys, values, strength)
        weights, ops = self.route(k), products(k, len(self.memories))
        for memory, weight in zip(self.memories, weights.T, strict=True):
            who = weight > 0.0
            if who.any():
                given = weight[who] * gains[who]
                ops += memory.write(k[who], v[who],
                                    strength=None if (given == 1.0).all() else given)
        return ops

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """The weighted sum of what the chosen memories read; so is the score."""
        q = check_cues(queries, self.spec.key_dim, self.spec.domain)
        weights, ops = self.route(q), products(q, len(self.memories))
        graded, score = np.zeros((len(q), self.spec.value_dim)), np.zeros(len(q))
        for memory, weight in zip(self.memories, weights.T, strict=True):
            who = weight > 0.0
            if who.any():
                found = memory.read(q[who], steps=steps)
                graded[who] += weight[who, None] * found.info["graded"]
                score[who] += weight[who] * found.score
                ops += found.ops
        values = to_domain(graded, self.spec.domain, self.spec.ones_of_a_value())
        return ReadResult(values, score, ops, {"graded": graded, "route": weights})

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """In all memories (decay), or in those that a key is written in."""
        if not check_forget(self.spec, keys, rate, steps):
            return sum((m.forget(rate=rate, steps=steps) for m in self.memories), OpCount())
        k = check_patterns(keys, self.spec.key_dim, self.spec.domain, "keys")
        ops = products(k, len(self.memories))
        for memory, weight in zip(self.memories, self.route(k).T, strict=True):
            if (weight > 0.0).any():
                ops += memory.forget(keys=k[weight > 0.0])
        return ops

    def state_bits(self) -> int:
        """Of all memories."""
        return sum(int(memory.state_bits()) for memory in self.memories)

    def snapshot(self) -> dict[str, Any]:
        """All states, by number, and the seed."""
        return {"seed": self.seed, **{str(m): held.snapshot()
                                      for m, held in enumerate(self.memories)}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.seed = int(state["seed"])
        for which, memory in enumerate(self.memories):
            memory.restore(state[str(which)])
