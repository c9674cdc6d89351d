"""A recurrent network in which activity travels: what was heard is where the wave now is.

h_t = relu(V x_t + a + w * h_{t-1} + b): w convolves the sites, which lie on a ring, and mixes the
channels; at first it moves every channel one site on, and V feeds the first site of each alone
(Keller et al. 2024, wRNN). Beside it the baseline of that paper, whose recurrence begins as the
identity (Le et al. 2015).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .heads import bits, check_sizes, check_tokens, zeros

State = tuple[Tensor]
KERNEL = 3


class WaveRNN(nn.Module):
    """State: h (batch, channels, sites). y is a linear map of h."""

    alone = True

    def __init__(self, width: int, sites: int = 100, channels: int = 6) -> None:
        super().__init__()
        check_sizes("WaveRNN", width=width, sites=sites, channels=channels)
        self.width, self.sites, self.channels = width, sites, channels
        self.into = nn.Linear(width, channels * sites)
        self.travel = nn.Conv1d(channels, channels, KERNEL, padding=KERNEL // 2,
                                padding_mode="circular")
        self.out = nn.Linear(channels * sites, width)
        with torch.no_grad():
            self.into.weight.zero_().view(channels, sites, width)[:, 0] = 1.0
            self.into.bias.zero_()
            self.travel.weight.copy_(torch.roll(nn.init.dirac_(
                torch.zeros(channels, channels, KERNEL)), 1, -1))

    @property
    def state_bits(self) -> int:
        """h."""
        return bits(self, self.channels * self.sites)

    def init_state(self, batch: int) -> State:
        """Zeros."""
        return (zeros(self, batch, self.channels, self.sites),)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """The equation, a neighbour at a time."""
        fed = self.into(x_t).view(-1, self.channels, self.sites) + self.travel.bias[:, None]
        for tap in range(KERNEL):
            # tap 0 is the neighbour before: rolled one on, it lies where it is summed
            near = state[0].roll(KERNEL // 2 - tap, -1)
            fed = fed + torch.einsum("oc,bcs->bos", self.travel.weight[..., tap], near)
        h = torch.relu(fed)
        return self.out(h.flatten(1)), (h,)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Input and output maps of all tokens at once, a convolution a token between."""
        check_tokens(self, x)
        h, states = self.init_state(len(x))[0] if state is None else state[0], []
        for fed in self.into(x).unflatten(-1, (self.channels, self.sites)).unbind(1):
            h = torch.relu(fed + self.travel(h))
            states.append(h)
        return self.out(torch.stack(states, 1).flatten(2)), (h,)


class IdentityRNN(nn.Module):
    """h_t = relu(V x_t + a + R h_{t-1} + b), R the identity at first, V small, a and b 0.

    State: h (batch, hidden). y is a linear map of h.
    """

    alone = True

    def __init__(self, width: int, hidden: int = 100) -> None:
        super().__init__()
        check_sizes("IdentityRNN", width=width, hidden=hidden)
        self.width, self.hidden = width, hidden
        self.into = nn.Linear(width, hidden)
        self.back = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, width)
        nn.init.normal_(self.into.weight, std=0.001)
        nn.init.eye_(self.back.weight)
        nn.init.zeros_(self.back.bias)

    @property
    def state_bits(self) -> int:
        """h."""
        return bits(self, self.hidden)

    def init_state(self, batch: int) -> State:
        """Zeros."""
        return (zeros(self, batch, self.hidden),)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """The equation as it is written."""
        h = torch.relu(self.into(x_t) + self.back(state[0]))
        return self.out(h), (h,)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Input and output maps of all tokens at once."""
        check_tokens(self, x)
        h, states = self.init_state(len(x))[0] if state is None else state[0], []
        for fed in self.into(x).unbind(1):
            h = torch.relu(fed + F.linear(h, self.back.weight, self.back.bias))
            states.append(h)
        return self.out(torch.stack(states, 1)), (h,)
