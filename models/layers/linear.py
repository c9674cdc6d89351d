"""Linear attention: a matrix of fast weights that adds up outer products.

S_t = S_{t-1} + k_t v_t^T;  y_t = S_t^T q_t d^{-1/2}   (Schmidhuber 1992; Katharopoulos et al. 2020)

With `feature` "elu", k and q are elu(.) + 1 and y_t is divided by q_t . sum_j k_j, as in the second
paper; with "identity" nothing is, as in the first.
"""

from __future__ import annotations

from math import sqrt
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...simulator.errors import DescriptionError
from .heads import bits, check_tokens, head_size, merge, split, zeros

Feature = Literal["identity", "elu"]
State = tuple[Tensor, ...]
NOTHING = 1e-30
"""A sum of similarities below that is none; float32 has numbers down to 1e-38"""


def linear_attention(q: Tensor, k: Tensor, v: Tensor, store: Tensor, chunk: int = 64
                     ) -> tuple[Tensor, Tensor]:
    """S_t^T q_t of every token (batch, heads, time, d_v), and S; a chunk of tokens at once.

    `q`, `k` (batch, heads, time, d_k), `v` (..., d_v), `store` (batch, heads, d_k, d_v).
    """
    out = []
    for a, b, c in zip(q.split(chunk, 2), k.split(chunk, 2), v.split(chunk, 2), strict=True):
        out.append((a @ b.mT).tril() @ c + a @ store)
        store = store + b.mT @ c
    return torch.cat(out, 2), store


class LinearAttention(nn.Module):
    """State: S (batch, heads, d, d) with d = width / heads, and with "elu" the sum of keys."""

    def __init__(self, width: int, heads: int = 1, feature: Feature = "identity") -> None:
        super().__init__()
        if feature not in ("identity", "elu"):
            raise DescriptionError(f"LinearAttention: feature {feature!r}; there are identity, elu")
        self.width, self.heads, self.feature = width, heads, feature
        self.size = head_size(width, heads, "LinearAttention")
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    @property
    def state_bits(self) -> int:
        """S of every head, and its sum of keys."""
        return bits(self, self.heads * self.size * (self.size + (self.feature == "elu")))

    def init_state(self, batch: int) -> State:
        """Zeros; the sum of keys is one more column of S."""
        return (zeros(self, batch, self.heads, self.size,
                      self.size + (self.feature == "elu")),)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """The equation as it is written."""
        q, k, v = (z[:, :, 0] for z in self._parts(x_t[:, None]))
        store = state[0] + k[..., :, None] * v[..., None, :]
        y = (q[..., :, None] * store).sum(-2)
        return self.out(self._read(y).flatten(-2)), (store,)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """In chunks: attention without a softmax within, S between them."""
        check_tokens(self, x)
        store = self.init_state(len(x))[0] if state is None else state[0]
        y, store = linear_attention(*self._parts(x), store)
        return self.out(merge(self._read(y))), (store,)

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v = (split(z, self.heads) for z in self.qkv(x).chunk(3, -1))
        if self.feature == "identity":
            return q / sqrt(self.size), k, v
        return F.elu(q) + 1, F.elu(k) + 1, torch.cat([v, torch.ones_like(v[..., :1])], -1)

    def _read(self, y: Tensor) -> Tensor:
        # far below 0 elu + 1 rounds to 0, and what no key is like reads 0
        return y if self.feature == "identity" else y[..., :-1] / y[..., -1:].clamp_min(NOTHING)
