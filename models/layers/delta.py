"""Fast weights by the delta rule, with and without decay.

S_t = a_t S_{t-1} + b_t k_t (v_t - a_t S_{t-1}^T k_t)^T;   y_t = S_t^T q_t d^{-1/2}

k and q have norm 1, 0 < b_t < 1. a_t = 1: DeltaNet (Schlag et al. 2021; in chunks: Yang et al.
2024). a_t = exp(g_t), g_t <= 0: gated DeltaNet (Yang et al. 2025). A key that was written with
b = 1 is read back exactly until another that is not orthogonal to it is written.
"""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .heads import bits, check_tokens, head_size, merge, split, zeros

State = tuple[Tensor]


def delta_step(q: Tensor, k: Tensor, v: Tensor, beta: Tensor, log_decay: Tensor, store: Tensor
               ) -> tuple[Tensor, Tensor]:
    """One token: `q`, `k` (..., d_k), `v` (..., d_v), `beta`, `log_decay` (...), `store`
    (..., d_k, d_v). S_t^T q_t and S_t."""
    store = log_decay.exp()[..., None, None] * store
    recalled = (store * k[..., :, None]).sum(-2)
    store = store + k[..., :, None] * (beta[..., None] * (v - recalled))[..., None, :]
    return (store * q[..., :, None]).sum(-2), store


def delta_chunks(q: Tensor, k: Tensor, v: Tensor, beta: Tensor, log_decay: Tensor, store: Tensor,
                 chunk: int = 32) -> tuple[Tensor, Tensor]:
    """`delta_step` over time, axis -2 of `q`, `k`, `v` and -1 of `beta`, `log_decay`.

    Within a chunk what each token writes, u_t = b_t (v_t - a_t S_{t-1}^T k_t), solves a triangular
    system: u_t = b_t (v_t - A_t S_0^T k_t - sum_{j<t} A_t / A_j (k_t . k_j) u_j), A_t = a_1...a_t.
    """
    out = []
    parts = (z.split(chunk, axis) for z, axis in ((q, -2), (k, -2), (v, -2), (beta, -1),
                                                  (log_decay, -1)))
    for q_c, k_c, v_c, b_c, g_c in zip(*parts, strict=True):
        total = g_c.cumsum(-1)
        apart = total[..., :, None] - total[..., None, :]
        later = torch.ones_like(apart, dtype=torch.bool).tril().logical_not()
        decay = apart.masked_fill(later, -torch.inf).exp()
        since = total.exp()[..., None]
        system = (b_c[..., None] * (k_c @ k_c.mT) * decay).tril(-1)
        wanted = b_c[..., None] * (v_c - since * (k_c @ store))
        written = torch.linalg.solve_triangular(system, wanted, upper=False, unitriangular=True)
        out.append(since * (q_c @ store) + ((q_c @ k_c.mT) * decay) @ written)
        left = (total[..., -1:] - total).exp()[..., None]
        store = since[..., -1:, :] * store + (left * k_c).mT @ written
    return torch.cat(out, -2), store


class DeltaNet(nn.Module):
    """State: S (batch, heads, d, d) with d = width / heads.

    q and k are silu of a projection, divided by its norm; b is a sigmoid of one, times 2 with
    `negative` (eigenvalues of the transition down to -1: parity can be tracked). With `gated`,
    g = -rate softplus(W x + c), where at first the rate is 1 and S keeps 0.95 of itself a token.
    With `norm`, what is read is divided by its root mean square in each head and scaled.
    """

    def __init__(self, width: int, heads: int = 1, gated: bool = False, negative: bool = False,
                 norm: bool = True) -> None:
        super().__init__()
        self.width, self.heads, self.largest = width, heads, 2.0 if negative else 1.0
        self.size = head_size(width, heads, "DeltaNet")
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.beta = nn.Linear(width, heads)
        self.decay = nn.Linear(width, heads) if gated else None
        if self.decay is not None:
            nn.init.constant_(self.decay.bias, -2.94)  # softplus of it is -log(0.95)
            self.log_rate = nn.Parameter(torch.zeros(heads))
        self.norm = nn.RMSNorm(self.size, eps=1e-5) if norm else nn.Identity()
        self.out = nn.Linear(width, width, bias=False)

    @property
    def state_bits(self) -> int:
        """S of every head."""
        return bits(self, self.heads * self.size ** 2)

    def init_state(self, batch: int) -> State:
        """Zeros."""
        return (zeros(self, batch, self.heads, self.size, self.size),)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """The equation as it is written."""
        parts = self.parts(x_t[:, None])
        y, store = delta_step(*(z[:, :, 0] for z in parts), state[0])
        return self.out(self.norm(y).flatten(-2)), (store,)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """In chunks."""
        check_tokens(self, x)
        store = self.init_state(len(x))[0] if state is None else state[0]
        y, store = delta_chunks(*self.parts(x), store)
        return self.out(merge(self.norm(y))), (store,)

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """q d^{-1/2}, k, v, b and g of tokens (batch, time, width), heads second."""
        q, k, v = (split(z, self.heads) for z in self.qkv(x).chunk(3, -1))
        q, k = (F.normalize(F.silu(z), dim=-1) for z in (q, k))
        beta = self.largest * torch.sigmoid(self.beta(x)).mT
        decay = (torch.zeros_like(beta) if self.decay is None
                 else (-self.log_rate.exp() * F.softplus(self.decay(x))).mT)
        return q / sqrt(self.size), k, v, beta, decay
