"""Titans' neural memory as a network: M(k) = k + W_n gelu(... gelu(W_1 k)).

The recurrences are those of `titans`, over all weights of M: S_t = eta_t S_{t-1} - theta_t dl/dM,
M_t = (1 - alpha_t) M_{t-1} + S_t, l = |M(k_t) - v_t|^2 / 2, its gradient at the M before this
chunk. The first M is learnt in training, and forgetting decays towards 0 (Behrouz et al. 2025).
"""

from __future__ import annotations

from itertools import pairwise
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .heads import bits, check_sizes, check_tokens, zeros
from .titans import State, closed, gates, momentum_weights, opened, pieces

STEEPEST = 0.2
"""The largest theta times the tokens of a chunk: M has curvatures of about 3 when it starts"""


class TitansMLP(nn.Module):
    """State: the weights of M and S, (batch, weights) each; in chunks of more than one token also
    the anchor's, and the tokens in this chunk so far (batch). `depth` matrices, `expansion` times
    as wide within."""

    def __init__(self, width: int, depth: int = 2, expansion: int = 2, chunk: int = 8) -> None:
        super().__init__()
        check_sizes("TitansMLP", width=width, depth=depth, expansion=expansion, chunk=chunk)
        self.width, self.chunk = width, chunk
        sizes = [width, *[expansion * width] * (depth - 1), width]
        self.shapes = list(pairwise(sizes))
        self.first = nn.Parameter(torch.cat([(torch.randn(s) / sqrt(s[0])).flatten()
                                             for s in self.shapes]))
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.gates = gates(width, 1)
        self.out = nn.Linear(width, width, bias=False)

    @property
    def state_bits(self) -> int:
        """All of the state."""
        chunks = self.chunk > 1
        return bits(self, (2 + chunks) * len(self.first) + chunks)

    def init_state(self, batch: int) -> State:
        """The learnt first M, no momentum."""
        memory = self.first.expand(batch, -1)
        return closed(self.chunk, memory, torch.zeros_like(memory), memory, zeros(self, batch))

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """The equation as it is written; the slope by automatic differentiation."""
        memory, surprise, anchor, done = opened(state)
        q, k, v, theta, eta, alpha = (z[:, 0] for z in self.parts(x_t[:, None]))
        slope = torch.func.vmap(torch.func.grad(self.loss))(anchor, k, v)
        surprise = eta[:, None] * surprise - theta[:, None] * slope
        memory = (1 - alpha)[:, None] * memory + surprise
        done = (done + 1) % self.chunk
        anchor = torch.where((done == 0)[:, None], memory, anchor)
        y = torch.func.vmap(self.recall)(memory, q)
        return self.out(y), closed(self.chunk, memory, surprise, anchor, done)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """A chunk at once: slopes by hand, every token's M from the weights of the recurrences."""
        check_tokens(self, x)
        memory, surprise, anchor, done = opened(self.init_state(len(x)) if state is None
                                                else state)
        lengths, out = pieces(x.shape[1], int(done[0]), self.chunk), []
        splits = (z.split(lengths, 1) for z in self.parts(x))
        for q, k, v, theta, eta, alpha in zip(*splits, strict=True):
            slopes = -theta[..., None] * self.slopes(anchor, k, v)
            in_s, in_m, s0, sm, m0 = momentum_weights(eta, alpha)
            each = (m0[..., None] * memory[:, None] + sm[..., None] * surprise[:, None]
                    + in_m @ slopes)
            out.append(self.recall(each, q[..., None, :])[..., 0, :])
            surprise = s0[:, -1, None] * surprise + (in_s[:, -1:] @ slopes)[:, 0]
            memory, done = each[:, -1], (done + q.shape[1]) % self.chunk
            anchor = memory if int(done[0]) == 0 else anchor
        return self.out(torch.cat(out, 1)), closed(self.chunk, memory, surprise, anchor, done)

    def parts(self, x: Tensor) -> tuple[Tensor, ...]:
        """q, k, v (batch, time, width), theta, eta, alpha (batch, time)."""
        q, k, v = self.qkv(x).chunk(3, -1)
        q, k = (F.normalize(F.silu(z), dim=-1) for z in (q, k))
        theta, eta, alpha = torch.sigmoid(self.gates(x)).unbind(-1)
        return q, k, v, STEEPEST / self.chunk * theta, eta, alpha

    def matrices(self, weights: Tensor) -> list[Tensor]:
        """`weights` (..., all) as matrices (..., in, out)."""
        flat = weights.split([a * b for a, b in self.shapes], -1)
        return [w.unflatten(-1, s) for w, s in zip(flat, self.shapes, strict=True)]

    def recall(self, weights: Tensor, k: Tensor) -> Tensor:
        """M(k) for weights (..., all) and k (..., width), or (..., tokens, width)."""
        return self._through(self.matrices(weights), k)[0]

    def loss(self, weights: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """|M(k) - v|^2 / 2 of one token."""
        return ((self.recall(weights, k) - v) ** 2).sum() / 2

    def slopes(self, weights: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """dl/dM of every token (batch, time, all) at weights (batch, all): backwards through M."""
        matrices = self.matrices(weights)
        y, inputs, before = self._through(matrices, k)
        back, found = y - v, []
        for i in range(len(matrices) - 1, -1, -1):
            found.append((inputs[i][..., :, None] * back[..., None, :]).flatten(-2))
            if i:
                z = before[i - 1]
                bell = torch.exp(-z * z / 2) / sqrt(2 * torch.pi)
                gelu_slope = (1 + torch.erf(z / sqrt(2))) / 2 + z * bell
                back = (back @ matrices[i].mT) * gelu_slope
        return torch.cat(found[::-1], -1)

    def _through(self, matrices: list[Tensor], k: Tensor
                 ) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """M(k), what went into each matrix, and what came out of all but the last."""
        inputs, before = [k], []
        for w in matrices[:-1]:
            before.append((inputs[-1][..., None, :] @ w)[..., 0, :] if k.ndim < w.ndim
                          else inputs[-1] @ w)
            inputs.append(F.gelu(before[-1]))
        w = matrices[-1]
        last = (inputs[-1][..., None, :] @ w)[..., 0, :] if k.ndim < w.ndim else inputs[-1] @ w
        return k + last, inputs, before
