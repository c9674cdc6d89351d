"""Softmax attention over all tokens so far: the memory that forgets nothing and grows.

y_t = sum_{j <= t} softmax_j(q_t . k_j / sqrt(d)) v_j (Vaswani et al. 2017). No positions: where
order matters, a short convolution stands before it.
"""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .heads import bits, check_sizes, check_tokens, head_size, merge, split, zeros

State = tuple[Tensor, Tensor]


class SoftmaxAttention(nn.Module):
    """State: keys and values, (batch, heads, tokens so far, width / heads) each.

    `length` is the longest sequence: it sets only `state_bits`.
    """

    def __init__(self, width: int, heads: int = 1, length: int = 1) -> None:
        super().__init__()
        check_sizes("SoftmaxAttention", length=length)
        self.width, self.heads, self.length = width, heads, length
        self.size = head_size(width, heads, "SoftmaxAttention")
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    @property
    def state_bits(self) -> int:
        """Keys and values of `length` tokens."""
        return bits(self, 2 * self.width * self.length)

    def init_state(self, batch: int) -> State:
        """No keys, no values."""
        nothing = zeros(self, batch, self.heads, 0, self.size)
        return nothing, nothing

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """Append this token's key and value, then attend to all."""
        q, k, v = (split(z, self.heads) for z in self.qkv(x_t[:, None]).chunk(3, -1))
        keys, values = torch.cat([state[0], k], 2), torch.cat([state[1], v], 2)
        weights = (q @ keys.mT / sqrt(self.size)).softmax(-1)
        return self.out(merge(weights @ values))[:, 0], (keys, values)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """All tokens at once under a causal mask."""
        check_tokens(self, x)
        state = self.init_state(len(x)) if state is None else state
        q, k, v = (split(z, self.heads) for z in self.qkv(x).chunk(3, -1))
        keys, values = torch.cat([state[0], k], 2), torch.cat([state[1], v], 2)
        y = F.scaled_dot_product_attention(q, keys, values,
                                           attn_mask=causal(x.shape[1], keys.shape[2], x.device))
        return self.out(merge(y)), (keys, values)


def causal(queries: int, stored: int, device: torch.device, behind: int = 0) -> Tensor:
    """(queries, stored) flags: the last of `stored` is the last query's own, `behind` is how many
    of the youngest are hidden."""
    mask = torch.ones(queries, stored, dtype=torch.bool, device=device)
    return mask.tril(stored - queries - behind)
