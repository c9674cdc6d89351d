"""Recurrent networks that training writes into: Elman's, LSTM, GRU. Baselines.

rnn:  h_t = tanh(W x_t + b + R h_{t-1} + c)                                   (Elman 1990)
lstm: i, f, g, o = W x_t + b + R h_{t-1} + c;  c_t = s(f) c_{t-1} + s(i) tanh(g);
      h_t = s(o) tanh(c_t)                                (Hochreiter & Schmidhuber 1997)
gru:  r, z, n: n = tanh(W_n x_t + b_n + s(r) (R_n h_{t-1} + c_n));
      h_t = (1 - s(z)) n + s(z) h_{t-1}                   (Cho et al. 2014, as torch has it)
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from ...simulator.errors import DescriptionError
from .heads import bits, check_sizes, check_tokens, zeros

Kind = Literal["rnn", "lstm", "gru"]
State = tuple[Tensor, ...]


class Recurrent(nn.Module):
    """State: h (batch, hidden), and c for an LSTM. Where `hidden` is not the width, y is a linear
    map of h; else it is h."""

    alone = True

    def __init__(self, width: int, kind: Kind = "gru", hidden: int | None = None) -> None:
        super().__init__()
        check_sizes("Recurrent", width=width, hidden=width if hidden is None else hidden)
        kinds: dict[str, Any] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
        if kind not in kinds:
            raise DescriptionError(f"Recurrent: kind {kind!r}; there are {', '.join(kinds)}")
        self.width, self.kind, self.hidden = width, kind, hidden or width
        self.net = kinds[kind](width, self.hidden, batch_first=True)
        self.out = nn.Linear(self.hidden, width) if self.hidden != width else nn.Identity()

    @property
    def state_bits(self) -> int:
        """h, and c of an LSTM."""
        return bits(self, self.hidden * (1 + (self.kind == "lstm")))

    def init_state(self, batch: int) -> State:
        """Zeros."""
        return (zeros(self, batch, self.hidden),) * (1 + (self.kind == "lstm"))

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """The equations as they are written."""
        into = x_t @ self.net.weight_ih_l0.T + self.net.bias_ih_l0
        back = state[0] @ self.net.weight_hh_l0.T + self.net.bias_hh_l0
        match self.kind:
            case "rnn":
                state = (torch.tanh(into + back),)
            case "lstm":
                i, f, g, o = (into + back).chunk(4, -1)
                cell = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
                state = (torch.sigmoid(o) * torch.tanh(cell), cell)
            case "gru":
                (r, z, n), (r_h, z_h, n_h) = into.chunk(3, -1), back.chunk(3, -1)
                new = torch.tanh(n + torch.sigmoid(r + r_h) * n_h)
                keep = torch.sigmoid(z + z_h)
                state = ((1 - keep) * new + keep * state[0],)
        return self.out(state[0]), state

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Torch's own kernels."""
        check_tokens(self, x)
        state = self.init_state(len(x)) if state is None else state
        first = tuple(s[None] for s in state)
        y, last = self.net(x, first if self.kind == "lstm" else first[0])
        last = last if self.kind == "lstm" else (last,)
        return self.out(y), tuple(s[0] for s in last)
