"""snnTorch's associative and state-only leaky neurons as memory layers.

AssociativeLeaky: S_t = S_{t-1} diag(a_t) + v_t k_t^T, a_t = s(W_a x_t + b); the readout is of the
spikes of S, one neuron an element: P_t = (S_t > 1), and y_t = W vec(P_t Q_t).
StateLeaky: u_t = exp(-1/tau) u_{t-1} + x_t, tau = 1 / (1 - beta); spikes where u_t > 1; no reset.

The parameters are those of snnTorch's modules (1.0), and spikes have their surrogate gradient. The
associative one is summed here in chunks and from any state; snnTorch's divides by products of a
from the start of the sequence, which cannot be told from 0 after some tens of tokens.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ...simulator.errors import MissingPackageError
from .heads import bits, check_sizes, check_tokens, zeros

State = tuple[Tensor]
CHUNK = 16


class AssociativeLeakyLayer(nn.Module):
    """State: S (batch, d, d), d = `size`. `net` is snnTorch's module, over `size`^2 neurons."""

    def __init__(self, width: int, size: int = 8) -> None:
        super().__init__()
        check_sizes("AssociativeLeakyLayer", width=width, size=size)
        self.width, self.size = width, size
        self.net = _snntorch().AssociativeLeaky.from_num_spiking_neurons(width, size * size)
        self.out = nn.Linear(size * size, width)

    @property
    def state_bits(self) -> int:
        """S."""
        return bits(self, self.size ** 2)

    def init_state(self, batch: int) -> State:
        """Zeros."""
        return (zeros(self, batch, self.size, self.size),)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """The equation as it is written."""
        v, k, decay, q = self._parts(x_t)
        s = state[0] * decay[:, None, :] + v[:, :, None] * k[:, None, :]
        return self._read(s, q), (s,)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """In chunks: what token j leaves in S_t is the product of the decays between."""
        check_tokens(self, x)
        s, out = self.init_state(len(x))[0] if state is None else state[0], []
        v, k, decay, q = self._parts(x)
        for v_c, k_c, a_c, q_c in zip(*(z.split(CHUNK, 1) for z in (v, k, decay, q)),
                                      strict=True):
            total = a_c.log().cumsum(1)
            apart = total[:, :, None] - total[:, None, :]
            later = torch.ones_like(apart[0, ..., 0], dtype=torch.bool).tril().logical_not()
            left = apart.masked_fill(later[..., None], -torch.inf).exp()
            each = (torch.einsum("btjn,bjd->btdn", left * k_c[:, None], v_c)
                    + total.exp()[:, :, None] * s[:, None])
            out.append(self._read(each, q_c))
            s = each[:, -1]
        return torch.cat(out, 1), (s,)

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        decay = torch.sigmoid(self.net.to_alpha(x)).clamp_min(self.net.eps)
        q = self.net.to_q(x).unflatten(-1, (self.size, self.size))
        return self.net.to_v(x), self.net.to_k(x), decay, q

    def _read(self, s: Tensor, q: Tensor) -> Tensor:
        return self.out((self.net.fire(s).to(s.dtype) @ q).flatten(-2))


class StateLeakyLayer(nn.Module):
    """State: u (batch, neurons). x goes in and spikes go out through linear maps.

    The betas are spread evenly over (0.5, 0.98) and learnt: time constants of 2 to 50 tokens.
    """

    def __init__(self, width: int, neurons: int = 64) -> None:
        super().__init__()
        check_sizes("StateLeakyLayer", width=width, neurons=neurons)
        self.width, self.neurons = width, neurons
        self.into, self.out = nn.Linear(width, neurons), nn.Linear(neurons, width)
        self.net = _snntorch().StateLeaky(torch.linspace(0.5, 0.98, neurons), neurons,
                                          learn_beta=True)

    @property
    def state_bits(self) -> int:
        """u."""
        return bits(self, self.neurons)

    def init_state(self, batch: int) -> State:
        """Zeros."""
        return (zeros(self, batch, self.neurons),)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """The equation as it is written."""
        u = torch.exp(-1 / self.net.tau) * state[0] + self.into(x_t)
        return self.out(self.net.fire(u).to(u.dtype)), (u,)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """snnTorch's convolution, and what is left of the state before."""
        check_tokens(self, x)
        u = self.init_state(len(x))[0] if state is None else state[0]
        time = torch.arange(1, x.shape[1] + 1, dtype=x.dtype, device=x.device)
        fed = self.net._base_state_function(self.into(x).transpose(0, 1)).transpose(0, 1)
        each = fed + torch.exp(-time[:, None] / self.net.tau) * u[:, None]
        return self.out(self.net.fire(each).to(u.dtype)), (each[:, -1],)


def _snntorch() -> Any:
    try:
        import snntorch
    except ImportError as problem:
        raise MissingPackageError("this layer is snnTorch's: pip install 'engram[torch]' -c "
                                  f"constraints.txt ({problem})") from problem
    return snntorch
