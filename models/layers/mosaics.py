"""Memory mosaics: heads that store what came after a key, and are asked with keys only.

k_t = e^a norm(sum_{i<=t} exp(-l (t - i)) W_k x_i);  v_t = e^b norm((1 - c) W_v x_{t+1} + c W_v x_t)
y_t = sum_{j<t} softmax_j(k_t . k_j) v_j,  y_0 = 0      (Zhang et al. 2025, arXiv 2405.06394)

A value looks one token ahead, so it is stored when that token has come. No queries and no
positions; l, a, b and c are learnt, one of each a head.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .attention import causal
from .heads import bits, check_sizes, check_tokens, head_size, merge, split, zeros

State = tuple[Tensor, Tensor, Tensor, Tensor]
STEEPEST = 5.0
"""The largest a: e^(2 a) is the largest inverse temperature"""


class MemoryMosaic(nn.Module):
    """State: the leaky sum of keys (batch, heads, 1, d), W_v of the last token (the same shape),
    and keys and values so far (batch, heads, tokens, d); the last key waits for its value.

    `length`, the longest sequence, sets only `state_bits`.
    """

    def __init__(self, width: int, heads: int = 1, length: int = 1) -> None:
        super().__init__()
        check_sizes("MemoryMosaic", length=length)
        self.width, self.heads, self.length = width, heads, length
        self.size = head_size(width, heads, "MemoryMosaic")
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.leak = nn.Parameter(torch.linspace(0.5, 5.0, heads))
        self.steep, self.scale = nn.Parameter(torch.ones(heads)), nn.Parameter(
            torch.full((heads,), -0.5))
        self.own = nn.Parameter(torch.rand(heads))

    @property
    def state_bits(self) -> int:
        """Keys and values of `length` tokens, the leaky sum and the last token's."""
        return bits(self, 2 * self.width * (self.length + 1))

    def init_state(self, batch: int) -> State:
        """Nothing heard, nothing stored."""
        one, none = (zeros(self, batch, self.heads, n, self.size) for n in (1, 0))
        return one, one, none, none

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """Store the value that this token completes, then ask with its key."""
        leaky, last, keys, values = state
        k, v = (split(m(x_t[:, None]), self.heads) for m in (self.key, self.value))
        leaky = self._per_head(torch.exp(-self.leak.abs())) * leaky + k
        asked = self._scaled(leaky, self.steep.clamp(max=STEEPEST))
        if keys.shape[2]:
            own = self._per_head(self.own)
            values = torch.cat([values, self._scaled((1 - own) * v + own * last, self.scale)], 2)
            y = (asked @ keys.mT).softmax(-1) @ values
        else:
            y = torch.zeros_like(v)
        return self.out(merge(y))[:, 0], (leaky, v, torch.cat([keys, asked], 2), values)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """All tokens at once under a mask that hides the token itself."""
        check_tokens(self, x)
        leaky, last, keys, values = self.init_state(len(x)) if state is None else state
        k, v = (split(m(x), self.heads) for m in (self.key, self.value))
        leaky = self._leaky(k, leaky)
        asked = self._scaled(leaky, self.steep.clamp(max=STEEPEST))
        before, own = torch.cat([last, v[:, :, :-1]], 2), self._per_head(self.own)
        made = self._scaled((1 - own) * v + own * before, self.scale)
        # at the very first token nothing waits for a value
        values = torch.cat([values, made if keys.shape[2] else made[:, :, 1:]], 2)
        keys = torch.cat([keys, asked], 2)
        # a stored key has a value from the next token on: token t asks the keys before its own
        scores = asked @ keys[:, :, :-1].mT
        seen = causal(x.shape[1], keys.shape[2], x.device, behind=1)[:, :-1]
        some = seen.any(-1)[:, None]
        weights = scores.masked_fill(~(seen | ~some), -torch.inf).softmax(-1) * some
        y = weights @ values
        return self.out(merge(y)), (leaky[:, :, -1:], v[:, :, -1:], keys, values)

    def _leaky(self, k: Tensor, before: Tensor) -> Tensor:
        time = torch.arange(k.shape[2], dtype=k.dtype, device=k.device)
        rate = self._per_head(self.leak.abs())
        apart = (time[:, None] - time).clamp(min=0)
        kernel = torch.exp(-rate * apart).tril()
        return kernel @ k + torch.exp(-rate * (time[:, None] + 1)) * before

    def _per_head(self, numbers: Tensor) -> Tensor:
        return numbers[:, None, None]

    def _scaled(self, x: Tensor, log_scale: Tensor) -> Tensor:
        return F.normalize(x, dim=-1, eps=1e-10) * self._per_head(log_scale.exp())
