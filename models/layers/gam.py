"""Gated associative memory: a window, and a codebook that training wrote. A negative control.

y_t = s(W_l x_t) conv(x)_t + s(W_g x_t) softmax(x_t M^T) M  (arXiv 2509.00605), M learnt; s is the
logistic function. Nothing of a sequence is stored beyond the window, so associations that are
farther apart cannot be recalled.
"""

from __future__ import annotations

from typing import Any, NoReturn

import torch
from torch import Tensor, nn

from ..memory import NotWritable
from .convolution import ShortConvolution
from .heads import check_sizes, check_tokens

State = tuple[Tensor]


class GAM(nn.Module):
    """State: the `kernel` - 1 tokens before. M is (slots, width)."""

    writable = False

    def __init__(self, width: int, slots: int = 64, kernel: int = 3) -> None:
        super().__init__()
        check_sizes("GAM", width=width, slots=slots, kernel=kernel)
        self.width = width
        self.window = ShortConvolution(width, kernel)
        self.bank = nn.Parameter(nn.init.xavier_uniform_(torch.empty(slots, width)))
        self.gates = nn.Linear(width, 2 * width)

    @property
    def state_bits(self) -> int:
        """The window's."""
        return self.window.state_bits

    def init_state(self, batch: int) -> State:
        """Zeros."""
        return self.window.init_state(batch)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """The equation as it is written."""
        near, state = self.window.step(x_t, state)
        return self._mix(x_t, near), state

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """All tokens at once."""
        check_tokens(self, x)
        near, state = self.window(x, state)
        return self._mix(x, near), state

    def write(self, *_: Any) -> NoReturn:
        """NotWritable: M is learnt in training."""
        raise NotWritable("GAM: its memory is learnt in training and keeps nothing of a sequence; "
                          "train it, or take a layer with a state such as DeltaNet")

    def _mix(self, x: Tensor, near: Tensor) -> Tensor:
        here, there = torch.sigmoid(self.gates(x)).chunk(2, -1)
        return here * near + there * ((x @ self.bank.T).softmax(-1) @ self.bank)
