"""Titans' neural memory: fast weights learnt by gradient descent with momentum while they are read.

S_t = eta_t S_{t-1} - theta_t dl(M)/dM;  M_t = (1 - alpha_t) M_{t-1} + S_t;  y_t = M_t(q_t)
l(M) = |M(k_t) - v_t|^2 / 2, its gradient at the M before this chunk of tokens (chunk 1: M_{t-1})

(Behrouz et al. 2025.) Here M(k) = M^T k is linear; `titans_mlp` has networks. eta 0 and alpha 0
make it the delta rule with b = theta. What was written last is only partly in M while eta is
large: its momentum is still to come.
"""

from __future__ import annotations

from math import log

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .heads import bits, check_sizes, check_tokens, head_size, merge, split, zeros

State = tuple[Tensor, ...]
FIRST = {"theta": 0.8, "eta": 0.1, "alpha": 0.01}
"""Gates at the start of training, theta as a share of its largest: most of an error is corrected at
once, little is forgotten"""
STEEPEST = 1.0
"""The largest theta times the tokens of a chunk: keys have norm 1, so no gates make M diverge"""


def momentum_weights(eta: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """What the recurrences of S and M leave of what goes in, for gates (..., time).

    (..., time, time): of the step j in S_t and in M_t; (..., time): of the first S in S_t and in
    M_t, of the first M in M_t. Row by row, so that nothing is divided by a product of small gates.
    """
    unit = torch.eye(eta.shape[-1], dtype=eta.dtype, device=eta.device)
    s, m, s0, sm, m0 = [torch.zeros_like(unit[0])], [torch.zeros_like(unit[0])], [
        torch.ones_like(eta[..., 0])], [torch.zeros_like(eta[..., 0])], [
        torch.ones_like(eta[..., 0])]
    for t, now in enumerate(unit):
        keep, kept = eta[..., t], 1 - alpha[..., t]
        s.append(keep[..., None] * s[-1] + now)
        s0.append(keep * s0[-1])
        m.append(kept[..., None] * m[-1] + s[-1])
        sm.append(kept * sm[-1] + s0[-1])
        m0.append(kept * m0[-1])
    return (torch.stack(s[1:], -2), torch.stack(m[1:], -2), torch.stack(s0[1:], -1),
            torch.stack(sm[1:], -1), torch.stack(m0[1:], -1))


def titans_step(q: Tensor, k: Tensor, v: Tensor, theta: Tensor, eta: Tensor, alpha: Tensor,
                memory: Tensor, surprise: Tensor, anchor: Tensor
                ) -> tuple[Tensor, Tensor, Tensor]:
    """One token: `q`, `k` (..., d_k), `v` (..., d_v), gates (...), M, S and the M of the gradient
    (..., d_k, d_v). M_t^T q_t, M_t, S_t."""
    error = (anchor * k[..., :, None]).sum(-2) - v
    slope = k[..., :, None] * error[..., None, :]
    surprise = eta[..., None, None] * surprise - theta[..., None, None] * slope
    memory = (1 - alpha)[..., None, None] * memory + surprise
    return (memory * q[..., :, None]).sum(-2), memory, surprise


def titans_chunk(q: Tensor, k: Tensor, v: Tensor, theta: Tensor, eta: Tensor, alpha: Tensor,
                 memory: Tensor, surprise: Tensor, anchor: Tensor
                 ) -> tuple[Tensor, Tensor, Tensor]:
    """`titans_step` over tokens (time is axis -2, of the gates -1) that share an anchor."""
    written = -theta[..., None] * (k @ anchor - v)
    in_s, in_m, s0, sm, m0 = momentum_weights(eta, alpha)
    y = (m0[..., None] * (q @ memory) + sm[..., None] * (q @ surprise)
         + ((q @ k.mT) * in_m) @ written)
    last = (in_m[..., -1, :, None] * k).mT @ written
    memory = m0[..., -1, None, None] * memory + sm[..., -1, None, None] * surprise + last
    surprise = s0[..., -1, None, None] * surprise + (in_s[..., -1, :, None] * k).mT @ written
    return y, memory, surprise


def pieces(time: int, done: int, chunk: int) -> list[int]:
    """Lengths of the parts of `time` tokens that end where a chunk ends, `done` being already in
    the first."""
    first = min(chunk - done, time)
    rest = time - first
    return [p for p in (first, *[chunk] * (rest // chunk), rest % chunk) if p]


def opened(state: State) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """M, S, the anchor, the tokens in this chunk; with chunks of one token M is the anchor."""
    if len(state) == 2:
        return state[0], state[1], state[0], state[0].new_zeros(len(state[0]))
    return state[0], state[1], state[2], state[3]


def closed(chunk: int, *state: Tensor) -> State:
    """The state without what chunks of one token need not keep."""
    return state[:2] if chunk == 1 else state


def gates(width: int, heads: int) -> nn.Linear:
    """theta, eta and alpha of every head from a token, at FIRST to begin with."""
    layer = nn.Linear(width, 3 * heads)
    with torch.no_grad():
        layer.bias.copy_(torch.tensor([log(p / (1 - p)) for p in FIRST.values()]
                                      ).repeat_interleave(heads))
    return layer


class Titans(nn.Module):
    """State: M and S (batch, heads, d, d); in chunks of more than one token also the anchor, and
    the tokens in this chunk so far (batch).

    q and k are silu of a projection, divided by its norm; the gates are logistic functions of a
    token, theta STEEPEST / chunk times one. With `norm`, what is read is divided by its root mean
    square in each head and scaled.
    """

    def __init__(self, width: int, heads: int = 1, chunk: int = 1, norm: bool = True) -> None:
        super().__init__()
        check_sizes("Titans", chunk=chunk)
        self.width, self.heads, self.chunk = width, heads, chunk
        self.size = head_size(width, heads, "Titans")
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.gates = gates(width, heads)
        self.norm = nn.RMSNorm(self.size, eps=1e-5) if norm else nn.Identity()
        self.out = nn.Linear(width, width, bias=False)

    @property
    def state_bits(self) -> int:
        """All of the state."""
        chunks = self.chunk > 1
        return bits(self, (2 + chunks) * self.heads * self.size ** 2 + chunks)

    def init_state(self, batch: int) -> State:
        """Zeros."""
        empty = zeros(self, batch, self.heads, self.size, self.size)
        return closed(self.chunk, empty, empty, empty, zeros(self, batch))

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """The equation as it is written."""
        memory, surprise, anchor, done = opened(state)
        parts = (z[:, :, 0] for z in self.parts(x_t[:, None]))
        y, memory, surprise = titans_step(*parts, memory, surprise, anchor)
        done = (done + 1) % self.chunk
        anchor = torch.where((done == 0)[:, None, None, None], memory, anchor)
        return self.out(self.norm(y).flatten(-2)), closed(self.chunk, memory, surprise, anchor,
                                                          done)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """A chunk at once. All sequences of a batch are at the same place in their chunk."""
        check_tokens(self, x)
        memory, surprise, anchor, done = opened(self.init_state(len(x)) if state is None
                                                else state)
        lengths, out = pieces(x.shape[1], int(done[0]), self.chunk), []
        parts = self.parts(x)
        splits = (z.split(lengths, 2) for z in parts)
        for piece in zip(*splits, strict=True):
            y, memory, surprise = titans_chunk(*piece, memory, surprise, anchor)
            out.append(y)
            done = (done + y.shape[2]) % self.chunk
            anchor = memory if int(done[0]) == 0 else anchor
        return self.out(merge(self.norm(torch.cat(out, 2)))), closed(self.chunk, memory, surprise,
                                                                     anchor, done)

    def parts(self, x: Tensor) -> tuple[Tensor, ...]:
        """q, k, v, theta, eta and alpha of tokens (batch, time, width), heads second."""
        q, k, v = (split(z, self.heads) for z in self.qkv(x).chunk(3, -1))
        q, k = (F.normalize(F.silu(z), dim=-1) for z in (q, k))
        theta, eta, alpha = (g.mT for g in torch.sigmoid(self.gates(x)).chunk(3, -1))
        return q, k, v, STEEPEST / self.chunk * theta, eta, alpha
