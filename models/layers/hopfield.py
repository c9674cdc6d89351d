"""Modern Hopfield layers: attention as the update of an associative memory with attractors.

q <- K^T softmax(beta K q), `steps` times; then y = V^T softmax(beta K q)   (Ramsauer et al. 2021)

`Hopfield`: the stored patterns are the tokens so far. `HopfieldPooling`: the state pattern is
learnt, and the tokens so far are pooled by it. `HopfieldLayer`: the stored patterns are learnt, and
nothing of a sequence is kept (a control).
"""

from __future__ import annotations

from math import sqrt
from typing import Any, NoReturn

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...simulator.errors import DescriptionError
from ..memory import NotWritable
from .attention import causal
from .heads import (
    bits,
    check_positive,
    check_sizes,
    check_tokens,
    head_size,
    merge,
    split,
    zeros,
)

State = tuple[Tensor, ...]


def retrieve(query: Tensor, stored: Tensor, beta: float, steps: int = 1,
             mask: Tensor | None = None) -> Tensor:
    """`steps` updates of (..., queries, d) states by (..., patterns, d) stored ones; `mask`
    (queries, patterns) is true where a query sees a pattern."""
    for _ in range(steps):
        query = _look(query, stored, beta, mask) @ stored
    return query


def _look(query: Tensor, stored: Tensor, beta: float, mask: Tensor | None) -> Tensor:
    scores = beta * query @ stored.mT
    return (scores if mask is None else scores.masked_fill(~mask, -torch.inf)).softmax(-1)


class Hopfield(nn.Module):
    """State: normed keys K and values V = W_v K of the tokens so far, (batch, heads, tokens, d).

    Queries and keys are projections of a normed token, normed once more (LayerNorm); beta is
    d^{-1/2} unless it is given. `steps` 0 is attention with norms. `length`, the longest sequence,
    sets only `state_bits`.
    """

    def __init__(self, width: int, heads: int = 1, steps: int = 1, beta: float | None = None,
                 length: int = 1) -> None:
        super().__init__()
        self.width, self.heads, self.steps, self.length = width, heads, steps, length
        self.size = head_size(width, heads, "Hopfield")
        check_sizes("Hopfield", length=length)
        if steps < 0:
            raise DescriptionError(f"Hopfield: {steps} steps; 0 or more")
        self.beta = _beta("Hopfield", self.size, beta)
        self.token, self.query, self.key = nn.LayerNorm(width), *_norms(self.size)
        self.qk = nn.Linear(width, 2 * width, bias=False)
        self.value = nn.Linear(self.size, self.size, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    @property
    def state_bits(self) -> int:
        """K and V of `length` tokens."""
        return bits(self, 2 * self.width * self.length)

    def init_state(self, batch: int) -> State:
        """Nothing stored."""
        nothing = zeros(self, batch, self.heads, 0, self.size)
        return nothing, nothing

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """Store the token, then let its query fall into an attractor of all."""
        q, k = (split(z, self.heads) for z in self.qk(self.token(x_t[:, None])).chunk(2, -1))
        keys = torch.cat([state[0], self.key(k)], 2)
        values = torch.cat([state[1], self.value(self.key(k))], 2)
        q = retrieve(self.query(q), keys, self.beta, self.steps)
        y = _look(q, keys, self.beta, None) @ values
        return self.out(merge(y))[:, 0], (keys, values)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """All tokens at once, each with the stored patterns of its past."""
        check_tokens(self, x)
        state = self.init_state(len(x)) if state is None else state
        q, k = (split(z, self.heads) for z in self.qk(self.token(x)).chunk(2, -1))
        k = self.key(k)
        keys, values = torch.cat([state[0], k], 2), torch.cat([state[1], self.value(k)], 2)
        seen = causal(x.shape[1], keys.shape[2], x.device)
        q = retrieve(self.query(q), keys, self.beta, self.steps, seen)
        return self.out(merge(_look(q, keys, self.beta, seen) @ values)), (keys, values)


class HopfieldPooling(nn.Module):
    """State: the log of the sum of exponentials of the scores so far, and the value they give.

    A learnt query a head; no updates, so the tokens so far need not be kept.
    """

    def __init__(self, width: int, heads: int = 1, beta: float | None = None) -> None:
        super().__init__()
        self.width, self.heads = width, heads
        self.size = head_size(width, heads, "HopfieldPooling")
        self.beta = _beta("HopfieldPooling", self.size, beta)
        self.key, self.query = _norms(self.size)
        self.kv = nn.Linear(width, 2 * width, bias=False)
        self.asked = nn.Parameter(torch.randn(heads, 1, self.size))
        self.out = nn.Linear(width, width, bias=False)

    @property
    def state_bits(self) -> int:
        """A number and a value a head."""
        return bits(self, self.heads * (1 + self.size))

    def init_state(self, batch: int) -> State:
        """No token yet: a sum of 0, whose log is -inf."""
        return (zeros(self, batch, self.heads) - torch.inf,
                zeros(self, batch, self.heads, self.size))

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """The mean of the values so far, weighted by softmax: this token's share is mixed in."""
        scores, v = self._parts(x_t[:, None])
        total = torch.logaddexp(state[0], scores[..., 0])
        pooled = ((state[0] - total).exp()[..., None] * state[1]
                  + (scores[..., 0] - total).exp()[..., None] * v[:, :, 0])
        return self.out(pooled.flatten(1)), (total, pooled)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """All tokens at once under a causal mask; what came before counts as one more token."""
        check_tokens(self, x)
        before, pooled = self.init_state(len(x)) if state is None else state
        scores, v = self._parts(x)
        scores = torch.cat([before[..., None], scores], -1)
        v = torch.cat([pooled[:, :, None], v], 2)
        seen = causal(x.shape[1], scores.shape[-1], x.device)
        weights = scores[..., None, :].masked_fill(~seen, -torch.inf).softmax(-1)
        pooled = weights @ v
        return self.out(merge(pooled)), (scores.logsumexp(-1), pooled[:, :, -1])

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        k, v = (split(z, self.heads) for z in self.kv(x).chunk(2, -1))
        scores = self.beta * self.query(self.asked) @ self.key(k).mT
        return scores[:, :, 0], v


class HopfieldLayer(nn.Module):
    """y = V softmax(beta K q) with learnt K and V (slots, width): a lookup without a state."""

    writable = False

    def __init__(self, width: int, slots: int = 64, beta: float | None = None) -> None:
        super().__init__()
        check_sizes("HopfieldLayer", width=width, slots=slots)
        self.width, self.beta = width, _beta("HopfieldLayer", width, beta)
        self.query, self.key = _norms(width)
        self.stored = nn.Parameter(torch.randn(slots, width))
        self.values = nn.Parameter(torch.randn(slots, width) / sqrt(width))

    @property
    def state_bits(self) -> int:
        """Nothing of a sequence is kept."""
        return 0

    def init_state(self, batch: int) -> State:
        """Empty."""
        return ()

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """The equation, in the order in which it is written."""
        scores = (self.query(x_t)[:, None] * self.key(self.stored)).sum(-1)
        return F.softmax(self.beta * scores, -1) @ self.values, state

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """All tokens at once."""
        check_tokens(self, x)
        return _look(self.query(x), self.key(self.stored), self.beta, None) @ self.values, ()

    def write(self, *_: Any) -> NoReturn:
        """NotWritable: the store is learnt in training."""
        raise NotWritable("HopfieldLayer: its patterns are learnt in training and keep nothing of "
                          "a sequence; train it, or take Hopfield, which stores the tokens")


def _beta(what: str, size: int, given: float | None) -> float:
    """size^{-1/2} where none is given."""
    beta = 1 / sqrt(size) if given is None else given
    check_positive(what, beta=beta)
    return beta


def _norms(size: int) -> tuple[nn.LayerNorm, nn.LayerNorm]:
    return nn.LayerNorm(size), nn.LayerNorm(size)
